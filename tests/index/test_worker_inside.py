"""What the worker makes of each message, in this process, with folders that note what they are told."""

import queue
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from foretoken.index import worker as worker_module
from foretoken.index.events import Changed, Finished
from foretoken.index.watch import MANY
from foretoken.index.worker import Worker
from index.indexing import write

PATIENCE = 60.0


class NotedFolder:
    """Stands for ServedFolder."""

    def __init__(self, root: Path, said: Any, near: Any, **options: Any) -> None:
        self.root, self.folder, self.said, self.near = root, root.parent / "index", said, near
        self.terms, self.started = (options["heals"], options["limits"]), False
        self.calls: list[tuple[Any, ...]] = []

    def start(self) -> None:
        self.started = True

    def __getattr__(self, name: str) -> Any:
        return lambda *arguments: self.calls.append((name, *arguments))


class Inside:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.said: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self.worker = Worker(self.said.put)
        self.number = 100

    def setup(self, *folders: Path) -> None:
        names = [str(folder) for folder in folders or (self.root,)]
        self.worker.receive({"do": "setup", "folders": names, "watches": False, "heals": True}, "")

    def folder(self, root: Path | None = None) -> Any:
        return self.worker._served[root or self.root]

    def open(self, path: str, text: str = "x = 1\n") -> None:
        head = {"do": "open", "path": str(self.root / path), "language": "python", "revision": 0}
        self.worker.receive(head, text)

    def ask(self, method: str, *arguments: Any) -> Any:
        self.number += 1
        self.worker.receive(question(self.number, method, *arguments), "")
        return self.until(lambda said: said.get("id") == self.number)["result"]

    def until(self, wanted: Any) -> dict[str, Any]:
        while not wanted(said := self.said.get(timeout=PATIENCE)):
            pass
        return said

    def chores(self) -> None:
        """Until all chores that there are now are done."""
        done = threading.Event()
        self.worker._inbox.put_chore(done.set)
        assert done.wait(PATIENCE)


def question(number: int, method: str, *arguments: Any) -> dict[str, Any]:
    return {"do": "ask", "id": number, "method": method, "arguments": arguments, "seconds": PATIENCE}


@pytest.fixture
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Inside]:
    monkeypatch.setattr(worker_module, "ServedFolder", NotedFolder)
    monkeypatch.setattr(worker_module, "sweep", lambda but: None)
    write(tmp_path / "w", {"a.py": "a = 1\n", "pkg/b.py": "b = 1\n"})
    inside = Inside(tmp_path / "w")
    yield inside
    inside.worker.stop()


def test_a_question_that_nobody_waits_for_any_more_is_not_answered(inside: Inside) -> None:
    gate = threading.Event()
    inside.worker._inbox.put(lambda: gate.wait(PATIENCE) and None)
    inside.worker.receive(question(1, "find", "a"), "")
    inside.worker.receive(question(2, "find", "a"), "")
    inside.worker.receive({"do": "cancel", "id": 1}, "")
    gate.set()
    assert inside.until(lambda said: "id" in said)["id"] == 2


def test_a_question_does_not_wait_for_what_was_saved_but_sees_what_was_typed(inside: Inside) -> None:
    inside.setup()
    inside.chores()
    gate = threading.Event()
    inside.worker._inbox.put(lambda: gate.wait(PATIENCE) and None)
    inside.worker.receive({"do": "save", "paths": [str(inside.root / "a.py")]}, "")
    inside.open("a.py", "typed = 1\n")
    inside.worker.receive(question(1, "find", "typed"), "")
    before: list[Any] = []
    inside.worker._inbox.put(lambda: before.extend(inside.folder().calls))
    gate.set()
    assert inside.until(lambda said: said.get("id") == 1)["result"][0][0] == str(inside.root / "a.py")
    inside.chores()
    assert ("changed", ["a.py"]) in inside.folder().calls and ("changed", ["a.py"]) not in before


