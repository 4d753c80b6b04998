"""Edges when a resolver fails: one file's imports are left out, and the index goes on."""

import logging
from pathlib import Path

import pytest

from foretoken.index import edges
from foretoken.syntax.facts import Import
from foretoken.syntax.resolve.files import Files
from foretoken.syntax.resolve.resolve import resolve
from index.indexing import indexed, reader, write


@pytest.mark.parametrize(
    "error", [TypeError, ValueError, KeyError, AttributeError, IndexError, RecursionError, UnicodeEncodeError]
)
def test_a_resolver_that_raises_costs_that_files_edges_alone(
    error: type[Exception], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    root = tmp_path / "w"
    write(root, {"a.py": "import z\n", "b.py": "import bad\nimport z\n", "c.py": "import z\n", "z.py": "x = 1\n"})
    raised = error("utf-8", "x", 0, 1, "bad") if error is UnicodeEncodeError else error("bad")

    def resolving(imported: Import, path: str, language: str, files: Files) -> tuple[str, ...]:
        if imported.module == "bad":
            raise raised
        return resolve(imported, path, language, files)

    monkeypatch.setattr(edges, "resolve", resolving)
    with caplog.at_level(logging.ERROR), indexed(root, tmp_path / "index") as running:
        assert not running.sync().cancelled
        with reader(running.folder) as stored:
            assert [stored.edges_from(path) for path in ("a.py", "b.py", "c.py")] == [["z.py"], [], ["z.py"]]
            assert stored.summary().complete
        running.change({"b.py": "import z\n"})
        running.sync()
        with reader(running.folder) as stored:
            assert stored.edges_from("b.py") == ["z.py"]
    [record] = [record for record in caplog.records if record.name == edges.__name__]
    assert record.getMessage() == "b.py: its imports cannot be resolved" and record.exc_info is not None
