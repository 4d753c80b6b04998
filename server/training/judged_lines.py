"""Tables from completed lines: exact matches against the baseline, partial suggestions, calibration.

The server shows whole words, so that is what the threshold is chosen on and what is compared with
the probability; cuts inside of words are there beside it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from training.baseline import copied
from training.cursors import Position
from training.figures import calibration, edit_similarity, lowest_threshold, share
from training.typed_lines import Completion

THRESHOLDS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
FINE_THRESHOLDS = tuple(number / 100 for number in range(1, 100))
SHORTEST_SHOWN = 3
PRECISION = 0.7
"""How often a partial suggestion has to be right at the threshold that is chosen."""

WAYS = {"inside words": False, "whole words": True}
"""How suggestions are cut."""


@dataclass(frozen=True)
class Answer:
    """What the model wrote at a position."""

    position: Position
    completion: Completion

    @property
    def file(self) -> tuple[str, str]:
        """The file, for intervals over files."""
        return self.position.file.package, self.position.file.path

    @property
    def exact(self) -> bool:
        """The whole rest of the line, and the model itself ended it."""
        return self.completion.ended and self.completion.whole() == self.position.rest

    @property
    def copy(self) -> str:
        """The baseline's answer; empty if it has none."""
        return copied(self.position.before, self.position.typed)

    def shown(self, threshold: float, whole_words: bool = True) -> tuple[str, float] | None:
        """The partial suggestion and its probability, if one is long enough to count as shown."""
        completion = self.completion
        text, probability = completion.words(threshold) if whole_words else completion.partial(threshold)
        return (text, probability) if len(text.strip()) >= SHORTEST_SHOWN else None

    def right(self, text: str) -> bool:
        """Whether the line goes on like this."""
        return self.position.rest.startswith(text)


def whole_lines(answers: Sequence[Answer]) -> dict[str, object]:
    """Exact match and edit similarity of the rest of the line, of the model, the baseline, and either."""

    def by_place(
        score: Callable[[Answer], float], counts: Callable[[Answer], bool] = lambda answer: True
    ) -> dict[str, dict[str, float]]:
        places = {
            "all": answers,
            "line start": [answer for answer in answers if answer.position.at_line_start],
            "inside the line": [answer for answer in answers if not answer.position.at_line_start],
        }
        return {
            name: share((answer.file, score(answer), 1) for answer in some if counts(answer))
            for name, some in places.items()
        }

    copies = {id(answer): answer.copy for answer in answers}

    def copied_right(answer: Answer) -> bool:
        return copies[id(answer)] == answer.position.rest

    return {
        "positions": len(answers),
        "at line starts": sum(answer.position.at_line_start for answer in answers),
        "exact": by_place(lambda answer: answer.exact),
        "edit similarity": by_place(lambda a: edit_similarity(a.completion.whole(), a.position.rest)),
        "baseline exact": by_place(copied_right),
        "baseline edit similarity": by_place(lambda a: edit_similarity(copies[id(a)], a.position.rest)),
        "baseline answers": by_place(lambda answer: bool(copies[id(answer)])),
        "baseline right where it answers": by_place(copied_right, lambda answer: bool(copies[id(answer)])),
        "model or baseline exact": by_place(lambda answer: answer.exact or copied_right(answer)),
    }


def partial(answers: Sequence[Answer], threshold: float, whole_words: bool = True) -> dict[str, object]:
    """What is shown of the lines at this threshold, and how often it is right."""
    cuts = [(answer, answer.shown(threshold, whole_words)) for answer in answers]
    shown = [(answer, cut[0]) for answer, cut in cuts if cut]
    right = [len(text) for answer, text in shown if answer.right(text)]
    return {
        "threshold": threshold,
        "coverage": share((answer.file, cut is not None, 1) for answer, cut in cuts),
        "precision": share((answer.file, answer.right(text), 1) for answer, text in shown),
        "characters when right": round(sum(right) / max(1, len(right)), 2),
        "text saved": round(sum(right) / max(1, sum(len(answer.position.rest) for answer in answers)), 4),
    }


def choose_threshold(answers: Sequence[Answer]) -> float | None:
    """The threshold of the largest coverage that is right often enough, in whole words."""
    rows = []
    for threshold in FINE_THRESHOLDS:
        shown = [(answer, cut[0]) for answer in answers if (cut := answer.shown(threshold))]
        rows.append((threshold, len(shown), sum(answer.right(text) for answer, text in shown)))
    return lowest_threshold(rows, PRECISION)


def reliability(answers: Sequence[Answer], threshold: float) -> dict[str, object]:
    """Predicted against observed: of single tokens (up to the first wrong one), and of what is shown."""
    tokens = [pair for answer in answers for pair in answer.completion.judged(answer.position.rest)]
    shown = [(cut[1], answer.right(cut[0])) for answer in answers if (cut := answer.shown(threshold))]
    return {"tokens": calibration(tokens), "shown": calibration(shown)}
