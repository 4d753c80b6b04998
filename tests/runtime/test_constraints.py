"""Grammars over the tiny model's vocabulary: what may come next, where an answer ends, and what is refused."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from foretoken.runtime.library import load_library

load_library()

from foretoken.runtime import constraints as constraints_module  # noqa: E402
from foretoken.runtime.constraints import Constraints, Matcher  # noqa: E402
from foretoken.runtime.model import load_model  # noqa: E402
from foretoken.runtime.vocabulary import Vocabulary  # noqa: E402
from foretoken.text.generation import Constraint, Grammar, InvalidConstraint  # noqa: E402
from model.make_gguf import SPECIALS  # noqa: E402

SCHEMA = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 8},
        "count": {"type": "integer", "minimum": -9, "maximum": 99},
        "tags": {"type": "array", "items": {"enum": ["é", "b\n", "c"]}, "maxItems": 3},
        "on": {"type": "boolean"},
    },
    "required": ["name", "count", "tags", "on"],
    "additionalProperties": False,
    "x-guidance": {"whitespace_flexible": False},
}


@pytest.fixture(scope="module")
def vocabulary(dense_gguf: Path) -> Iterator[Vocabulary]:
    model = load_model(dense_gguf, 0, lambda _done: True)
    yield model.vocabulary
    model.close()


@pytest.fixture(scope="module")
def constraints(vocabulary: Vocabulary) -> Constraints:
    return Constraints(vocabulary)


def lark(constraints: Constraints, text: str) -> Matcher:
    return constraints.start(Constraint(Grammar.LARK, text))


def in_mask(matcher: Matcher) -> set[int]:
    return set(np.flatnonzero(np.unpackbits(matcher.mask(), bitorder="little")).tolist())


def in_bytes(vocabulary: Vocabulary, text: str) -> list[int]:
    """One token for each byte."""
    return [vocabulary.pieces.index(bytes([byte])) for byte in text.encode()]


def follow(matcher: Matcher, token_ids: list[int]) -> None:
    for token_id in token_ids:
        assert matcher.allows(token_id)
        matcher.advance(token_id)


def test_every_way_to_write_the_text_is_allowed(vocabulary: Vocabulary, constraints: Constraints):
    matcher = lark(constraints, 'start: "self.name" | "return"')
    expected = {n for n, piece in enumerate(vocabulary.pieces) if piece and b"self.name".startswith(piece)}
    expected |= {n for n, piece in enumerate(vocabulary.pieces) if piece and b"return".startswith(piece)}
    assert len(expected) > 3
    assert in_mask(matcher) == expected
    assert {n for n in range(vocabulary.n_tokens) if matcher.allows(n)} == expected


def test_mask_and_check_agree_at_every_step(vocabulary: Vocabulary, constraints: Constraints):
    matcher = constraints.start(Constraint(Grammar.JSON_SCHEMA, json.dumps(SCHEMA)))
    random = np.random.default_rng(3)
    for _ in range(300):
        mask = in_mask(matcher)
        assert mask == {n for n in range(vocabulary.n_tokens) if matcher.allows(n)}
        if matcher.finished:
            break
        matcher.advance(int(random.choice(sorted(mask - vocabulary.ends))))
    assert matcher.finished


def test_a_masked_row_is_the_logits_where_the_mask_is_set(vocabulary: Vocabulary, constraints: Constraints):
    matcher = lark(constraints, "start: /[a-f]+/")
    logits = np.random.default_rng(0).normal(0, 3, vocabulary.n_tokens).astype(np.float32)
    logits.flags.writeable = False
    masked = matcher.masked(logits)
    allowed = sorted(in_mask(matcher))
    assert masked.shape == logits.shape
    assert (masked[allowed] == logits[allowed]).all()
    assert np.isneginf(np.delete(masked, allowed)).all()


def test_a_special_tokens_text_is_text(vocabulary: Vocabulary, constraints: Constraints):
    text = SPECIALS["fim_mid"] + SPECIALS["eos"]
    matcher = lark(constraints, f'start: "{text}"')
    special = {n for n, piece in enumerate(vocabulary.pieces) if not piece}
    while not matcher.finished:
        assert not in_mask(matcher) & special
        assert not any(matcher.allows(n) for n in special)
        matcher.advance(min(in_mask(matcher)))
    assert in_mask(matcher) == set(vocabulary.ends)


@pytest.mark.parametrize("reference", [SPECIALS["fim_mid"], "<[%d]>"])
def test_a_grammar_cannot_ask_for_a_control_token(vocabulary: Vocabulary, constraints: Constraints, reference: str):
    control = next(iter(vocabulary.ends))
    with pytest.raises(InvalidConstraint):
        matcher = lark(constraints, 'start: "a" ' + reference.replace("%d", str(control)))
        matcher.advance(*in_bytes(vocabulary, "a"))
        assert control not in matcher.forced()
        assert not matcher.allows(control)
        matcher.mask()


def test_a_character_may_be_split_over_byte_tokens(vocabulary: Vocabulary, constraints: Constraints):
    matcher = lark(constraints, 'start: "é😀"')
    first, *rest = in_bytes(vocabulary, "é😀")
    follow(matcher, [first])
    assert in_mask(matcher) == {rest[0]}
    assert not matcher.may_end
    follow(matcher, rest)
    assert matcher.finished


def test_ends_exactly_where_the_grammar_may_end(vocabulary: Vocabulary, constraints: Constraints):
    matcher = lark(constraints, "start: /a+b?/")
    assert not in_mask(matcher) & vocabulary.ends
    follow(matcher, in_bytes(vocabulary, "aa"))
    assert matcher.may_end and not matcher.finished
    assert vocabulary.ends <= in_mask(matcher)
    assert all(matcher.allows(end) for end in vocabulary.ends)
    follow(matcher, in_bytes(vocabulary, "b"))
    assert matcher.finished and matcher.may_end
    assert in_mask(matcher) == set(vocabulary.ends)
    assert matcher.forced() == []
    matcher.advance(max(vocabulary.ends))
    assert matcher.finished and not in_mask(matcher)
    assert not any(matcher.allows(n) for n in range(vocabulary.n_tokens))


def test_rollback_is_as_if_the_tokens_had_never_come(vocabulary: Vocabulary, constraints: Constraints):
    matcher = lark(constraints, 'start: /a+/ "b" "c"?')
    seen = []
    for token_id in [*in_bytes(vocabulary, "aabc"), min(vocabulary.ends)]:
        seen.append((in_mask(matcher), matcher.may_end, matcher.finished))
        matcher.advance(token_id)
    for back in (1, 2, 5):
        matcher.rollback(back)
        assert (in_mask(matcher), matcher.may_end, matcher.finished) == seen[5 - back]
        follow(matcher, [*in_bytes(vocabulary, "aabc"), min(vocabulary.ends)][5 - back :])
    with pytest.raises(ValueError):
        matcher.rollback(6)


def test_a_forbidden_token_is_refused_and_changes_nothing(vocabulary: Vocabulary, constraints: Constraints):
    matcher = lark(constraints, 'start: "ab"')
    wrong = [*in_bytes(vocabulary, "b"), min(vocabulary.ends), *(n for n, p in enumerate(vocabulary.pieces) if not p)]
    for token_id in wrong:
        with pytest.raises(ValueError):
            matcher.advance(token_id)
    follow(matcher, in_bytes(vocabulary, "ab"))
    assert matcher.finished


def test_forced_text_is_what_must_come(vocabulary: Vocabulary, constraints: Constraints):
    matcher = lark(constraints, 'start: "a" /[xy]/ "    def __init__(self" ("," | ")")')
    follow(matcher, in_bytes(vocabulary, "a"))
    assert matcher.forced() == []  # x or y
    follow(matcher, in_bytes(vocabulary, "x"))
    forced = matcher.forced()
    written = b"".join(vocabulary.pieces[n] for n in forced)
    assert b"    def __init__(self".startswith(written) and len(written) > 10
    assert len(forced) < len(written)
    follow(matcher, forced)


def test_forced_text_where_the_vocabulary_puts_a_blank_in_front(
    vocabulary: Vocabulary, monkeypatch: pytest.MonkeyPatch
):
    real = vocabulary.tokenize
    monkeypatch.setattr(vocabulary, "tokenize", lambda text: real(" " + text))
    matcher = lark(Constraints(vocabulary), 'start: "self.name = value" "x"?')
    forced = matcher.forced()
    assert b"".join(vocabulary.pieces[n] for n in forced).startswith(b"self.name")
    follow(matcher, forced)


@pytest.mark.parametrize(
    "grammar, text, message",
    [
        (Grammar.LARK, "start: /a(/", "unclosed group"),
        (Grammar.LARK, "start: nothing", 'unknown name: "nothing"'),
        (Grammar.LARK, "", "start"),
        (Grammar.LARK, '{"grammars": [{"lark_grammar": "start: /a/"}]}', "1[(]1[)]"),
        (Grammar.REGEX, "a(", "unclosed group"),
        (Grammar.REGEX, "\ud800", "surrogates"),
        (Grammar.JSON_SCHEMA, '{"type":', "not JSON"),
        (Grammar.JSON_SCHEMA, '{"type": "nope"}', "nope"),
        (Grammar.JSON_SCHEMA, '{"$ref": "http://example.com/schema"}', "retriev"),
        (Grammar.JSON_SCHEMA, "[" * 50_000, "not JSON"),
        (Grammar.LARK, f'start: "{"a" * (1 << 16)}"', "at most"),
        (Grammar.LARK, "start: " + "(" * 30_000 + '"a"' + ")" * 30_000, "nested"),
    ],
)
def test_bad_grammars(constraints: Constraints, grammar: Grammar, text: str, message: str):
    with pytest.raises(InvalidConstraint, match=message) as raised:
        constraints.start(Constraint(grammar, text))
    assert len(str(raised.value)) < 600
    assert "backtrace" not in str(raised.value)


def test_a_long_chain_of_rules_does_not_end_the_process(vocabulary: Vocabulary, constraints: Constraints):
    rules = "\n".join(f"a{n}:a{n + 1}" for n in range(5000))
    follow(lark(constraints, f'start: a0\n{rules}\na5000: "z"'), in_bytes(vocabulary, "z"))


def test_a_grammar_that_costs_too_much_is_refused_and_forgotten(
    vocabulary: Vocabulary, monkeypatch: pytest.MonkeyPatch
):
    limits = constraints_module.LLParserLimits(max_lexer_states=100, verbose_errors=False)
    monkeypatch.setattr(constraints_module, "LIMITS", limits)
    own = Constraints(vocabulary)
    random = np.random.default_rng(0)
    for _ in range(2):  # the second time it begins afresh, too
        matcher = lark(own, 'start: /[ab]*a[ab]{10}/ "x"')
        taken = 0
        with pytest.raises(InvalidConstraint, match="too many states"):
            while True:
                matcher.advance(in_bytes(vocabulary, "ab")[random.integers(2)])
                matcher.mask()
                taken += 1
        assert taken > 5


def test_regexes_keep_their_slashes_and_newlines(vocabulary: Vocabulary, constraints: Constraints):
    matcher = constraints.start(Constraint(Grammar.REGEX, "a/\n[0-9]{2}"))
    follow(matcher, in_bytes(vocabulary, "a/\n42"))
    assert matcher.finished


def test_the_same_constraint_is_compiled_once_and_the_oldest_is_forgotten(
    vocabulary: Vocabulary, monkeypatch: pytest.MonkeyPatch
):
    compiled = []
    own = Constraints(vocabulary)
    real = constraints_module.LLMatcher
    monkeypatch.setattr(
        constraints_module, "LLMatcher", lambda *args, **more: compiled.append(args) or real(*args, **more)
    )
    first, second = lark(own, 'start: "ab"'), lark(own, 'start: "ab"')
    assert len(compiled) == 1
    follow(first, in_bytes(vocabulary, "a"))
    assert in_mask(second) == set(in_bytes(vocabulary, "a")) | {
        n for n, p in enumerate(vocabulary.pieces) if p == b"ab"
    }
    for n in range(constraints_module.REMEMBERED):
        lark(own, f'start: "{n}"')
    lark(own, 'start: "ab"')
    assert len(compiled) == constraints_module.REMEMBERED + 2


@pytest.mark.parametrize("seed", range(40))
def test_any_choice_of_allowed_tokens_makes_json_of_the_schema(
    vocabulary: Vocabulary, constraints: Constraints, seed: int
):
    matcher = constraints.start(Constraint(Grammar.JSON_SCHEMA, json.dumps(SCHEMA)))
    random = np.random.default_rng(seed)
    written = b""
    while True:
        token_id = int(random.choice(sorted(in_mask(matcher))))
        matcher.advance(token_id)
        if token_id in vocabulary.ends:
            break
        written += vocabulary.pieces[token_id]
    value = json.loads(written)
    assert list(value) == ["name", "count", "tags", "on"]
    assert len(value["name"]) <= 8 and isinstance(value["on"], bool)
    assert -9 <= value["count"] <= 99 and re.fullmatch(r"-?\d+", str(value["count"]))
    assert len(value["tags"]) <= 3 and set(value["tags"]) <= {"é", "b\n", "c"}
