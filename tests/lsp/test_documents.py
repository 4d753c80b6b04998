"""Documents and notebooks over the wire."""

from typing import Any

import pytest

from door_harness import URI, Harness, at
from fakes import FakeEngine

NOTEBOOK = "file:///w/n.ipynb"


def cell(name: str) -> str:
    return f"vscode-notebook-cell:/w/n.ipynb#{name}"


def cell_item(name: str, text: str) -> dict[str, Any]:
    return {"uri": cell(name), "languageId": "python", "version": 1, "text": text}


def cell_entry(name: str) -> dict[str, Any]:
    return {"kind": 2, "document": cell(name)}


async def started(encoding: str = "utf-16") -> Harness:
    harness = Harness(FakeEngine("x + 1\n"))
    await harness.initialize({"general": {"positionEncodings": [encoding]}, "notebookDocument": {}})
    return harness


@pytest.mark.parametrize(("encoding", "character"), [("utf-8", 5), ("utf-16", 3), ("utf-32", 2)])
async def test_changes_and_answers_in_each_encoding(encoding: str, character: int) -> None:
    harness = await started(encoding)
    harness.open("a😀 = \n")
    harness.change(2, (0, character, 0, character, "b"))
    assert harness.text() == "a😀b = \n"
    end = character + 4
    answer = await harness.answer(harness.ask(0, end))
    assert answer["result"]["items"][0]["range"]["start"] == at(0, end)


async def test_changes_of_one_message_follow_one_another() -> None:
    harness = await started()
    harness.open("abc\n")
    harness.change(2, (0, 0, 0, 1, "xyz"), (0, 3, 0, 4, ""), (1, 0, 1, 0, "end"))
    assert harness.text() == "xyzc\nend"


async def test_form_feeds_do_not_shift_lines() -> None:
    harness = await started()
    harness.open("a\x0cb\nc\u2028d\rlast\n")
    harness.change(2, (3, 0, 3, 0, "3"), (2, 4, 2, 4, "2"), (1, 0, 1, 1, "1"))
    assert harness.text() == "a\x0cb\n1\u2028d\rlast2\n3"


async def test_full_text_changes_also_with_a_null_range() -> None:
    harness = await started()
    harness.open("old")
    harness.change(2, "new")
    assert harness.text() == "new"
    change = {"range": None, "text": "newer"}
    harness.notify("textDocument/didChange", {"textDocument": {"uri": URI, "version": 3}, "contentChanges": [change]})
    assert harness.text() == "newer"


@pytest.mark.parametrize(
    "params",
    [
        {"textDocument": {"uri": URI, "version": 2}, "contentChanges": [{"text": None}]},
        {"textDocument": {"uri": URI, "version": None}, "contentChanges": [{"text": "x"}]},
        {"textDocument": {"uri": URI, "version": 2}, "contentChanges": 7},
        {"textDocument": {"uri": URI, "version": 2}, "contentChanges": [{"range": {"start": at(0, -1), "end": at(0, 0)}, "text": ""}]},
        {"textDocument": {"uri": URI, "version": 2}, "contentChanges": [{"range": {"start": at(1, 0), "end": at(0, 0)}, "text": ""}]},
        {"textDocument": {"uri": URI, "version": 2}},
        {"textDocument": {"uri": URI, "version": 0}, "contentChanges": [{"range": {"start": at(0, 0), "end": at(0, 0)}, "text": "x"}]},
    ],
)  # fmt: skip
async def test_a_change_that_cannot_be_made_pauses_the_document_and_says_so_once(params: dict[str, Any]) -> None:
    harness = await started()
    harness.open("a = \n")
    for _ in range(3):
        harness.notify("textDocument/didChange", params)
    assert harness.text() == "a = \n"
    assert (await harness.answer(harness.ask(0, 4)))["result"] == {"items": []}
    assert harness.server.session.counters.refusals == {"OUT_OF_SYNC": 1}
    messages = harness.messages("window/showMessage")
    assert len(messages) == 1 and "paused until it is saved or opened again" in messages[0]["message"]
    harness.notify("textDocument/didSave", {"textDocument": {"uri": URI}, "text": "b = \n"})
    assert len((await harness.answer(harness.ask(0, 4)))["result"]["items"]) == 1


