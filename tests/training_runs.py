"""A training run that takes seconds, in a folder of its own: see the fixture `folder` of tests/training."""

import json
from pathlib import Path

import torch

from training import train
from training.checkpoint import identity
from training.configuration import read
from training.tokenizer import train as train_tokenizer
from training.workers import start

CONFIGURATION = """
[model]
vocabulary = 400
width = 64
layers = 2
attention_interval = 2
feed_forward = 96
gdn_heads = 2
heads = 1
[run]
seed = 5
workers = {workers}
loaders = 0
tokens = {tokens}
row = 256
rows = 1
longest = [[0.0, 128], [0.5, 256]]
muon_rate = 0.02
adam_rate = 0.004
warm_up = 0.1
decay_from = 0.5
mtp_weight = 0.3
mtp_share = [[0.0, 0.5], [0.5, 1.0]]
[backend]
delta_rule = "compiled"
attention = "spans"
cross_entropy = "compiled"
elementwise = "compiled"
"""


def source(number: int) -> str:
    body = "".join(
        f"def area_{number}_{i}(width, height):\n    size = width * height\n    return size + {i}\n\n\n"
        for i in range(70)
    )
    return f"import math\n\n\n{body}"


def fill(folder: Path) -> None:
    """A made corpus of eight files, and its tokenizer."""
    rows = [
        {"package": f"p{i % 3}", "path": f"p/m{i}.py", "split": "tune" if i > 5 else "train", "seen": i != 7}
        | {"text": source(i), "language": "python"}
        for i in range(8)
    ]
    (folder / "corpus.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    train_tokenizer([row["text"] for row in rows], 400).save(str(folder / "tokenizer.json"))


def run(name: str, tokens: int, *options: str, workers: int = 1) -> dict:
    """Train in the present folder; what the checkpoint `name`.pt holds."""
    Path(f"{name}.toml").write_text(CONFIGURATION.format(tokens=tokens, workers=workers))
    files = ["--configuration", f"{name}.toml", "--corpus", "corpus.jsonl", "--tokenizer", "tokenizer.json"]
    args = train.arguments().parse_args(
        [*files, "--checkpoint", f"{name}.pt", "--log", f"{name}.jsonl", "--report-seconds", "0", *options]
    )
    configuration = read(args.configuration, args.set)
    args.identity = identity(configuration, args.corpus, args.tokenizer)
    start(train.train, args, configuration)
    return torch.load(f"{name}.pt", weights_only=True)