def test_a_document_that_is_worked_on_makes_its_folder_worth_healing_and_is_near(inside: Inside) -> None:
    inside.setup()
    assert inside.ask("symbols", str(inside.root / "a.py")) == [] and inside.folder().calls == []
    inside.open("pkg/b.py")
    inside.open("new/c.py")
    inside.ask("symbols", str(inside.root / "a.py"))
    assert inside.folder().calls == [("active",), ("active",)]
    assert inside.folder().near() == ("new/c.py", "pkg/b.py")


def test_files_that_the_editor_tells_of_go_to_their_folder(inside: Inside) -> None:
    other = inside.root.parent / "other"
    write(other, {"o.py": ""})
    inside.setup(inside.root, other)
    outside, unsayable = str(inside.root.parent / "x.py"), str(inside.root / "\udcff.py")
    paths = [str(inside.root / "a.py"), outside, unsayable, str(other / "o.py"), str(inside.root / "pkg/b.py")]
    inside.worker.receive({"do": "changed", "paths": paths}, "")
    inside.chores()
    assert inside.folder().calls == [("changed", ["a.py", "pkg/b.py"])]
    assert inside.folder(other).calls == [("changed", ["o.py"])]


def test_thousands_of_files_are_not_placed_one_by_one(inside: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    inside.setup()
    placed: list[str] = []
    monkeypatch.setattr(inside.worker._index, "place", placed.append)
    paths = [str(inside.root / f"{number}.py") for number in range(MANY + 1)]
    inside.worker.receive({"do": "changed", "paths": paths}, "")
    inside.chores()
    assert inside.folder().calls == [("look",)] and placed == []


def test_only_the_folder_that_is_meant_is_looked_at_or_stopped(inside: Inside) -> None:
    other = inside.root.parent / "other"
    other.mkdir()
    inside.setup(inside.root, other)
    inside.worker.receive({"do": "look", "folder": str(other)}, "")
    inside.worker.receive({"do": "stop", "folder": str(other)}, "")
    inside.worker.receive({"do": "sync"}, "")
    assert inside.folder().calls == [("sync",)]
    assert inside.folder(other).calls == [("look",), ("cancel",), ("sync",)]


@pytest.mark.parametrize("event", [Finished(1, 1, 1), Changed(())])
def test_which_open_documents_count_is_looked_at_anew_after_a_comparison(
    inside: Inside, event: Finished | Changed
) -> None:
    inside.setup()
    inside.open("gen/c.py", "made = 1\n")
    assert len(inside.ask("find", "made")) == 1
    write(inside.root, {".ignore": "gen/\n"})
    inside.folder().said(event)
    inside.chores()
    assert inside.ask("find", "made") == []
    (inside.root / ".ignore").unlink()
    inside.folder().said(event)
    inside.chores()
    assert len(inside.ask("find", "made")) == 1


def test_a_folder_in_another_has_its_own_index_only_where_that_leaves_it_out(inside: Inside) -> None:
    write(inside.root, {".ignore": "/vendor/x\n", "vendor/x/c.py": "", "vendor/x/deep/d.py": "", "lib/e.py": ""})
    vendored, deep, lib = inside.root / "vendor/x", inside.root / "vendor/x/deep", inside.root / "lib"
    inside.setup(inside.root, deep, lib, vendored)
    assert list(inside.worker._served) == [inside.root, vendored]
    covered = [inside.until(lambda said: said.get("event") == "covered")["folder"] for _ in range(2)]
    assert covered == [str(deep), str(lib)]
    inside.open("vendor/x/c.py", "found = 1\n")
    assert [path for path, _ in inside.ask("find", "found")] == [str(vendored / "c.py")]


def test_a_folder_whose_name_cannot_be_told_is_refused_in_words(inside: Inside) -> None:
    (inside.root / "proj\udce9").mkdir()
    inside.setup(inside.root / "proj\udce9", inside.root)
    refused = inside.until(lambda said: said.get("event") == "refused")["text"]
    assert "proj\ufffd" in refused and "not valid UTF-8" in refused
    assert list(inside.worker._served) == [inside.root]
