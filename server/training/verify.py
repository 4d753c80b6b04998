"""Compare a GGUF file with its checkpoint: tokenizer, trunk logits, step by step, MTP logits.

A float32 file must agree within 1e-3, with the attention cache in float32 and flash attention
off; a quantised one is reported, not judged.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch

from training.export import load
from training.gguf_model import GgufModel
from training.tokenizer import SPECIALS, Vocabulary

TOLERANCE = 1e-3

ODD_TEXTS = (
    "def f(x):\r\n\treturn x\r\n",
    "\t\t  if a  and   b:\n\n\n   pass\n",
    "naïve = 'cafe\u0301'\u00a0# nbsp\u2028\n",
    "s = '👩‍💻 ไทย देवनागरी 12345'\n",
    "t = '<|fim_middle|><|endoftext|>'\n",
)


def compare(name: str, got: np.ndarray, expected: np.ndarray) -> dict[str, float]:
    """The largest difference of logits [n, V] and how often the best token agrees; printed too."""
    worst = float(np.abs(got - expected).max())
    same = float((got.argmax(-1) == expected.argmax(-1)).mean())
    print(f"{name:12} max |difference| {worst:.2e}  best token equal {same:.1%}  (std {expected.std():.2f})")
    return {"largest difference": worst, "best token equal": same, "standard deviation": float(expected.std())}


def main() -> None:
    """Command line: see the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--checkpoint", type=Path, default=Path(".training/model.pt"))
    parser.add_argument("--tokenizer", type=Path, default=Path(".training/tokenizer.json"))
    parser.add_argument("--corpus", type=Path, default=Path(".training/corpus/corpus.jsonl"))
    parser.add_argument("--gguf", type=Path, default=Path(".training/model.gguf"))
    parser.add_argument("--tokens", type=int, default=600)
    parser.add_argument("--files", type=int, default=200, help="files to compare the tokenizers on (%(default)s)")
    parser.add_argument("--out", type=Path, help="also write the figures here, as JSON")
    args = parser.parse_args()
    torch.set_num_threads(1)
    vocabulary = Vocabulary.load(args.tokenizer)
    model = load(args.checkpoint)
    with args.corpus.open(encoding="utf-8") as stream:
        texts = [row["text"] for row in map(json.loads, stream) if row["split"] == "tune"]

    other = GgufModel(args.gguf, exact=True)
    checked = [*ODD_TEXTS, *(text[:20_000] for text in texts[: args.files])]
    wrong = sum(other.encode(text) != vocabulary.encode(text) for text in checked)
    wrong += sum(other.special(text) != vocabulary.special_ids[text] for text in SPECIALS)
    print(f"tokenizer: {wrong} of {len(checked)} texts and {len(SPECIALS)} special tokens differ")

    ids = vocabulary.encode("\n".join(texts[:5]))[: args.tokens]
    with torch.no_grad():
        hidden = model(torch.tensor([ids]))
        expected = model.logits(hidden)[0].numpy()
        drafted = model.logits(model.draft(torch.tensor([ids[1:]]), hidden[:, :-1]))[0].numpy()
    report = {"file": args.gguf.name, "tokens": len(ids), "texts tokenized differently": wrong}
    report["all at once"] = compare("all at once", other.evaluate(ids), expected)
    states = other.hidden(len(ids))
    report["MTP"] = compare("MTP", other.draft(ids[1:], states[:-1]), drafted)
    other.forget()
    steps = np.concatenate([other.evaluate([token_id], i) for i, token_id in enumerate(ids)])
    report["one by one"] = compare("one by one", steps, expected)
    other.close()
    if args.out:
        args.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    worst = max(report[name]["largest difference"] for name in ("all at once", "MTP", "one by one"))
    if wrong or worst > TOLERANCE:
        raise SystemExit(f"differs from the checkpoint by more than {TOLERANCE}: expected of quantised files only")


if __name__ == "__main__":
    main()
