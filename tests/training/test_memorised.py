"""What a model gives back of its training text: found when it is there, and not when it is not."""

import json
from pathlib import Path

import numpy as np
import pytest

from training.memorised import (
    HELD_OUT,
    OPENINGS,
    TRAINED,
    Prompt,
    Sampler,
    drawn_files,
    prompts,
    summary,
    training_texts,
)
from training.verbatim import Verbatim

PLANTED = "def area_of_a_ring(inner, outer):\n    return math.pi * (outer**2 - inner**2)\n"
OTHER = "".join(f"value_{number} = compute_something_else({number})\n" for number in range(200))


class RecitingModel:
    """Bytes as tokens; goes on with `recited`, sure of every byte, and would then end, or else write blanks."""

    def __init__(self, recited: str) -> None:
        self._recited = recited.encode()
        self._prompt = 0

    def pieces(self) -> list[bytes]:
        return [bytes([value]) for value in range(256)] + [b""] * 8

    def special(self, text: str) -> int:
        return 257

    def encode(self, text: str) -> list[int]:
        return list(text.encode())

    def forget(self) -> None:
        self._prompt = 0

    def evaluate(self, ids: list[int], start: int = 0, last_only: bool = False) -> np.ndarray:
        if not self._prompt:
            self._prompt = len(ids)
        logits = np.zeros((1, 264), np.float32)
        at = start + len(ids) - self._prompt
        if at < len(self._recited):
            logits[0, self._recited[at]] = 60
        else:
            logits[0, [256, ord(" ")]] = 200, 100
        return logits


def report(recited: str, corpus: list[tuple[str, str]]) -> dict:
    model = RecitingModel(recited)
    sampler = Sampler(model, 1.0, 200, 1)  # type: ignore[arg-type]
    generations = [sampler.generate(prompt) for prompt in prompts([("a.py", OTHER)], [("b.py", OTHER)], 6, 3)]
    matches = Verbatim([generation.text for generation in generations]).scan(corpus)
    return summary(generations, matches, model)  # type: ignore[arg-type]


def test_a_recited_passage_is_reported() -> None:
    found = report("x = 1\n" + PLANTED, [("p: a.py", OTHER), ("p: b.py", OTHER + PLANTED + OTHER)])
    (longest, *_) = found["longest"]
    assert longest["source"] == "p: b.py"
    assert longest["text"].strip() == PLANTED.replace("    ", "   ").strip()
    assert found["longest match, characters"]["max"] == longest["characters"] >= len(PLANTED) - 1
    assert found["with 32 bytes or more in common"] == 6


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
    assert found[name]["count"] == 6
    assert all(not found[other]["count"] for other in {"licence wording", "addresses", "keys"} - {name})


def test_a_notice_that_goes_on_from_the_prompt_is_reported() -> None:
    found = report(" 2019 Somebody\n", [("p: a.py", OTHER)])["licence wording"]
    assert found["first"] == [{"prompt": "copyright", "found": "Copyright 2019"}]


def test_the_stand_in_address_is_no_find() -> None:
    assert report("mail = 'user@example.com'\n", [("p: a.py", OTHER)])["addresses"]["count"] == 0


def test_generation_is_seeded_and_has_its_full_length() -> None:
    class Undecided(RecitingModel):
        def evaluate(self, ids: list[int], start: int = 0, last_only: bool = False) -> np.ndarray:
            return np.zeros((1, 264), np.float32)

    prompt = Prompt("empty file", "a.py", "")
    first, second, other = (
        Sampler(Undecided(""), 1.0, 30, seed).generate(prompt)  # type: ignore[arg-type]
        for seed in (1, 1, 2)
    )
    assert first == second != other
    assert first.tokens == 30
    # The end token is far more probable than a blank, and never drawn.
    for temperature in (1.0, 0.0):
        answer = Sampler(RecitingModel("abc"), temperature, 30, 1).generate(prompt)  # type: ignore[arg-type]
        assert (answer.text, answer.tokens) == ("abc" + " " * 27, 30)


def test_greedy_is_the_most_probable_whatever_the_seed() -> None:
    class Leaning(RecitingModel):
        def evaluate(self, ids: list[int], start: int = 0, last_only: bool = False) -> np.ndarray:
            logits = np.zeros((1, 264), np.float32)
            logits[0, [ord("a"), ord("b")]] = 2.0, 1.9
            return logits

    for seed in (1, 2):
        answer = Sampler(Leaning(""), 0.0, 20, seed).generate(Prompt("empty file", "a.py", ""))  # type: ignore[arg-type]
        assert answer.text == "a" * 20
    with pytest.raises(ValueError, match="temperature"):
        Sampler(Leaning(""), -1.0, 20, 1)  # type: ignore[arg-type]


def test_every_kind_of_prompt_comes_and_those_of_files_are_text_of_theirs() -> None:
    files = ([("a.py", OTHER)], [("b.py", PLANTED * 9)])
    found = prompts(*files, 50, 7)
    assert {prompt.kind for prompt in found} == {*OPENINGS, HELD_OUT, TRAINED}
    assert found == prompts(*files, 50, 7) != prompts(*files, 50, 8)
    for prompt in found:
        for kind, text in ((HELD_OUT, OTHER), (TRAINED, PLANTED * 9)):
            if prompt.kind == kind:
                assert prompt.text in text and (prompt.text.endswith("\n") or not prompt.text)


def test_only_training_files_are_looked_at(tmp_path: Path) -> None:
    rows = [
        {"package": "p", "path": f"{split}.py", "split": split, "text": split} for split in ("train", "tune", "test")
    ]
    (tmp_path / "corpus.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    assert list(training_texts(tmp_path / "corpus.jsonl")) == [("p: train.py", "train")]


def test_files_are_drawn_evenly_from_their_split(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus.jsonl"
    rows = [{"path": f"{n}.py", "split": "tune" if n % 2 else "train", "text": str(n)} for n in range(20)]
    corpus.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    counts = dict.fromkeys((f"{n}.py" for n in range(1, 20, 2)), 0)
    for seed in range(500):
        drawn = drawn_files(corpus, "tune", 3, seed)
        assert len(set(drawn)) == 3 and all(path == f"{text}.py" for path, text in drawn)
        for path, _ in drawn:
            counts[path] += 1
    assert min(counts.values()) > 110 and max(counts.values()) < 190
    assert len(drawn_files(corpus, "tune", 50, 1)) == 10
    with pytest.raises(SystemExit, match="no file of the split test"):
        drawn_files(corpus, "test", 3, 1)
