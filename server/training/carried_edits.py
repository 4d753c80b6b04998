"""How well a model carries on edits: synthetic renames and signature changes of held-out files."""

import random
from collections.abc import Sequence

from training.context import Package
from training.cursors import HeldOutFile, by_package
from training.edits import random_edit
from training.figures import share
from training.gguf_model import GgufModel
from training.segments import END, FILE_SEP, Piece
from training.typed_lines import Completer

BUDGET = 2000
"""Characters of an example."""

SPARE_TOKENS = 16


def split(pieces: Sequence[Piece]) -> tuple[list[Piece], str, str]:
    """The prompt of an edit example, the lines as they stand, and the lines as they should be."""
    headers = [number for number, piece in enumerate(pieces) if piece.special and piece.text == FILE_SEP]
    current = pieces[headers[-2] + 1].text.partition("\n")[2]
    answer = "".join(piece.text for piece in pieces[headers[-1] + 2 : -1])
    return list(pieces[: headers[-1] + 2]), current, answer


def written(model: GgufModel, completer: Completer, prompt: Sequence[Piece], limit: int) -> str:
    """What the model writes greedily up to its end token, which has to come within `limit` tokens."""
    ids, out, end = completer.ids(prompt), [], model.special(END)
    model.forget()
    logits = model.evaluate(ids, last_only=True)
    while len(out) < limit:
        token_id = int(logits[0].argmax())
        if token_id == end:
            break
        out.append(token_id)
        logits = model.evaluate([token_id], len(ids) + len(out) - 1, last_only=True)
    return completer.text(out)


def carried_on(
    model: GgufModel, completer: Completer, files: Sequence[HeldOutFile], count: int, seed: int
) -> dict[str, object]:
    """Answers that are exactly right, of `count` examples in all: where something is to be changed, and where not."""
    rng = random.Random(seed)
    packages = [Package(some) for some in by_package(files)]
    results: list[tuple[str, bool, bool]] = []
    for _ in range(20 * count):  # some files offer nothing
        if len(results) == count:
            break
        package = rng.choice(packages)
        pieces = random_edit(package, rng, BUDGET)
        if pieces is None:
            continue
        prompt, current, answer = split(pieces)
        limit = len(model.encode(answer)) + SPARE_TOKENS
        results.append((package.name, current != answer, written(model, completer, prompt, limit) == answer))

    def right_where(changes: bool) -> dict[str, float]:
        # An example counts as a file of its package.
        return share(((name, i), right, 1) for i, (name, change, right) in enumerate(results) if change == changes)

    return {
        "examples": len(results),
        "to be changed": right_where(True),
        "nothing to change": right_where(False),
    }
