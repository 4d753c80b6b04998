"""The wire: a real worker process behind the client, with real files."""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import psutil
import pytest

from foretoken.index import folders
from foretoken.index.client import IndexClient
from foretoken.index.events import Changed, Finished, Notice
from foretoken.index.process import spawn
from foretoken.index.status import IndexState
from foretoken.text.edit import TextEdit
from index.indexing import write
from index.windows import PATIENCE, Open, Window

FILES = {"a.py": "def alpha():\n    return 1\n", "pkg/b.py": "from a import alpha\n\n\nclass Beta:\n    pass\n"}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(folders.FOLDER_VARIABLE, str(tmp_path / "indexes"))
    write(tmp_path / "w", FILES)
    return tmp_path / "w"


async def test_questions_are_answered_with_plain_values(open_window: Open, root: Path) -> None:
    window = await open_window()
    await window.finished()
    client, a, b = window.client, str(root / "a.py"), str(root / "pkg/b.py")
    (definition,) = await client.symbols(a)
    assert (definition.name, definition.kind, definition.start, definition.parent) == ("alpha", "function", 0, None)
    (value,) = await client.imports(b)
    assert (value.module, value.names[0].name) == ("a", "alpha")
    assert [(path, each.name) for path, each in await client.find("Beta")] == [(b, "Beta")]
    assert [(path, each.name) for path, each in await client.search("bet")] == [(b, "Beta")]
    assert await client.uses("alpha") == [(a, frozenset(), 1), (b, frozenset({"import"}), 1)]
    assert await client.edges_from(b) == [a] and await client.edges_to(a) == [b]
    assert (await client.summary())[str(root)]["files"] == 2
    status = client.status
    assert (status.folders[0].files, status.folders[0].writer) == (2, True)


async def test_an_unsaved_edit_is_seen_before_it_is_saved(open_window: Open, root: Path) -> None:
    window = await open_window()
    client, a = window.client, str(root / "a.py")
    client.opened(a, "python", FILES["a.py"])
    assert [each.name for each in await client.symbols(a)] == ["alpha"]
    client.edited(
        a,
        [TextEdit(4, 9, "gamma"), TextEdit(0, 0, "# é\U0001f600\n")],
        "# é\U0001f600\n" + FILES["a.py"].replace("alpha", "gamma"),
    )
    assert [(each.name, each.start) for each in await client.symbols(a)] == [("gamma", 5)]
    await window.finished()
    assert await client.find("alpha") == []
    client.closed(a)
    assert [each.name for each in await client.symbols(a)] == ["alpha"]


async def test_a_document_that_does_not_fit_is_sent_whole(open_window: Open, root: Path) -> None:
    window = await open_window()
    client, a = window.client, str(root / "a.py")
    client.opened(a, "python", "x = 1\n")
    client._documents.get(a).revision += 1  # as if an edit had been lost
    client.edited(a, [TextEdit(0, 1, "zebra")], "zebra = 1\n")
    assert await window.sees("zebra") == a


async def test_a_file_that_another_program_writes_becomes_visible(open_window: Open, root: Path) -> None:
    window = await open_window()
    await window.finished()
    (root / "pkg/c.py").write_text("def fresh():\n    pass\n")
    assert await window.sees("fresh") == str(root / "pkg/c.py")
    (root / "pkg/c.py").write_text("def fresher():\n    pass\n")
    await window.sees("fresher")
    (root / "deep/er").mkdir(parents=True)
    (root / "deep/er/d.py").write_text("def deepest():\n    pass\n")
    await window.sees("deepest")
    (root / "deep/er/d.py").unlink()
    gone = str(root / "deep/er/d.py")
    await window.until(lambda: any(event.paths == (gone,) for event in window.of(Changed)))
    assert await window.client.find("deepest") == []


async def test_what_the_editor_says_of_files_is_believed_where_nothing_is_watched(
    open_window: Open, root: Path
) -> None:
    window = await open_window()
    window.client.set_up([str(root)], watches=False)
    await window.finished()
    (root / "c.py").write_text("def fresh():\n    pass\n")
    (root / "d.py").write_text("def unsaid():\n    pass\n")
    window.client.changed([str(root / "c.py")])
    await window.sees("fresh")
    window.client.saved(str(root / "d.py"))
    await window.sees("unsaid")


async def test_a_changed_ignore_file_takes_files_out(open_window: Open, root: Path) -> None:
    window = await open_window()
    await window.finished()
    (root / ".gitignore").write_text("pkg/\n")
    async with asyncio.timeout(PATIENCE):
        while await window.client.find("Beta"):
            pass
    assert await window.sees("alpha") == str(root / "a.py")


