"""Background work on battery: paused unless the settings want it; the battery is asked seldom and off the loop."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple

import psutil
import pytest

from door_harness import Harness
from foretoken.lsp.power import LOOK_EVERY, Power, on_battery
from foretoken.session.anchor import REANCHOR_LINES
from foretoken.text.generation import Priority
from foretoken.text.pieces import symbolic
from typing_editor import CODE, Editor, PrefillGate


class Battery(NamedTuple):
    percent: float
    secsleft: int
    power_plugged: bool | None


class Switch:
    """A battery reader and a clock that the test sets."""

    def __init__(self, on: bool) -> None:
        self.on, self.now, self.reads = on, 1000.0, 0
        self.threads: set[int] = set()

    def read(self) -> bool:
        self.reads += 1
        self.threads.add(threading.get_ident())
        return self.on


class Spawned:
    def __init__(self) -> None:
        self.tasks: list[asyncio.Task[None]] = []

    def __call__(self, work: Coroutine[Any, Any, None]) -> None:
        self.tasks.append(asyncio.ensure_future(work))

    async def done(self) -> None:
        await asyncio.gather(*self.tasks)


async def test_the_battery_is_looked_at_seldom_and_in_a_thread() -> None:
    switch, spawned = Switch(on=True), Spawned()
    power = Power(spawned, switch.read, lambda: switch.now)
    assert not power.on_battery()  # not known yet, and nobody waits
    await spawned.done()
    assert power.on_battery() and switch.reads == 1
    assert threading.get_ident() not in switch.threads
    switch.on = False
    switch.now += LOOK_EVERY - 1
    assert power.on_battery()
    await spawned.done()
    assert power.on_battery() and switch.reads == 1
    switch.now += 1
    assert power.on_battery()
    await spawned.done()
    assert not power.on_battery() and switch.reads == 2


@pytest.mark.parametrize(
    "answer, expected",
    [
        (None, False),  # a machine without one
        (Battery(80, 3600, True), False),
        (Battery(80, 3600, None), False),  # it does not say
        (Battery(80, 3600, False), True),
    ],
)
def test_what_the_system_says(monkeypatch: pytest.MonkeyPatch, answer: Battery | None, expected: bool) -> None:
    monkeypatch.setattr(psutil, "sensors_battery", lambda: answer, raising=False)
    assert on_battery() is expected


@pytest.mark.parametrize("error", [OSError(5, "Input/output error"), RuntimeError(), NotImplementedError()])
def test_a_system_that_does_not_say_counts_as_plugged_in(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setattr(psutil, "sensors_battery", fail, raising=False)
    assert not on_battery()
    monkeypatch.delattr(psutil, "sensors_battery")
    assert not on_battery()


async def until(wanted: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not wanted():
            await asyncio.sleep(0)


async def editor_on(switch: Switch, **settings: object) -> tuple[Editor, PrefillGate, Callable[[], Any]]:
    engine = PrefillGate()
    engine.release()
    harness = Harness(engine)
    harness.server.power = Power(harness.server.spawn, switch.read, lambda: switch.now)
    await harness.initialize(initializationOptions=settings)
    await until(lambda: bool(switch.reads) and harness.server.power.on_battery() is switch.on)
    harness.open(CODE)
    editor = Editor(harness)

    async def background() -> Any:
        return (await harness.request("foretoken/status", None))["result"]["background"]

    await editor.ask()
    return editor, engine, background


async def test_nothing_is_prepared_on_battery_and_the_request_sees_the_change_itself() -> None:
    switch = Switch(on=True)
    editor, engine, background = await editor_on(switch)
    assert await background() == {"onBattery": True, "paused": True}
    editor.add_import()
    assert "import os" in symbolic((await editor.ask()).prompt)
    for _ in range(REANCHOR_LINES):  # so much that a fresh anchor would be prepared
        editor.type("x\n    ")
        await editor.ask()
    assert not engine.prefills

    switch.on = False
    switch.now += LOOK_EVERY
    await background()
    await until(lambda: not editor.harness.server.power.on_battery())
    assert await background() == {"onBattery": False, "paused": False}
    editor.add_import()
    assert symbolic((await editor.ask()).prompt).count("import os") == 1  # the old anchor, while a new one is made
    assert [request.priority for request in engine.prefills] == [Priority.PREFILL]


async def test_the_setting_goes_on_with_it() -> None:
    editor, engine, background = await editor_on(Switch(on=True), background={"on_battery": True})
    assert await background() == {"onBattery": True, "paused": False}
    editor.add_import()
    await editor.ask()
    assert len(engine.prefills) == 1
