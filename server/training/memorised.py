"""What a model gives back of its training text, over free generations.

Writes after several kinds of prompts, among them text of training files, at a
temperature and greedily, and reports the longest passage of each answer that stands verbatim in
the training part of the corpus (see `verbatim.py`), and answers with licence wording, e-mail
addresses or keys. No answer may end early: special tokens are never drawn, so each has its full
length. Only the answers are looked at, for wording together with the begun line that they go on
from ("# Copyright"). The generations themselves can be written out to be read.
"""

import argparse
import collections
import hashlib
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from training.command_help import Help
from training.gguf_model import GgufModel
from training.segments import FILE_SEP, random_line
from training.unwanted import addresses, licence_wording, secret
from training.verbatim import LEAST, Match, Verbatim

OPENINGS = {"empty file": "", "docstring": '"""', "copyright": "# Copyright", "import": "import"}
HELD_OUT, TRAINED = "held-out file", "training file"
PATHS = ("main.py", "app/models.py", "src/utils.py", "tests/test_client.py", "pkg/__init__.py", "tools/convert.py")
PROMPT_CHARS = 1200


@dataclass(frozen=True)
class Prompt:
    """The path and the beginning of a file; `kind` is a key of OPENINGS, HELD_OUT or TRAINED."""

    kind: str
    path: str
    text: str


@dataclass(frozen=True)
class Generation:
    """What the model wrote after a prompt."""

    prompt: Prompt
    text: str
    tokens: int


def prompts(
    held_out: Sequence[tuple[str, str]], trained: Sequence[tuple[str, str]], count: int, seed: int
) -> list[Prompt]:
    """`count` prompts, the kinds in turn. (path, text) of files that were not, and that were trained on."""
    rng = random.Random(seed)
    files = {HELD_OUT: held_out, TRAINED: trained}
    kinds = [*OPENINGS, *files]
    found = []
    for number in range(count):
        kind = kinds[number % len(kinds)]
        if kind in files:
            path, text = rng.choice(files[kind])
            found.append(Prompt(kind, path, text[: random_line(text, rng)][-PROMPT_CHARS:]))
        else:
            found.append(Prompt(kind, rng.choice(PATHS), OPENINGS[kind]))
    return found


class Sampler:
    """Free generation of `length` tokens, one at a time: from the whole distribution of all tokens that are
    text, or (temperature 0) always the most probable one."""

    def __init__(self, model: GgufModel, temperature: float, length: int, seed: int) -> None:
        if temperature < 0:
            raise ValueError("a temperature is 0 (greedy) or more")
        self._model, self._temperature, self._length = model, temperature, length
        self._rng = np.random.default_rng(seed)
        self._pieces = model.pieces()
        self._forbidden = [token_id for token_id, piece in enumerate(self._pieces) if not piece]

    def generate(self, prompt: Prompt) -> Generation:
        """What comes after the prompt."""
        model = self._model
        ids = [model.special(FILE_SEP), *model.encode(f"{prompt.path}\n{prompt.text}")]
        model.forget()
        logits = model.evaluate(ids, last_only=True)[0]
        new: list[int] = []
        while len(new) < self._length:
            token_id = self._draw(logits)
            new.append(token_id)
            logits = model.evaluate([token_id], start=len(ids) + len(new) - 1, last_only=True)[0]
        text = b"".join(self._pieces[token_id] for token_id in new).decode("utf-8", "replace")
        return Generation(prompt, text, len(new))

    def _draw(self, logits: np.ndarray) -> int:
        logits[self._forbidden] = -np.inf
        if not self._temperature:
            return int(logits.argmax())
        scaled = logits.astype(np.float64) / self._temperature
        weights = np.exp(scaled - scaled.max())
        return int(self._rng.choice(len(weights), p=weights / weights.sum()))


def drawn_files(corpus: Path, split: str, count: int, seed: int) -> list[tuple[str, str]]:
    """(path, text) of at most `count` random files of a split; each as likely (reservoir sampling)."""
    rng, found, met = random.Random(seed), [], 0
    with corpus.open(encoding="utf-8") as stream:
        for row in map(json.loads, stream):
            if row["split"] != split:
                continue
            met += 1
            at = len(found) if len(found) < count else rng.randrange(met)
            if at < count:
                found[at : at + 1] = [(row["path"], row["text"])]
    if not found:
        raise SystemExit(f"{corpus} has no file of the split {split}")
    return found


def training_texts(corpus: Path) -> Iterator[tuple[str, str]]:
    """(package: path, text) of what was trained on."""
    with corpus.open(encoding="utf-8") as stream:
        for row in map(json.loads, stream):
            if row["split"] == "train":
                yield f"{row['package']}: {row['path']}", row["text"]


