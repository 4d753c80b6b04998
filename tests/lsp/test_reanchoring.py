"""Fresh anchors over the wire: after the answer, once, adopted when ready, given up when not wanted any more."""

from typing import Any

import pytest

from door_harness import URI, Harness
from fakes import FakeEngine, GatedEngine
from foretoken.engine.engine import EngineState, EngineStatus
from foretoken.session.anchor import REANCHOR_LINES
from foretoken.text.cancel import CancelToken
from foretoken.text.generation import GenerateRequest, Priority
from foretoken.text.pieces import Special, Text, symbolic
from typing_editor import CODE, Editor, PrefillGate


async def started(engine: FakeEngine | None = None, **inline: object) -> Editor:
    harness = Harness(engine or PrefillGate())
    await harness.initialize(initializationOptions={"inline": inline})
    harness.open(CODE)
    editor = Editor(harness)
    editor.trigger = 2 if inline.get("automatic", True) else 1
    await editor.ask()
    return editor


def middle(request: GenerateRequest) -> str:
    return symbolic(request.prompt).split("⟨FIM_MIDDLE⟩")[1]


async def test_a_stale_anchor_is_renewed_behind_the_answer_and_adopted(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = PrefillGate()
    editor = await started(engine)
    editor.add_import()
    editor.type("x")
    answered_before: list[int] = []

    def note() -> None:
        answered_before.append(len(editor.harness.answers(asked)))

    engine.on_prefill = note
    session = editor.harness.server.session
    prepare = session.prepare_anchor
    monkeypatch.setattr(session, "prepare_anchor", lambda *args: (note(), prepare(*args))[1])
    asked = editor.harness.ask(editor.line, editor.character)
    await engine.arrived(3)
    assert answered_before == [1, 1]

    old, prefill = engine.requests[1:]
    assert old.priority is Priority.INLINE and "import os" not in symbolic(old.prompt)
    assert prefill.n_predict == 0 and prefill.prompt[-1] is Special.FIM_MIDDLE
    assert "import os" in symbolic(prefill.prompt)

    editor.type(" +")
    assert "import os" not in symbolic((await editor.ask()).prompt)
    engine.release()
    await editor.turn()
    editor.type(" ")
    assert (await editor.ask()).prompt == (*prefill.prompt, Text("    return x + "))
    assert engine.prefills == [prefill]
    assert await editor.status() == {"fixed": {"first": 1}, "adopted": {"stale": 1}, "prefilled": 1}


async def test_a_long_middle_is_renewed_before_a_request_must() -> None:
    engine = PrefillGate()
    engine.release()
    editor = await started(engine)
    for _ in range(3 * REANCHOR_LINES):
        editor.type("x\n    ")
        await editor.ask()
    assert len(engine.prefills) == 3
    assert (await editor.status())["fixed"] == {"first": 1}
    assert (await editor.status())["adopted"] == {"long": 3}
    assert middle(await editor.ask()) == "    "


async def test_nothing_is_prepared_while_the_anchor_is_good() -> None:
    engine = PrefillGate()
    editor = await started(engine)
    for ch in "x + (y":
        editor.type(ch)
        await editor.ask()
    assert not engine.prefills


async def test_one_at_a_time_and_an_edit_during_the_work_keeps_the_place() -> None:
    engine = PrefillGate()
    editor = await started(engine)
    editor.edit(4, 0, 4, 0, "# behind\n")
    for ch in "abc":
        editor.type(ch)
        await editor.ask()
    assert len(engine.prefills) == 1
    editor.add_import()
    engine.release()
    await editor.turn()
    request = await editor.ask()
    assert middle(request) == "    return abc"
    assert "# behind" in symbolic(request.prompt) and "import os" not in symbolic(request.prompt)


async def test_a_newer_one_supersedes() -> None:
    engine = PrefillGate()
    editor = await started(engine)
    editor.add_import()
    await editor.ask()
    editor.add_import()
    await editor.ask()
    first, second = engine.prefills
    assert engine.cancel_of(first).reason == "superseded" and not engine.cancel_of(second).cancelled
    assert symbolic(second.prompt).count("import os") == 2


async def test_a_jump_gives_it_up() -> None:
    engine = PrefillGate()
    editor = await started(engine)
    editor.add_import()
    await editor.ask()
    (prefill,) = engine.prefills
    editor.line, editor.character = 5, 0
    await editor.ask()
    assert engine.cancel_of(prefill).reason == "superseded"
    assert (await editor.status())["fixed"] == {"first": 1, "jump": 1}


async def test_closing_the_document_cancels_it_and_what_comes_later_is_nothing() -> None:
    engine = PrefillGate(stubborn=True)
    editor = await started(engine)
    editor.add_import()
    await editor.ask()
    editor.harness.notify("textDocument/didClose", {"textDocument": {"uri": URI}})
    assert engine.cancel_of(engine.prefills[0]).reason == "closed"
    editor.harness.open(CODE)
    engine.release()
    await editor.turn()
    assert (await editor.status())["adopted"] == {}


async def test_shutting_down_cancels_it() -> None:
    engine = PrefillGate()
    editor = await started(engine)
    editor.add_import()
    await editor.ask()
    await editor.harness.request("shutdown", None)
    assert engine.cancel_of(engine.prefills[0]).reason == "shutdown"


async def test_what_failed_is_not_tried_at_every_key() -> None:
    class Failing(PrefillGate):
        async def before_answer(self, cancel: CancelToken) -> None:
            if self.requests[-1].priority is Priority.PREFILL:
                cancel.cancel("broken")  # as a runtime that gives it up

    engine = Failing()
    editor = await started(engine)
    editor.add_import()
    for ch in "abc":
        editor.type(ch)
        await editor.ask()
    assert len(engine.prefills) == 1


async def test_none_while_the_model_is_not_ready_or_typing_suggests_nothing() -> None:
    engine = PrefillGate()
    editor = await started(engine)
    engine.set_status(EngineStatus(EngineState.RESTARTING))
    editor.add_import()
    await editor.ask()
    assert not engine.prefills
    engine.set_status(EngineStatus(EngineState.READY))
    await editor.ask()
    assert len(engine.prefills) == 1

    by_hand = PrefillGate()
    editor = await started(by_hand, automatic=False)
    for _ in range(REANCHOR_LINES + 1):
        editor.type("x\n")
        await editor.ask()
    assert len(by_hand.requests) > REANCHOR_LINES and not by_hand.prefills


async def test_a_request_that_was_replaced_prepares_nothing() -> None:
    engine = GatedEngine("x")
    harness = Harness(engine)
    await harness.initialize()
    harness.open(CODE)
    editor = Editor(harness)
    harness.ask(1, 11)
    await engine.arrived()
    editor.add_import()
    second = harness.ask(2, 11)
    harness.ask(2, 11)
    await harness.answer(second)
    await editor.turn()
    assert [request.priority for request in engine.requests] == [Priority.INLINE] * len(engine.requests)


ABOVE = "".join(f"value_{n} = {n}\n" for n in range(200))
BELOW = "".join(f"print(value_{n})\n" for n in range(200))
TOP, PLACE = 100, 201  # lines


async def in_long_file(rate: float, line: int = PLACE, trigger: int = 2, **options: Any) -> Editor:
    """The cursor stands at the end of ``    return `` amid four hundred lines, and nothing was asked."""
    engine = PrefillGate(**options)
    engine.prefill_rate = rate
    harness = Harness(engine)
    await harness.initialize()
    harness.open(ABOVE + CODE + BELOW)
    editor = Editor(harness)
    editor.line, editor.trigger = line, trigger
    return editor


def shown(request: GenerateRequest) -> int:
    """Characters of the file around what was typed."""
    before, _, behind = symbolic(request.prompt).partition("⟨FIM_PREFIX⟩")[2].partition("⟨FIM_SUFFIX⟩")
    return len(before) + len(behind.partition("⟨FIM_MIDDLE⟩")[0])


@pytest.mark.parametrize(("rate", "most"), [(0.0, 400), (4_000.0, 400), (16_000.0, 1500)])
async def test_the_first_key_in_a_long_file_shows_little_and_the_whole_follows(rate: float, most: int) -> None:
    editor = await in_long_file(rate)
    engine = editor.harness.engine
    first = await editor.ask()
    assert most / 2 < shown(first) <= most
    (prefill,) = engine.prefills
    assert "value_0 = 0" in symbolic(prefill.prompt) and "print(value_199)" in symbolic(prefill.prompt)
    for typed in ("x", " + ", "1\n    "):
        editor.type(typed)
        request = await editor.ask()
        assert symbolic(request.prompt).startswith(symbolic(first.prompt))
    assert engine.prefills == [prefill]
    engine.release()
    await editor.turn()
    editor.type("y")
    assert (await editor.ask()).prompt == (*prefill.prompt, Text("    return x + 1\n    y"))
    assert engine.prefills == [prefill]
    assert await editor.status() == {"fixed": {"first": 1}, "adopted": {"quick": 1}, "prefilled": 1}


@pytest.mark.parametrize("options", [{"rate": 1e6}, {"rate": 4_000.0, "trigger": 1}])
async def test_all_at_once_on_a_fast_machine_and_for_who_asks_by_hand(options: dict[str, Any]) -> None:
    editor = await in_long_file(**options)
    request = await editor.ask()
    assert "value_0 = 0" in symbolic(request.prompt) and "print(value_199)" in symbolic(request.prompt)
    assert not editor.harness.engine.prefills


async def test_who_asks_by_hand_does_not_wait_for_the_whole_to_be_prepared() -> None:
    editor = await in_long_file(4_000.0)
    engine = editor.harness.engine
    await editor.ask()
    (prefill,) = engine.prefills
    editor.type("x")
    editor.trigger = 1
    assert (await editor.ask()).prompt == (*prefill.prompt, Text("    return x"))
    assert engine.cancel_of(prefill).cancelled and engine.prefills == [prefill]
    assert (await editor.status())["fixed"] == {"first": 1, "quick": 1}


async def test_a_jump_while_the_whole_is_prepared_supersedes_it_and_coming_back_finds_a_whole_one() -> None:
    editor = await in_long_file(4_000.0)
    engine = editor.harness.engine
    await editor.ask()
    editor.line = TOP
    jumped = await editor.ask()
    first, second = engine.prefills
    assert shown(jumped) <= 400
    assert engine.cancel_of(first).reason == "superseded" and not engine.cancel_of(second).cancelled
    engine.release()
    await editor.turn()
    await editor.ask()
    editor.line = PLACE
    assert shown(await editor.ask()) <= 400
    editor.line = TOP
    assert symbolic((await editor.ask()).prompt).startswith(symbolic(second.prompt))
    assert (await editor.status())["fixed"] == {"first": 1, "jump": 2, "back": 1}
