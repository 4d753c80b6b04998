"""The MTP block learns to say what the trunk says, and nothing else changes."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from training import distil, train
from training.configuration import read
from training.imitation import agreement, divergence
from training.model import Config, Model
from training.packing import Packing
from training_runs import run


def rows(seed: int, vocabulary: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    ids = torch.randint(vocabulary, (2, 42), generator=generator)
    segments = (torch.arange(42) >= 20).long().expand(2, 42)
    return ids, segments, torch.rand(2, 42, generator=generator)


def model(vocabulary: int = 90) -> Model:
    torch.manual_seed(3)
    made = Model(
        Config(vocabulary=vocabulary, width=64, layers=2, attention_interval=2, feed_forward=96, gdn_heads=2, heads=1)
    )
    with torch.no_grad():
        for parameter in made.parameters():
            if parameter.ndim == 2:
                parameter.normal_(std=0.2)
    return made


def test_the_gradient_is_that_of_the_divergence() -> None:
    one, tensors = model(), rows(1, 90)
    ids, segments, weights = tensors
    loss = divergence(one, tensors)
    loss.backward()
    ours = {name: parameter.grad for name, parameter in one.mtp.named_parameters()}
    assert one.token_embd.weight.grad is None and one.blocks[0].ffn_up.weight.grad is None

    other, total, count = model(), 0.0, 0.0
    for example in (slice(0, 20), slice(20, 42)):  # each by itself, plainly
        part, weight = ids[:, example], weights[:, example]
        with torch.no_grad():
            hidden = other(part)
            wanted = other.logits(hidden).log_softmax(-1)
        drafted = other.mtp(other.token_embd(part[:, 1:]).detach(), hidden[:, :-1], None)
        given = (drafted @ other.token_embd.weight.detach().T).log_softmax(-1)
        # The state at t and the token after it draft what the trunk says at t + 1 of token t + 2.
        far = (wanted[:, 1:].exp() * (wanted[:, 1:] - given)).sum(-1)[:, :-1] * weight[:, 2:]
        last = example.stop == 42  # rows are two tokens longer than what goes in, and the last has no partner
        total = total + (far[:, :-1] if last else far).sum()
        count = count + (weight[:, 2:-1] if last else weight[:, 2:]).sum()
    (total / count).backward()
    torch.testing.assert_close(loss.detach(), (total / count).detach(), rtol=0.02, atol=1e-3)
    for name, parameter in other.mtp.named_parameters():
        assert (ours[name] - parameter.grad).norm() < 0.03 * parameter.grad.norm() + 1e-6, name


FILES = [
    "--configuration",
    "a.toml",
    "--corpus",
    "corpus.jsonl",
    "--tokenizer",
    "tokenizer.json",
    "--checkpoint",
    "a.pt",
]


@pytest.mark.parametrize("workers", [1, 2])
def test_drafts_get_better_and_the_trunk_stays(folder: Path, workers: int) -> None:
    before = run("a", 256 * 20 * workers, workers=workers)
    options = ["--out", "b.pt", "--tokens", str(256 * 60 * workers)]
    environment = os.environ | {"PYTHONPATH": str(Path(distil.__file__).parents[1])}
    said = subprocess.run(
        [sys.executable, "-m", "training.distil", *FILES, *options], env=environment, capture_output=True, text=True
    )
    assert said.returncode == 0, said.stderr
    log = [json.loads(line) for line in Path("b.jsonl").read_text().splitlines()]
    assert [entry["step"] for entry in log] == [0, 60]
    for name in ("seen_agreement", "unseen_agreement"):
        assert log[-1][name] > log[0][name], name
    assert log[-1]["checkpoint"] == hashlib.sha256(Path("b.pt").read_bytes()).hexdigest()
    after = torch.load("b.pt", weights_only=True)
    assert after["config"] == before["config"] and after["progress"] == before["progress"]
    changed = {name for name, value in after["model"].items() if not torch.equal(value, before["model"][name])}
    assert changed and all(name.startswith("mtp.") for name in changed)


def test_rows_go_on_where_the_run_ended(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("a", 256 * 4, "--set", "run.tokens=1_792")  # seven steps, where the file says four
    steps, make = [], train.Batches.__getitem__
    monkeypatch.setattr(train.Batches, "__getitem__", lambda self, step: steps.append(step) or make(self, step))
    args = distil.arguments().parse_args([*FILES, "--out", "b.pt", "--log", "b.jsonl", "--tokens", "768"])
    distil.distil(0, args, read(args.configuration), 0)
    assert steps == [7, 8, 9]


def test_what_is_no_number_is_not_written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("a", 256)
    monkeypatch.setattr(distil, "divergence", lambda *_: torch.tensor(torch.nan))
    args = distil.arguments().parse_args([*FILES, "--out", "b.pt", "--log", "b.jsonl"])
    with pytest.raises(FloatingPointError, match="divergence is nan at step 0"):
        distil.distil(0, args, read(args.configuration), 0)
    assert not Path("b.pt").exists()


def test_another_run_s_checkpoint_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    run("a", 256)
    monkeypatch.setattr(sys, "argv", ["distil", *FILES, "--set", "run.seed=6"])
    with pytest.raises(SystemExit):
        distil.main()
    assert "run.seed: 5 -> 6" in capsys.readouterr().err


def test_agreement_counts_what_is_weighted() -> None:
    one, (ids, segments, _) = model(3), rows(2, 3)
    with torch.no_grad():
        hidden = one(ids[:, :-2], Packing(segments[:, :-2], True))
        drafted = one.draft(ids[:, 1:-1], hidden, Packing(segments[:, :-2], True))
        same = one.logits(drafted)[:, :-1].argmax(-1) == one.logits(hidden)[:, 1:].argmax(-1)
    inside = segments[:, 2:-1] == segments[:, :-3]
    assert 0 < (same & inside).sum() < inside.sum()
    for wanted, places in ((1.0, same & inside), (0.0, ~same & inside)):
        weights = torch.zeros(2, 42)
        weights[:, 2:-1] = places.float()
        assert agreement(one, (ids, segments, weights)) == wanted
