"""Ignore rules against what Git said about the same trees, and what Git has no words for."""

import json
import os
import re
import threading
from pathlib import Path

import pytest

from foretoken.trust.ignore_file import MAX_BYTES, RuleTable
from foretoken.trust.ignored import IgnoreRules
from foretoken.trust.left import Reason
from foretoken.trust.wildmatch import path_regex
from trust.make_ignore_cases import RECORDED, environment, lay_out, pattern_case, we_say

_RECORDED = json.loads(RECORDED.read_text(encoding="utf-8"))
CASES = _RECORDED["trees"] + [{**pattern_case(text[:-1]), "ignored": said} for text, said in _RECORDED["patterns"]]


def rules(root: Path) -> IgnoreRules:
    return IgnoreRules(root, environment(root.parent))


def write(root: Path, files: dict[str, str]) -> Path:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return root


def repository(top: Path) -> None:
    write(top / ".git", {"HEAD": "ref: refs/heads/main\n", "config": ""})


def left(root: Path, *paths: str) -> list[str]:
    """Those of ``paths`` that are left out."""
    ours = rules(root)
    return [path for path in paths if ours.ignored(path) is not None]


@pytest.mark.parametrize("number", range(len(CASES)))
def test_git_says_the_same(tmp_path: Path, number: int) -> None:
    case = CASES[number]
    root = lay_out(tmp_path, case, git=False)
    assert we_say(root, case["paths"], tmp_path) == case["ignored"]


def test_the_recorded_cases_say_something() -> None:
    paths = sum(len(case["paths"]) for case in CASES)
    ignored = sum(len(case["ignored"]) for case in CASES)
    assert paths > 5000 and paths * 0.1 < ignored < paths * 0.8


def test_the_reason_names_file_line_and_rule(tmp_path: Path) -> None:
    write(tmp_path, {"sub/.gitignore": "# logs\n*.log\n"})
    found = rules(tmp_path).ignored("sub/deep/x.log")
    assert found is not None
    assert found.reason is Reason.IGNORED and found.detail == "sub/.gitignore:2: *.log"


def test_later_kinds_win_in_one_folder_and_deeper_folders_over_all(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            ".gitignore": "a\nb\nc\n",
            ".ignore": "!a\n!b\nd\n",
            ".foretokenignore": "b\n!d\n",
            "sub/.gitignore": "!b\na\n",
        },
    )
    assert left(tmp_path, "a", "b", "c", "d", "sub/a", "sub/b", "sub/c") == ["b", "c", "sub/a", "sub/c"]


def test_a_folder_that_is_ignored_is_not_entered(tmp_path: Path) -> None:
    write(tmp_path, {".gitignore": "out/\n!out/keep\n", "out/.gitignore": "!*\n", "out/keep": ""})
    assert left(tmp_path, "out/keep") == ["out/keep"]


def test_folders_above_count_up_to_the_repositorys_top(tmp_path: Path) -> None:
    outer = write(tmp_path / "outer", {".gitignore": "*.above\n"})
    top = write(outer / "top", {".gitignore": "*.a\n/lib/*.b\nmid/ws/*.c\n", "mid/.ignore": "*.d\n!kept.a\n"})
    repository(outer)
    repository(top)
    write(top, {".git/info/exclude": "*.e\n"})
    root = write(top / "mid" / "ws", {"lib/.gitignore": "*.f\n"})
    paths = ["x.above", "x.a", "kept.a", "lib/x.b", "x.c", "lib/x.c", "x.d", "x.e", "lib/x.f", "x.f"]
    assert left(root, *paths) == ["x.a", "x.c", "x.d", "x.e", "lib/x.f"]
    found = rules(root).ignored("x.d")
    assert found is not None and found.detail == "../.ignore:1: *.d"


def test_a_workspace_that_its_repository_ignores_is_judged_by_its_own_rules(tmp_path: Path) -> None:
    repository(tmp_path)
    write(tmp_path, {".gitignore": "*\n", "project/.gitignore": "*.log\n"})
    assert left(tmp_path / "project", "a.py", "a.log", "lib/b.py") == ["a.log"]


