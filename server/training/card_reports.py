"""The reports that a card is written from: where each comes from, and whether it is of the file that ships."""

import argparse
import hashlib
import json
from pathlib import Path

REPORTS = {
    "tune": "python -m training.evaluate --split tune",
    "test": "python -m training.evaluate --split test",
    "verify": "python -m training.verify --gguf .training/model-f32.gguf",
    "verify_q8_0": "python -m training.verify",
    "memorised": "python -m training.memorised",
}
"""The reports that a card needs, and what writes each of them."""


def read_report(path: Path, command: str) -> dict:
    """A report, or an error that names what writes it."""
    if not path.is_file():
        raise SystemExit(f"there is no {path}: {command} writes it")
    return json.loads(path.read_text(encoding="utf-8"))


def read_log(path: Path, command: str) -> list[dict]:
    """The lines of a log of `training.train` or `training.distil`, or an error that names what writes it."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    if not lines:
        raise SystemExit(f"there is no {path}: python -m training.{command} writes it")
    return [json.loads(line) for line in lines]


def check_logs(args: argparse.Namespace, step: int, steps: int, distilled: dict, verified: dict) -> None:
    """Refuse the log of a run that has not ended or was another, and that of another checkpoint."""
    if step != steps:
        raise SystemExit(f"{args.log} ends at step {step:,}, the run of {args.configuration} has {steps:,} (see --set)")
    if distilled.get("checkpoint") != verified["checkpoint"]:
        raise SystemExit(f"{args.distil_log} is not of the checkpoint that {args.verify} was made with")


def check_identity(args: argparse.Namespace, reports: dict[str, dict]) -> None:
    """Refuse reports without a hash, or of another file. The float32 file is another one, so its report is
    tied to this one's by the checkpoint that both were compared with."""
    digest = hashlib.sha256(args.gguf.read_bytes()).hexdigest()
    for name, report in reports.items():
        if "gguf" not in report:
            raise SystemExit(f"{getattr(args, name)} does not say of which file it is: run {REPORTS[name]} again")
        if name != "verify" and report["gguf"] != digest:
            raise SystemExit(f"{getattr(args, name)} is a report of another file than {args.gguf}")
    exact, quantised = reports["verify"], reports["verify_q8_0"]
    if (exact.get("type"), quantised.get("type")) != ("F32", "Q8_0"):
        raise SystemExit(f"{args.verify} has to be of an F32 file, and {args.verify_q8_0} of a Q8_0 one")
    if not exact.get("checkpoint") or exact["checkpoint"] != quantised.get("checkpoint"):
        raise SystemExit(f"{args.verify} and {args.verify_q8_0} are not of the same checkpoint")


def markdown(path: Path) -> str:
    """The lines of a text, or of a JSON list."""
    text = path.read_text(encoding="utf-8")
    return ("\n".join(json.loads(text)) if path.suffix == ".json" else text).strip()
