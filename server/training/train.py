"""Train the model that a configuration file describes.

Seeded and resumable: rows depend on the seed and the step alone, so that a run that was
killed goes on (`--resume`) as if nothing had happened. On a processor set
OMP_WAIT_POLICY=PASSIVE GOMP_SPINCOUNT=0, or threads that wait take the core from those that work.
"""

import argparse
import json
import os
import time
from pathlib import Path
from types import SimpleNamespace

import torch
from torch.utils.data import DataLoader, Dataset

from training.checkpoint import Progress, differences, identity, load, save
from training.command_help import Help
from training.configuration import Configuration, Run, read
from training.held_out import HeldOut
from training.loss import batch, losses
from training.model import Model
from training.optimizer import optimizers, restore, set_rate
from training.report import Report
from training.tokenizer import Vocabulary
from training.warm_start import grow
from training.windows import Windows
from training.workers import average_gradients, join, part, start


class Batches(Dataset):
    """The batch of one worker at every step, by the number of the step."""

    def __init__(self, windows: Windows, configuration: Configuration, worker: int) -> None:
        self._windows, self._run, self._worker = windows, configuration.run, worker

    def __len__(self) -> int:
        return self._run.steps

    def __getitem__(self, step: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        run = self._run
        keys = [(step, self._worker, i) for i in range(run.rows)]
        return batch([self._windows.row(key, run.row + 2, run.longest_at(step)) for key in keys])


def batches(windows: Windows, configuration: Configuration, worker: int, steps: range) -> DataLoader:
    """The batches of one worker at these steps, made beforehand by other processes where there are any."""
    loaders = configuration.run.loaders
    return DataLoader(
        Batches(windows, configuration, worker),
        batch_size=None,
        sampler=steps,
        num_workers=loaders,
        prefetch_factor=2 if loaders else None,
    )


def read_windows(args: argparse.Namespace, run: Run, with_held_out: bool) -> tuple[Windows, HeldOut | None]:
    """The training text of the corpus, and its validation text for the worker that reports."""
    vocabulary = Vocabulary.load(args.tokenizer)
    with args.corpus.open(encoding="utf-8") as stream:
        files = [SimpleNamespace(**row) for row in map(json.loads, stream)]
    windows = Windows([f for f in files if f.split == "train"], vocabulary.encode_pieces, run.seed)
    tune = [f for f in files if f.split == "tune"]
    return windows, HeldOut(tune, vocabulary, run.row) if with_held_out else None


def begin(
    args: argparse.Namespace, configuration: Configuration, device: str
) -> tuple[Model, list[torch.optim.Optimizer], Progress]:
    """Model and optimizers as the checkpoint left them, or new ones."""
    run, backend = configuration.run, configuration.backend
    torch.manual_seed(run.seed)
    model, progress = Model(configuration.model, backend), Progress()
    state = load(args.checkpoint) if args.resume and args.checkpoint.exists() else None
    if state is not None:
        model.load_state_dict(state["model"])
        progress = Progress(**state["progress"])
    elif args.warm_start:
        grow(model, load(args.warm_start))
    model.to(device)
    pair = optimizers(model, run.muon_rate, run.adam_rate)
    if state is not None:
        restore(pair, state["optimizers"])
    if backend.compile:
        model.compile_blocks()
    return model, pair, progress


def train(worker: int, args: argparse.Namespace, configuration: Configuration, port: int) -> None:
    """The loop of one worker; the first one also reports and saves.

    Raises FloatingPointError when the loss is no longer a number.
    """
    run, parent = configuration.run, os.getppid()
    device = join(worker, configuration, port)
    windows, held = read_windows(args, run, worker == 0)
    model, pair, progress = begin(args, configuration, device)
    begun, before = time.monotonic(), progress.seconds
    last = min(run.steps, args.stop_after or run.steps)
    report, saved_at = Report(args.log, last, run.step_tokens, progress), progress.seconds
    for tensors in batches(windows, configuration, worker, range(progress.step, run.steps)):
        if progress.step >= last:
            break
        if run.workers > 1 and os.getppid() != parent:
            raise SystemExit("stopped: the command that started this worker is gone")
        set_rate(pair, run.rate_factor(progress.step))
        trunk, mtp = losses(model, tuple(tensor.to(device) for tensor in tensors), run.mtp_share_at(progress.step))
        (trunk + run.mtp_weight * mtp).backward()
        average_gradients(model, run.workers)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimizer in pair:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        report.add(trunk, mtp, progress.step)
        here = time.monotonic() - begun
        progress = Progress(progress.step + 1, progress.tokens + run.step_tokens, before + here)
        stop = args.stop_seconds and here >= args.stop_seconds
        done = progress.step == last or stop
        if held and (done or progress.seconds - report.at.seconds >= args.report_seconds):
            report.write(progress, run.rate_factor(progress.step), held.measure(model, device))
        if held and (done or progress.seconds - saved_at >= args.save_seconds):
            saved_at = progress.seconds
            save(args.checkpoint, model, pair, configuration, progress, args.identity)
        if stop:
            break
    part(run.workers)


def arguments() -> argparse.ArgumentParser:
    """The command line."""
    here = Path(__file__).parent
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=Help)
    parser.add_argument("--configuration", type=Path, default=here / "configurations" / "starter.toml")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="TABLE.KEY=VALUE",
        help="change the configuration: run.tokens=1_000_000, backend.device='\"cpu\"'",
    )
    parser.add_argument("--corpus", type=Path, default=Path(".training/corpus/corpus.jsonl"))
    parser.add_argument("--tokenizer", type=Path, default=Path(".training/tokenizer.json"))
    parser.add_argument("--checkpoint", type=Path, default=Path(".training/model.pt"), help="written while training")
    parser.add_argument("--log", type=Path, default=Path(".training/train.jsonl"), help="one JSON object a line")
    parser.add_argument("--resume", action="store_true", help="go on from --checkpoint if it exists")
    parser.add_argument("--warm-start", type=Path, help="begin with the weights of this smaller checkpoint")
    parser.add_argument("--stop-after", type=int, metavar="STEP", help="stop there; the schedule stays that of the run")
    parser.add_argument("--stop-seconds", type=float, help="save and stop after this long in this sitting")
    parser.add_argument(
        "--changed", action="store_true", help="go on although configuration, corpus or tokenizer are not the same"
    )
    parser.add_argument("--report-seconds", type=float, default=120, help="default %(default)s")
    parser.add_argument("--save-seconds", type=float, default=120, help="default %(default)s")
    return parser


