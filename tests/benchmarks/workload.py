"""Requests of every kind that editors send, as values, and what each gets on a model that does nothing else."""

import random
from collections.abc import Iterator
from dataclasses import replace

from foretoken.engine.supervisor import SupervisedEngine
from foretoken.text.cancel import CancelToken
from foretoken.text.generation import (
    Constraint,
    Finish,
    GenerateRequest,
    Grammar,
    Priority,
    Sampling,
    ScoreRequest,
    Stop,
)
from foretoken.text.pieces import Special, Text

Request = GenerateRequest | ScoreRequest
Answer = tuple[object, ...]

NAMES = ("reader", "writer", "basket", "shelf", "order", "price", "stock", "item")
FILES, LINES = 12, 3
TYPED = "    total = sum(entry.price for entry in self.entries if entry.open)"


def file(number: int) -> str:
    name = NAMES[number % len(NAMES)]
    lines = [
        f"def {name}_{n}(self, name, value={number}):\n    return self.{name} + {n}\n\n" for n in range(8 + number)
    ]
    return "".join(lines)


def prompt(number: int, typed: str) -> tuple[Special | Text, ...]:
    return (Special.FIM_PREFIX, Text(file(number)), Special.FIM_SUFFIX, Text("\n"), Special.FIM_MIDDLE, Text(typed))


def key(number: int, count: int) -> GenerateRequest:
    return GenerateRequest(prompt(number, TYPED[:count]), 8, "", Stop(max_lines=4))


def rewrite(number: int) -> GenerateRequest:
    wanted = prompt(number, "    return self.\n")
    original = file(number)[:300]
    return GenerateRequest(wanted, 24, "", Stop(max_lines=40), original=original, priority=Priority.NEXT_EDIT)


def scored(number: int, count: int) -> ScoreRequest:
    return ScoreRequest(prompt(number, TYPED[:count]), (*NAMES[:5], "self.value", "name"), "", 32)


def action(number: int) -> GenerateRequest:
    constraint = Constraint(Grammar.REGEX, f"({'|'.join(NAMES[number % 4 : number % 4 + 4])})(, [a-z]+)*")
    wanted = prompt(number, "    # ")
    return GenerateRequest(wanted, 16, "", Stop(max_lines=40), constraint=constraint, priority=Priority.CODE_ACTION)


def refactor(number: int, seed: int) -> GenerateRequest:
    sampling = Sampling(temperature=0.8, top_p=0.95, seed=seed)
    wanted = prompt(number, "\n")
    return GenerateRequest(
        wanted, 80, "", Stop(max_lines=400), heal=False, sampling=sampling, priority=Priority.REFACTOR
    )


def read(number: int) -> GenerateRequest:
    return GenerateRequest(prompt(number, ""), 0, "", priority=Priority.PREFILL, n_reserve=96)


class Editor:
    """What one window asks, the same in every run: a typist, a completer, one who has code changed, and the background.

    Completions are ranked where the typist is; one change in four and every prefill is for another file.
    """

    def __init__(self, window: int) -> None:
        self._chance = random.Random(window)
        self._window = window
        self._file = window

    def _elsewhere(self) -> int:
        return self._chance.randrange(FILES)

    def typed(self) -> Iterator[Request]:
        """Along a line, a few times, then in another file."""
        while True:
            for line in range(LINES):
                for count in range(4 + (2 * self._window + line) % 3, len(TYPED), 3):
                    yield key(self._file, count)
            self._file = self._elsewhere()

    def completed(self) -> Iterator[Request]:
        while True:
            yield scored(self._file, self._chance.randrange(5, 40, 5))

    def changed(self) -> Iterator[Request]:
        while True:
            number = self._elsewhere() if self._chance.random() < 0.25 else self._file
            yield self._chance.choice((rewrite(number), action(number), refactor(number, number % 5)))

    def background(self) -> Iterator[Request]:
        while True:
            yield read(self._elsewhere())

    def all(self) -> dict[str, Iterator[Request]]:
        return {
            "inline": self.typed(),
            "completion": self.completed(),
            "change": self.changed(),
            "prefill": self.background(),
        }


def same(left: Answer, right: Answer) -> bool:
    """Texts and reasons to the last character; scores, which are sums of many numbers, to a thousandth."""
    if left and isinstance(left[0], tuple):
        pairs = zip(left, right, strict=True)
        return all(one[1] == other[1] and abs(one[0] - other[0]) < 1e-3 for one, other in pairs)
    return left[:2] == right[:2]


def tie(left: Answer, right: Answer) -> bool:
    """Whether two different texts part at tokens that are equally probable, to a ten-thousandth: sums of the same numbers
    in another order differ in their last bits, and either token is the right one then."""
    if not left or not isinstance(left[0], str):
        return False
    for one, other in zip(left[2], right[2], strict=False):
        if one[0] != other[0]:
            return abs(one[1] - other[1]) < 1e-4 * max(one[1], other[1])
    return False


async def ask(engine: SupervisedEngine, request: Request, cancel_id: str, cancel: CancelToken) -> Answer:
    """What is to be the same whoever else asks: text, reason (and the tokens), or scores; () when it was cancelled."""
    request = replace(request, cancel_id=cancel_id)
    if isinstance(request, ScoreRequest):
        return tuple((score.logprob, score.exact) for score in await engine.score(request, cancel))
    tokens = []
    async for item in engine.generate(request, cancel):
        if not isinstance(item, Finish):
            tokens.append((item.text, item.probability))
        elif item.reason == "cancelled":
            return ()
        else:
            return ("".join(text for text, _ in tokens), item.reason.value, tuple(tokens))
    raise AssertionError("no finish")
