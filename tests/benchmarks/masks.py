"""Constrained decoding's cost for a token, at a small and a large vocabulary, against choosing without a constraint.

The vocabularies are made up: all bytes, and words of letters, capitals, punctuation and ideographs with and without a
blank in front. The baseline of each row is the unconstrained greedy choice (argmax and its probability) in the same
run. Each grammar is walked by tokens drawn from its masks.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np

from foretoken.runtime.library import load_library

load_library()

from foretoken.runtime.constraints import Constraints  # noqa: E402
from foretoken.runtime.sampling import Sampler  # noqa: E402
from foretoken.text.generation import Constraint, Grammar, Sampling  # noqa: E402

WALKS = 20
STEPS = 60
SCHEMA = (
    '{"type": "object", "properties": {"name": {"type": "string"}, "n": {"type": "integer"}, "tags": {"type": "array",'
    ' "items": {"enum": ["alpha", "beta"]}}}, "required": ["name", "n", "tags"], "additionalProperties": false}'
)
EDITS = r"""
start: edit+
edit: "<<<<<<< SEARCH\n" line+ "=======\n" line* ">>>>>>> REPLACE\n"
line: /[^<>=\n][^\n]*\n/ | "\n"
"""
GRAMMARS = {
    "JSON": Constraint(Grammar.JSON_SCHEMA, SCHEMA),
    "edits": Constraint(Grammar.LARK, EDITS),
    "call": Constraint(Grammar.REGEX, r"[a-zA-Z_][a-zA-Z_0-9]*(\.[a-z]+)*\([^()\n]{0,200}\)"),
}


class MadeUp:
    """A vocabulary as the constraints see one; the last id ends the answer."""

    def __init__(self, n_tokens: int) -> None:
        random = np.random.default_rng(1)
        pieces = dict.fromkeys(bytes([byte]) for byte in range(256))
        while len(pieces) < n_tokens - 1:
            pieces[self._word(random)] = None
        self.pieces = [*pieces, b""]
        self.n_tokens = n_tokens
        self.ends = frozenset({n_tokens - 1})

    @staticmethod
    def _word(random: np.random.Generator) -> bytes:
        letters = "".join(chr(int(n)) for n in random.integers(97, 123, int(random.integers(2, 9))))
        marks = "".join(chr(int(n)) for n in random.integers(33, 127, int(random.integers(2, 5))))
        ideographs = "".join(chr(int(n)) for n in random.integers(0x4E00, 0x9FFF, int(random.integers(1, 3))))
        forms = (letters, " " + letters, " " + letters.capitalize(), letters.upper(), marks, ideographs)
        return forms[int(random.integers(len(forms)))].encode()

    def tokenize(self, text: str) -> tuple[int, ...]:
        return tuple(text.encode())


def timed(call: Callable[[], object], times: list[float]) -> object:
    started = time.perf_counter()
    result = call()
    times.append((time.perf_counter() - started) * 1e6)
    return result


def shown(times: list[float]) -> str:
    return "{:8.1f} {:8.1f}".format(*np.percentile(times, (50, 95)))


def measure(n_tokens: int) -> None:
    vocabulary = MadeUp(n_tokens)
    constraints = Constraints(vocabulary)
    first: list[float] = []
    timed(lambda: constraints.start(GRAMMARS["JSON"]), first)
    random = np.random.default_rng(0)
    logits = random.normal(0, 3, n_tokens).astype(np.float32)
    baseline: list[float] = []
    greedy = Sampler(n_tokens, Sampling())
    for _ in range(300):
        timed(lambda: greedy.choose(logits), baseline)
    print(f"\n{n_tokens} tokens; vocabulary read in {first[0] / 1000:.0f} ms; microseconds, p50 and p95")
    print(f"{'greedy, unconstrained':28}{shown(baseline)}")
    for name, sampling in (
        ("drawn, temperature", Sampling(0.8, seed=1)),
        ("drawn, top_k 40 top_p 0.95", Sampling(0.8, 40, 0.95, seed=1)),
        ("drawn, top_p 0.95", Sampling(0.8, 0, 0.95, seed=1)),
        ("drawn, min_p 0.05", Sampling(0.8, 0, 1.0, 0.05, seed=1)),
    ):
        times: list[float] = []
        sampler = Sampler(n_tokens, sampling)
        for _ in range(300):
            timed(lambda: sampler.choose(logits), times)
        print(f"{name:28}{shown(times)}  x{np.median(times) / np.median(baseline):.2f}")
    for name, constraint in GRAMMARS.items():
        kinds: dict[str, list[float]] = {"allows": [], "mask": [], "choose": [], "advance": []}
        for _ in range(WALKS):
            matcher = constraints.start(constraint)
            for _ in range(STEPS):
                if matcher.finished:
                    break
                mask = timed(matcher.mask, kinds["mask"])
                allowed = np.flatnonzero(np.unpackbits(mask, bitorder="little"))
                token_id = int(random.choice(allowed[allowed < n_tokens - 1]))
                timed(lambda: matcher.allows(token_id), kinds["allows"])
                timed(lambda: greedy.choose(logits, matcher), kinds["choose"])
                timed(lambda: matcher.advance(token_id), kinds["advance"])
        for kind, times in kinds.items():
            print(f"{name + ', ' + kind:28}{shown(times)}  x{np.median(times) / np.median(baseline):.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vocabulary", type=int, nargs="+", default=[4_128, 248_320], help="numbers of tokens")
    for n_tokens in parser.parse_args().vocabulary:
        measure(n_tokens)


if __name__ == "__main__":
    main()
