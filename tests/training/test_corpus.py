"""The split, duplicates, and the committed description of the shipped model's corpus."""

import collections
import json
from pathlib import Path

import training
from training.corpus import UNSEEN, Novelty, Package, documents, split_of

MANIFEST = Path(training.__file__).with_name("manifest.json")
CODE = "".join(f"def function_{name}(first, second):\n    return first + second + '{name}'\n\n" for name in "abcdefgh")


def test_split_is_fixed() -> None:
    assert split_of("websockets", "websockets/server.py") == "test"
    assert split_of("pexpect", "pexpect/run.py") == "tune"
    splits = [split_of("django", f"django/{number}.py") for number in range(5000)]
    assert splits == [split_of("django", f"django/{number}.py") for number in range(5000)]
    assert 25 < splits.count("tune") < 75 and 25 < splits.count("test") < 75


def test_near_duplicates_are_dropped() -> None:
    novelty = Novelty()
    assert novelty.admit(CODE)
    assert not novelty.admit(CODE)
    assert not novelty.admit(CODE + "one_more_line_that_is_quite_long = 1\n")
    assert novelty.admit(CODE.replace("function", "method").replace("first", "left"))


def test_a_copy_of_an_unseen_package_is_not_trained_on(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_text(CODE, encoding="utf-8")
    unseen = next(iter(UNSEEN))
    packages = [
        Package("aaa", "1", "MIT", (("aaa/a.py", file),)),
        Package(unseen, "1", "MIT", ((f"{unseen}/a.py", file),)),
    ]
    assert [document.package for document in documents(packages, 10_000, collections.Counter())] == [unseen]


def test_manifest_is_consistent() -> None:
    manifest = json.loads(MANIFEST.read_text(encoding="utf-8"))
    rows = manifest["packages"]
    totals = manifest["totals"]
    assert sum(row["files"] for row in rows) == sum(totals[f"{split} files"] for split in ("train", "tune", "test"))
    assert {row["package"] for row in rows if not row["seen"]} == set(UNSEEN)
    assert not {row["package"] for row in rows} & set(manifest["refused by licence"])
