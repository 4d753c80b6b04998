"""All workspace folders together, open documents over what is stored."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from foretoken.index.index import Index, IndexedFolder
from foretoken.text.edit import TextEdit
from index.indexing import indexed, write

FILES = {
    "a.py": "def alpha():\n    return 1\n",
    "pkg/b.py": "from a import alpha\n\n\nclass Beta:\n    def go(self):\n        return alpha()\n",
    ".gitignore": "hidden/\n",
    "hidden/c.py": "def alpha_hidden():\n    pass\n",
}
OTHER = {"lib.py": "def alphabet():\n    pass\n"}


@pytest.fixture
def places(tmp_path: Path) -> Iterator[dict[str, IndexedFolder]]:
    found = {}
    for name, files in (("one", FILES), ("two", OTHER)):
        root = tmp_path / name
        write(root, files)
        with indexed(root, tmp_path / f"{name}-index") as running:
            running.sync()
        found[name] = IndexedFolder(str(root), root, tmp_path / f"{name}-index")
    yield found


@pytest.fixture
def index(places: dict[str, IndexedFolder]) -> Iterator[Index]:
    opened = Index()
    opened.set_folders(places.values())
    yield opened
    opened.close()


def found(values: list) -> list[tuple[str, str]]:
    return [(Path(path).name, definition.name) for path, definition in values]


def open_(index: Index, path: Path | str, text: str) -> None:
    index.overlay.open(str(path), "python", 0, text)


def test_stored_files_of_all_folders(index: Index, tmp_path: Path) -> None:
    a, b = str(tmp_path / "one/a.py"), str(tmp_path / "one/pkg/b.py")
    assert [definition.name for definition in index.symbols(b)] == ["Beta", "go"]
    assert [(value.module, value.names[0].name) for value in index.imports(b)] == [("a", "alpha")]
    assert index.edges_from(b) == [a] and index.edges_to(a) == [b]
    assert found(index.search("alph")) == [("a.py", "alpha"), ("lib.py", "alphabet")]
    assert [(use.path, sorted(use.kinds)) for use in index.uses("alpha")] == [(b, ["call", "import"]), (a, [])]
    assert {Path(path).name: summary.files for path, summary in index.summary().items()} == {"one": 3, "two": 1}


def test_an_open_document_wins_until_it_is_closed(index: Index, tmp_path: Path) -> None:
    a = tmp_path / "one/a.py"
    text = "import os\ndef gamma():\n    pass\n"
    open_(index, a, text)
    assert found(index.find("alpha")) == [] and found(index.find("gamma")) == [("a.py", "gamma")]
    assert [definition.name for definition in index.symbols(str(a))] == ["gamma"]
    assert [value.module for value in index.imports(str(a))] == ["os"]
    assert found(index.search("alph")) == [("lib.py", "alphabet")]
    assert [Path(use.path).name for use in index.uses("alpha")] == ["b.py"]
    index.overlay.edit(str(a), [TextEdit(14, 19, "alpha")], 1, len(text))
    assert found(index.find("alpha")) == [("a.py", "alpha")]
    index.overlay.close(str(a))
    assert found(index.find("gamma")) == [] and found(index.find("alpha")) == [("a.py", "alpha")]


def test_a_new_unsaved_file_counts_and_one_that_is_ignored_or_outside_does_not(index: Index, tmp_path: Path) -> None:
    for place in ("one/new.py", "one/hidden/c.py", "elsewhere/d.py"):
        open_(index, tmp_path / place, "def fresh():\n    pass\n")
        assert [definition.name for definition in index.symbols(str(tmp_path / place))] == ["fresh"]
    assert found(index.find("fresh")) == [("new.py", "fresh")]
    assert found(index.search("fre")) == [("new.py", "fresh")]
    assert [Path(use.path).name for use in index.uses("fresh")] == ["new.py"]


def test_a_changed_ignore_file_counts_from_then_on(index: Index, tmp_path: Path) -> None:
    open_(index, tmp_path / "one/hidden/c.py", "def fresh():\n    pass\n")
    assert index.find("fresh") == []
    (tmp_path / "one/.gitignore").write_text("")
    index.rules_changed()
    assert found(index.find("fresh")) == [("c.py", "fresh")]


def test_a_secret_file_that_is_open_says_nothing(index: Index, tmp_path: Path) -> None:
    open_(index, tmp_path / "one/.env", "TOKEN_FRESH=1\n")
    assert index.symbols(str(tmp_path / "one/.env")) == () and index.uses("TOKEN_FRESH") == []


def test_a_folder_opened_through_a_link_answers_as_the_editor_spells_it(
    places: dict[str, IndexedFolder], tmp_path: Path
) -> None:
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "one", target_is_directory=True)
    index = Index()
    index.set_folders([IndexedFolder(str(link), tmp_path / "one", places["one"].folder)])
    assert [path for path, _ in index.find("alpha")] == [str(link / "a.py")]
    open_(index, link / "a.py", "def gamma():\n    pass\n")
    assert [path for path, _ in index.find("gamma")] == [str(link / "a.py")]
    assert index.find("alpha") == []
    index.close()


def test_a_folder_that_was_closed_is_not_asked_any_more(
    index: Index, places: dict[str, IndexedFolder], tmp_path: Path
) -> None:
    index.set_folders([places["two"]])
    assert index.find("alpha") == [] and found(index.find("alphabet")) == [("lib.py", "alphabet")]
    assert index.symbols(str(tmp_path / "one/a.py")) == ()
