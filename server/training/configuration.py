"""A training run as a TOML file says it: dimensions, schedule, and which backend computes it."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from training.backend import Backend
from training.model import Config


@dataclass(frozen=True)
class Run:
    """What a run does.

    tokens: in all. row: tokens of a row; rows: of one worker at each step. longest: pairs of (share of
    the run, longest example in tokens from there on). Rates are of Muon and AdamW; the factor on both
    rises over the first `warm_up` of the run, and falls to zero in a straight line from `decay_from` on.
    mtp_share: pairs too, of the share of the positions that also train the MTP block, with `mtp_weight` in the loss.
    workers: processes, each on a thread or a GPU of its own; loaders: processes of each that make rows.
    """

    seed: int
    workers: int
    loaders: int
    tokens: int
    row: int
    rows: int
    longest: list[list[float]]
    muon_rate: float
    adam_rate: float
    warm_up: float
    decay_from: float
    mtp_weight: float
    mtp_share: list[list[float]]

    @property
    def step_tokens(self) -> int:
        """Tokens that all workers see at one step."""
        return self.workers * self.rows * self.row

    @property
    def steps(self) -> int:
        """Optimizer steps of the whole run."""
        return max(1, self.tokens // self.step_tokens)

    def longest_at(self, step: int) -> int:
        """The longest example, in tokens, at a step."""
        return int(self._at(self.longest, step))

    def mtp_share_at(self, step: int) -> float:
        """The share of the positions that train the MTP block at a step."""
        return self._at(self.mtp_share, step)

    def _at(self, schedule: list[list[float]], step: int) -> float:
        return next(value for share, value in reversed(schedule) if step >= share * self.steps)

    def rate_factor(self, step: int) -> float:
        """Learning rate at a step, relative to its base."""
        done = step / self.steps
        if done < self.warm_up:
            return 0.1 + 0.9 * done / self.warm_up
        return min(1.0, max(0.0, (1 - done) / (1 - self.decay_from)))


@dataclass(frozen=True)
class Configuration:
    """The three tables of a file."""

    model: Config
    run: Run
    backend: Backend


def read(path: Path, changes: Sequence[str] = ()) -> Configuration:
    """The file's configuration, with `changes` such as `run.tokens=1_000_000` (values as in TOML) on top.

    Raises ValueError, with the table and key, for what is missing, unknown or out of range.
    """
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
        for change in changes:
            (table, values), *others = tomllib.loads(change).items()
            if others or not isinstance(values, dict):
                raise ValueError(f"{change}: expected TABLE.KEY=VALUE, such as run.tokens=1_000_000")
            tables.setdefault(table, {}).update(values)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path}: {error}") from error
    parts = {}
    for name, kind in (("model", Config), ("run", Run), ("backend", Backend)):
        known = {field.name for field in fields(kind)}
        table = tables.pop(name, {})
        if unknown := sorted(set(table) - known):
            raise ValueError(f"{path}: unknown in [{name}]: {', '.join(unknown)}; known: {', '.join(sorted(known))}")
        try:
            parts[name] = kind(**table)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{path}: [{name}] {error}") from error
    if tables:
        raise ValueError(f"{path}: unknown table {', '.join(tables)}")
    run, longest = parts["run"], max(length for _, length in parts["run"].longest)
    if any(not schedule or schedule[0][0] for schedule in (run.longest, run.mtp_share)):
        raise ValueError(f"{path}: longest and mtp_share begin with a pair for the share 0.0 of the run")
    if longest > run.row:
        raise ValueError(f"{path}: an example of {longest} tokens does not fit into a row of {run.row}")
    return Configuration(**parts)
