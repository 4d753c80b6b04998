"""The other server's tokenizer: texts to ids such that no text can inject a control token.

llama-server is told to take texts as plain text. vLLM cannot be told so, and a control token's text in a file would
become that token: what looks like one among the answer's tokens is cut in two and tokenized again, piece by piece. The
ids then stand for the same text.
"""

import re
from collections import OrderedDict

from foretoken.engine.remote.capabilities import Server
from foretoken.engine.remote.connection import Connection, ServerRefused

_CONTROL = re.compile(r"▁?<[^\s<>]+>|\[/?[A-Za-z_]+\]")
REMEMBERED_CHARACTERS = 1 << 21
ENTRY_CHARACTERS = 64  # what remembering a text costs beside its characters, counted in them


class Tokenizer:
    """For one server and model. guarded: the server makes control tokens of their texts, whatever it is told.

    All methods raise ServerLost or ServerRefused.
    """

    def __init__(self, connection: Connection, server: Server, model: str) -> None:
        self._connection = connection
        self._native = server is Server.LLAMA_SERVER
        self._model = model
        self.guarded = not self._native
        self._remembered: OrderedDict[str, tuple[int, ...]] = OrderedDict()
        self._characters = 0

    def forget(self) -> None:
        """Forget all texts: they were tokenized under another rule."""
        self._remembered.clear()
        self._characters = 0

    async def control(self, text: str) -> int | None:
        """The id of the control token whose text this is; None when it is not one token."""
        ids, _ = await self._ask(text, parse_special=True)
        return ids[0] if len(ids) == 1 else None

    async def beginning(self) -> tuple[int, ...]:
        """The ids that the model's prompts begin with."""
        bare, _ = await self._ask("a")
        whole, _ = await self._ask("a", add_special=True)
        for at in range(len(whole) - len(bare) + 1):
            if whole[at : at + len(bare)] == bare:
                return whole[:at]
        return ()

    async def plain(self, text: str) -> tuple[int, ...]:
        """The ids of ``text`` as plain text. Remembers the last texts: a prompt's long ones rarely change."""
        if not text:
            return ()
        ids = self._remembered.get(text)
        if ids is None:
            ids = await self._plain(text)
            self._remember(text, ids)
        else:
            self._remembered.move_to_end(text)
        return ids

    async def last_piece(self, text: str) -> str:
        """The text of the last token of ``text``; "" when the server does not say, or it is no whole characters."""
        if not text or self.guarded:
            return ""
        ids, pieces = await self._ask(text, with_pieces=True)
        self._remember(text, ids)
        return pieces[-1] if pieces else ""

    def _remember(self, text: str, ids: tuple[int, ...]) -> None:
        if text not in self._remembered:
            self._characters += len(text) + ENTRY_CHARACTERS
        self._remembered[text] = ids
        while self._characters > REMEMBERED_CHARACTERS:
            oldest, _ = self._remembered.popitem(last=False)
            self._characters -= len(oldest) + ENTRY_CHARACTERS

    async def _plain(self, text: str) -> tuple[int, ...]:
        ids, pieces = await self._ask(text, with_pieces=self.guarded)
        if not self.guarded:
            return ids
        found = _CONTROL.findall(text) if pieces is None else [p for p in pieces if _CONTROL.fullmatch(p) and p in text]
        if not found:
            return ids
        ids = ()
        for part in _cut(text, set(found)):
            ids += await self._plain(part)
        return ids

    async def _ask(
        self, text: str, parse_special: bool = False, add_special: bool = False, with_pieces: bool = False
    ) -> tuple[tuple[int, ...], list[str] | None]:
        """The ids, and the tokens' own texts where they were wanted and the server gives them."""
        text = text.encode("utf-8", "replace").decode()  # lone surrogates have no UTF-8 form; they become "?"
        if self._native:
            body: dict[str, object] = {
                "content": text,
                "add_special": add_special,
                "parse_special": parse_special,
                "with_pieces": with_pieces,
            }
        else:
            body = {
                "model": self._model,
                "prompt": text,
                "add_special_tokens": add_special,
                "return_token_strs": with_pieces,
            }
        answer = await self._connection.post("/tokenize", body)
        tokens = answer.get("tokens") if isinstance(answer, dict) else None
        if not isinstance(tokens, list):
            raise ServerRefused(502, "its /tokenize gives no tokens")
        if self._native and with_pieces:
            pairs = [token if isinstance(token, dict) else {"id": token} for token in tokens]
            tokens, pieces = [pair.get("id") for pair in pairs], [pair.get("piece") for pair in pairs]
        else:
            pieces = answer.get("token_strs")
        if not all(isinstance(token_id, int) for token_id in tokens):
            raise ServerRefused(502, "its /tokenize gives tokens that are no numbers")
        given = isinstance(pieces, list) and len(pieces) == len(tokens)
        return tuple(tokens), [piece if isinstance(piece, str) else "" for piece in pieces] if given else None


def _cut(text: str, controls: set[str]) -> list[str]:
    """``text`` in pieces of which none holds one of ``controls``, each of at least two characters."""
    pattern = re.compile("|".join(re.escape(control) for control in sorted(controls, key=len, reverse=True)))
    parts, start = [], 0
    for match in pattern.finditer(text):
        parts.append(text[start : match.start() + 1])
        start = match.start() + 1
    return [*parts, text[start:]]