async def test_a_killed_worker_is_started_again_and_knows_the_open_documents(open_window: Open, root: Path) -> None:
    window = await open_window()
    await window.finished()
    client, first = window.client, window.client.status.pid
    assert first is not None
    client.opened(str(root / "a.py"), "python", "def alpha():\n    return 1\n")
    client.edited(str(root / "a.py"), [TextEdit(4, 9, "unsaved")], "def unsaved():\n    return 1\n")
    await window.sees("unsaved")
    waiting = asyncio.ensure_future(client.find("unsaved"))
    os.kill(first, signal.SIGKILL)
    await waiting  # answered, with something or nothing
    await window.until(lambda: client.status.pid not in (first, None))
    assert await window.sees("unsaved") == str(root / "a.py")


async def test_while_no_worker_is_there_the_answer_is_nothing_at_once(root: Path) -> None:
    client = IndexClient()
    client.opened(str(root / "a.py"), "python", "x = 1\n")
    client.edited(str(root / "a.py"), [], "x = 1\n")
    assert await client.find("x") == [] and await client.symbols(str(root / "a.py")) == ()
    assert await client.summary() == {}
    assert client.status.state is IndexState.OFF
    await client.close()


async def test_a_worker_that_keeps_ending_is_given_up_until_it_is_wanted_again(root: Path) -> None:
    starts = 0

    def dying() -> Any:
        nonlocal starts
        starts += 1
        return spawn(None, "no such level") if starts <= 5 else spawn(None, "info")

    window = Window(start=dying)
    window.client.set_up([str(root)])
    await window.until(lambda: window.client.status.state is IndexState.FAILED)
    assert starts == 5 and "ended 5 times in a row" in window.client.status.message
    assert "foretoken.index" in window.client.status.message
    window.client.index_now()
    await window.finished()
    await window.client.close()


async def test_nothing_is_left_behind_at_the_end(open_window: Open) -> None:
    window = await open_window()
    await window.finished()
    worker = psutil.Process(window.client.status.pid)
    processes = [worker, *worker.children(recursive=True)]
    await window.client.close()
    _, alive = psutil.wait_procs(processes, PATIENCE)
    assert alive == []


async def test_nothing_is_left_behind_when_the_worker_is_killed(open_window: Open, root: Path) -> None:
    window = await open_window()
    await window.finished()
    (root / "c.py").write_text("def fresh():\n    pass\n")
    await window.sees("fresh")  # what is saved has a process of its own, which stays
    worker = psutil.Process(window.client.status.pid)
    children = worker.children(recursive=True)
    window.client._supervision.process.kill()
    _, alive = psutil.wait_procs([worker, *children], PATIENCE)
    assert children and alive == []


async def test_a_comparison_can_be_stopped_and_the_next_one_goes_on(open_window: Open, root: Path) -> None:
    write(root, {f"many/{number}.py": f"def many_{number}():\n    return {number}\n" * 50 for number in range(60)})
    window = await open_window()
    await window.until(lambda: window.client.status.folders[0].indexing)
    write(root, {"meanwhile.py": "x = 1\n"})
    window.client.stop_indexing(str(root))
    await window.until(lambda: window.of(Finished))
    assert window.of(Finished)[0].cancelled
    await window.until(lambda: window.client.status.state is IndexState.STOPPED)
    write(root, {"new/folder.py": "def in_new_folder():\n    pass\n", ".ignore": "no_such_file\n"})
    write(root, {"saved.py": "def saved():\n    pass\n"})
    window.client.saved(str(root / "saved.py"))
    await window.sees("saved")
    assert window.client.status.state is IndexState.STOPPED and len(window.of(Finished)) == 1
    window.client.index_now()
    await window.until(lambda: len(window.of(Finished)) >= 2 and not window.of(Finished)[-1].cancelled)
    await window.finished()
    assert window.of(Finished)[-1].files == 66


async def test_python_is_inferred_from_what_the_editor_has(open_window: Open, root: Path) -> None:
    write(root, {"src/shop/__init__.py": "", "src/shop/money.py": "class Money:\n    def cents(self): ...\n"})
    window = await open_window()
    client, path = window.client, str(root / "src/shop/till.py")
    text = "from shop.money import Money\nMoney().\n"
    client.opened(path, "python", text)
    answer = await client.python("names", path, len(text) - 1)
    while answer.trouble == "late":  # its process has just been started
        answer = await client.python("names", path, len(text) - 1)
    assert "cents" in [name.name for name in answer.names] and answer.trouble == ""
    answer = await client.python("goto", path, text.index("Money"))
    assert [(name.path, name.line) for name in answer.names] == [(str(root / "src/shop/money.py"), 0)]
    assert (await client.python("goto", str(root.parent / "outside.py"), 0)).trouble == "unavailable"


