"""Several windows on one folder, and several folders in one window, with real worker processes."""

import asyncio
from pathlib import Path

import pytest

from foretoken.index import folders
from foretoken.index.events import Notice, Role
from foretoken.index.store import database
from index.indexing import write
from index.windows import PATIENCE, Open

FILES = {"a.py": "def alpha():\n    return 1\n", "pkg/b.py": "from a import alpha\n\n\nclass Beta:\n    pass\n"}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(folders.FOLDER_VARIABLE, str(tmp_path / "indexes"))
    write(tmp_path / "w", FILES)
    return tmp_path / "w"


async def test_two_windows_have_one_writer_and_the_second_takes_over(open_window: Open, root: Path) -> None:
    first = await open_window()
    await first.finished()
    second = await open_window()
    await second.until(lambda: second.of(Role))
    assert [event.writer for event in second.of(Role)] == [False]
    assert await second.sees("alpha") == str(root / "a.py")
    await second.until(lambda: second.client.status.folders[0].files == 2)
    assert "Another window" in second.client.status.folders[0].notice
    (root / "c.py").write_text("def fresh():\n    pass\n")
    await second.sees("fresh")  # the first window's worker saw it
    await first.client.close()
    await second.until(lambda: [event.writer for event in second.of(Role)] == [False, True])
    assert second.client.status.folders[0].notice == ""
    (root / "d.py").write_text("def fresher():\n    pass\n")
    await second.sees("fresher")


async def test_a_window_that_reads_leaves_to_the_writer_what_it_is_told(open_window: Open, root: Path) -> None:
    first, second = await open_window(), await open_window()
    for window in (first, second):
        window.client.set_up([str(root)], watches=False)
    await first.finished()
    await second.until(lambda: second.of(Role))
    write(root, {"c.py": "def fresh():\n    pass\n", "d.py": "def fresher():\n    pass\n"})
    second.client.saved(str(root / "c.py"))
    await first.sees("fresh")
    await second.counts(3)
    second.client.index_now()
    await first.sees("fresher")
    await second.counts(4)


async def test_an_index_that_cannot_be_opened_is_shown_as_refused(open_window: Open, root: Path) -> None:
    database(folders.index_folder(root)).mkdir(parents=True)
    window = await open_window()
    await window.until(lambda: window.client.status.folders[0].refused)
    await window.finished()
    assert await window.client.find("alpha") == []


async def test_a_folder_that_is_added_is_indexed_and_one_that_is_closed_is_not(open_window: Open, root: Path) -> None:
    window = await open_window()
    await window.finished()
    other = root.parent / "other"
    write(other, {"o.py": "def omega():\n    pass\n"})
    window.client.set_up([str(root), str(other)])
    await window.sees("omega")
    window.client.set_up([str(other)])
    async with asyncio.timeout(PATIENCE):
        while await window.client.find("alpha"):
            pass
    assert [folder.folder for folder in window.client.status.folders] == [str(other)]
    await window.sees("omega")


async def test_a_refused_folder_is_told_and_the_others_are_indexed(
    open_window: Open, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(root.parent))
    window = await open_window(root.parent, root)
    await window.sees("alpha")
    assert [event.text for event in window.of(Notice)] == [
        f"{root.parent} is not indexed: it is your home folder. Open the project's own folder."
    ]
    await window.finished()
    assert window.client.status.folders[0].refused


async def test_a_folder_inside_another_is_indexed_once(open_window: Open, root: Path) -> None:
    window = await open_window(root, root / "pkg")
    await window.finished()
    assert [path for path, _ in await window.client.find("Beta")] == [str(root / "pkg/b.py")]
    assert window.client.status.folders[1].notice == "It lies in another workspace folder and is indexed with it."
    assert [folder.files for folder in window.client.status.folders] == [2, 0]


async def test_a_folder_that_the_one_around_it_leaves_out_is_indexed(open_window: Open, root: Path) -> None:
    write(root, {".ignore": "pkg/\n", "pkg/deep/c.py": "def deepest():\n    pass\n"})
    window = await open_window(root, root / "pkg")
    await window.finished()
    assert await window.sees("Beta") == str(root / "pkg/b.py")
    assert await window.sees("deepest") == str(root / "pkg/deep/c.py")
    assert [(folder.files, folder.notice) for folder in window.client.status.folders] == [(2, ""), (2, "")]
