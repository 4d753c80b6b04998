"""The indexing process is killed at chosen moments; what is stored in the end is what an undisturbed index stores."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from foretoken.index.events import Changed
from foretoken.trust.left import Reason
from index.indexing import PATIENCE, indexed, reader, write

KILLED = Path(__file__).with_name("killed_index.py")
MODULES = 100  # several batches
FILES = {
    **{
        f"shop/part{number % 7}/module{number}.py": f"from shop.base import Base\n\n\nclass Part{number}(Base):\n"
        f'    """Number {number}."""\n\n    def count(self):\n        return {number}\n'
        for number in range(MODULES)
    },
    "shop/__init__.py": "",
    "shop/base.py": "class Base:\n    pass\n",
    "web/page.ts": "import { helper } from './helper';\nexport function page(): string { return helper(); }\n",
    "web/helper.ts": "export function helper(): string { return 'größe'; }\n",
    "web/data.dat": b"\0\1\2",
    "broken.py": "def half(:\n",
}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("killed") / "shop"
    write(root, FILES)
    for path in root.rglob("*"):  # a file that has just been written would be read again
        os.utime(path, (1_600_000_000, 1_600_000_000))
    return root


@pytest.fixture(scope="module")
def undisturbed(workspace: Path) -> dict[str, object]:
    with indexed(workspace, workspace.parent / "undisturbed") as shop:
        shop.sync()
        return shop.facts()


def kill_at(root: Path, folder: Path, moment: str, number: int) -> None:
    folder.mkdir()
    command = [sys.executable, str(KILLED), str(root), str(folder), moment, str(number)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        patience = threading.Timer(PATIENCE, process.kill)
        patience.start()
        said = process.stdout.readline()
        patience.cancel()
        process.kill()
    assert said == b"here\n"


@pytest.mark.parametrize(
    ("moment", "number"),
    [
        ("looking", 1),
        ("indexing", 1),
        ("facts", 1),
        ("facts", 60),
        ("stored", 1),
        ("stored", 3),
        ("edges", 50),
        ("finished", 1),
    ],
)
def test_after_a_kill_the_index_becomes_what_it_would_have_been(
    moment: str, number: int, workspace: Path, undisturbed: dict[str, object], tmp_path: Path
) -> None:
    kill_at(workspace, tmp_path / "index", moment, number)
    with reader(tmp_path / "index") as stored:
        before = {file.path for file in stored.files()}
    assert bool(before) == (moment not in ("looking", "indexing") and (moment, number) != ("facts", 1))
    with indexed(workspace, tmp_path / "index") as shop:
        finished = shop.sync()
        assert shop.facts() == undisturbed
        assert finished.left_out == {str(Reason.BINARY): 1}
        # It went on from there: nothing was made anew, and what was stored was not read again.
        assert shop.notices() == []
        read = {path for event in shop.events if isinstance(event, Changed) for path in event.paths}
        assert read == undisturbed.keys() - before
