"""What is kept and held out, and the committed description of the shipped model's corpus."""

import collections
import email
import json
from pathlib import Path

import training
from training.corpus import clean, manifest, select
from training.licences import permissive
from training.packages import SEED, UNSEEN, Document, Package, fraction, split_of
from training.sources_pypi import OVERRIDES

MANIFEST = json.loads(Path(training.__file__).with_name("manifest.json").read_text(encoding="utf-8"))


def code(word: str) -> str:
    return "".join(
        f"def {word}_{name}(first, second):\n    return first + second + '{word}'\n\n" for name in "abcdefgh"
    )


def document(package: str, text: str, split: str = "train", path: str = "a.py") -> Document:
    return Document(package, path, split, package not in UNSEEN, text)


def names(documents: list[Document], cap: int = 100_000) -> list[tuple[str, str]]:
    return [(kept.package, kept.path) for kept in select(documents, cap, collections.Counter())]


def test_split_is_fixed() -> None:
    assert split_of("websockets", "websockets/server.py") == "test"
    assert split_of("pexpect", "pexpect/run.py") == "tune"
    splits = [split_of("django", f"django/{number}.py") for number in range(5000)]
    assert splits == [split_of("django", f"django/{number}.py") for number in range(5000)]
    assert 25 < splits.count("tune") < 75 and 25 < splits.count("test") < 75


def test_a_copy_of_an_unseen_package_is_not_trained_on() -> None:
    unseen = next(iter(UNSEEN))
    assert names([document("aaa", code("one")), document(unseen, code("one"), "tune")]) == [(unseen, "a.py")]


def test_a_copy_of_a_held_out_file_is_not_trained_on() -> None:
    kept = names([document("aaa", code("one")), document("zzz", code("one"), "test", "z.py")])
    assert kept == [("zzz", "z.py")]


def test_a_long_file_that_contains_a_held_out_one_is_not_trained_on() -> None:
    long = "".join(map(code, ("one", "two", "three", "four", "five")))
    assert names([document("aaa", long)]) == [("aaa", "a.py")]
    assert names([document("aaa", long), document("zzz", code("three"), "tune", "z.py")]) == [("zzz", "z.py")]


def test_the_cap_is_for_training_text_of_one_package() -> None:
    documents = [document("aaa", code(word), path=f"{word}.py") for word in ("one", "two", "six")]
    documents += [document("aaa", code("ten"), "test", "ten.py"), document("bbb", code("red"))]
    size = len(code("one"))
    assert names(documents, 2 * size) == [("aaa", "ten.py"), ("aaa", "one.py"), ("aaa", "two.py"), ("bbb", "a.py")]


def test_cleaning_a_package(tmp_path: Path) -> None:
    texts = {
        "a.py": "# Copyright 2020 Someone\n" + code("one"),
        "b.py": "x = 1\n",
        "c.py": code("two") + "def broken(:\n",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    files = tuple((f"aaa/{name}", tmp_path / name) for name in [*texts, "gone.py"])
    cleaned = clean(Package("aaa", "1", "MIT", files), 100_000)
    assert [(kept.path, kept.text) for kept in cleaned.documents] == [("aaa/a.py", code("one").rstrip() + "\n")]
    assert cleaned.why == {"small": 1, "does not parse": 1, "unreadable": 1}


def test_a_file_under_a_licence_of_its_own_is_left_out(tmp_path: Path) -> None:
    texts = {
        "gpl.py": "# Copyright 2020 Someone\n# This file is under the LGPL 2.1.\n" + code("one"),
        "docstring.py": '"""Paths.\n\nLicensed under CC BY-NC-SA 3.0.\n"""\n' + code("two"),
        "late.py": "import os\n\n# Copyright 2020 Someone, Mozilla Public License\n\n" + code("six"),
        "fine.py": "# Copyright 2020 Someone\n# Licensed under MIT.\n" + code("ten"),
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    cleaned = clean(Package("aaa", "1", "MIT", tuple((name, tmp_path / name) for name in texts)), 100_000)
    assert [kept.path for kept in cleaned.documents] == ["fine.py"]
    assert cleaned.why == {"licence of its own": 3}


def test_files_are_taken_from_all_over_a_package_until_there_are_enough(tmp_path: Path) -> None:
    files = []
    for number in range(40):
        (tmp_path / f"{number}.py").write_text(code(f"word{number}"), encoding="utf-8")
        files.append((f"{number}.py", tmp_path / f"{number}.py"))
    cleaned = clean(Package("aaa", "1", "MIT", tuple(files)), 4 * len(code("word10")))
    train = [kept.path for kept in cleaned.documents if kept.split == "train"]
    assert 6 <= len(train) <= 8
    assert train == sorted(train, key=lambda path: fraction("order", "aaa", path)) != sorted(train)


def test_the_summary_counts_what_was_kept() -> None:
    package = Package("aaa", "1", "MIT", ())
    kept = [document("aaa", code("one")), document("aaa", code("two"), "test", "b.py")]
    summary = manifest([package, Package("empty", "1", "MIT", ())], kept, {"small": 3}, ["gpl"])
    (row,) = summary["packages"]
    assert (row["files"], row["bytes"], row["seen"]) == (2, 2 * len(code("one")), True)
    assert summary["totals"]["test bytes"] == len(code("two"))
    other = manifest([package], [document("aaa", code("six")), kept[1]], {}, [])
    assert other["sha256"] != summary["sha256"]


def test_the_shipped_corpus_is_large_enough_and_adds_up() -> None:
    rows, totals = MANIFEST["packages"], MANIFEST["totals"]
    assert MANIFEST["seed"] == SEED
    assert totals["train bytes"] >= 100_000_000
    for kind in ("files", "bytes"):
        assert sum(row[kind] for row in rows) == sum(totals[f"{split} {kind}"] for split in ("train", "tune", "test"))
    assert len({row["package"] for row in rows}) == len(rows) >= 200


def test_the_shipped_corpus_is_permissive() -> None:
    for row in MANIFEST["packages"]:
        override = OVERRIDES.get(row["package"])
        said = f"License-Expression: {row['licence']}", f"License: {row['licence']}"
        allowed = any(permissive(email.message_from_string(field)) for field in said)
        assert (override and override[0] == row["licence"]) or allowed, row
    assert not {row["package"] for row in MANIFEST["packages"]} & set(MANIFEST["refused by licence"])


def test_the_shipped_corpus_marks_the_unseen_packages() -> None:
    assert {row["package"] for row in MANIFEST["packages"] if not row["seen"]} == set(UNSEEN)
