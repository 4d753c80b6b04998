"""What a run says of itself: a log that `training.curve` draws, and a line for whoever waits."""

import dataclasses
import json
import math
import sys
from pathlib import Path

import torch

from training.checkpoint import Progress

CHECKED_EVERY = 20
"""Steps from one look at the losses to the next."""


class Report:
    """The log of a run, one JSON object a line, and a line on stderr for whoever waits."""

    def __init__(self, log: Path, last: int, step_tokens: int, progress: Progress) -> None:
        self._log, self._last, self._step_tokens = log, last, step_tokens
        self._losses: list[tuple[torch.Tensor, torch.Tensor]] = []
        self.at = progress

    def add(self, trunk: torch.Tensor, mtp: torch.Tensor, step: int) -> None:
        """Note a step's losses. Raises FloatingPointError when they are no longer numbers.

        Read only now and then: a GPU would have to be waited for.
        """
        self._losses.append((trunk.detach(), mtp.detach()))
        if step % CHECKED_EVERY == 0 and not math.isfinite(sum(loss.item() for loss in self._losses[-1])):
            raise FloatingPointError(f"the losses are {self._losses[-1]} at step {step}")

    def write(self, progress: Progress, rate: float, measured: dict[str, float]) -> None:
        """Everything since the last report."""
        trunk, mtp = (torch.stack(losses).mean().item() for losses in zip(*self._losses, strict=True))
        entry = {
            **dataclasses.asdict(progress),
            "seconds": round(progress.seconds),
            "rate": round(rate, 3),
            "train": round(trunk, 4),
            "train_mtp": round(mtp, 4),
            **measured,
        }
        with self._log.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(entry) + "\n")
        speed = (progress.tokens - self.at.tokens) / (progress.seconds - self.at.seconds)
        left = (self._last - progress.step) * self._step_tokens / speed / 60
        print(
            f"{progress.step:,} of {self._last:,} steps, {progress.tokens / 1e6:.1f} M tokens, loss {trunk:.3f}, "
            f"unseen packages {measured['unseen']:.3f} bits/byte, {speed:,.0f} tokens/s, about {left:.0f} min left",
            file=sys.stderr,
            flush=True,
        )
        self._losses = []
        self.at = progress
