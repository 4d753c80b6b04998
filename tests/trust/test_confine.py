"""Which paths lie inside a workspace, whatever links, dots and names are used."""

import os
from pathlib import Path

import pytest

from foretoken.trust import confine
from foretoken.trust.confine import distinct_roots, inside, safe_name


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "shop" / "sub").mkdir(parents=True)
    (tmp_path / "shop" / "sub" / "a.py").write_text("", encoding="utf-8")
    (tmp_path / "shop-other").mkdir()
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "b.py").write_text("", encoding="utf-8")
    return tmp_path / "shop"


def test_what_lies_below_is_inside(root: Path) -> None:
    assert inside(root / "sub" / "a.py", [root]) == root / "sub" / "a.py"
    assert inside(str(root / "sub" / ".." / "new" / "file.py"), [root]) == root / "new" / "file.py"
    assert inside(root, [root]) == root
    assert inside(root / "x", [root.parent / "outside", root]) == root / "x"
    assert inside("/etc/hosts", ["/"]) == Path(os.path.realpath("/etc/hosts"))


@pytest.mark.parametrize(
    "path",
    ["../outside/b.py", "sub/../../outside/b.py", "../shop-other/a", "..", "sub/\0.py", "../shop/../../etc/passwd"],
)
def test_what_leads_out_is_not(root: Path, path: str) -> None:
    assert inside(f"{root}/{path}", [root]) is None


def test_a_relative_path_is_nobodys(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)
    assert inside("sub/a.py", [root]) is None


def test_links_count_where_they_lead(root: Path) -> None:
    os.symlink(root / "sub", root / "inner")
    os.symlink(root.parent / "outside", root / "outer")
    os.symlink(root.parent / "outside" / "b.py", root / "outer.py")
    os.symlink("loop", root / "loop")
    assert inside(root / "inner" / "a.py", [root]) == root / "sub" / "a.py"
    assert inside(root / "outer" / "b.py", [root]) is None
    assert inside(root / "outer" / "new.py", [root]) is None
    assert inside(root / "outer.py", [root]) is None
    assert inside(root / "loop", [root]) is None
    assert inside(root / "loop" / "x", [root]) is None


def test_a_way_that_leads_out_and_back_is_refused(root: Path) -> None:
    os.symlink(root.parent / "outside", root / "outer")
    os.symlink(root / "sub", root.parent / "outside" / "back")
    assert os.path.realpath(root / "outer" / "back" / "a.py") == str(root / "sub" / "a.py")
    assert inside(root / "outer" / "back" / "a.py", [root]) is None
    assert inside(root / "outer" / ".." / "shop" / "sub" / "a.py", [root]) is None


def test_a_root_may_be_named_through_a_link(root: Path) -> None:
    os.symlink(root, root.parent / "link")
    assert inside(root.parent / "link" / "sub" / "a.py", [root]) == root / "sub" / "a.py"
    assert inside(root / "sub" / "a.py", [root.parent / "link"]) == root / "sub" / "a.py"
    assert inside(root.parent / "link" / ".." / "outside" / "b.py", [root]) is None


def test_another_case_of_the_root_is_the_same_root_where_the_system_says_so(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shouted = root.parent / "SHOP"
    assert inside(shouted / "sub" / "a.py", [root]) is None  # this system tells cases apart
    same = os.path.samefile
    monkeypatch.setattr(confine.os.path, "samefile", lambda one, other: same(one.replace("SHOP", "shop"), other))
    assert inside(shouted / "sub" / "a.py", [root]) == root / "sub" / "a.py"
    assert distinct_roots([root, shouted / "sub", shouted]) == [root]


@pytest.mark.parametrize(
    "name",
    [
        "C:/mine/con", "C:/mine/NUL.txt", "C:/mine/com1", "C:/mine/Lpt9.log", "C:/mine/com¹.x", "aux/x.py",
        "C:/mine/conin$", "C:/mine/a.py:stream", "C:/mine/a.py::$DATA", "C:/mine/a.py.", "C:/mine/a.py ", "a /b.py",
        "C:\\mine\\nul", "\\\\?\\C:\\mine\\a.py", "\\\\.\\PhysicalDrive0", "C:/PROGRA~1/x", "C:/mine/LONGNA~2.TXT",
        "C:/mine/a?b", "C:/mine/a|b", "C:/mine/a\nb", "a\0b",
    ],
)  # fmt: skip
def test_names_that_mean_something_else_on_windows_are_refused_there(name: str) -> None:
    assert not safe_name(name, windows=True)


@pytest.mark.parametrize(
    "name",
    [
        "C:/mine/a.py",
        "C:\\mine\\console.py",
        "\\\\server\\share\\a.py",
        "a/../b",
        "com10",
        "auxiliary.py",
        "nulls.py",
        "x~y.py",
    ],
)
def test_ordinary_names_are_not(name: str) -> None:
    assert safe_name(name, windows=True)


def test_elsewhere_such_names_are_ordinary(root: Path) -> None:
    (root / "aux.c").write_text("", encoding="utf-8")
    assert inside(root / "aux.c", [root], windows=False) == root / "aux.c"
    assert inside(root / "aux.c", [root], windows=True) is None


def test_roots_inside_others_and_doubles_are_dropped(root: Path) -> None:
    other = root.parent / "outside"
    os.symlink(root, root.parent / "link")
    roots = [root / "sub", other, root, root.parent / "link", root.parent / "shop-other", root]
    assert distinct_roots(roots) == [other, root, root.parent / "shop-other"]
    assert distinct_roots([]) == []
