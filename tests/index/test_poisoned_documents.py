"""Open documents that a parser does not survive, with real worker processes: they cost their own facts and nothing else."""

import asyncio
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import IO

import pytest

from foretoken.index import folders, supervision
from foretoken.index.events import Notice
from foretoken.index.open_documents import OpenDocuments
from foretoken.index.status import IndexState
from foretoken.text.edit import TextEdit
from index.indexing import write
from index.windows import PATIENCE, Window


def spawn_poisoned() -> tuple[subprocess.Popen[bytes], IO[bytes]]:
    stderr = tempfile.TemporaryFile()
    program = str(Path(__file__).with_name("poisoned_worker.py"))
    popen = subprocess.Popen(
        [sys.executable, "-P", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr, bufsize=0
    )
    return popen, stderr


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(folders.FOLDER_VARIABLE, str(tmp_path / "indexes"))
    write(tmp_path / "w", {"a.py": "def alpha():\n    return 1\n"})
    return tmp_path / "w"


@pytest.fixture
async def window(root: Path) -> AsyncIterator[Window]:
    window = Window(start=spawn_poisoned)
    window.client.set_up([str(root)])
    await window.finished()
    yield window
    await window.client.close()


async def another_worker(window: Window, first: int | None) -> None:
    await window.until(lambda: window.client.status.pid not in (first, None))
    await window.finished()


@pytest.mark.parametrize("poison", ["CRASH", "LOOP", "HOLD"])
async def test_a_document_that_the_parser_does_not_survive_costs_its_own_facts_alone(
    window: Window, root: Path, poison: str
) -> None:
    client, path, first = window.client, str(root / "b.py"), window.client.status.pid
    client.opened(str(root / "c.py"), "python", "def open_too():\n    pass\n")
    client.opened(path, "python", f"def beta():\n    {poison}\n")
    await another_worker(window, first)
    second = client.status.pid
    assert await window.sees("alpha") == str(root / "a.py") and await window.sees("open_too") == str(root / "c.py")
    assert await client.symbols(path) == () and [use[0] for use in await client.uses(poison)] == [path]
    client.edited(path, [TextEdit(4, 8, "gamma")], f"def gamma():\n    {poison}\n")
    assert [use[0] for use in await client.uses("gamma")] == [path]
    assert client.status.pid == second and client.status.state is IndexState.READY
    (notice,) = [event.text for event in window.of(Notice)]
    assert path in notice and "python" in notice


async def test_closing_and_opening_it_with_another_text_gives_it_another_try(window: Window, root: Path) -> None:
    client, path, first = window.client, str(root / "b.py"), window.client.status.pid
    client.opened(path, "python", "CRASH = 1\n")
    await another_worker(window, first)
    second = client.status.pid
    client.closed(path)
    client.opened(path, "python", "CRASH = 1\n")
    assert await client.symbols(path) == () and client.status.pid == second
    client.closed(path)
    client.opened(path, "python", "calm = 1\n")
    assert [each.name for each in await client.symbols(path)] == ["calm"] and client.status.pid == second


async def test_what_is_deadly_even_as_plain_text_is_not_sent_again(window: Window, root: Path) -> None:
    client, path = window.client, str(root / "b.py")
    client.opened(path, "python", "DEADLY = 1\n")
    async with asyncio.timeout(PATIENCE):
        while (document := client._documents.get(path)) is not None and document.sent:
            await window.until_event()
    assert await window.sees("alpha") == str(root / "a.py")
    client.edited(path, [TextEdit(0, 0, "x")], "xDEADLY = 1\n")
    assert await window.sees("alpha") == str(root / "a.py")
    await window.finished()


async def test_many_such_documents_do_not_give_the_index_up(
    window: Window, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervision, "MOST_ENDS", 2)
    client = window.client
    for number in range(4):
        client.opened(str(root / f"b{number}.py"), "python", "CRASH = 1\n")
    async with asyncio.timeout(PATIENCE):
        while sum(document.deaths for document in client._documents) < 4:
            await window.until_event()
    assert await window.sees("alpha") == str(root / "a.py")


def test_another_language_is_another_parser() -> None:
    documents = OpenDocuments()
    document = documents.open("/w/a.h", "c", "x")
    assert documents.died("/w/a.h") and document.whole["language"] == "plaintext"
    assert documents.open("/w/a.h", "c", "y").whole["language"] == "plaintext"
    assert documents.open("/w/a.h", "cpp", "y").whole["language"] == "cpp"
    documents.close("/w/a.h")
    assert documents.died("/w/a.h") == "" and not documents.close("/w/a.h")