async def test_changes_of_unknown_and_closed_documents_are_ignored() -> None:
    harness = await started()
    harness.change(2, "x")
    harness.open("a\n")
    harness.notify("textDocument/didClose", {"textDocument": {"uri": URI}})
    harness.notify("textDocument/didClose", {"textDocument": {"uri": URI}})
    harness.change(2, (0, 0, 0, 0, "x"))
    harness.notify("textDocument/didSave", {"textDocument": {"uri": URI}, "text": "x"})
    assert len(harness.server.session.documents) == 0
    harness.open("b\n")
    assert harness.text() == "b\n"


@pytest.mark.parametrize("uri", ["untitled:Untitled-1", "git:/w/a.py?ref", "inmemory://model/1", "a.py"])
async def test_documents_that_are_no_files(uri: str) -> None:
    harness = await started()
    harness.open("a = \n", uri)
    assert len((await harness.answer(harness.ask(0, 4, uri)))["result"]["items"]) == 1


async def test_notebook_cells_are_documents() -> None:
    harness = await started()
    notebook = {
        "uri": NOTEBOOK,
        "notebookType": "jupyter-notebook",
        "version": 1,
        "cells": [cell_entry("1"), cell_entry("2")],
    }
    cells = [cell_item("1", "import os\n"), cell_item("2", "a = ")]
    harness.notify("notebookDocument/didOpen", {"notebookDocument": notebook, "cellTextDocuments": cells})
    answer = await harness.answer(harness.ask(0, 4, cell("2")))
    assert len(answer["result"]["items"]) == 1

    text_change = {"range": {"start": at(0, 0), "end": at(0, 1)}, "text": "b😀"}
    structure = {
        "array": {"start": 1, "deleteCount": 0, "cells": [cell_entry("3")]},
        "didOpen": [cell_item("3", "c = 1")],
    }
    content = {"document": {"uri": cell("2"), "version": 2}, "changes": [text_change]}
    change = {"cells": {"structure": structure, "textContent": [content]}}
    document = {"uri": NOTEBOOK, "version": 2}
    harness.notify("notebookDocument/didChange", {"notebookDocument": document, "change": change})
    assert harness.text(cell("2")) == "b😀 = "
    assert harness.server.session.notebook_cells(NOTEBOOK) == [cell("1"), cell("3"), cell("2")]

    removed = {"array": {"start": 0, "deleteCount": 1}, "didClose": [{"uri": cell("1")}]}
    change = {"cells": {"structure": removed}}
    harness.notify("notebookDocument/didChange", {"notebookDocument": document, "change": change})
    assert harness.server.session.notebook_cells(NOTEBOOK) == [cell("3"), cell("2")]
    assert cell("1") not in harness.server.session.documents

    closed = {"notebookDocument": {"uri": NOTEBOOK}, "cellTextDocuments": [{"uri": cell("2")}, {"uri": cell("3")}]}
    harness.notify("notebookDocument/didClose", closed)
    assert len(harness.server.session.documents) == 0
    assert harness.server.session.notebook_cells(NOTEBOOK) is None


async def test_a_notebook_change_that_cannot_be_read_pauses_its_cells() -> None:
    harness = await started()
    notebook = {"uri": NOTEBOOK, "notebookType": "x", "version": 1, "cells": [cell_entry("1")]}
    harness.notify(
        "notebookDocument/didOpen", {"notebookDocument": notebook, "cellTextDocuments": [cell_item("1", "a = ")]}
    )
    for _ in range(2):
        harness.notify(
            "notebookDocument/didChange", {"notebookDocument": {"uri": NOTEBOOK, "version": 2}, "change": {"cells": 5}}
        )
    assert (await harness.answer(harness.ask(0, 4, cell("1"))))["result"] == {"items": []}
    assert len(harness.messages("window/showMessage")) == 1
