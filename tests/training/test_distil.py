"""The MTP block learns to say what the trunk says, and nothing else changes."""

import json
from pathlib import Path

import torch

from training import distil
from training.configuration import read
from training.imitation import agreement, divergence
from training.model import Config, Model
from training_runs import run


def rows(seed: int, vocabulary: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    ids = torch.randint(vocabulary, (2, 42), generator=generator)
    segments = (torch.arange(42) >= 20).long().expand(2, 42)
    return ids, segments, torch.rand(2, 42, generator=generator)


def model() -> Model:
    torch.manual_seed(3)
    made = Model(Config(vocabulary=90, width=64, layers=2, attention_interval=2, feed_forward=96, gdn_heads=2, heads=1))
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


def test_drafts_get_better_and_the_trunk_stays(folder: Path) -> None:
    before = run("a", 256 * 40)
    files = ["--configuration", "a.toml", "--corpus", "corpus.jsonl", "--tokenizer", "tokenizer.json"]
    args = distil.arguments().parse_args(
        [*files, "--checkpoint", "a.pt", "--out", "b.pt", "--log", "b.jsonl", "--tokens", str(256 * 60)]
    )
    distil.distil(0, args, read(args.configuration), 0)
    log = [json.loads(line) for line in Path("b.jsonl").read_text().splitlines()]
    assert [entry["step"] for entry in log] == [0, 60]
    for name in ("seen_agreement", "unseen_agreement"):
        assert log[-1][name] > log[0][name] + 0.02, name
    after = torch.load("b.pt", weights_only=True)
    assert after["config"] == before["config"] and after["progress"] == before["progress"]
    changed = {name for name, value in after["model"].items() if not torch.equal(value, before["model"][name])}
    assert changed and all(name.startswith("mtp.") for name in changed)


def test_agreement_of_equals_is_one() -> None:
    one, tensors = model(), rows(2, 90)
    assert 0 <= agreement(one, tensors) < 1
    with torch.no_grad():
        one.mtp.shared_head_norm.weight.zero_()
        one.output_norm.weight.zero_()  # both say token 0 now
    assert agreement(one, tensors) == 1
