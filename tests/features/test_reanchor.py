"""When a fresh anchor is prepared, and what is asked of the model for it."""

from dataclasses import replace

import pytest

from fakes import MODEL, FakeEngine
from foretoken.features.inline_completion import infill_prompt, max_tokens
from foretoken.features.reanchor import fresh_anchor, prefill, prefill_request
from foretoken.session.anchor import REANCHOR_LINES, Anchor, Cause, fix_anchor
from foretoken.session.settings import InlineSettings, Settings
from foretoken.session.snapshot import Snapshot
from foretoken.text.cancel import CancelToken
from foretoken.text.generation import FinishReason, ModelInfo, Priority, Timings
from foretoken.text.pieces import Special, Text
from marked import cursor, snapshot

SMALL = replace(MODEL, n_prompt=448)


def long_middle(lines: int = REANCHOR_LINES, line: str = "    x = 1\n", **options: object) -> Snapshot:
    """Lines that were typed since the anchor was fixed."""
    marked = "def f():\n" + line * lines + "    y = <CURSOR>\n\nf()\n"
    text, offset = cursor(marked)
    return snapshot(marked, anchor=Anchor(9, offset, text[:9], text[offset:]), **options)


def stale(**options: object) -> Snapshot:
    """An import was added at the top since the anchor was fixed."""
    text, offset = cursor("import b\ndef f():\n    y = <CURSOR>\n")
    anchor = Anchor(18, offset, "def f():\n", text[offset:], drift=9)
    return snapshot("import b\ndef f():\n    y = <CURSOR>\n", anchor=anchor, **options)


def at_line(view: Snapshot) -> Anchor:
    return fix_anchor(view.document.text, view.offset)


def test_a_fresh_anchor_at_the_cursors_line() -> None:
    for view, cause in ((long_middle(), Cause.LONG), (stale(), Cause.STALE)):
        assert fresh_anchor(view, MODEL) == (at_line(view), cause)


def test_none_while_the_old_one_is_good() -> None:
    assert fresh_anchor(snapshot("def f():\n    return <CURSOR>\n"), MODEL) is None
    assert fresh_anchor(long_middle(REANCHOR_LINES - 2), MODEL) is None


def test_sooner_in_a_small_window() -> None:
    """Before what was typed fills its room, where the window would move under a key."""
    view = long_middle(3, "    value = " + "1" * 80 + "\n")
    assert fresh_anchor(view, MODEL) is None
    assert fresh_anchor(view, SMALL) == (at_line(view), Cause.LONG)


@pytest.mark.parametrize(
    ("options", "model"),
    [
        ({"settings": Settings(inline=InlineSettings(enabled=False))}, MODEL),
        ({"settings": Settings(inline=InlineSettings(automatic=False)), "automatic": False}, MODEL),
        ({"settings": Settings(inline=InlineSettings(disabled_languages=("python",)))}, MODEL),
        ({"path": "deploy/.env"}, MODEL),
        ({"language_id": "rust"}, replace(MODEL, languages=("python",))),
        ({}, replace(MODEL, fim=False)),
    ],
)
def test_none_where_nothing_is_suggested_while_typing(options: dict[str, object], model: ModelInfo) -> None:
    assert fresh_anchor(stale(**options), model) is None


async def test_nothing_of_a_file_that_holds_secrets_is_prepared() -> None:
    view, engine = stale(path=".env"), FakeEngine("x")
    assert prefill_request(view, at_line(view), MODEL) is None
    assert await prefill(view, at_line(view), engine, CancelToken()) is None
    assert not engine.requests


@pytest.mark.parametrize("model", [MODEL, SMALL])
def test_the_request_is_the_next_keys_prompt_without_what_was_typed(model: ModelInfo) -> None:
    view = long_middle()
    request = prefill_request(view, at_line(view), model)
    assert request is not None and request.prompt[-1] is Special.FIM_MIDDLE
    assert (request.n_predict, request.heal, request.priority) == (0, False, Priority.PREFILL)
    assert request.n_reserve == max_tokens(view, model)
    adopted = replace(view, anchor=at_line(view))
    assert infill_prompt(adopted, model) == (*request.prompt, Text("    y = "))


def test_requests_have_names_of_their_own() -> None:
    view = stale()
    one, other = (prefill_request(view, at_line(view), MODEL) for _ in range(2))
    assert one is not None and other is not None and one.cancel_id != other.cancel_id


async def test_nothing_is_asked_for_a_line_that_is_too_long() -> None:
    engine = FakeEngine(info=replace(MODEL, n_prompt=200))
    view = snapshot("x" * 5000 + "<CURSOR>")
    assert await prefill(view, at_line(view), engine, CancelToken()) is None
    assert not engine.requests


async def test_done_only_when_it_was_evaluated() -> None:
    view = stale()
    done = await prefill(view, at_line(view), FakeEngine(finish=FinishReason.LENGTH), CancelToken())
    assert isinstance(done, Timings) and done.prompt_n == 1
    cancelled = CancelToken()
    cancelled.cancel("superseded")
    assert await prefill(view, at_line(view), FakeEngine(), cancelled) is None
    assert await prefill(view, at_line(view), FakeEngine(error="the model is gone"), CancelToken()) is None


LONG_FILE = "".join(f"value_{n} = {n}\n" for n in range(300)) + "<CURSOR>\n" + "print(value_1)\n" * 300


def test_the_whole_one_for_a_quick_one_that_shows_less() -> None:
    text, offset = cursor(LONG_FILE)
    view = snapshot(LONG_FILE, anchor=fix_anchor(text, offset, room=300))
    assert fresh_anchor(view, MODEL) == (fix_anchor(text, offset), Cause.QUICK)
    assert fresh_anchor(view, replace(MODEL, n_prompt=64)) is None  # this model takes no more
    short = replace(view, anchor=replace(view.anchor, room=len(text)))
    assert fresh_anchor(short, MODEL) is None
    assert fresh_anchor(replace(view, settings=Settings(inline=InlineSettings(automatic=False))), MODEL) is None
