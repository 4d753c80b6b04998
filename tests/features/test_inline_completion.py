"""The inline use case with a fake engine: gates, the request that is made, refusals, cancellation."""

import asyncio
from dataclasses import replace

from fakes import MODEL, FakeEngine, GatedEngine
from foretoken.features.gates import gate
from foretoken.features.inline_completion import inline_completion, stop_rule
from foretoken.postprocess.suggestion import Reason, Refusal, Suggestion
from foretoken.session.anchor import Anchor
from foretoken.session.settings import InlineSettings, Settings
from foretoken.session.snapshot import Snapshot
from foretoken.text.cancel import CancelToken
from foretoken.text.document import Document
from foretoken.text.generation import FinishReason, Stop
from foretoken.text.pieces import Special, Text, symbolic
from marked import snapshot

SOURCE = "def f(a):\n    return <CURSOR>\n"


async def ask(view: Snapshot, engine: FakeEngine) -> Suggestion | Refusal:
    return (await inline_completion(view, engine, CancelToken())).outcome


def with_inline(**values: object) -> Settings:
    return Settings(inline=InlineSettings(**values))


async def test_suggests_at_the_cursor() -> None:
    view = snapshot(SOURCE)
    outcome = await ask(view, FakeEngine("a + 1"))
    assert isinstance(outcome, Suggestion)
    assert (outcome.text, outcome.start, outcome.end) == ("a + 1", view.offset, view.offset)


async def test_what_is_asked() -> None:
    engine = FakeEngine("a + 1")
    settings = with_inline(max_tokens=33, min_probability=0.7)
    await ask(snapshot(SOURCE, settings=settings), engine)
    await ask(snapshot(SOURCE, settings=settings), engine)
    first, second = engine.requests
    assert (first.n_predict, first.min_probability, first.heal) == (33, 0.7, True)
    assert first.cancel_id != second.cancel_id
    assert Special.FIM_MIDDLE in first.prompt


async def test_the_prompt_keeps_to_what_the_model_was_trained_on() -> None:
    long = "\n".join(f"value_{n} = {n}" for n in range(2000)) + "\n<CURSOR>"
    wide, narrow = FakeEngine("x"), FakeEngine("x", info=replace(MODEL, n_prompt=200))
    await ask(snapshot(long), wide)
    await ask(snapshot(long), narrow)
    size = [sum(len(getattr(p, "text", "")) for p in engine.requests[0].prompt) for engine in (wide, narrow)]
    assert size[1] < 1000 < size[0]


async def test_a_line_that_is_too_long_is_named() -> None:
    engine = FakeEngine("never", info=replace(MODEL, n_prompt=200))
    outcome = await ask(snapshot("x" * 5000 + "<CURSOR>"), engine)
    assert isinstance(outcome, Refusal) and outcome.reason is Reason.LINE_TOO_LONG
    assert not engine.requests


async def test_more_tokens_than_the_window_holds_still_leave_room_for_the_prompt() -> None:
    engine = FakeEngine("abc", info=replace(MODEL, n_ctx=512))
    assert isinstance(await ask(snapshot(SOURCE, settings=with_inline(max_tokens=2048)), engine), Suggestion)
    assert engine.requests[0].n_predict == 256


async def test_an_anchor_too_far_back_for_the_model_is_fixed_anew() -> None:
    engine = FakeEngine("abc", info=replace(MODEL, n_prompt=200))
    text = "value = compute(1)\n" * 40
    await ask(snapshot(text + "x = <CURSOR>", anchor=Anchor(0, len(text) + 4, "", "")), engine)
    assert engine.requests[0].prompt[-1] == Text("x = ")


async def test_a_quick_one_too_far_back_is_quick_again() -> None:
    engine = FakeEngine("abc", info=replace(MODEL, n_prompt=400))
    above, typed = "value = compute(1)\n" * 40, "other = compute(2)\n" * 40
    anchor = Anchor(len(above), len(above + typed) + 4, above, "", room=200)
    await ask(snapshot(above + typed + "x = <CURSOR>", anchor=anchor), engine)
    before = symbolic(engine.requests[0].prompt).partition("⟨FIM_PREFIX⟩")[2].partition("⟨FIM_SUFFIX⟩")[0]
    assert 100 < len(before) <= 200 and before.endswith("other = compute(2)\n")


async def test_gates_that_need_no_model() -> None:
    engine = FakeEngine("never")
    for reason, view in {
        Reason.DISABLED: snapshot(SOURCE, settings=with_inline(enabled=False)),
        Reason.NOT_AUTOMATIC: snapshot(SOURCE, settings=with_inline(automatic=False)),
        Reason.LANGUAGE_DISABLED: snapshot(SOURCE, settings=with_inline(disabled_languages=("python",))),
        Reason.MID_WORD: snapshot("ret<CURSOR>urn"),
        Reason.INSIDE_SECRET: snapshot("password = 'q8Zr!t<CURSOR>'\n"),
    }.items():
        outcome = await ask(view, engine)
        assert isinstance(outcome, Refusal) and outcome.reason is reason
    assert not engine.requests


