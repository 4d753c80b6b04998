"""Which engine answers, as the settings name it."""

from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio

from engine.remote.following import answer, until
from engine.remote.requests_asked import REQUESTS
from fakes import FakeEngine
from foretoken.engine.engine import EngineState, EngineStatus, StatusListener
from foretoken.engine.remote.chosen import ChosenEngine
from foretoken.engine.remote.options import RemoteOptions


class Local(FakeEngine):
    """An engine of our own as far as it is started, closed and listened to."""

    def __init__(self) -> None:
        super().__init__("ours")
        self.started = False
        self.levels: list[str] = []
        self.lingers = True

    async def close(self, linger: bool = True) -> None:
        self.lingers = linger
        await super().close()

    def subscribe(self, listener: StatusListener) -> Callable[[], None]:
        self._listener = listener

        def end() -> None:
            self._listener = None

        return end

    def start(self) -> None:
        self.started = True
        self.set_status(EngineStatus(EngineState.READY, "ours"))

    def set_log_level(self, level: str) -> None:
        self.levels.append(level)

    async def metrics(self) -> dict[str, float]:
        return {"ours": 1.0}


@pytest_asyncio.fixture
async def chosen() -> AsyncIterator[ChosenEngine[Local]]:
    engine = ChosenEngine(Local())
    yield engine
    await engine.close()


async def test_without_an_address_the_engine_of_our_own_answers(chosen) -> None:
    chosen.use(None, Local)
    chosen.start()
    assert chosen.local.started and chosen.remote is None
    assert (await answer(chosen, REQUESTS["line"]))[0] == "ours"


async def test_with_one_no_process_is_started_and_the_early_one_is_ended(chosen, replay) -> None:
    early = chosen.local
    chosen.use(RemoteOptions((await replay("llama-server")).url), Local)
    chosen.start()
    assert (await answer(chosen, REQUESTS["line"]))[0] == "append(self.items)"
    assert early.closed and not early.lingers and not early.started


async def test_settings_that_come_later_change_it_in_both_directions(chosen, replay) -> None:
    first = chosen.local
    statuses: list[EngineStatus] = []
    chosen.subscribe(statuses.append)
    chosen.start()
    chosen.use(RemoteOptions((await replay("llama-server")).url), Local)
    await until(chosen, EngineState.READY)
    assert first.closed and statuses[-1].message.startswith("starter at ")
    chosen.use(None, Local)
    assert chosen.local.started and chosen.local is not first and statuses[-1].message == "ours"
    assert (await answer(chosen, REQUESTS["line"]))[0] == "ours"
    assert all(status.state is not EngineState.STOPPED for status in statuses)


async def test_the_same_settings_change_nothing(chosen, replay) -> None:
    options = RemoteOptions((await replay("llama-server")).url)
    chosen.use(options, Local)
    chosen.start()
    await until(chosen, EngineState.READY)
    remote = chosen.remote
    chosen.use(options, Local)
    assert chosen.remote is remote and chosen.status.state is EngineState.READY


async def test_another_address_is_asked_by_the_same_engine(chosen, replay) -> None:
    chosen.use(RemoteOptions((await replay("llama-server")).url), Local)
    chosen.start()
    await chosen.ready()
    chosen.use(RemoteOptions((await replay("vllm")).url), Local)
    assert (await chosen.ready()).name == "tiny"


async def test_what_is_asked_of_it_is_passed_on(chosen) -> None:
    chosen.start()
    chosen.set_log_level("debug")
    assert chosen.local.levels == ["debug"]
    assert await chosen.metrics() == {"ours": 1.0}
    assert await chosen.count_tokens(["abc"]) == [3]
    assert chosen.info is not None and chosen.prefill_rate == 0.0


@pytest.mark.parametrize("closes", [1, 2])
async def test_closing_waits_for_what_was_given_up(closes, chosen, replay) -> None:
    first = chosen.local
    chosen.start()
    chosen.use(RemoteOptions((await replay("llama-server")).url), Local)
    for _ in range(closes):
        await chosen.close()
    assert first.closed and chosen.status.state is EngineState.STOPPED
