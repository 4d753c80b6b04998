"""The queries of every language against annotated sources. After a change of a query look at what changed:
``UPDATE_ANNOTATED=1 pytest tests/syntax/test_annotated.py`` writes the annotations anew, and git shows the difference."""

import os
from pathlib import Path

import pytest

from annotated_sources import FOLDER, annotate, count

SAMPLES = sorted(path for path in FOLDER.glob("*/*") if path.suffix != ".annotated" and path.is_file())
LEAST = 30


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.relative_to(FOLDER).as_posix())
def test_annotated_source(path: Path) -> None:
    kept = path.with_name(path.name + ".annotated")
    found = annotate(path)
    if os.environ.get("UPDATE_ANNOTATED"):
        kept.write_text(found, encoding="utf-8")
    assert found == kept.read_text(encoding="utf-8")


@pytest.mark.parametrize("folder", sorted(path.name for path in FOLDER.iterdir()))
def test_enough_cases(folder: str) -> None:
    cases = sum(count(path.read_text(encoding="utf-8")) for path in (FOLDER / folder).glob("*.annotated"))
    assert cases >= LEAST, f"{cases} annotated cases for {folder}"
