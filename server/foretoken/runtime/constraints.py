"""Constrained decoding: which tokens may come next so that the answer matches a grammar, by llguidance.

llguidance walks the grammar over the vocabulary's bytes (github.com/guidance-ai/llguidance, docs/optimizations.md).
Here stand what a model's vocabulary needs for it, the compiled grammars, and the state of one answer.
"""

import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from llguidance import LLMatcher, LLParserLimits, LLTokenizer, regex_to_lark

from foretoken.runtime.vocabulary import Vocabulary
from foretoken.text.generation import Constraint, Grammar, InvalidConstraint

REMEMBERED = 16
# Longer texts are refused: llguidance compiles recursively, and a stack that runs over ends the process.
MAX_BYTES = 1 << 16
STACK_BYTES = 256 << 20  # reserved, not used: chains of rules as long as MAX_BYTES allows need some 64 MB
MESSAGE = 500
# A state takes one or two kB and lives as long as the compiled grammar; fuel and items bound one step to about 15 ms.
LIMITS = LLParserLimits(max_lexer_states=20_000, max_grammar_size=100_000, verbose_errors=False)
# Without it llguidance allows, of forced text, nothing but the tokenization that it would choose itself. The model
# chooses, so that a mask and the check of a single token agree. It stands last because the last word counts.
NO_FORCING = '\n%llguidance {"no_forcing": true}\n'
_WORDS = r"[^\x00-\x1F!-/:-@\x5B-\x5E\x60\x7B-\x7F]"  # no ASCII punctuation
_STRING = r'[^"\\\x00-\x1F\x7F]'
# Tokens that a part of a grammar allows or forbids as one; the first that matches has the token. Grammars of code forbid
# punctuation of all kinds: with the words in front, a mask over a bounded run took a fifth of the time.
SLICES = [r"[ \n\r\t]+", _WORDS + "{1,10}", _WORDS + "{1,30}", _WORDS + "+", _STRING + "+"]
# The eight addends of a mask's byte: 0 where the bit is set (the lowest bit first), minus infinity where it is not.
_ADDENDS = np.where(
    np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1, bitorder="little"),
    np.float32(0),
    np.float32(-np.inf),
)


@dataclass(frozen=True, slots=True)
class Masks:
    """What the matchers of one vocabulary share: one thread, so the buffers are one matcher's at a time.

    text: which ids are text. words: a mask as 32-bit words; text_words, end_words: the masks of text and of ends.
    addends: shape (4 * words, 8), float32, what ``masked`` computes in.
    """

    ends: frozenset[int]
    text: Sequence[bool]
    words: np.ndarray
    text_words: np.ndarray
    end_words: np.ndarray
    addends: np.ndarray


