"""Git's configuration files, read without Git."""

from pathlib import Path

import pytest

from foretoken.trust import git_config as git_config_module
from foretoken.trust import ignore_file
from foretoken.trust.git_config import GitConfig, git_config, global_excludes, parse_config
from foretoken.trust.ignore_file import names_host


@pytest.mark.parametrize(
    "text, values",
    [
        ("[core]\n\texcludesFile = ~/x\n", {"core.excludesfile": "~/x"}),
        ("[CORE]\nExcludesFile=~/x;y\n", {"core.excludesfile": "~/x"}),
        ('[core]\na = "  x # y " # z\n', {"core.a": "  x # y "}),
        ("[core]\na = one  two   \n", {"core.a": "one  two"}),
        ("[core]\na = one \\\n two\nb = c", {"core.a": "one  two", "core.b": "c"}),
        ('[core]\na = "t\\tq\\"b\\\\"\n', {"core.a": 't\tq"b\\'}),
        ("[core]\nignorecase\nb =\n", {"core.ignorecase": "true", "core.b": ""}),
        ("[core] a = 1\n[remote \"o [x]\"] url = u\n", {"core.a": "1", "remote.o [x].url": "u"}),
        ("# [core]\n; a = 1\n[core]\n#a = 1 \\\nb = 2\n", {"core.b": "2"}),
        ("a = 1\n[core\nb = 2\n[x]\n9 = 1\n= 2\nc = 3\n", {"x.c": "3"}),
        ("\r\n[core]\r\na = 1\r\n", {"core.a": "1"}),
    ],
)  # fmt: skip
def test_lines_are_read_as_git_reads_them(text: str, values: dict[str, str]) -> None:
    assert dict(parse_config(text)) == values


def test_the_later_file_wins_and_includes_count(tmp_path: Path) -> None:
    home, repository = tmp_path / "home", tmp_path / "git"
    (home / ".config" / "git").mkdir(parents=True)
    repository.mkdir()
    environment = {"HOME": str(home), "GIT_CONFIG_NOSYSTEM": "1"}
    assert git_config(repository, environment) == GitConfig()
    (home / ".config" / "git" / "config").write_text("[core]\nexcludesFile = one\nignoreCase\n", encoding="utf-8-sig")
    assert git_config(None, environment) == GitConfig("one", ignore_case=True)
    (home / ".gitconfig").write_text("[include]\npath = more\n[core]\nignoreCase = false\n", encoding="utf-8")
    (home / "more").write_text("[core]\nexcludesFile = two\n[include]\npath = ~/more\n", encoding="utf-8")
    assert git_config(None, environment) == GitConfig("two")
    (repository / "config").write_text("[core]\nbare = true\nexcludesFile =\n", encoding="utf-8")
    assert git_config(repository, environment) == GitConfig(None, bare=True)


def test_the_environment_names_other_files(tmp_path: Path) -> None:
    (tmp_path / "one").write_text("[core]\nexcludesFile = x\n", encoding="utf-8")
    (tmp_path / ".gitconfig").write_text("[core]\nexcludesFile = y\n", encoding="utf-8")
    environment = {"HOME": str(tmp_path), "GIT_CONFIG_SYSTEM": str(tmp_path / "one")}
    assert git_config(None, environment).excludes_file == "y"
    assert git_config(None, {**environment, "GIT_CONFIG_GLOBAL": ""}).excludes_file == "x"
    assert git_config(None, {**environment, "GIT_CONFIG_GLOBAL": "", "GIT_CONFIG_NOSYSTEM": "1"}).excludes_file is None


def including(folder: Path, files: dict[str, list[str]]) -> GitConfig:
    """What holds for a repository whose ``config`` and other files name each other."""
    for name, included in files.items():
        paths = "".join(f"path = {other}\n" for other in included)
        (folder / name).write_text(f"[include]\n{paths}[core]\nexcludesFile = {name}\n", encoding="utf-8")
    return git_config(folder, {"GIT_CONFIG_NOSYSTEM": "1", "HOME": str(folder / "nobody")})


def files_read(folder: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, list[str]]) -> list[str]:
    """The names of the files that were read, in order."""
    read: list[Path] = []
    really = git_config_module.read_bounded

    def noted(path: Path, follow: bool) -> bytes | None:
        read.append(path)
        return really(path, follow)

    monkeypatch.setattr(git_config_module, "read_bounded", noted)
    including(folder, files)
    return [path.name for path in read if path.exists()]


def test_includes_go_as_deep_as_gits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chain = ["config", *(f"c{number}" for number in range(20))]
    read = files_read(tmp_path, monkeypatch, {name: chain[at + 1 : at + 2] for at, name in enumerate(chain)})
    assert read == chain[:11]


def test_files_that_include_each_other_many_times_are_read_a_bounded_number_of_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four includes each, ten deep, are a million readings."""
    names = ["config", *(f"c{number}" for number in range(12))]
    files = {name: names[at + 1 : at + 2] * 4 for at, name in enumerate(names)}
    assert 12 <= len(files_read(tmp_path, monkeypatch, files)) <= 32


def test_a_file_is_not_read_while_it_is_being_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"config": ["config", "other", "config"], "other": ["./config", "other"]}
    assert files_read(tmp_path, monkeypatch, files) == ["config", "other"]


def test_of_all_files_together_so_much_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git_config_module, "_MAX_BYTES", 200)
    (tmp_path / "long").write_text("[core]\nignoreCase\n" + "#" * 200 + "\n[core]\nbare = true\n", encoding="utf-8")
    assert including(tmp_path, {"config": ["long"]}) == GitConfig("config", ignore_case=True)


def test_a_value_of_many_lines_is_put_together_once() -> None:
    """To add each line to those before would copy what was joined a hundred thousand times."""
    text = "[core]\na = " + "b\\\n" * 100_000 + "c\n"
    assert dict(parse_config(text)) == {"core.a": "b" * 100_000 + "c"}


@pytest.mark.parametrize("windows", [True, False])
def test_on_windows_no_other_computer_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, windows: bool) -> None:
    """Who is asked for a file learns who asks. Elsewhere two slashes are one."""
    monkeypatch.setattr(ignore_file, "_WINDOWS", windows)
    (tmp_path / "more").write_text("[core]\nignoreCase\n", encoding="utf-8")
    assert including(tmp_path, {"config": [f"/{tmp_path}/more"]}).ignore_case is not windows
    found = global_excludes(GitConfig(f"/{tmp_path}/x"), tmp_path, {})
    assert (found is None) is windows
    for path in ("//host/share/x", "/\\host/x", "\\\\host\\x", "\\\\?\\UNC\\host\\x", "\\??\\UNC\\host\\x"):
        assert names_host(path) is windows
    assert not names_host("/x") and not names_host("C:\\x") and not names_host("x//y") and not names_host("~/x")


def test_where_the_users_rules_lie() -> None:
    top = Path("/top")
    environment = {"HOME": "/home/me"}
    assert global_excludes(GitConfig(), top, environment) == Path("/home/me/.config/git/ignore")
    assert global_excludes(GitConfig(), top, {"XDG_CONFIG_HOME": "/xdg"}) == Path("/xdg/git/ignore")
    assert global_excludes(GitConfig(), top, {}) is None
    assert global_excludes(GitConfig("~/x"), top, environment) == Path("/home/me/x")
    assert global_excludes(GitConfig("x"), top, environment) == Path("/top/x")
    assert global_excludes(GitConfig("/x"), top, environment) == Path("/x")