async def test_nothing_of_a_file_that_holds_secrets_is_shown_to_a_model() -> None:
    engine = FakeEngine("never")
    for view in (
        snapshot("MAIL=<CURSOR>\n", path=".env"),
        snapshot("MAIL=<CURSOR>\n", path="deploy/.env", automatic=False, language_id="dotenv"),
        # The folder of a file that lies in no workspace folder is known by its address alone.
        single_file("file:///home/me/.aws/credentials", "credentials"),
        single_file("file:///home/me/.ssh/my%20key", "my key"),
        single_file("file:///C%3A/Users/me/.kube/config", "config"),
        single_file("untitled:.env", ".env"),
    ):
        assert await ask(view, engine) == Refusal(Reason.SECRET_FILE)
    assert not engine.requests
    # What the workspace lies in, and is called, says nothing of its files.
    inside = Document.of("file:///w/secrets/a.yml", "yaml", 1, "a\n")
    for view in (
        snapshot(SOURCE, path="env.py"),
        replace(snapshot("a<CURSOR>\n", repo_name="secrets"), document=inside),
    ):
        assert gate(view, MODEL) is None


def single_file(uri: str, name: str) -> Snapshot:
    return replace(snapshot("a<CURSOR>\n", repo_name="", path=name), document=Document.of(uri, "plaintext", 1, "a\n"))


async def test_asking_explicitly_passes_the_gates_for_typing() -> None:
    settings = with_inline(automatic=False)
    assert isinstance(await ask(snapshot(SOURCE, settings=settings, automatic=False), FakeEngine("abc")), Suggestion)
    assert isinstance(await ask(snapshot("ret<CURSOR>urn", automatic=False), FakeEngine("abc")), Suggestion)


async def test_a_language_that_the_model_does_not_know_is_named() -> None:
    engine = FakeEngine("never", info=replace(MODEL, name="Tiny", languages=("python",)))
    outcome = await ask(snapshot(SOURCE, language_id="rust"), engine)
    assert outcome == Refusal(Reason.UNKNOWN_LANGUAGE, "Tiny knows only Python, this is Rust")
    assert not engine.requests


async def test_a_model_without_infill_tokens() -> None:
    outcome = await ask(snapshot(SOURCE), FakeEngine("never", info=replace(MODEL, fim=False)))
    assert isinstance(outcome, Refusal) and outcome.reason is Reason.NO_INFILL


async def test_a_missing_model_is_a_refusal_with_its_message() -> None:
    outcome = await ask(snapshot(SOURCE), FakeEngine(error="the model file is gone"))
    assert outcome == Refusal(Reason.ENGINE_UNAVAILABLE, "the model file is gone")


async def test_cancelled_while_generating() -> None:
    engine = GatedEngine("a + 1")
    cancel = CancelToken()
    answer = asyncio.ensure_future(inline_completion(snapshot(SOURCE), engine, cancel))
    await engine.arrived()
    cancel.cancel("superseded")
    outcome = (await answer).outcome
    assert isinstance(outcome, Refusal) and outcome.reason is Reason.SUPERSEDED


async def test_nothing_generated() -> None:
    outcome = await ask(snapshot(SOURCE), FakeEngine("", finish=FinishReason.END))
    assert isinstance(outcome, Refusal) and outcome.reason is Reason.EMPTY


def test_stop_rule() -> None:
    lines = Settings().inline.max_lines
    assert stop_rule(snapshot("foo(<CURSOR>)\n")) == Stop(max_lines=1)
    assert stop_rule(snapshot("    def f(self):<CURSOR>\n")) == Stop(lines, min_indent=5)
    assert stop_rule(snapshot("def f():\n    <CURSOR>\n")) == Stop(lines, min_indent=4)


async def test_nothing_is_asked_inside_a_secret_or_directly_behind_one() -> None:
    """The prompt has a placeholder there. Behind the closing quote all is as everywhere."""
    value = "gh" + "p_" + "a1B2c3D4" * 4 + "e5F6"
    line = f"token = '{value}'"
    for offset in range(line.index(value) + 1, len(line)):
        engine = FakeEngine("never")
        outcome = await ask(snapshot(f"{line[:offset]}<CURSOR>{line[offset:]}\n", automatic=False), engine)
        assert outcome == Refusal(Reason.INSIDE_SECRET) and not engine.requests
    engine = FakeEngine(".strip()")
    assert isinstance(await ask(snapshot(f"{line}<CURSOR>\n"), engine), Suggestion)
    assert symbolic(engine.requests[0].prompt).endswith("token = 'SECRET_GITHUB_TOKEN_1'")


async def test_a_placeholder_does_not_come_back_as_a_suggestion() -> None:
    value = "gh" + "p_" + "a1B2c3D4" * 4 + "e5F6"
    outcome = await ask(snapshot(f"token = '{value}'\nother = <CURSOR>\n"), FakeEngine("'SECRET_GITHUB_TOKEN_1'"))
    assert isinstance(outcome, Refusal) and outcome.reason is Reason.SECRET
