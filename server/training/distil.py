"""Train the MTP block alone, towards what the trunk itself would say, so that drafts may be taken more often.

Begins with the checkpoint of a finished run and leaves the trunk, the embedding and the head as they are, so
what the model writes stays the same and only its drafts change. Writes a checkpoint of its own, which is
what `training.export` takes. Rows go on where the run ended, so none is seen again.
"""

import argparse
import hashlib
import json
import math
import os
import sys
import time
from pathlib import Path

import torch

from training.checkpoint import load, write
from training.command_help import Help
from training.configuration import Configuration
from training.held_out import HeldOut
from training.imitation import agreement, divergence
from training.model import Model
from training.optimizer import optimizers, set_rate
from training.train import batches, check_same_run, prepared, read_windows
from training.workers import average_gradients, join, part, start

WARM_UP = 0.05


def measured(model: Model, held: HeldOut, device: str) -> dict[str, float]:
    """Agreement with the trunk on the validation rows."""
    model.eval()
    found = {}
    for name, rows in held.rows.items():
        found[f"{name}_agreement"] = round(agreement(model, tuple(tensor.to(device) for tensor in rows)), 4)
    model.train()
    return found


def distil(worker: int, args: argparse.Namespace, configuration: Configuration, port: int) -> None:
    """The loop of one worker; the first one also measures and saves.

    Raises FloatingPointError, and writes nothing, when the divergence is no longer a number.
    """
    run, parent, device = configuration.run, os.getppid(), join(worker, configuration, port)
    windows, held = read_windows(args, run, worker == 0)
    state = load(args.checkpoint)
    model = Model(configuration.model, configuration.backend)
    model.load_state_dict(state["model"])
    model.to(device).requires_grad_(False)
    model.mtp.requires_grad_(True)
    pair = optimizers(model.mtp, run.muon_rate, run.adam_rate)
    steps, first = max(1, args.tokens // run.step_tokens), max(run.steps, state["progress"]["step"])
    begun = told = time.monotonic()
    if held:
        note(args.log, {"step": 0, "tokens": 0, "seconds": 0, **measured(model, held, device)})
    for step, tensors in enumerate(batches(windows, configuration, worker, range(first, first + steps))):
        if run.workers > 1 and os.getppid() != parent:
            raise SystemExit("stopped: the command that started this worker is gone")
        done = step / steps
        set_rate(pair, args.rate * min(1.0, done / WARM_UP + 0.1) * (1 - done))
        loss = divergence(model, tuple(tensor.to(device) for tensor in tensors))
        if not math.isfinite(loss.item()):
            raise FloatingPointError(f"the divergence is {loss.item()} at step {step}")
        loss.backward()
        average_gradients(model.mtp, run.workers)
        torch.nn.utils.clip_grad_norm_(model.mtp.parameters(), 1.0)
        for optimizer in pair:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        last, now = step + 1 == steps, time.monotonic()
        if held and (last or now - told >= args.report_seconds):
            told, seconds = now, round(now - begun)
            entry = {"step": step + 1, "tokens": (step + 1) * run.step_tokens, "seconds": seconds}
            entry |= {"divergence": round(loss.item(), 4), **measured(model, held, device)}
            if not last:  # the last one goes into the log with the file's hash
                note(args.log, entry)
            print(f"about {seconds / (step + 1) * (steps - step - 1) / 60:.0f} min left", file=sys.stderr, flush=True)
    if held:
        write(args.out, {"model": model.state_dict(), **{name: state[name] for name in ("config", "progress")}})
        settings = {"rate": args.rate, "checkpoint": hashlib.sha256(args.out.read_bytes()).hexdigest()}
        note(args.log, {**entry, **settings})
    part(run.workers)


def note(log: Path, entry: dict[str, float]) -> None:
    """Into the log, and onto stderr for whoever waits."""
    line = json.dumps(entry)
    with log.open("a", encoding="utf-8") as stream:
        stream.write(line + "\n")
    print(line, file=sys.stderr, flush=True)


def arguments() -> argparse.ArgumentParser:
    """The command line."""
    here = Path(__file__).parent
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=Help)
    parser.add_argument("--configuration", type=Path, default=here / "configurations" / "starter.toml")
    parser.add_argument("--set", action="append", default=[], metavar="TABLE.KEY=VALUE", help="as for training.train")
    parser.add_argument("--corpus", type=Path, default=Path(".training/corpus/corpus.jsonl"))
    parser.add_argument("--tokenizer", type=Path, default=Path(".training/tokenizer.json"))
    parser.add_argument("--checkpoint", type=Path, default=Path(".training/model.pt"), help="of training.train")
    parser.add_argument("--out", type=Path, default=Path(".training/distilled.pt"))
    parser.add_argument("--log", type=Path, help="one JSON object a line (default: beside --out, as .jsonl)")
    parser.add_argument("--changed", action="store_true", help="also for a run with another corpus or configuration")
    parser.add_argument("--tokens", type=int, default=6_000_000, help="default %(default)s")
    parser.add_argument(
        "--rate", type=float, default=0.5, help="share of the configuration's learning rates (default %(default)s)"
    )
    parser.add_argument("--report-seconds", type=float, default=60, help="default %(default)s")
    return parser


def main() -> None:
    """Command line: see the module's docstring."""
    parser = arguments()
    args = parser.parse_args()
    configuration = prepared(parser, args, args.checkpoint)
    check_same_run(parser, args)
    args.log = args.log or args.out.with_suffix(".jsonl")
    args.log.unlink(missing_ok=True)
    start(distil, args, configuration)


if __name__ == "__main__":
    main()
