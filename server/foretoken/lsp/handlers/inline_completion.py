"""textDocument/inlineCompletion"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from lsprotocol import types

from foretoken.features.inline_completion import inline_completion as suggest
from foretoken.features.quick_window import quick_room
from foretoken.lsp.errors import InvalidParams
from foretoken.lsp.from_proto import position
from foretoken.lsp.reanchoring import reanchor
from foretoken.lsp.to_proto import inline_completions
from foretoken.lsp.until_cancelled import until_cancelled
from foretoken.postprocess.suggestion import Reason, Refusal, Suggestion
from foretoken.session.counters import LastAnswer
from foretoken.session.documents import OutOfSync, UnknownDocument
from foretoken.session.snapshot import Snapshot
from foretoken.text.cancel import Cancelled, CancelToken
from foretoken.text.document import Document
from foretoken.text.position import PositionEncoding

if TYPE_CHECKING:
    from foretoken.lsp.server import ForetokenServer


def inline_completion(
    server: "ForetokenServer", params: types.InlineCompletionParams, cancel: CancelToken
) -> types.InlineCompletionList | Awaitable[types.InlineCompletionList]:
    """A newer request for the same document replaces the older one, which is answered with nothing at once: Neovim
    does not cancel what it no longer wants.
    """
    session, uri = server.session, params.text_document.uri
    automatic = params.context.trigger_kind is types.InlineCompletionTriggerKind.Automatic
    session.counters.requests += 1
    try:
        # Who asks by hand waits for the best answer; who types, for the next one.
        room = quick_room(server.engine.prefill_rate, server.engine.info) if automatic else None
        snapshot = session.snapshot(
            uri, position(params.position), automatic, room, background=not server.background_paused
        )
    except UnknownDocument as error:
        raise InvalidParams(f"Invalid parameters: {error}") from None
    except OutOfSync as error:
        session.counters.answered(LastAnswer(Reason.OUT_OF_SYNC.name, str(error)))
        return types.InlineCompletionList(items=[])
    session.begin(uri, cancel)
    return _answer(server, snapshot, params.context.selected_completion_info, cancel)


async def _answer(
    server: "ForetokenServer",
    snapshot: Snapshot,
    selected: types.SelectedCompletionInfo | None,
    cancel: CancelToken,
) -> types.InlineCompletionList:
    session = server.session
    encoding = session.documents.encoding
    suggestion: Suggestion | None = None
    try:
        answer = await until_cancelled(suggest(snapshot, server.engine, cancel), cancel)
        outcome = answer.outcome
        if isinstance(outcome, Suggestion) and selected is not None:
            outcome = _extend(snapshot.document, outcome, selected, encoding)
        if isinstance(outcome, Suggestion):
            suggestion, reason, detail = outcome, None, ""
        elif isinstance(outcome, Refusal):
            reason, detail = outcome.reason.name, outcome.detail or outcome.reason.value
        else:
            reason, detail = Reason.OTHER_SELECTION.name, Reason.OTHER_SELECTION.value
        session.counters.answered(LastAnswer(reason, detail, answer.timings, answer.total_ms))
        _after_answer(lambda: server.spawn(reanchor(server, snapshot)))
    except Cancelled:
        given_up = Reason.SUPERSEDED if cancel.reason == "superseded" else Reason.CANCELLED
        session.counters.answered(LastAnswer(given_up.name, given_up.value))
    finally:
        session.end(snapshot.document.uri, cancel)
    return inline_completions(snapshot.document, suggestion, encoding)


def _after_answer(call: Callable[[], None]) -> None:
    """Call it when the request that the present task works for was answered.

    The door's own callback sends the answer; it was added before the task began, and callbacks run in that order.
    """
    task = asyncio.current_task()
    assert task is not None, "a handler that awaits runs in a task of the door's"
    task.add_done_callback(lambda _: call())


def _extend(
    document: Document, suggestion: Suggestion, selected: types.SelectedCompletionInfo, encoding: PositionEncoding
) -> Suggestion | None:
    """The suggestion over the range of the completion that is selected in the editor's list; None if it says otherwise.

    The editor shows a suggestion beside its list only when it begins with the selected text.
    """
    start = document.lines.offset_at(position(selected.range.start), encoding)
    if start > suggestion.start:
        return None
    text = document.text[start : suggestion.start] + suggestion.text
    return replace(suggestion, text=text, start=start) if text.startswith(selected.text) else None
