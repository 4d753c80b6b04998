"""Train the model for a given number of minutes, on the processor.

Seeded and resumable: with `--resume` a run goes on from its last checkpoint, with the time
already spent counted. The learning rate follows the share of the time that is used up, so
that a run always ends decayed, however slow the machine is.
"""

import argparse
import json
import math
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from types import SimpleNamespace

import torch
from torch import Tensor

from training.model import Config, Model
from training.optimizer import optimizers, set_rate
from training.tokenizer import Vocabulary
from training.windows import Row, Windows

ROW = 512
HELD_OUT_ROWS = 8
MTP_WEIGHT = 0.3
WARM_UP, DECAY_FROM = 0.01, 0.55


class WeightedCrossEntropy(torch.autograd.Function):
    """Head and cross-entropy in one: sum over rows of weight * -log p(target).

    Computes the gradient in the forward pass, some rows at a time, so that the logits
    [N, V] are never held whole nor read again.
    """

    @staticmethod
    def forward(ctx, hidden: Tensor, head: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
        """hidden [N, d], head [V, d], targets [N], weights [N] to a scalar."""
        loss = hidden.new_zeros(())
        short = head.bfloat16()
        grad_hidden, grad_head = torch.empty_like(hidden), torch.zeros_like(head)
        for rows in torch.arange(len(hidden)).split(512):
            part, target = hidden[rows].bfloat16(), targets[rows].unsqueeze(1)
            log_p = torch.log_softmax((part @ short.T).float(), -1)
            loss -= (log_p.gather(1, target).squeeze(1) * weights[rows]).sum()
            grad = log_p.exp_()
            grad.scatter_add_(1, target, -torch.ones_like(target, dtype=grad.dtype))
            grad = (grad * weights[rows].unsqueeze(1)).bfloat16()
            grad_hidden[rows] = (grad @ short).float()
            grad_head += (grad.T @ part).float()
        ctx.save_for_backward(grad_hidden, grad_head)
        return loss

    @staticmethod
    def backward(ctx, scale: Tensor) -> tuple[Tensor, Tensor, None, None]:
        """Gradients for hidden and head."""
        grad_hidden, grad_head = ctx.saved_tensors
        return grad_hidden * scale, grad_head * scale, None, None


def tensors(rows: list[Row]) -> tuple[Tensor, Tensor, Tensor]:
    """ids, segments [B, T+2] and loss weights of the same shape."""
    ids = torch.tensor([row.ids for row in rows])
    segments = torch.tensor([row.segments for row in rows])
    return ids, segments, torch.tensor([row.weights for row in rows])


def losses(model: Model, rows: list[Row], mtp_rows: int) -> tuple[Tensor, Tensor]:
    """Weighted mean losses, nats per token: of the trunk, and of the MTP block on the
    first `mtp_rows` rows. Rows are two tokens longer than what goes in."""
    ids, segments, weights = tensors(rows)
    inside = segments[:, :-2]
    hidden = model(ids[:, :-2], inside)
    head = model.token_embd.weight

    def mean(states: Tensor, targets: Tensor, weight: Tensor) -> Tensor:
        share = weight.flatten() / weight.sum()
        return WeightedCrossEntropy.apply(states.flatten(0, 1), head, targets.flatten(), share)

    trunk = mean(hidden, ids[:, 1:-1], weights[:, 1:-1])
    some = slice(0, mtp_rows)
    drafted = model.draft(ids[some, 1:-1], hidden[some], inside[some])
    same = segments[some, 2:] == inside[some]  # not over the end of an example
    return trunk, mean(drafted, ids[some, 2:], weights[some, 2:] * same)


def rate_factor(fraction: float) -> float:
    """Learning rate relative to its base when `fraction` of the time is used up."""
    if fraction < WARM_UP:
        return 0.1 + 0.9 * fraction / WARM_UP
    return min(1.0, max(0.0, (1 - fraction) / (1 - DECAY_FROM)))


def save(path: Path, state: dict) -> None:
    """Write a checkpoint in one step, so that an interrupted run keeps the last one."""
    temporary = path.with_suffix(".new")
    torch.save(state, temporary)
    os.replace(temporary, path)


@dataclass
class Progress:
    """How far a run is: optimizer steps, tokens seen, seconds spent."""

    step: int = 0
    tokens: int = 0
    spent: float = 0.0


def held_out(files: list[SimpleNamespace], vocabulary: Vocabulary) -> dict[str, list[Row]]:
    """A few fixed rows of the tune split: files of seen packages, and of unseen ones."""
    rows = {}
    for name, seen in (("seen", True), ("unseen", False)):
        source = [file for file in files if file.split == "tune" and file.seen == seen]
        windows = Windows(source, vocabulary.encode_pieces, ROW + 2, 1)
        rows[name] = [windows.row() for _ in range(HELD_OUT_ROWS)]
    return rows


@torch.no_grad()
def report(
    model: Model, held: dict[str, list[Row]], recent: list[tuple[float, float]], progress: Progress, budget: float
) -> str:
    """One line of the log: losses in nats per token, weighted as in training."""
    entry: dict[str, float] = {
        "step": progress.step,
        "tokens": progress.tokens,
        "seconds": round(progress.spent),
        "cpu": round(time.process_time()),
        "rate": round(rate_factor(progress.spent / budget), 3),
    }
    if recent:
        entry["train"] = round(sum(trunk for trunk, _ in recent) / len(recent), 4)
        entry["train_mtp"] = round(sum(mtp for _, mtp in recent) / len(recent), 4)
    model.eval()
    for name, rows in held.items():
        trunk, mtp = losses(model, rows, len(rows) // 2)
        entry[name], entry[f"{name}_mtp"] = round(trunk.item(), 4), round(mtp.item(), 4)
    model.train()
    return json.dumps(entry) + "\n"


def run(args: argparse.Namespace) -> None:
    """The training loop. Raises FloatingPointError when the loss is no longer a number."""
    torch.manual_seed(args.seed)
    torch.set_num_threads(args.threads)
    vocabulary = Vocabulary.load(args.tokenizer)
    with args.corpus.open(encoding="utf-8") as stream:
        files = [SimpleNamespace(**row) for row in map(json.loads, stream)]
    windows = Windows([f for f in files if f.split == "train"], vocabulary.encode_pieces, ROW + 2, args.seed)
    held = held_out(files, vocabulary)
    model = Model(Config(vocabulary=vocabulary.size))
    pair = optimizers(model, args.muon_rate, args.adam_rate)
    progress = Progress()
    if args.resume and args.checkpoint.exists():
        state = torch.load(args.checkpoint, weights_only=False)
        model.load_state_dict(state["model"])
        for optimizer, saved in zip(pair, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        windows.rng.setstate(state["rng"])
        progress = Progress(**state["progress"])

    args.checkpoint.parent.mkdir(parents=True, exist_ok=True)
    budget = args.minutes * 60
    start = time.monotonic() - progress.spent
    saved_at = reported_at = progress.spent
    recent: list[tuple[float, float]] = []
    while True:
        progress.spent = time.monotonic() - start
        done = progress.spent >= budget
        if done or progress.spent - reported_at >= args.report_seconds:
            reported_at = progress.spent
            with args.log.open("a") as log:
                log.write(report(model, held, recent, progress, budget))
            recent = []
        if done or progress.spent - saved_at >= args.save_seconds:
            saved_at = progress.spent
            state = {
                "model": model.state_dict(),
                "config": asdict(model.config),
                "optimizers": [optimizer.state_dict() for optimizer in pair],
                "rng": windows.rng.getstate(),
                "progress": asdict(progress),
            }
            save(args.checkpoint, state)
        if done:
            return
        set_rate(pair, rate_factor(progress.spent / budget))
        rows = [windows.row() for _ in range(args.batch)]
        trunk, mtp = losses(model, rows, max(1, args.batch // 4))
        (trunk + MTP_WEIGHT * mtp).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimizer in pair:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        if not math.isfinite(trunk.item()):
            raise FloatingPointError(f"the loss is {trunk.item()} at step {progress.step}")
        recent.append((trunk.item(), mtp.item()))
        progress.step += 1
        progress.tokens += args.batch * ROW


def main() -> None:
    """Command line: see the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--corpus", type=Path, default=Path(".training/corpus/corpus.jsonl"))
    parser.add_argument("--tokenizer", type=Path, default=Path(".training/tokenizer.json"))
    parser.add_argument("--checkpoint", type=Path, default=Path(".training/model.pt"), help="written while training")
    parser.add_argument("--log", type=Path, default=Path(".training/train.jsonl"), help="one JSON object a line")
    parser.add_argument("--minutes", type=float, default=40, help="wall time (default %(default)s)")
    parser.add_argument("--resume", action="store_true", help="go on from --checkpoint if it exists")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch", type=int, default=4, help=f"rows of {ROW} tokens a step (default %(default)s)")
    parser.add_argument("--muon-rate", type=float, default=0.015)
    parser.add_argument("--adam-rate", type=float, default=3e-3)
    parser.add_argument("--report-seconds", type=float, default=60)
    parser.add_argument("--save-seconds", type=float, default=120)
    run(parser.parse_args())


if __name__ == "__main__":
    main()