def test_a_folder_between_that_is_ignored_cannot_be_taken_back(tmp_path: Path) -> None:
    """The repository ignores the workspace, so its rules do not count, whatever a folder between says."""
    repository(tmp_path)
    write(tmp_path, {".gitignore": "mid/\n*.a\n", "mid/.gitignore": "!ws\n", "mid/ws/x.py": ""})
    assert left(tmp_path / "mid" / "ws", "x.py", "x.a") == []


def test_a_link_to_a_folder_is_no_folder(tmp_path: Path) -> None:
    write(tmp_path, {".gitignore": "real/\nlink/\n", "real/a.py": ""})
    os.symlink("real", tmp_path / "link")
    assert left(tmp_path, "real", "link") == ["real"]


def test_without_a_repository_folders_above_do_not_count(tmp_path: Path) -> None:
    write(tmp_path, {".gitignore": "*\n"})
    (tmp_path / "project").mkdir()
    assert left(tmp_path / "project", "a.py") == []


def test_the_users_file_is_found_as_git_finds_it(tmp_path: Path) -> None:
    root = tmp_path / "work"
    repository(root)
    home = tmp_path / "home"
    write(home, {".config/git/ignore": "*.one\n", "other": "*.two\n"})
    assert left(root, "x.one", "x.two") == ["x.one"]
    write(home, {".gitconfig": "[core]\n  excludesFile = ~/other # mine\n"})
    assert left(root, "x.one", "x.two") == ["x.two"]
    write(root, {".git/config": "[core]\n excludesfile = mine\n", "mine": "*.three\n!x.one"})
    assert left(root, "x.two", "x.three") == ["x.three"]


def test_an_ignore_file_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    root = tmp_path / "work"
    root.mkdir()
    write(tmp_path, {"elsewhere": "*.py\n"})
    os.symlink(tmp_path / "elsewhere", root / ".gitignore")
    assert left(root, "a.py") == []


def test_an_ignore_file_that_is_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / ".gitignore")
    found: list[list[str]] = []
    asking = threading.Thread(target=lambda: found.append(left(tmp_path, "a.py")), daemon=True)
    asking.start()
    asking.join(20.0)
    assert found == [[]], "it waits for a writer"


def test_rules_of_a_hostile_file_take_bounded_time(tmp_path: Path) -> None:
    """The plain translation into a regular expression would not end within anybody's life."""
    hostile = ["[!b]" * 248 + "b", "*[!b]" * 190 + "b", "*[\x01-.0-\x7f]" * 80 + "b", "**/[!b]" * 120 + "/b"]
    hostile += ["*a" * 40 + "b", "**/a" * 30 + "/b", "**/*a*/" * 12 + "b", "a/**/" * 30 + "b"]
    write(tmp_path, {".gitignore": "\n".join(hostile) + "\n"})
    assert left(tmp_path, "a" * 250, "/".join("a" * 400), "/".join(["aaaa"] * 300)) == []


@pytest.mark.parametrize(
    "line",
    ["[!a]" * 249, "[\x01-\xff]" * 140, "[[:alnum:]]" * 90, "*[!a]" * 199, "[" + "[:cntrl:]" * 100 + "]", "*a" * 499],
)
def test_what_becomes_of_a_hostile_file_is_bounded(line: str) -> None:
    """A set of 254 characters that is written member by member makes gigabytes of the megabyte that is read."""
    data = (line.encode() + b"\n") * (MAX_BYTES // len(line))
    table = RuleTable.parse(data, ".gitignore")
    kept = len(table.rules)
    assert table.dropped and kept <= 1000
    for lookup in (table._for_files, table._for_folders):
        assert sum(len(found.__self__.pattern) for found, _ in lookup.name_globs) <= 64_000 + 4 * kept


@pytest.mark.parametrize(
    "pattern, matching",
    [
        ("[!a]", "!-0b~c\x01\x80\xff"),
        ("[^!-.0-~]", "\x01\x80\xff"),
        ("[a-c[:digit:]!-]", "!-0abc"),
        ("[!b-a]", "!-0a~c\x01\x80\xff"),
        ("[]-a]", "a"),
        ("[/]", ""),
        ("[!/]", "!-0ab~c\x01\x80\xff"),
        ("[\x01-\xff]", "!-0ab~c\x01\x80\xff"),
        ("[!\x01-\xff]", ""),
    ],
)
def test_a_set_is_short_whatever_it_holds(pattern: str, matching: str) -> None:
    expression = path_regex(pattern)
    assert {ch for ch in "!-0ab~c\x01\x80\xff/" if re.fullmatch(expression, ch, re.DOTALL)} == set(matching)
    assert len(expression) <= 3 + 9 * len(pattern)


def test_so_many_rules_are_matched_one_by_one(tmp_path: Path) -> None:
    write(tmp_path, {".gitignore": "".join(f"?{number:04x}\n" for number in range(1_100)) + "a.py\n"})
    assert rules(tmp_path).notices == [".gitignore has too many or too long rules: 100 of them are not used"]
    assert left(tmp_path, "x03e7", "x03e8", "a.py") == ["x03e7", "a.py"]


@pytest.mark.parametrize(
    "limit, text, used",
    [
        ("MAX_RULES", "a\nb\nc\nd\ne\n", ["a", "c"]),
        ("MAX_GLOBS", "?\n/[a]\nc*\n[d-]d\n*e*\n", ["a", "c", "cc"]),
        ("MAX_EXPRESSION", "?\ncc\n*e*\n", ["cc"]),
    ],
)
def test_rules_beyond_the_limit_are_not_used_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, text: str, used: list[str]
) -> None:
    monkeypatch.setattr(f"foretoken.trust.ignore_file.{limit}", 3)
    write(tmp_path, {".gitignore": text})
    assert left(tmp_path, "a", "c", "cc", "dd", "ee") == used
    assert rules(tmp_path).notices == [".gitignore has too many or too long rules: 2 of them are not used"]


