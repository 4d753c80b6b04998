"""Workspace paths, and configuration files that are not quite what they should be."""

import pytest

from foretoken.syntax.resolve.configuration import read_json, read_toml
from foretoken.syntax.resolve.files import MOST_REMEMBERED, is_configuration, remembered
from foretoken.syntax.resolve.paths import join, nearest_only, usable
from workspace_files import WorkspaceFiles


@pytest.mark.parametrize(
    ("folder", "relative", "found"),
    [
        ("a/b", "c", "a/b/c"),
        ("a/b", "./c/./d/", "a/b/c/d"),
        ("a/b", "../c", "a/c"),
        ("a/b", "../..", ""),
        ("a/b", "../../..", None),
        ("a/b", "../../../a/b/c", None),
        ("", "..", None),
        ("a", "/etc", None),
        ("a", "", None),
    ],
)
def test_join(folder: str, relative: str, found: str | None) -> None:
    assert join(folder, relative) == found


@pytest.mark.parametrize("text", ["", "a\0", "a\nb", "a\u2028", "\ud800", "a" * 1_001])
def test_what_cannot_be_a_path(text: str) -> None:
    assert not usable(text)
    assert join("a", text) is None


def test_the_nearest_paths() -> None:
    assert nearest_only(["x/f", "a/b/f", "a/f"], "a/b/c.py") == ("a/b/f",)
    assert nearest_only(["x/f", "y/f", "z/z/f"], "a/c.py") == ("x/f", "y/f")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": 1}', {"a": 1}),
        ('\ufeff{"a": 1}', {"a": 1}),
        ('{"a": [1, 2,], // one\n /* two\n */ "b": "// text, /* too */",}', {"a": [1, 2], "b": "// text, /* too */"}),
        ('{"a": ",}"}', {"a": ",}"}),
        ('{"a": 1,\n // last\n}', {"a": 1}),
        ("{", None),
    ],
)
def test_json_with_comments(text: str, value: object) -> None:
    assert read_json(WorkspaceFiles(f"-- x.json --\n{text}"), "x.json") == value


def test_toml_with_a_mark_and_files_that_are_not_there() -> None:
    files = WorkspaceFiles("-- x.toml --\n\ufeffa = 1\n")
    assert read_toml(files, "x.toml") == {"a": 1}
    assert read_toml(files, "y.toml") == {}
    assert read_json(files, "y.json") is None


def test_what_is_remembered_is_bounded_and_belongs_to_its_files() -> None:
    one, other = WorkspaceFiles(""), WorkspaceFiles("")
    assert remembered(one, "key", lambda: None) is None
    assert remembered(one, "key", lambda: 7) is None  # None is a value too
    assert remembered(other, "key", lambda: 7) == 7
    for number in range(MOST_REMEMBERED + 10):
        remembered(one, number, lambda: 0)
    assert len(one.memory) <= MOST_REMEMBERED


def test_configuration_files_are_known_by_name() -> None:
    assert all(map(is_configuration, ["go.mod", "a/b/tsconfig.base.json", "a/pyproject.toml", "Cargo.toml"]))
    assert not any(map(is_configuration, ["a/go.py", "mytsconfig.json", "tsconfig.json/x", "Cargo.lock"]))
