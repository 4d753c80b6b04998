"""Git's configuration files, read without Git."""

from pathlib import Path

import pytest

from foretoken.trust.git_config import GitConfig, git_config, global_excludes, parse_config


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


def test_where_the_users_rules_lie() -> None:
    top = Path("/top")
    environment = {"HOME": "/home/me"}
    assert global_excludes(GitConfig(), top, environment) == Path("/home/me/.config/git/ignore")
    assert global_excludes(GitConfig(), top, {"XDG_CONFIG_HOME": "/xdg"}) == Path("/xdg/git/ignore")
    assert global_excludes(GitConfig(), top, {}) is None
    assert global_excludes(GitConfig("~/x"), top, environment) == Path("/home/me/x")
    assert global_excludes(GitConfig("x"), top, environment) == Path("/top/x")
    assert global_excludes(GitConfig("/x"), top, environment) == Path("/x")