def test_a_rule_longer_than_any_path_is_not_used(tmp_path: Path) -> None:
    write(tmp_path, {".gitignore": "*a" * 100_000 + "\na\n"})
    assert left(tmp_path, "a", "b") == ["a"]
    assert len(rules(tmp_path).notices) == 1


def test_a_file_that_is_cut_ends_with_a_whole_rule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("foretoken.trust.ignore_file.MAX_BYTES", 8)
    write(tmp_path, {".gitignore": "abc\nfoobar\n"})
    assert left(tmp_path, "abc", "foob", "foobar") == ["abc"]


@pytest.mark.parametrize(
    "path, reason",
    [
        (".git/config", Reason.VERSION_CONTROL),
        ("sub/.hg/x", Reason.VERSION_CONTROL),
        ("web/node_modules/left-pad/index.js", Reason.DEPENDENCIES),
        ("a/__pycache__/x.pyc", Reason.CACHE),
        ("env/lib/x.py", Reason.DEPENDENCIES),
        ("target/debug/x.rs", Reason.CACHE),
        ("vendor/github.com/x/y.go", Reason.DEPENDENCIES),
    ],
)
def test_some_folders_are_left_out_whatever_the_files_say(tmp_path: Path, path: str, reason: Reason) -> None:
    write(tmp_path, {".foretokenignore": "!*\n!**/*\n", "env/pyvenv.cfg": "", "vendor/modules.txt": ""})
    write(tmp_path, {"target/CACHEDIR.TAG": "Signature: 8a477f597d28d172789f06886806bc55\n", path: ""})
    found = rules(tmp_path).ignored(path)
    assert found is not None and found.reason is reason


def test_their_names_alone_are_not_enough_where_people_use_them_too(tmp_path: Path) -> None:
    write(tmp_path, {"target/x.py": "", "env/x.py": "", "vendor/x.py": "", "cache/CACHEDIR.TAG": "mine\n"})
    write(tmp_path, {"node_modules.py": "", "build/x.py": ""})
    assert left(tmp_path, "target/x.py", "env/x.py", "vendor/x.py", "cache/x", "node_modules.py", "build/x.py") == []


def test_a_path_that_is_not_there_is_judged_too(tmp_path: Path) -> None:
    write(tmp_path, {".gitignore": "*.log\nbuild/\n"})
    assert left(tmp_path, "gone.log", "gone/gone.log", "build/gone", "build", "gone.py") == [
        "gone.log",
        "gone/gone.log",
        "build/gone",
    ]


def test_what_was_seen_of_a_folder_is_kept_in_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("foretoken.trust.ignored._KEPT_FRAMES", 4)
    write(tmp_path, {".gitignore": "*.log\n"})
    ours = rules(tmp_path)
    assert all(ours.ignored(f"f{number}/x.log") and not ours.ignored(f"f{number}/x.py") for number in range(20))
    assert len(ours._frames) <= 4
