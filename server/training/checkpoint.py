"""A run's state on disk, and proof that what goes on is the same run."""

import dataclasses
import hashlib
import os
from pathlib import Path

import torch
from torch import nn

from training.configuration import Configuration


@dataclasses.dataclass(frozen=True)
class Progress:
    """How far a run is: optimizer steps done, tokens seen, seconds spent (all sittings together)."""

    step: int = 0
    tokens: int = 0
    seconds: float = 0.0


def identity(configuration: Configuration, corpus: Path, tokenizer: Path) -> dict[str, object]:
    """What makes a run this run, by name: configuration values, and the hashes of its files."""
    named: dict[str, object] = {}
    for table, values in dataclasses.asdict(configuration).items():
        named |= {f"{table}.{key}": value for key, value in values.items()}
    for name, path in (("corpus", corpus), ("tokenizer", tokenizer)):
        with path.open("rb") as stream:
            named[name] = hashlib.file_digest(stream, "sha256").hexdigest()
    return named


def differences(one: dict[str, object], other: dict[str, object]) -> list[str]:
    """In words, where two identities differ; lists and tuples of the same values do not."""
    names = sorted({*one, *other})
    told = {name: (one.get(name, "nothing"), other.get(name, "nothing")) for name in names}
    return [f"{name}: {was} -> {now}" for name, (was, now) in told.items() if _plain(was) != _plain(now)]


def _plain(value: object) -> object:
    return [_plain(part) for part in value] if isinstance(value, (list, tuple)) else value


def save(
    path: Path,
    model: nn.Module,
    optimizers: list[torch.optim.Optimizer],
    configuration: Configuration,
    progress: Progress,
    run_identity: dict[str, object],
) -> None:
    """Write a checkpoint that a run can go on from. Raises as `write` does."""
    state = {
        "model": model.state_dict(),
        "config": dataclasses.asdict(configuration.model),
        "optimizers": [optimizer.state_dict() for optimizer in optimizers],
        "progress": dataclasses.asdict(progress),
        "identity": run_identity,
    }
    write(path, state)


def write(path: Path, state: dict) -> None:
    """Write in one step, so that what is interrupted keeps the file that was there.

    Raises FloatingPointError, and keeps it too, when one of the `model`'s weights is no longer a number.
    """
    for name, weight in state["model"].items():
        if not weight.isfinite().all():
            raise FloatingPointError(f"{name} is no longer finite: {path} stays as it was")
    temporary = path.with_suffix(".new")
    torch.save(state, temporary)
    os.replace(temporary, path)


def load(path: Path) -> dict:
    """A checkpoint, on the processor whatever it was made on."""
    return torch.load(path, map_location="cpu", weights_only=True)
