"""Generators in this process, for tests that look closer than the HTTP surface allows."""

from pathlib import Path

from foretoken.runtime.library import load_library

load_library()

from foretoken.runtime.context import Context  # noqa: E402
from foretoken.runtime.counters import Counters  # noqa: E402
from foretoken.runtime.generate import Generator  # noqa: E402
from foretoken.runtime.model import Model, load_model  # noqa: E402
from foretoken.runtime.tuning import Speculation, Tuning  # noqa: E402
from foretoken.text.cancel import CancelToken  # noqa: E402
from foretoken.text.generation import Finish, GenerateRequest, Stop  # noqa: E402
from foretoken.text.pieces import Piece, Special, Text  # noqa: E402


class Bench:
    """A model with one generator on it; one thread, so that a busy machine does not matter.

    options: fields of Tuning. Small calls, so that short prompts are several; MTP off, so that what is looked at is there
    alone, unless a test says otherwise.
    """

    def __init__(self, path: Path, n_ctx: int = 2048, n_ubatch: int = 64, **options: object) -> None:
        quiet = {"mtp": Speculation.OFF, "lookup": Speculation.OFF}
        self.tuning = Tuning(n_ubatch=n_ubatch, **{**quiet, **options})
        self.model: Model = load_model(path, 0, lambda _done: True, self.tuning.mtp is not Speculation.OFF)
        self.context = Context(self.model, n_ctx, 1, self.tuning)
        self.counters = Counters()
        self.generator = Generator(self.model, self.context, self.counters, self.tuning)

    @property
    def state(self):
        return self.generator.state

    def run(self, request: GenerateRequest, cancel: CancelToken | None = None) -> tuple[list[str], Finish, list[float]]:
        """The texts of the tokens, the finish, and the probabilities."""
        *tokens, finish = self.generator.generate(request, cancel or CancelToken())
        return [token.text for token in tokens], finish, [token.probability for token in tokens]

    def fresh(self, request: GenerateRequest) -> tuple[list[str], Finish, list[float]]:
        """The same from nothing."""
        self.state.forget()
        return self.run(request)

    def close(self) -> None:
        if self.generator.mtp:
            self.generator.mtp.close()
        self.context.close()
        self.model.close()


def infill(
    prefix: str, suffix: str, typed: str, n_predict: int = 8, stop: Stop | None = None, **options: object
) -> GenerateRequest:
    """An anchored infill request."""
    pieces: tuple[Piece, ...] = (
        Special.FIM_PREFIX,
        Text(prefix),
        Special.FIM_SUFFIX,
        Text(suffix),
        Special.FIM_MIDDLE,
        Text(typed),
    )
    return GenerateRequest(pieces, n_predict, "test", stop or Stop(max_lines=100), **options)


def plain(text: str, n_predict: int = 8, stop: Stop | None = None, **options: object) -> GenerateRequest:
    """A request that goes on from ``text``."""
    return GenerateRequest((Text(text),), n_predict, "test", stop or Stop(max_lines=100), **options)
