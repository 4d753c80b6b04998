"""How well a model predicts held-out source: bits per byte and nats per token."""

import random
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from training.cursors import HeldOutFile, by_package, random_file
from training.figures import share
from training.gguf_model import GgufModel
from training.segments import FILE_SEP

CHARS_PER_TOKEN = 5
"""More than a token has on average, so that a window is always filled where there is text."""


def log_probabilities(logits: np.ndarray) -> np.ndarray:
    """Natural log of the softmax over the last axis."""
    shifted = logits - logits.max(-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))


def windows(files: Sequence[HeldOutFile], count: int, length: int, seed: int) -> list[tuple[HeldOutFile, str]]:
    """Text for `count` windows of `length` tokens, the packages in turn: from a random line on, or from
    the top of a file that is not longer."""
    rng = random.Random(seed)
    packages = by_package(files)
    rng.shuffle(packages)
    found = []
    for number in range(count):
        file = random_file(packages[number % len(packages)], rng)
        size = CHARS_PER_TOKEN * length
        start = file.text.rfind("\n", 0, rng.randrange(max(1, len(file.text) - size))) + 1
        found.append((file, file.text[start : start + size]))
    return found


def language(model: GgufModel, files: Sequence[HeldOutFile], count: int, length: int, seed: int) -> dict[str, object]:
    """Over `count` windows that begin with the file's path, which is not counted; by package too."""
    pieces = model.pieces()
    parts = []
    for file, text in windows(files, count, length, seed):
        head = [model.special(FILE_SEP), *model.encode(f"{file.path}\n")]
        body = model.encode(text)[: length - len(head)]
        model.forget()
        logits = model.evaluate(head + body)[len(head) - 1 : -1]
        nats = -float(log_probabilities(logits)[np.arange(len(body)), body].sum())
        parts.append((file, nats, len(body), sum(len(pieces[token_id]) for token_id in body)))
    bits = [((file.package, file.path), nats / np.log(2), size) for file, nats, _, size in parts]
    packages: dict[str, list] = defaultdict(list)
    for key, above, below in bits:
        packages[key[0]].append((key, above, below))
    return {
        "windows": len(parts),
        "tokens": sum(tokens for _, _, tokens, _ in parts),
        "bits per byte": share(bits),
        "nats per token": share(((file.package, file.path), nats, tokens) for file, nats, tokens, _ in parts),
        "packages": {name: share(some) for name, some in sorted(packages.items())},
    }