class Constraints:
    """One model's compiled grammars. For one thread.

    The vocabulary is read at the first use: 0.8 s for 248,000 tokens, 10 ms for 4,000.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._compiled: OrderedDict[Constraint, LLMatcher] = OrderedDict()
        self._tokenizer: LLTokenizer | None = None
        self._masks: Masks | None = None

    def start(self, constraint: Constraint) -> "Matcher":
        """A matcher before its first token. Raises InvalidConstraint; the message is llguidance's."""
        compiled = self._compiled.get(constraint)
        if compiled is None:
            compiled = self._compile(constraint)
            self._compiled[constraint] = compiled
            if len(self._compiled) > REMEMBERED:
                self._compiled.popitem(last=False)
        self._compiled.move_to_end(constraint)
        # A copy shares the lexer's states; one that used them up leaves nothing for the next copy.
        return Matcher(compiled.deep_copy(), self._masks, lambda: self._compiled.pop(constraint, None))

    def _compile(self, constraint: Constraint) -> LLMatcher:
        grammar = lark(constraint)
        if self._tokenizer is None:
            self._prepare()
        compiled = _on_large_stack(lambda: LLMatcher(self._tokenizer, grammar, log_level=0, limits=LIMITS))
        if compiled.is_error():
            raise InvalidConstraint(_message(compiled))
        return compiled

    def _prepare(self) -> None:
        ends = self._vocabulary.ends
        # An end token's bytes are no text: the answer would end where the grammar goes on. Nor is 0xff in UTF-8, and
        # llguidance takes a token that begins with it for a control token.
        pieces = [
            b"" if token_id in ends or piece[:1] == b"\xff" else piece
            for token_id, piece in enumerate(self._vocabulary.pieces)
        ]
        self._tokenizer = LLTokenizer(_Tokenizer(self._vocabulary, pieces), slices=SLICES)
        text = [bool(piece) for piece in pieces]
        size = -(-self._tokenizer.vocab_size // 32)
        words = np.zeros(size, np.uint32)
        end_words = _words([token_id in ends for token_id in range(len(pieces))], size)
        addends = np.empty((4 * size, 8), np.float32)
        self._masks = Masks(ends, text, words, _words(text, size), end_words, addends)


class Matcher:
    """How far one answer has come in its grammar. For one thread, and its masks last until another one's.

    No control token is ever allowed but the ends: any of them, exactly where the grammar may end. Every method raises
    InvalidConstraint once the grammar has proved too costly.
    """

    __slots__ = ("_matcher", "_masks", "_failed", "_count", "_ended")

    def __init__(self, matcher: LLMatcher, masks: Masks, failed: Callable[[], object]) -> None:
        self._matcher = matcher
        self._masks = masks
        self._failed = failed
        self._count = 0
        self._ended = False

    @property
    def may_end(self) -> bool:
        """What stands so far is a whole answer."""
        return not self._ended and self._matcher.is_accepting()

    @property
    def finished(self) -> bool:
        """The answer is whole, and nothing may follow but an end token; or an end token came."""
        return self._ended or (self._matcher.is_stopped() and self._matcher.is_accepting())

    def allows(self, token_id: int) -> bool:
        if self._ended:
            return False
        if token_id in self._masks.ends:
            return self._matcher.is_accepting()
        if not self._masks.text[token_id] or self._matcher.is_stopped():
            self._check()
            return False
        allowed = self._matcher.validate_tokens([token_id]) == 1
        if not allowed:
            self._check()
        return allowed

    def mask(self) -> np.ndarray:
        """The allowed ids as bits, lowest first: uint8, a byte for eight ids. A view that the next call overwrites."""
        words = self._masks.words
        if self._ended:
            words.fill(0)
            return words.view(np.uint8)
        self._matcher.unsafe_compute_mask_ptr(words.ctypes.data, words.nbytes)
        self._check()
        np.bitwise_and(words, self._masks.text_words, out=words)
        if self._matcher.is_accepting():
            np.bitwise_or(words, self._masks.end_words, out=words)
        elif not words.any():
            raise InvalidConstraint("No token of this model's vocabulary can go on with what the grammar asks for.")
        return words.view(np.uint8)

    def masked(self, logits: np.ndarray) -> np.ndarray:
        """``logits`` with minus infinity for every forbidden id. A view that the next call overwrites."""
        addends = self._masks.addends
        np.take(_ADDENDS, self.mask(), axis=0, out=addends, mode="clip")
        row = addends.ravel()[: len(logits)]
        return np.add(row, logits, out=row)

    def advance(self, token_id: int) -> None:
        """Take the token. Raises ValueError when it is forbidden, and nothing has changed then."""
        if self._ended or token_id in self._masks.ends:
            if not self.allows(token_id):
                raise ValueError(f"token {token_id} is forbidden here")
            self._ended = True
            return
        if not self._masks.text[token_id] or self._matcher.try_consume_tokens([token_id]) != 1:
            self._check()
            raise ValueError(f"token {token_id} is forbidden here")
        self._count += 1

    def forced(self) -> list[int]:
        """The ids of the text that alone can follow, as the vocabulary would write it; empty when there is a choice.

        The same bytes may be allowed in other tokens, so this is a guess at the next tokens, not what must come.
        """
        if self._ended or self._matcher.is_stopped():
            return []
        # Under no_forcing the bytes are looked for only when they are asked for.
        forced = self._matcher.compute_ff_tokens() if self._matcher.compute_ff_bytes() else []
        self._check()
        text = self._masks.text
        return forced[: next((n for n, token_id in enumerate(forced) if not text[token_id]), len(forced))]

    def rollback(self, n_tokens: int) -> None:
        """Take back the last tokens, the end token among them. Raises ValueError when there were not so many."""
        if not 0 <= n_tokens <= self._count + self._ended:
            raise ValueError(f"{n_tokens} tokens to take back of {self._count + self._ended}")
        if n_tokens and self._ended:
            self._ended = False
            n_tokens -= 1
        if n_tokens:
            self._matcher.rollback(n_tokens)
            self._check()
            self._count -= n_tokens

    def _check(self) -> None:
        if self._matcher.is_error():
            self._failed()
            raise InvalidConstraint(_message(self._matcher))


class _Tokenizer:
    """The vocabulary as llguidance wants it. Its own tokens come from the bytes; the call serves ``forced``."""

    is_tokenizer_wrapper = True
    bos_token_id = None
    special_token_ids: tuple[int, ...] = ()

    def __init__(self, vocabulary: Vocabulary, pieces: list[bytes]) -> None:
        self.eos_token_id = min(vocabulary.ends, default=None)
        self.tokens = pieces
        self._tokenize = vocabulary.tokenize
        self._ids = {piece: token_id for token_id, piece in enumerate(pieces) if piece}
        self._longest = max(map(len, self._ids), default=0)

    def __call__(self, text: str) -> list[int]:
        data = text.encode()
        ids = list(self._tokenize(text))
        if b"".join(self.tokens[token_id] for token_id in ids) == data:
            return ids
        # A vocabulary that puts a blank in front of a text, or has an end token for it: the longest token each time.
        ids, at = [], 0
        while at < len(data):
            ends = range(min(at + self._longest, len(data)), at, -1)
            end = next((end for end in ends if data[at:end] in self._ids), None)
            if end is None:
                break
            ids.append(self._ids[data[at:end]])
            at = end
        return ids


def lark(constraint: Constraint) -> str:
    """What llguidance compiles, as JSON around Lark. Raises InvalidConstraint when the text is not even JSON."""
    text = constraint.text
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        raise InvalidConstraint("The grammar has lone surrogates, which no text holds.") from error
    if size > MAX_BYTES:
        raise InvalidConstraint(f"A grammar may have {MAX_BYTES} bytes at most; this one has {size}.")
    if constraint.grammar is Grammar.JSON_SCHEMA:
        try:
            text = f"start: %json {json.dumps(json.loads(text))}"
        except (ValueError, RecursionError) as error:
            raise InvalidConstraint(f"The JSON schema is not JSON: {error}") from error
    elif constraint.grammar is Grammar.REGEX:
        text = f"start: /{regex_to_lark(text, '')}/"
    return json.dumps({"grammars": [{"lark_grammar": text + NO_FORCING}]})


def _on_large_stack(compute: Callable[[], LLMatcher]) -> LLMatcher:
    found: list[LLMatcher] = []
    thread = threading.Thread(target=lambda: found.append(compute()), name="grammar", daemon=True)
    before = threading.stack_size(STACK_BYTES)
    try:
        thread.start()
    finally:
        threading.stack_size(before)
    thread.join()
    return found[0]


def _words(flags: Sequence[bool], size: int) -> np.ndarray:
    """The flags as bits, lowest first, in ``size`` 32-bit words."""
    flat = np.zeros(size * 32, bool)
    flat[: len(flags)] = flags
    return np.packbits(flat, bitorder="little").view(np.uint32)


def _message(matcher: LLMatcher) -> str:
    """llguidance's message without the state and the stack that it adds."""
    message = matcher.get_error().split("\n<")[0].strip()
    return message if len(message) <= MESSAGE else message[:MESSAGE] + " ..."
