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
