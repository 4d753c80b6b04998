"""The model's vocabulary: text to ids, ids to bytes, and the ids of the control tokens by their roles."""

import ctypes
from collections import OrderedDict

from llama_cpp import llama_cpp as binding

from foretoken.runtime.control_tokens import Control, ControlToken, ControlTokens
from foretoken.text.pieces import Special

_ROLES = {
    Special.FIM_PREFIX: binding.llama_vocab_fim_pre,
    Special.FIM_SUFFIX: binding.llama_vocab_fim_suf,
    Special.FIM_MIDDLE: binding.llama_vocab_fim_mid,
    Special.REPO_NAME: binding.llama_vocab_fim_rep,
    Special.FILE_SEP: binding.llama_vocab_fim_sep,
}
_INFILL = (Special.FIM_PREFIX, Special.FIM_SUFFIX, Special.FIM_MIDDLE)
# A prompt's texts are remembered as blocks and joined: some fifty of the largest prompts, about 25 MB with their ids.
REMEMBERED_CHARACTERS = 1 << 21
_WRITTEN_OUT = binding.LLAMA_TOKEN_ATTR_CONTROL | binding.LLAMA_TOKEN_ATTR_UNKNOWN
ENTRY_CHARACTERS = 64  # what remembering a text costs beside its characters, counted in them


class Vocabulary:
    """``pieces[id]`` are the token's bytes: empty for control tokens, which no text can produce.

    specials: the ids of those roles that this vocabulary has. ends: ids that end an answer, the end tokens and
    every control token with a role. controls: the control tokens that a ``Template`` may write out. ``tokenize`` is for
    one thread; ``count`` for any.
    """

    def __init__(self, pointer: ctypes.c_void_p) -> None:
        self.pointer = pointer
        self.n_tokens = int(binding.llama_vocab_n_tokens(pointer))
        self.specials = {role: found for role, lookup in _ROLES.items() if (found := lookup(pointer)) >= 0}
        self.fim = all(role in self.specials for role in _INFILL)
        ends = {i for i in range(self.n_tokens) if binding.llama_vocab_is_eog(pointer, i)}
        pad = binding.llama_vocab_fim_pad(pointer)
        self.ends = frozenset(ends | set(self.specials.values()) | ({pad} if pad >= 0 else set()))
        self.bos = binding.llama_vocab_bos(pointer) if binding.llama_vocab_get_add_bos(pointer) else None
        self._piece_buffer = ctypes.create_string_buffer(256)
        self.pieces = [self._piece(token_id) for token_id in range(self.n_tokens)]
        # Only tokens without bytes of their own can be control tokens: asking for every attribute would take a while.
        nameless = [token_id for token_id, piece in enumerate(self.pieces) if not piece]
        self.controls = ControlTokens([token for token_id in nameless if (token := self._written_out(token_id))])
        self._remembered: OrderedDict[str, tuple[int, ...]] = OrderedDict()
        self._remembered_characters = 0

    def tokenize(self, text: str) -> tuple[int, ...]:
        """The ids of ``text``, special parsing off. Remembers the last texts: a prompt's long pieces rarely change."""
        ids = self._remembered.get(text)
        if ids is None:
            ids = self._remembered[text] = tuple(self._tokenize(text))
            self._remembered_characters += len(text) + ENTRY_CHARACTERS
            while self._remembered_characters > REMEMBERED_CHARACTERS:
                oldest, _ = self._remembered.popitem(last=False)
                self._remembered_characters -= len(oldest) + ENTRY_CHARACTERS
        else:
            self._remembered.move_to_end(text)
        return ids

    def count(self, text: str) -> int:
        return len(self._tokenize(text))

    def text_of(self, token_id: int) -> str:
        """The token's text as the vocabulary has it; of a control token that is how a template writes it out."""
        return (binding.llama_vocab_get_text(self.pointer, token_id) or b"").decode("utf-8", "replace")

    @property
    def bos_text(self) -> str:
        """How a template writes the token that begins a text; "" when there is none."""
        return self._text_if_any(binding.llama_vocab_bos(self.pointer))

    @property
    def eos_text(self) -> str:
        return self._text_if_any(binding.llama_vocab_eos(self.pointer))

    def _tokenize(self, text: str) -> ctypes.Array[ctypes.c_int32] | list[int]:
        # Lone surrogates have no UTF-8 form; they become "?".
        data = text.encode("utf-8", "replace")
        if not data:
            return []
        capacity = len(data) + 8  # a token stands for at least one byte
        ids = (ctypes.c_int32 * capacity)()
        count = binding.llama_tokenize(self.pointer, data, len(data), ids, capacity, False, False)
        if count < 0:  # a vocabulary that normalizes text may need more
            capacity = -count
            ids = (ctypes.c_int32 * capacity)()
            count = binding.llama_tokenize(self.pointer, data, len(data), ids, capacity, False, False)
        return ids[: max(count, 0)]

    def _text_if_any(self, token_id: int) -> str:
        return self.text_of(token_id) if token_id >= 0 else ""

    def _written_out(self, token_id: int) -> ControlToken | None:
        attributes = int(binding.llama_vocab_get_attr(self.pointer, token_id))
        if not attributes & _WRITTEN_OUT:
            return None
        control = Control(
            token_id,
            bool(attributes & binding.LLAMA_TOKEN_ATTR_LSTRIP),
            bool(attributes & binding.LLAMA_TOKEN_ATTR_RSTRIP),
        )
        return ControlToken(self.text_of(token_id), control)

    def _piece(self, token_id: int) -> bytes:
        if binding.llama_vocab_is_control(self.pointer, token_id):
            return b""
        size = binding.llama_token_to_piece(
            self.pointer, token_id, self._piece_buffer, len(self._piece_buffer), 0, False
        )
        if size < 0:
            self._piece_buffer = ctypes.create_string_buffer(-size)
            size = binding.llama_token_to_piece(self.pointer, token_id, self._piece_buffer, -size, 0, False)
        return self._piece_buffer.raw[:size]
