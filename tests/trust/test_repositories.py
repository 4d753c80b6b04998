"""Repositories inside the workspace: submodules, linked working trees and independent ones."""

from pathlib import Path

import pytest

from foretoken.trust.ignored import IgnoreRules
from foretoken.trust.left import Reason
from foretoken.trust.repositories import Kind, enclosing_repository, repository_at, working_trees
from foretoken.trust.walk import Walk


def write(root: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")


def repository(git_folder: Path, config: str = "") -> None:
    write(git_folder, {"HEAD": "ref: refs/heads/main\n", "config": config})


def linked_tree(common: Path, tree: Path, name: str) -> None:
    """What ``git worktree add`` leaves on disk."""
    write(common / "worktrees" / name, {"HEAD": "ref: x\n", "commondir": "../..\n", "gitdir": f"{tree}/.git\n"})
    write(tree, {".git": f"gitdir: {common}/worktrees/{name}\n"})


def submodule(top: Path, path: str) -> None:
    """What ``git submodule add`` leaves on disk."""
    repository(top / ".git" / "modules" / path)
    up = "../" * (path.count("/") + 1)
    write(top / path, {".git": f"gitdir: {up}.git/modules/{path}\n"})


def walked(root: Path) -> tuple[list[str], dict[Reason, list[str]]]:
    it = Walk(IgnoreRules(root, {}))
    files = sorted(file.path for file in it if file.path.endswith(".py"))
    return files, {reason: sorted(examples) for reason, examples in it.skipped.examples.items()}


def test_a_submodule_belongs_to_the_workspace_with_rules_of_its_own(tmp_path: Path) -> None:
    repository(tmp_path / ".git")
    submodule(tmp_path, "libs/sub")
    write(
        tmp_path,
        {
            ".gitignore": "outer.py\n",
            ".ignore": "ours.py\n",
            ".git/modules/libs/sub/info/exclude": "/inner.py\n",
            "libs/sub/outer.py": "",
            "libs/sub/ours.py": "",
            "libs/sub/inner.py": "",
            "libs/sub/deep/inner.py": "",
            "libs/outer.py": "",
        },
    )
    assert walked(tmp_path)[0] == ["libs/sub/deep/inner.py", "libs/sub/outer.py"]
    found = repository_at(tmp_path / "libs/sub")
    assert found is not None and found.kind is Kind.SUBMODULE


def test_an_independent_repository_is_entered_with_its_own_rules(tmp_path: Path) -> None:
    repository(tmp_path / ".git")
    repository(tmp_path / "other" / ".git", "[core]\n\tignoreCase = true\n")
    write(tmp_path, {".gitignore": "a.py\n", "other/.gitignore": "B.py\n", "other/a.py": "", "other/b.py": ""})
    assert walked(tmp_path)[0] == ["other/a.py"]


def test_a_repository_that_the_outer_one_ignores_is_not_entered(tmp_path: Path) -> None:
    repository(tmp_path / ".git")
    repository(tmp_path / "other" / ".git")
    write(tmp_path, {".gitignore": "other/\n", "other/a.py": ""})
    assert walked(tmp_path)[0] == []


def test_a_linked_tree_inside_is_the_same_code_again(tmp_path: Path) -> None:
    root = tmp_path / "work"
    repository(root / ".git")
    linked_tree(root / ".git", root / "trees" / "feature", "feature")
    write(root, {"a.py": "", "trees/feature/a.py": ""})
    files, left = walked(root)
    assert files == ["a.py"]
    assert left == {Reason.WORKTREE: [f"trees/feature ({root}/.git)"], Reason.VERSION_CONTROL: [".git"]}
    found = IgnoreRules(root, {}).ignored("trees/feature/a.py")
    assert found is not None and found.reason is Reason.WORKTREE


def test_a_workspace_that_is_a_linked_tree_is_walked(tmp_path: Path) -> None:
    main = tmp_path / "main"
    repository(main / ".git")
    write(main / ".git", {"info/exclude": "excluded.py\n"})
    tree = main / "trees" / "feature"
    linked_tree(main / ".git", tree, "feature")
    write(main, {".gitignore": "a.py\n", "trees/feature/a.py": "", "trees/feature/excluded.py": ""})
    files, left = walked(tree)
    assert files == ["a.py"]
    assert left[Reason.VERSION_CONTROL] == [".git"]  # a file here


def test_of_trees_side_by_side_the_main_one_is_taken(tmp_path: Path) -> None:
    root = tmp_path / "src"
    repository(root / "z-main" / ".git")
    linked_tree(root / "z-main" / ".git", root / "a-feature", "a-feature")
    write(root, {"z-main/a.py": "", "a-feature/a.py": ""})
    assert walked(root)[0] == ["z-main/a.py"]


@pytest.mark.parametrize("common", ["project/.bare", "project/.git", "elsewhere/.git"])
def test_of_linked_trees_without_a_main_one_the_first_is_taken(tmp_path: Path, common: str) -> None:
    repository(tmp_path / common, "[core]\n\tbare = true\n" if "project" in common else "")
    root = tmp_path / "project"
    for name in ("two", "three", "one", "six", "four", "five"):
        linked_tree(tmp_path / common, root / name, name)
        write(root, {f"{name}/a.py": ""})
    assert walked(root)[0] == ["five/a.py"]


@pytest.mark.parametrize(
    "files",
    [
        {".git": "gitdir: /nowhere/at/all\n"},
        {".git": "gitdir: \0\n"},
        {".git": "gitdir:\n"},
        {".git": "not git's\n"},
        {".git/other": ""},
    ],
)
def test_what_only_looks_like_a_repository_is_a_folder(tmp_path: Path, files: dict[str, str]) -> None:
    repository(tmp_path / ".git")
    write(tmp_path, {".gitignore": "b.py\n", "sub/a.py": "", "sub/b.py": ""})
    write(tmp_path / "sub", files)
    assert repository_at(tmp_path / "sub") is None
    assert walked(tmp_path)[0] == ["sub/a.py"]


def test_the_innermost_repository_encloses(tmp_path: Path) -> None:
    repository(tmp_path / ".git")
    repository(tmp_path / "in" / ".git")
    (tmp_path / "in" / "deep").mkdir()
    found = enclosing_repository(tmp_path / "in" / "deep")
    assert found is not None and found.top == tmp_path / "in"


def test_a_repository_without_a_working_tree_is_no_code(tmp_path: Path) -> None:
    repository(tmp_path / ".bare", "[core]\n\tbare = true\n")
    write(tmp_path, {".bare/objects/x": "", ".bare/refs/x": "", ".bare/hooks/hook.py": "", "a.py": ""})
    write(tmp_path, {"HEAD": "", "objects/a.py": "", "sub/HEAD": "", "sub/refs/a.py": ""})
    assert walked(tmp_path)[0] == ["a.py", "objects/a.py", "sub/refs/a.py"]


@pytest.mark.parametrize("windows", [True, False])
def test_on_windows_no_other_computer_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, windows: bool) -> None:
    """Elsewhere two slashes are one."""
    monkeypatch.setattr("foretoken.trust.ignore_file._WINDOWS", windows)
    repository(tmp_path / "other")
    write(tmp_path, {"tree/.git": f"gitdir: /{tmp_path}/other\n"})
    assert (repository_at(tmp_path / "tree") is None) is windows
    repository(tmp_path / "main" / ".git")
    linked_tree(tmp_path / "main" / ".git", tmp_path / "linked", "l")
    write(tmp_path, {"main/.git/worktrees/l/gitdir": f"/{tmp_path}/linked/.git\n"})
    trees = working_trees(tmp_path / "main" / ".git")
    assert (tmp_path / "linked" in trees) is not windows