def check_same_run(parser: argparse.ArgumentParser, args: argparse.Namespace) -> None:
    """End with an error if --checkpoint is of another run than `args.identity`, unless --changed was given."""
    changes = differences(load(args.checkpoint)["identity"], args.identity)
    if changes and not args.changed:
        parser.error("not the run of the checkpoint (--changed goes on all the same):\n  " + "\n  ".join(changes))


def prepared(parser: argparse.ArgumentParser, args: argparse.Namespace, *files: Path) -> Configuration:
    """The configuration of a command that needs these files; `args.identity` says of which run it is."""
    try:
        configuration = read(args.configuration, args.set)
    except (ValueError, OSError) as error:
        parser.error(str(error))
    for path in (args.corpus, args.tokenizer, *files):
        if not path.is_file():
            parser.error(f"{path} is not there: make it first (see README.md), or name another")
    args.identity = identity(configuration, args.corpus, args.tokenizer)
    return configuration


def main() -> None:
    """Command line: see the module's docstring."""
    parser = arguments()
    args = parser.parse_args()
    if args.checkpoint.exists() and not args.resume:
        parser.error(f"{args.checkpoint} exists: go on from it with --resume, or name another --checkpoint")
    configuration = prepared(parser, args)
    args.checkpoint.parent.mkdir(parents=True, exist_ok=True)
    if args.resume and args.checkpoint.exists():
        check_same_run(parser, args)
    else:
        args.log.unlink(missing_ok=True)  # of an earlier run
    start(train, args, configuration)


if __name__ == "__main__":
    main()
