"""The corpus of the large model: what the starter has in front, other languages behind, one manifest of both."""

import json
import sys
from pathlib import Path

import pytest

import training
from source_archives import tar
from training import large_corpus
from training.dep5 import spdx
from training.licences import expression_allowed
from training.packages import SEED, UNSEEN_OTHERS

FOLDER = Path(training.__file__).parent
MANIFEST = json.loads((FOLDER / "manifest-large.json").read_text(encoding="utf-8"))


def code(name: str) -> str:
    return "".join(
        f"export function {name}{i}(width, height) {{\n  return width{name} * height{i};\n}}\n\n" for i in range(9)
    )


def test_one_corpus_of_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    starter, npm = tmp_path / "starter", tmp_path / "npm"
    for folder in (starter, npm, tmp_path / "debian"):
        folder.mkdir()
    python = {
        "package": "one",
        "path": "one.py",
        "split": "train",
        "seen": True,
        "text": "x = 1\n",
        "language": "python",
    }
    (starter / "corpus.jsonl").write_text(json.dumps(python) + "\n")
    row = {"package": "one", "version": "1", "licence": "MIT", "files": 1, "bytes": 6, "sha256": "ab", "seen": True}
    about = {
        "seed": SEED,
        "sha256": "cd",
        "totals": {"train files": 1, "train bytes": 6},
        "packages": [row],
        "left out": {},
    }
    (starter / "manifest.json").write_text(json.dumps(about))
    for name in ("fastify", "it"):
        files = {"package/package.json": json.dumps({"name": name, "version": "2", "license": "ISC"})}
        files |= {f"package/src/{part}.js": code(f"{name}{part}") for part in ("a", "b", "c")}
        (npm / f"{name}-2.tgz").write_bytes(tar(files))
    closed = {"package/package.json": json.dumps({"name": "closed", "version": "2", "license": "GPL-3.0"})}
    (npm / "closed-2.tgz").write_bytes(tar(closed | {"package/src/a.js": code("closed")}))
    places = ["--starter", starter, "--npm", npm, "--debian", tmp_path / "debian", "--out", tmp_path / "out"]
    monkeypatch.setattr(sys, "argv", ["large_corpus", *map(str, places)])
    large_corpus.main()

    documents = [json.loads(line) for line in (tmp_path / "out" / "corpus.jsonl").read_text().splitlines()]
    summary = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert documents[0] == python and {d["language"] for d in documents[1:]} == {"javascript"}
    assert [(r["package"], r["language"], r["seen"]) for r in summary["packages"]] == [
        ("one", "python", True),
        ("fastify", "javascript", False),
        ("it", "javascript", True),
    ]
    for split in ("train", "test"):
        found = [d["text"] for d in documents if d["split"] == split]
        assert found and summary["totals"][f"{split} bytes"] == sum(len(text.encode()) for text in found)
    assert summary["languages"]["python"] == about["totals"]
    assert summary["refused by licence, or without source"] == ["closed-2"]
    said = (tmp_path / "out" / "NOTICE").read_text()
    assert "one 1: MIT\n" in said and "it 2: ISC\n" in said and "fastify" not in said
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["NOTICE", "corpus.jsonl", "manifest.json"]


def test_the_large_corpus_is_large_enough_and_permissive() -> None:
    rows, totals = MANIFEST["packages"], MANIFEST["totals"]
    assert totals["train bytes"] >= 300_000_000 and MANIFEST["seed"] == SEED
    assert sum(row["bytes"] for row in rows) == sum(totals[f"{split} bytes"] for split in ("train", "tune", "test"))
    assert {row["language"] for row in rows} == set(MANIFEST["languages"]) and len(MANIFEST["languages"]) == 8
    others = [row for row in rows if row["language"] != "python"]
    assert all(expression_allowed(row["licence"]) or spdx(row["licence"]) for row in others)
    assert {row["package"] for row in others if not row["seen"]} == set(UNSEEN_OTHERS)


def test_the_list_to_fetch_names_every_package() -> None:
    lines = (FOLDER / "large-packages.txt").read_text(encoding="utf-8").splitlines()
    listed = [line.split() for line in lines if not line.startswith("#")]
    assert {kind for kind, _ in listed} == {"npm", "deb", "src"}
    others = {
        (r["package"], r["version"].replace("%3a", ":")) for r in MANIFEST["packages"] if r["language"] != "python"
    }
    assert {tuple(pinned.replace("=", "@").rsplit("@", 1)) for _, pinned in listed} == others
