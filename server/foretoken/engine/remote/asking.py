"""One request to the other server, from its pieces to the chunks of its answer."""

import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from foretoken.engine.engine import EngineUnavailable
from foretoken.engine.remote.body import body_of_ids, body_of_texts
from foretoken.engine.remote.capabilities import Capabilities
from foretoken.engine.remote.chunks import Chunk, chunk_of
from foretoken.engine.remote.connection import Connection, lines
from foretoken.engine.remote.fitting import fitted
from foretoken.engine.remote.parts import arranged, take_apart, text_of
from foretoken.engine.remote.tokenizer import Tokenizer
from foretoken.text.cancel import CancelToken
from foretoken.text.generation import GenerateRequest, Timings
from foretoken.text.pieces import Special, Template, Text

CHARS_PER_TOKEN = 3.0  # low on purpose, as for prompts: where the server does not tokenize, too much must not be sent
_BORDER = (Special.FIM_SUFFIX,)


@dataclass(frozen=True, slots=True)
class Written:
    """body: for the server. dropped_n: tokens of the prompt that were left out. healed: the end of what was typed, which
    the answer says again."""

    body: Mapping[str, object]
    dropped_n: int
    healed: str = ""


async def written(
    request: GenerateRequest,
    capabilities: Capabilities,
    tokenizer: Tokenizer,
    chars_per_token: float = CHARS_PER_TOKEN,
) -> Written:
    """The request as the server gets it.

    chars_per_token: of a server that does not tokenize.

    Raises ServerLost, ServerRefused, or EngineUnavailable for what cannot be asked there.
    """
    if any(isinstance(piece, Template) for piece in request.prompt):
        raise EngineUnavailable(
            "A chat's prompt is written for the built-in engine's model, and no other server gets it."
        )
    room = capabilities.n_ctx - max(request.n_predict, request.n_reserve, 1) - len(capabilities.bos)
    parts = take_apart(request.prompt)
    if capabilities.tokenizes:

        async def count(text: str) -> int:
            return len(await tokenizer.plain(text))

        healed = ""
        if _heals(request, capabilities) and parts.typed:
            healed = await tokenizer.last_piece(text_of(parts.typed))
        pieces = arranged(parts, capabilities.layout, capabilities.token_ids)
        pieces, dropped = await fitted(pieces, room, count)
        token_ids = list(capabilities.bos)
        for piece in pieces:
            token_ids += (
                await tokenizer.plain(piece.text) if isinstance(piece, Text) else (capabilities.token_ids[piece],)
            )
        if healed:
            token_ids.pop()
        return Written(body_of_ids(request, capabilities, token_ids, healed), dropped, healed)

    async def estimate(text: str) -> int:
        return int(len(text) / chars_per_token) + 1

    # Only what goes to the server is measured, and by where it goes; the header has no place there.
    separated = (*parts.prefix, *parts.typed, *_BORDER, *parts.suffix)
    pieces, dropped = await fitted(separated, room, estimate)
    border = pieces.index(_BORDER[0])
    return Written(body_of_texts(request, capabilities, text_of(pieces[:border]), text_of(pieces[border:])), dropped)


def _heals(request: GenerateRequest, capabilities: Capabilities) -> bool:
    """A constraint speaks of the answer alone, so the answer must not begin inside a typed token."""
    wanted = request.heal and request.n_predict > 0 and request.constraint is None
    return wanted and capabilities.heals and capabilities.layout[-1:] == ("typed",)


async def answered(
    connection: Connection, capabilities: Capabilities, body: Mapping[str, object], cancel: CancelToken
) -> AsyncIterator[Chunk]:
    """The answer as it comes. Raises ServerLost, also when it ends before its end, or ServerRefused."""
    timings = Timings()
    async with (
        connection.stream(capabilities.way.path, body, cancel) as response,
        contextlib.aclosing(lines(response)) as events,
    ):
        async for event in events:
            chunk = chunk_of(event, timings)
            timings = chunk.timings or timings
            yield chunk
