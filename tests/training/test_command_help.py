"""What the training commands say of their options."""

import argparse
from pathlib import Path

from training.command_help import Help


def test_every_default_worth_saying_is_said_once() -> None:
    parser = argparse.ArgumentParser(description="One line.\n  Another, indented.", formatter_class=Help)
    parser.add_argument("--corpus", type=Path, default=Path("a/corpus.jsonl"))
    parser.add_argument("--rate", type=float, default=0.5, help="how fast")
    parser.add_argument("--count", type=int, default=7, help="how many (default %(default)s)")
    parser.add_argument("--resume", action="store_true", help="go on")
    parser.add_argument("--set", action="append", default=[], help="change")
    parser.add_argument("--out", type=Path, help="where to")
    said = [line.strip() for line in parser.format_help().splitlines()]
    text = " ".join(said)
    assert "One line." in said and "Another, indented." in said
    for part in ("default: a/corpus.jsonl", "how fast (default: 0.5)", "how many (default 7)"):
        assert text.count(part) == 1, part
    assert text.count("default") == 3
