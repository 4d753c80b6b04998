"""Train the model that a configuration file describes.

Seeded and resumable: rows depend on the seed and the step alone, so that a run that was
killed goes on (`--resume`) as if nothing had happened. On a processor set
OMP_WAIT_POLICY=PASSIVE GOMP_SPINCOUNT=0, or threads that wait take the core from those that work.
"""

import argparse
import dataclasses
import json
import math
import os
import socket
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import torch
import torch.distributed as dist
from torch.utils.data import DataLoader, Dataset

from training.checkpoint import Progress, differences, identity, load, save
from training.configuration import Configuration, read
from training.held_out import HeldOut
from training.loss import batch, losses
from training.model import Model
from training.optimizer import optimizers, set_rate
from training.tokenizer import Vocabulary
from training.warm_start import grow
from training.windows import Windows

CHECKED_EVERY = 20


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


def average_gradients(model: Model, workers: int) -> None:
    """Replace each gradient by its mean over all workers."""
    if workers == 1:
        return
    gradients = [parameter.grad for parameter in model.parameters()]
    flat = torch.cat([gradient.flatten() for gradient in gradients])
    dist.all_reduce(flat)
    flat /= workers
    for gradient, part in zip(gradients, flat.split([g.numel() for g in gradients]), strict=True):
        gradient.copy_(part.view_as(gradient))


def train(worker: int, args: argparse.Namespace, configuration: Configuration, port: int) -> None:
    """The loop of one worker; the first one also reports and saves.

    Raises FloatingPointError when the loss is no longer a number.
    """
    run, backend, parent = configuration.run, configuration.backend, os.getppid()
    device = f"cuda:{worker}" if backend.device == "cuda" else backend.device
    if run.workers > 1:
        kind = "nccl" if device.startswith("cuda") else "gloo"
        dist.init_process_group(kind, f"tcp://127.0.0.1:{port}", rank=worker, world_size=run.workers)
    torch.manual_seed(run.seed)
    torch.set_num_threads(1)
    if run.workers > 1 and backend.device == "cpu" and hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))  # two workers on one core would wait for each other
        os.sched_setaffinity(0, {cores[worker % len(cores)]})
    vocabulary = Vocabulary.load(args.tokenizer)
    with args.corpus.open(encoding="utf-8") as stream:
        files = [SimpleNamespace(**row) for row in map(json.loads, stream)]
    windows = Windows([f for f in files if f.split == "train"], vocabulary.encode_pieces, run.seed)
    held = HeldOut([f for f in files if f.split == "tune"], vocabulary, run.row) if worker == 0 else None
    del files

    model = Model(configuration.model, backend)
    progress = Progress()
    state = load(args.checkpoint) if args.resume and args.checkpoint.exists() else None
    if state is None and args.warm_start:
        grow(model, load(args.warm_start))
    elif state is not None:
        model.load_state_dict(state["model"])
        progress = Progress(**state["progress"])
    model.to(device)
    pair = optimizers(model, run.muon_rate, run.adam_rate)
    if state is not None:
        for optimizer, saved in zip(pair, state["optimizers"], strict=True):
            rates = [group["base"] for group in optimizer.param_groups]
            optimizer.load_state_dict(saved)
            for group, rate in zip(optimizer.param_groups, rates, strict=True):
                group["base"] = rate  # the configuration's word, if it was changed
    if backend.compile:
        model.compile_blocks()

    loader = DataLoader(
        Batches(windows, configuration, worker),
        batch_size=None,
        sampler=range(progress.step, run.steps),
        num_workers=run.loaders,
        prefetch_factor=2 if run.loaders else None,
    )
    begun = time.monotonic()
    before = progress.seconds
    last = min(run.steps, args.stop_after or run.steps)
    report = Report(args.log, last, run.step_tokens, progress)
    saved_at = progress.seconds
    for tensors in loader:
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
        progress.step += 1
        progress.tokens += run.step_tokens
        progress.seconds = before + time.monotonic() - begun
        stop = args.stop_seconds and time.monotonic() - begun >= args.stop_seconds
        done = progress.step == last or stop
        if held and (done or progress.seconds - report.at.seconds >= args.report_seconds):
            report.write(progress, run.rate_factor(progress.step), held.measure(model, device))
        if held and (done or progress.seconds - saved_at >= args.save_seconds):
            saved_at = progress.seconds
            save(args.checkpoint, model, pair, configuration, progress, args.identity)
        if stop:
            break
    if run.workers > 1:
        dist.destroy_process_group()


class Report:
    """The log of a run, one JSON object a line, and a line on stderr for whoever waits."""

    def __init__(self, log: Path, last: int, step_tokens: int, progress: Progress) -> None:
        self._log, self._last, self._step_tokens = log, last, step_tokens
        self._losses: list[tuple[torch.Tensor, torch.Tensor]] = []
        self.at = dataclasses.replace(progress)

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
        self.at = dataclasses.replace(progress)


def free_port() -> int:
    """A TCP port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def arguments() -> argparse.ArgumentParser:
    """The command line."""
    here = Path(__file__).parent
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
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


def main() -> None:
    """Command line: see the module's docstring."""
    parser = arguments()
    args = parser.parse_args()
    try:
        configuration = read(args.configuration, args.set)
    except (ValueError, OSError) as error:
        parser.error(str(error))
    args.checkpoint.parent.mkdir(parents=True, exist_ok=True)
    if args.checkpoint.exists() and not args.resume:
        parser.error(f"{args.checkpoint} exists: go on from it with --resume, or name another --checkpoint")
    for path in (args.corpus, args.tokenizer):
        if not path.is_file():
            parser.error(f"{path} is not there: make it first (see README.md), or name another")
    args.identity = identity(configuration, args.corpus, args.tokenizer)
    if args.resume and args.checkpoint.exists():
        changes = differences(load(args.checkpoint)["identity"], args.identity)
        if changes and not args.changed:
            parser.error("not the run of the checkpoint (--changed goes on all the same):\n  " + "\n  ".join(changes))
    else:
        args.log.unlink(missing_ok=True)  # of an earlier run
    port = free_port()
    if configuration.run.workers == 1:
        train(0, args, configuration, port)
    else:
        torch.multiprocessing.spawn(train, (args, configuration, port), nprocs=configuration.run.workers)


if __name__ == "__main__":
    main()
