"""One model in this process, asked as the runtime's worker asks it: what the runtime's benchmarks share.

Import this before anything of the runtime: it loads llama.cpp's library.
"""

import os
import time
from dataclasses import dataclass
from pathlib import Path

from foretoken.runtime.library import load_library

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as the model process is started
load_library()

from foretoken.runtime.context import Context  # noqa: E402
from foretoken.runtime.counters import Counters  # noqa: E402
from foretoken.runtime.generate import Generator  # noqa: E402
from foretoken.runtime.model import load_model  # noqa: E402
from foretoken.runtime.tuning import Speculation, Tuning  # noqa: E402
from foretoken.text.cancel import CancelToken  # noqa: E402
from foretoken.text.generation import Finish, GeneratedToken, GenerateRequest, Timings  # noqa: E402

NO_DRAFTS = Tuning(mtp=Speculation.OFF, lookup=Speculation.OFF)


@dataclass(frozen=True, slots=True)
class Answer:
    """healed_n: model tokens generated again for what was typed already; they are in neither count of the timings.

    first_ms: until the first token, or the end where none came. ms: until the end. Both by the clock of the caller.
    """

    timings: Timings
    text: str
    healed_n: int
    first_ms: float
    ms: float


class Runtime:
    """One model and one generator. tuning: the default is that of the runtime."""

    def __init__(self, path: Path, n_ctx: int, threads: int, tuning: Tuning | None = None) -> None:
        tuning = tuning or Tuning()
        self.model = load_model(path, -1, lambda _done: True, tuning.mtp is not Speculation.OFF)
        self.context = Context(self.model, n_ctx, threads, tuning)
        self.counters = Counters()
        self.generator = Generator(self.model, self.context, self.counters, tuning)

    def close(self) -> None:
        if self.generator.mtp:
            self.generator.mtp.close()
        self.context.close()
        self.model.close()

    def answer(self, request: GenerateRequest) -> Answer:
        healed, texts, finish, first = self.counters.tokens_healed, [], None, 0.0
        began = time.perf_counter()
        for item in self.generator.generate(request, CancelToken()):
            first = first or time.perf_counter() - began
            if isinstance(item, GeneratedToken):
                texts.append(item.text)
            else:
                finish = item
        ms = (time.perf_counter() - began) * 1000
        assert isinstance(finish, Finish)
        return Answer(finish.timings, "".join(texts), self.counters.tokens_healed - healed, first * 1000, ms)

    def ask(self, request: GenerateRequest) -> Timings:
        return self.answer(request).timings

    def forget(self) -> None:
        """Hold nothing: the next prompt is evaluated from its first token."""
        self.generator.state.forget()
