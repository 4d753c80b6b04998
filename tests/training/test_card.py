"""The model card says what the reports say."""

import argparse
import hashlib
import json
from pathlib import Path

import pytest

import training
from source_files import File
from training.card import card
from training.card_tables import any_table, percent, table, with_interval
from training.cursors import Position
from training.figures import calibration, share
from training.judged_lines import Answer, partial, reliability, whole_lines
from training.typed_lines import Completion, Step

FOLDER = Path(training.__file__).parents[1]
MODEL = FOLDER / "foretoken" / "models" / "shipped" / "foretoken-starter.gguf"
MANIFEST = {
    "totals": {"train files": 1234, "train bytes": 5_678_901},
    "packages": [
        {"package": "one", "version": "1", "licence": "MIT", "bytes": 700, "seen": True},
        {"package": "two", "version": "2", "licence": "ISC", "bytes": 9000, "seen": False},
    ],
}


def test_cells() -> None:
    assert percent(0.1234) == "12.3 %" and percent(float("nan")) == "-"
    assert with_interval({"value": 0.5, "low": 0.25, "high": 0.75}) == "50.0 (25.0 to 75.0)"
    assert with_interval(share([])) == "-"
    assert table(["a", "b"], [[1, 2]]) == "| a | b |\n|---|---|\n| 1 | 2 |\n"
    found = {"count": 2, "first": [{"prompt": "import", "found": "x@y"}]}
    cases = [{"characters": 40, "source": "six: six.py", "text": "secret"}]
    data = {"gguf": "abc", "F32": {"max": 0.000123}, "keys": found, "longest": cases, "by": {"import": {"max": 3.0}}}
    assert any_table(data) == (
        "|  |  |\n|---|---|\n| F32 | max 0.000123 |\n| keys | 2 |\n"
        "| longest | characters 40, source six: six.py |\n| by, import | max 3 |\n"
    )


def report(right: bool, extra: dict) -> dict:
    rest = "turn value" if right else "turn other"
    steps = (Step("turn", 0.9), Step(" value", 0.8), Step("", 0.7, True))
    answers = [
        Answer(Position(File("pkg", f"{n}.py", ""), "", typed, rest, "\n"), Completion(steps))
        for n, typed in enumerate(("    re", ""))
    ]
    lines = {kind: whole_lines(answers) for kind in ("without context", "same without", "with context")}
    bits = share([("a", 3, 4)])
    windows = {"bits per byte": bits, "nats per token": bits, "packages": {"pkg": bits}}
    edits = {"examples": 9, "to be changed": share([("a", 1, 9)]), "nothing to change": share([])}
    one = {**lines, "512 tokens": windows, "2048 tokens": windows, "edits": edits}
    drafts = {"tokens": 10, "sequences": 7, "accepted": [0.75, 0.5, 0.25], "tokens per round": 2.5}
    return {
        "gguf": hashlib.sha256(MODEL.read_bytes()).hexdigest(),
        "n_prompt": 448,
        "seen": one,
        "unseen": one,
        "threshold": 0.5,
        "partial": {kind: [partial(answers, t) for t in (0.5, 0.6)] for kind in ("all", "whole words")},
        "calibration": reliability(answers, 0.5) | {"shown": calibration([(0.8, True)])},
        "drafts": [{**drafts, "equal to plain greedy": 6}],
        **extra,
    }


@pytest.fixture
def args(tmp_path: Path) -> argparse.Namespace:
    opened = {"openings": [{"at": "2026-01-02T03:04:05+00:00", "gguf": "abc", "manifest": "def"}]}
    log = {"step": 321, "tokens": 4_000_000, "seconds": 7200, "seen": 1.25, "unseen": 1.375}
    files = {"tune": report(False, {}), "test": report(True, opened), "manifest": MANIFEST, "log": log}
    files |= {"verify": {"Q8_0": {"trunk": 0.3125}}, "memorised": {"generations": 500}}
    paths = {name: tmp_path / f"{name}.json" for name in files}
    for name, content in files.items():
        paths[name].write_text(json.dumps(content))
    configuration = FOLDER / "training" / "configurations" / "starter.toml"
    return argparse.Namespace(gguf=MODEL, configuration=configuration, start="random", **paths)


def test_the_card_holds_what_was_measured(args: argparse.Namespace) -> None:
    text = card(args)
    assert hashlib.sha256(MODEL.read_bytes()).hexdigest() in text
    assert f"{MODEL.stat().st_size:,} bytes" in text
    for part in (
        "1,234 files, 5,678,901 bytes of 1 packages",
        "4,000,000 in 321 steps",
        "trained in 2.0 hours",
        "opened once",
        "| exactly right, all | 100.0 (100.0 to 100.0) | 100.0 (100.0 to 100.0) | 0.0 (0.0 to 0.0) |",
        "| bits per byte, windows of 512 tokens | 0.750",
        "| **0.5** | 100.0 (100.0 to 100.0) | 100.0 (100.0 to 100.0) |",
        "| 10 tokens | 7 | 75.0 % | 50.0 % | 25.0 % | 2.50 | 6 of 7 |",
        "| to be changed | 11.1",
        "| Q8_0 | trunk 0.312 |",
        "| generations | 500 |",
        "| MIT | 1 | 700 |",
        "| 2026-01-02T03:04:05+00:00 | `abc` | `def` |",
    ):
        assert part in text, part
    assert "| ISC" not in text
    assert "{" not in text.replace("{repo}", "").split("## Prompt")[0]


@pytest.mark.parametrize("name", ["tune", "memorised"])
def test_a_report_of_another_file_is_refused(args: argparse.Namespace, name: str) -> None:
    getattr(args, name).write_text(json.dumps(report(False, {"gguf": "other"})))
    with pytest.raises(SystemExit, match="another file"):
        card(args)