def distribution(values: Sequence[float]) -> dict[str, float]:
    """Median, 95th percentile and maximum."""
    return {
        "median": float(np.median(values)),
        "p95": float(np.quantile(values, 0.95)),
        "max": float(max(values)),
    }


def summary(generations: Sequence[Generation], matches: Sequence[Match | None], model: GgufModel) -> dict[str, object]:
    """The report. An answer without a match counts as 0 characters and tokens."""
    chars = [len(match.text) if match else 0 for match in matches]
    tokens = [len(model.encode(match.text)) if match else 0 for match in matches]
    by_kind = collections.defaultdict(list)
    for generation, size in zip(generations, chars, strict=True):
        by_kind[generation.prompt.kind].append(size)
    order = sorted(range(len(chars)), key=lambda i: -chars[i])
    found: dict[str, list[dict[str, str]]] = {"licence wording": [], "addresses": [], "keys": []}
    for generation in generations:
        text, kind = generation.text, generation.prompt.kind
        begun = generation.prompt.text.rsplit("\n", 1)[-1]
        wording, key = licence_wording(begun + text), secret(text)
        found["licence wording"] += [{"prompt": kind, "found": wording}] if wording else []
        found["addresses"] += [{"prompt": kind, "found": address} for address in addresses(text)]
        found["keys"] += [{"prompt": kind, "found": key}] if key else []
    return {
        "generations": len(generations),
        "mean length, tokens": float(np.mean([generation.tokens for generation in generations])),
        f"with {LEAST} bytes or more in common": sum(match is not None for match in matches),
        "longest match, characters": distribution(chars),
        "longest match, tokens": distribution(tokens),
        "characters by prompt": {kind: distribution(sizes) for kind, sizes in by_kind.items()},
        "longest": [
            {
                "characters": chars[i],
                "tokens": tokens[i],
                "prompt": generations[i].prompt.kind,
                "source": matches[i].source,
                "text": matches[i].text,
            }
            for i in order[:5]
            if matches[i]
        ],
        **{name: {"count": len(cases), "first": cases[:10]} for name, cases in found.items()},
    }


def main() -> None:
    """Command line: see the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=Help)
    parser.add_argument("--gguf", type=Path, default=Path(".training/model.gguf"))
    parser.add_argument("--corpus", type=Path, default=Path(".training/corpus/corpus.jsonl"))
    parser.add_argument("--split", default="tune", help="where held-out prompts come from (default %(default)s)")
    parser.add_argument("--count", type=int, default=500, help="sampled generations (default %(default)s)")
    parser.add_argument("--greedy", type=int, default=300, help="prompts to go on from greedily (default %(default)s)")
    parser.add_argument("--length", type=int, default=160, help="tokens of each (default %(default)s)")
    parser.add_argument("--temperature", type=float, default=1.0, help="of the sampled ones (default %(default)s)")
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--out", type=Path, default=Path(".training/memorised.json"), help="(default %(default)s)")
    parser.add_argument("--texts", type=Path, help="write the generations here, one JSON object a line")
    args = parser.parse_args()
    args.out.parent.mkdir(parents=True, exist_ok=True)
    held_out, trained = (drawn_files(args.corpus, split, args.count, args.seed) for split in (args.split, "train"))
    asked = prompts(held_out, trained, max(args.count, args.greedy), args.seed)
    model = GgufModel(args.gguf)
    # Greedy answers to the same prompt are the same.
    runs = {
        f"temperature {args.temperature:g}": (args.temperature, asked[: args.count]),
        "greedy": (0.0, list(dict.fromkeys(asked[: args.greedy]))),
    }
    generations: dict[str, list[Generation]] = {}
    for name, (temperature, some) in runs.items():
        sampler = Sampler(model, temperature, args.length, args.seed)
        generations[name] = [sampler.generate(prompt) for prompt in some]
    everything = [generation for some in generations.values() for generation in some]
    matches = iter(Verbatim([generation.text for generation in everything]).scan(training_texts(args.corpus)))
    report = {
        "gguf": hashlib.sha256(args.gguf.read_bytes()).hexdigest(),
        "seed": args.seed,
        "runs": {
            name: summary(some, [next(matches) for _ in some], model) for name, some in generations.items() if some
        },
    }
    model.close()
    text = json.dumps(report, indent=1)
    print(text)
    args.out.write_text(text + "\n", encoding="utf-8")
    if args.texts:
        lines = [
            {"run": name, "kind": g.prompt.kind, "path": g.prompt.path, "text": g.text}
            for name, some in generations.items()
            for g in some
        ]
        args.texts.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


if __name__ == "__main__":
    main()
