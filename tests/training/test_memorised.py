"""What a model gives back of its training text: found when it is there, and not when it is not."""

import json
from pathlib import Path

import numpy as np
import pytest

from training.memorised import HELD_OUT, OPENINGS, Generation, Prompt, Sampler, prompts, summary, training_texts
from training.segments import END
from training.verbatim import Verbatim

PLANTED = "def area_of_a_ring(inner, outer):\n    return math.pi * (outer**2 - inner**2)\n"
OTHER = "".join(f"value_{number} = compute_something_else({number})\n" for number in range(200))


class RecitingModel:
    """Bytes as tokens; goes on with `recited`, sure of every byte, then ends."""

    def __init__(self, recited: str) -> None:
        self._recited = [*recited.encode(), 256]
        self._prompt = 0

    def pieces(self) -> list[bytes]:
        return [bytes([value]) for value in range(256)] + [b""] * 8

    def special(self, text: str) -> int:
        return 256 if text == END else 257

    def encode(self, text: str) -> list[int]:
        return list(text.encode())

    def forget(self) -> None:
        self._prompt = 0

    def evaluate(self, ids: list[int], start: int = 0, last_only: bool = False) -> np.ndarray:
        if not self._prompt:
            self._prompt = len(ids)
        logits = np.zeros((1, 264), np.float32)
        logits[0, self._recited[start + len(ids) - self._prompt]] = 60
        return logits


def report(recited: str, corpus: list[tuple[str, str]]) -> dict:
    model = RecitingModel(recited)
    sampler = Sampler(model, 1.0, 500, 1)  # type: ignore[arg-type]
    generations = [sampler.generate(prompt) for prompt in prompts([("a.py", OTHER)], 5, 3)]
    matches = Verbatim([generation.text for generation in generations]).scan(corpus)
    return summary(generations, matches, model)  # type: ignore[arg-type]


def test_a_recited_passage_is_reported() -> None:
    found = report("x = 1\n" + PLANTED, [("p: a.py", OTHER), ("p: b.py", OTHER + PLANTED + OTHER)])
    (longest, *_) = found["longest"]
    assert longest["source"] == "p: b.py"
    assert longest["text"].strip() == PLANTED.replace("    ", "   ").strip()
    assert found["longest match, characters"]["max"] == longest["characters"] >= len(PLANTED) - 1
    assert found["with 32 bytes or more in common"] == 5


def test_what_is_not_in_the_corpus_is_not_reported() -> None:
    found = report(PLANTED, [("p: a.py", OTHER)])
    assert found["longest"] == [] and found["longest match, characters"]["max"] == 0


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("# Copyright (c) 2019 Somebody\n", "licence wording"),
        ("Permission is hereby granted, free of charge", "licence wording"),
        ("mail = 'jane@mail.org'\n", "addresses"),
        ("key = 'AKIA" + "Q7" * 8 + "'\n", "keys"),
    ],
)
def test_what_must_not_come_out_is_reported(text: str, name: str) -> None:
    found = report("import os\n" + text, [("p: a.py", OTHER)])
    assert found[name]["count"] == 5
    assert all(not found[other]["count"] for other in {"licence wording", "addresses", "keys"} - {name})


def test_a_notice_that_goes_on_from_the_prompt_is_reported() -> None:
    found = report(" 2019 Somebody\n", [("p: a.py", OTHER)])["licence wording"]
    assert found["first"] == [{"prompt": "copyright", "found": "Copyright 2019"}]


def test_the_stand_in_address_is_no_find() -> None:
    assert report("mail = 'user@example.com'\n", [("p: a.py", OTHER)])["addresses"]["count"] == 0


def test_generation_is_seeded_and_ends() -> None:
    class Undecided(RecitingModel):
        def evaluate(self, ids: list[int], start: int = 0, last_only: bool = False) -> np.ndarray:
            return np.zeros((1, 264), np.float32)

    prompt = Prompt("empty file", "a.py", "")
    first, second, other = (
        Sampler(Undecided(""), 1.0, 30, seed).generate(prompt)  # type: ignore[arg-type]
        for seed in (1, 1, 2)
    )
    assert first == second != other
    assert first.tokens <= 30
    assert Sampler(RecitingModel("abc"), 1.0, 30, 1).generate(prompt) == Generation(prompt, "abc", 3)  # type: ignore[arg-type]


def test_every_kind_of_prompt_comes_and_held_out_ones_are_beginnings() -> None:
    found = prompts([("a.py", OTHER)], 50, 7)
    assert {prompt.kind for prompt in found} == {*OPENINGS, HELD_OUT}
    assert found == prompts([("a.py", OTHER)], 50, 7) != prompts([("a.py", OTHER)], 50, 8)
    for prompt in found:
        if prompt.kind == HELD_OUT:
            assert prompt.text in OTHER and (prompt.text.endswith("\n") or not prompt.text)


def test_only_training_files_are_looked_at(tmp_path: Path) -> None:
    rows = [
        {"package": "p", "path": f"{split}.py", "split": split, "text": split} for split in ("train", "tune", "test")
    ]
    (tmp_path / "corpus.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    assert list(training_texts(tmp_path / "corpus.jsonl")) == [("p: train.py", "train")]
