"""Compare a GGUF file with its checkpoint: tokenizer, trunk logits, step by step, MTP logits.

A float32 file must agree within 1e-3, with the attention cache in float32 and flash attention
off; a quantised one is reported, not judged. The report has the hashes of both files.
"""

import argparse
import hashlib
import json
from pathlib import Path

import numpy as np
import torch

from training.command_help import Help
from training.export import load
from training.gguf_model import GgufModel
from training.tokenizer import SPECIALS, Vocabulary

TOLERANCE = 1e-3
FILE_TYPES = {0: "F32", 7: "Q8_0"}
"""Of llama.cpp's `general.file_type`."""

CHECKS = ("all at once", "MTP", "one by one")

ODD_TEXTS = (
    "def f(x):\r\n\treturn x\r\n",
    "\t\t  if a  and   b:\n\n\n   pass\n",
    "naïve = 'cafe\u0301'\u00a0# nbsp\u2028\n",
    "s = '👩‍💻 ไทย देवनागरी 12345'\n",
    "t = '<|fim_middle|><|endoftext|>'\n",
)


def logit_difference(name: str, got: np.ndarray, expected: np.ndarray) -> dict[str, float]:
    """The largest difference of logits [n, V] and how often the best token agrees; printed too."""
    worst = float(np.abs(got - expected).max())
    same = float((got.argmax(-1) == expected.argmax(-1)).mean())
    print(f"{name:12} max |difference| {worst:.2e}  best token equal {same:.1%}  (std {expected.std():.2f})")
    return {"largest difference": worst, "best token equal": same, "standard deviation": float(expected.std())}


def main() -> None:
    """Command line: see the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=Help)
    parser.add_argument("--checkpoint", type=Path, default=Path(".training/distilled.pt"))
    parser.add_argument("--tokenizer", type=Path, default=Path(".training/tokenizer.json"))
    parser.add_argument("--corpus", type=Path, default=Path(".training/corpus/corpus.jsonl"))
    parser.add_argument("--gguf", type=Path, default=Path(".training/model.gguf"))
    parser.add_argument("--tokens", type=int, default=600)
    parser.add_argument("--files", type=int, default=200, help="files to compare the tokenizers on (%(default)s)")
    parser.add_argument(
        "--out",
        type=Path,
        help="the figures as JSON (default: .training/verify.json of an F32 file, verify-q8_0.json of a Q8_0 one)",
    )
    args = parser.parse_args()
    torch.set_num_threads(1)
    vocabulary = Vocabulary.load(args.tokenizer)
    model = load(args.checkpoint)
    with args.corpus.open(encoding="utf-8") as stream:
        texts = [row["text"] for row in map(json.loads, stream) if row["split"] == "tune"]
    if not texts:
        raise SystemExit(f"{args.corpus} has no file of the split tune")

    other = GgufModel(args.gguf, exact=True)
    file_type = other.number("general.file_type")
    kind = FILE_TYPES.get(-1 if file_type is None else file_type, f"file type {file_type}")
    checked = [*ODD_TEXTS, *(text[:20_000] for text in texts[: args.files])]
    wrong = sum(other.encode(text) != vocabulary.encode(text) for text in checked)
    wrong += sum(other.special(text) != vocabulary.special_ids[text] for text in SPECIALS)
    print(f"tokenizer: {wrong} of {len(checked)} texts and {len(SPECIALS)} special tokens differ")

    ids = vocabulary.encode("\n".join(texts[:5]))[: args.tokens]
    with torch.no_grad():
        hidden = model(torch.tensor([ids]))
        expected = model.logits(hidden)[0].numpy()
        drafted = model.logits(model.draft(torch.tensor([ids[1:]]), hidden[:, :-1]))[0].numpy()
    report = {
        "gguf": hashlib.sha256(args.gguf.read_bytes()).hexdigest(),
        "checkpoint": hashlib.sha256(args.checkpoint.read_bytes()).hexdigest(),
        "type": kind,
        "tokens": len(ids),
        "texts tokenized differently": wrong,
    }
    report["all at once"] = logit_difference("all at once", other.evaluate(ids), expected)
    states = other.hidden(len(ids))
    report["MTP"] = logit_difference("MTP", other.draft(ids[1:], states[:-1]), drafted)
    other.forget()
    steps = np.concatenate([other.evaluate([token_id], i) for i, token_id in enumerate(ids)])
    report["one by one"] = logit_difference("one by one", steps, expected)
    other.close()
    suffix = "" if kind == "F32" else "-" + kind.lower().replace(" ", "-")
    out = args.out or Path(f".training/verify{suffix}.json")
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    if wrong:
        raise SystemExit("the tokenizers differ")
    if kind == "F32" and max(report[name]["largest difference"] for name in CHECKS) > TOLERANCE:
        raise SystemExit(f"differs from the checkpoint by more than {TOLERANCE}")


if __name__ == "__main__":
    main()
