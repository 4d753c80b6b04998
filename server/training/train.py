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

from training.configuration import Configuration, read
from training.held_out import HeldOut
from training.loss import batch, losses
from training.model import Model
from training.optimizer import optimizers, set_rate
from training.tokenizer import Vocabulary
from training.warm_start import grow
from training.windows import Windows


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


@dataclasses.dataclass
class Progress:
    """How far a run is: optimizer steps done, tokens seen, seconds spent (all sittings together)."""

    step: int = 0
    tokens: int = 0
    seconds: float = 0.0


def save(path: Path, state: dict) -> None:
    """Write a checkpoint in one step, so that an interrupted run keeps the last one."""
    temporary = path.with_suffix(".new")
    torch.save(state, temporary)
    os.replace(temporary, path)


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
    if backend.device == "cpu" and hasattr(os, "sched_setaffinity"):
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
    state = torch.load(args.checkpoint, weights_only=True) if args.resume and args.checkpoint.exists() else None
    if state is None and args.warm_start:
        grow(model, torch.load(args.warm_start, weights_only=True))
    elif state is not None:
        model.load_state_dict(state["model"])
        progress = Progress(**state["progress"])
    model.to(device)
    pair = optimizers(model, run.muon_rate, run.adam_rate)
    if state is not None:
        for optimizer, saved in zip(pair, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
    if backend.compile:
        model.compile_blocks()

    loader = DataLoader(
        Batches(windows, configuration, worker),
        batch_size=None,
        sampler=range(progress.step, run.steps),
        num_workers=run.loaders,
        prefetch_factor=4 if run.loaders else None,
    )
    begun = time.monotonic() - progress.seconds
    last = min(run.steps, args.stop_after or run.steps)
    recent: list[tuple[float, float]] = []
    saved_at, reported = progress.seconds, dataclasses.replace(progress)
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
        recent.append((trunk.item(), mtp.item()))
        if not math.isfinite(sum(recent[-1])):
            raise FloatingPointError(f"the loss is {recent[-1]} at step {progress.step}")
        progress.step += 1
        progress.tokens += run.step_tokens
        progress.seconds = time.monotonic() - begun
        if held is None:
            continue
        done = progress.step == last
        if done or progress.seconds - reported.seconds >= args.report_seconds:
            entry = {
                **dataclasses.asdict(progress),
                "seconds": round(progress.seconds),
                "rate": round(run.rate_factor(progress.step), 3),
                "train": round(sum(trunk for trunk, _ in recent) / len(recent), 4),
                "train_mtp": round(sum(mtp for _, mtp in recent) / len(recent), 4),
                **held.measure(model, device),
            }
            recent = []
            with args.log.open("a", encoding="utf-8") as log:
                log.write(json.dumps(entry) + "\n")
            rate = (progress.tokens - reported.tokens) / (progress.seconds - reported.seconds)
            reported = dataclasses.replace(progress)
            print(
                f"{progress.step:,} of {last:,} steps, {progress.tokens / 1e6:.1f} M tokens, "
                f"loss {entry['train']:.3f}, unseen packages {entry['unseen']:.3f} bits/byte, "
                f"{rate:,.0f} tokens/s, about {(last - progress.step) * run.step_tokens / rate / 60:.0f} min left",
                file=sys.stderr,
                flush=True,
            )
        if done or progress.seconds - saved_at >= args.save_seconds:
            saved_at = progress.seconds
            state = {
                "model": model.state_dict(),
                "config": dataclasses.asdict(configuration.model),
                "optimizers": [optimizer.state_dict() for optimizer in pair],
                "progress": dataclasses.asdict(progress),
            }
            save(args.checkpoint, state)
    if run.workers > 1:
        dist.destroy_process_group()


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
    port = free_port()
    if configuration.run.workers == 1:
        train(0, args, configuration, port)
    else:
        torch.multiprocessing.spawn(train, (args, configuration, port), nprocs=configuration.run.workers)


if __name__ == "__main__":
    main()