async def test_a_worker_that_stands_still_holds_nobody_up_and_gets_the_newest_text(
    open_window: Open, root: Path
) -> None:
    window = await open_window()
    client, a = window.client, str(root / "a.py")
    await window.finished()
    text = "x = 0\n" * 20_000
    client.opened(a, "python", text)
    pid = client.status.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        for number in range(2000):
            text = f"{text[:4]}{number}{text[4:]}"
            client.edited(a, [TextEdit(4, 4, str(number))], text)
        assert await client.find("x", seconds=0.01) == []  # late, and not for ever
        process = client._supervision.process
        assert process is not None and len(process.outbox) < 500
        text = "newest = 1\n" + text
        client.edited(a, [TextEdit(0, 0, "newest = 1\n")], text)
    finally:
        os.kill(pid, signal.SIGCONT)
    assert await window.sees("newest") == a
    assert (await client.symbols(a))[1].start == 11


async def test_another_limit_of_files_holds_at_once(open_window: Open, root: Path) -> None:
    window = await open_window()
    await window.finished()
    assert window.client.status.folders[0].files == 2
    window.client.set_up([str(root)], limits={"max_files": 1})
    await window.until(lambda: window.client.status.folders[0].files == 1)
    await window.until(lambda: any("only the first 1 files" in event.text for event in window.of(Notice)))


async def test_so_much_changed_that_all_is_looked_at_and_questions_go_on(open_window: Open, root: Path) -> None:
    window = await open_window()
    window.client.set_up([str(root)], watches=False)
    await window.finished()
    write(root, {"c.py": "def fresh():\n    pass\n", "d.py": "def fresher():\n    pass\n"})
    window.client.changed([str(root / f"gone/{number}.py") for number in range(100_000)])
    assert [path for path, _ in await window.client.find("alpha")] == [str(root / "a.py")]
    await window.sees("fresh")
    write(root, {"e.py": "def freshest():\n    pass\n"})
    window.client.look(str(root))
    await window.sees("freshest")


async def test_rules_that_change_hold_for_what_is_open(open_window: Open, root: Path) -> None:
    write(root, {".ignore": "\n"})
    window = await open_window()
    await window.finished()
    path = str(root / "pkg/b.py")
    window.client.opened(path, "python", "def unsaved():\n    pass\n")
    assert await window.sees("unsaved") == path
    (root / ".ignore").write_text("pkg/\n")
    async with asyncio.timeout(PATIENCE):
        while await window.client.find("unsaved"):
            pass
    (root / ".ignore").write_text("\n")
    assert await window.sees("unsaved") == path


async def test_a_name_that_is_no_unicode_ends_no_worker(open_window: Open, root: Path) -> None:
    window = await open_window()
    await window.finished()
    first = window.client.status.pid
    with open(os.path.join(os.fsencode(root), b"\xff.py"), "w"):
        pass
    (root / "c.py").write_text("def fresh():\n    pass\n")
    await window.sees("fresh")
    window.client.saved(str(root / "\udcff.py"))
    window.client.opened(str(root / "\udcfe.py"), "python", "def open_there():\n    pass\n")
    (root / "d.py").write_text("def fresher():\n    pass\n")
    await window.sees("fresher")
    await window.sees("open_there")
    assert window.client.status.pid == first


async def test_a_new_worker_begins_from_the_beginning(open_window: Open, root: Path) -> None:
    """One that has said nothing yet is not ready because another one was."""
    starts = 0
    silent = "import os, sys; from foretoken.index.wire import frame; os.write(1, frame({'event': 'ready'})); sys.stdin.read()"

    def start() -> Any:
        nonlocal starts
        starts += 1
        if starts == 1:
            return spawn(None, "info")
        stderr = tempfile.TemporaryFile()
        command = [sys.executable, "-c", silent]
        return subprocess.Popen(command, stdin=-1, stdout=-1, stderr=stderr, bufsize=0), stderr

    window = await open_window(start=start)
    await window.finished()
    window.client._supervision.process.kill()
    await window.until(lambda: window.client._supervision.state is IndexState.READY and starts == 2)
    (folder,) = window.client.status.folders
    assert window.client.status.state is IndexState.INDEXING and not folder.compared and folder.writer is None
