"""The original text as the draft of its rewriting."""

import inspect
import itertools
import random
import re
import textwrap
import zlib
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foretoken.runtime import original as module
from foretoken.runtime.lookup import Guess
from foretoken.runtime.original import HYPOTHESES, OriginalDraft, line_end_ids

LONG, SHORT = 48, 3  # tokens drafted in one call, and in the call after a refusal
SYLLABLES = "ba co di fu ge ha ji lo mu ne po ra si to vu".split()


def source(lines: int) -> str:
    """Assignments and calls with names of their own, three of a line's tokens in all of them."""
    chance = random.Random(1)
    names = ["".join(chance.choices(SYLLABLES, k=3)) for _ in range(3 * lines)]
    pairs = zip(names[::3], names[1::3], names[2::3], strict=True)
    return "".join(f"    {a} = {b}.{c}({i}, {a})\n    check_{c}({a})\n" for i, (a, b, c) in enumerate(pairs, 10))


SOURCE = source(60)
LINES = SOURCE.splitlines(keepends=True)
HERE = 40  # the line that is edited


def pieces(text: str) -> list[str]:
    """Much as byte-pair encoders cut source: words in parts and with the space before, line ends with the punctuation
    before them."""
    return re.findall(r"[^\w\s]*\n+| +(?= )| ?[A-Za-z]+|_[a-z]*|\d| |[^\w\s]", text)


def ids(text: str) -> list[int]:
    return [zlib.crc32(piece.encode()) & 0xFFFFFF for piece in pieces(text)]


LINE_ENDS = frozenset(ids("\n") + ids(")\n") + ids(":\n"))


def calls(original: str, answer: str, draft: OriginalDraft | None = None) -> int:
    """Calls of a model that writes ``answer``: each yields what it accepts of the draft, and one token."""
    expected = ids(answer)
    draft = draft or OriginalDraft(ids(original), LINE_ENDS)
    draft.follow(expected[0])
    at, limit, count = 1, LONG, 0
    while at < len(expected):
        guess = draft.draft(limit).token_ids
        accepted = sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], zip(guess, expected[at:])))
        for token_id in expected[at : at + accepted + 1]:
            draft.follow(token_id)
        at, count = at + accepted + 1, count + 1
        limit = LONG if accepted == len(guess) else SHORT
    return count


def edited(*lines: str, instead_of: int = 1) -> str:
    """The source with these lines in place of some from HERE on."""
    return "".join([*LINES[:HERE], *lines, *LINES[HERE + instead_of :]])


LINE, NEXT = LINES[HERE], LINES[HERE + 1]
NAME = re.search(r"(\w+)\.", LINE).group(1)
EDITS = {
    "name": edited(LINE.replace(NAME, "other")),
    "longer name": edited(LINE.replace(NAME, "some_quite_long_other_name")),
    "shorter name": edited(NEXT.replace("check_", ""), instead_of=2),
    "literal": edited(LINE.replace("(30,", "(77,")),
    "longer literal": edited(LINE.replace("(30,", "(123456,")),
    "argument": edited(LINE.replace("(30,", "(30, None,")),
    "dropped argument": edited(LINE.replace("30, ", "")),
    "end of line": edited(LINE.replace(")\n", ") + 1\n")),
    "inserted line": edited("    log(now)\n", LINE),
    "inserted line of another depth": edited("        if now:\n", LINE),
    "inserted lines": edited("    log(now)\n", "    log(then)\n", "    log(later)\n", LINE),
    "line replaced": edited("    log(now)\n"),
    "deleted line": edited(),
    "deleted lines": edited(instead_of=5),
    "many deleted lines": edited(instead_of=50),
    "moved lines": "".join([*LINES[:HERE], *LINES[80:90], *LINES[HERE:80], *LINES[90:]]),
    "two edits": edited(LINE.replace(NAME, "other"), "    log(now)\n", NEXT.replace("check", "test")),
}


def test_the_answer_is_the_original():
    tokens = ids(SOURCE)
    draft = OriginalDraft(tokens, LINE_ENDS)
    assert draft.draft(5) == Guess(tokens[:5], 0)
    for token_id in tokens[:7]:
        draft.follow(token_id)
    assert draft.draft(LONG) == Guess(tokens[7 : 7 + LONG], 7)
    assert calls(SOURCE, SOURCE) == -(-(len(tokens) - 1) // (LONG + 1))


# Calls beyond those that the same text would need. New tokens that nobody could know cost one each.
MORE_CALLS = {
    "name": 2,
    "longer name": 6,
    "shorter name": 4,
    "literal": 3,
    "longer literal": 7,
    "argument": 3,
    "dropped argument": 5,
    "end of line": 6,
    "inserted line": 4,
    "inserted line of another depth": 4,
    "inserted lines": 12,
    "line replaced": 6,
    "deleted line": 3,
    "deleted lines": 3,
    "many deleted lines": 4,
    "moved lines": 10,
    "two edits": 12,
}


@pytest.mark.parametrize("kind", EDITS)
def test_regains_its_place(kind):
    answer = EDITS[kind]
    draft = OriginalDraft(ids(SOURCE), LINE_ENDS)
    assert calls(SOURCE, answer, draft) <= -(-len(ids(answer)) // (LONG + 1)) + MORE_CALLS[kind]
    assert draft.aligned


@pytest.mark.parametrize("kind", EDITS)
def test_regains_its_place_without_known_line_ends(kind):
    draft = OriginalDraft(ids(SOURCE))
    calls(SOURCE, EDITS[kind], draft)
    assert draft.aligned


def test_after_an_inserted_line_the_next_guess_is_the_line_that_was_here():
    draft = OriginalDraft(ids(SOURCE), LINE_ENDS)
    for token_id in ids("".join(LINES[:HERE]) + "    log(now)\n"):
        draft.follow(token_id)
    assert draft.draft(8).token_ids == ids(LINE)[:8]


def test_after_a_deleted_line_one_token_is_enough():
    draft = OriginalDraft(ids(SOURCE), LINE_ENDS)
    head, line = ids("".join(LINES[:HERE])), ids(NEXT)
    first = next(at for at, pair in enumerate(zip(line, ids(LINE))) if pair[0] != pair[1])
    for token_id in head + line[: first + 1]:
        draft.follow(token_id)
    assert draft.draft(4).token_ids == line[first + 1 : first + 5]


def test_match_counts_from_the_last_divergence():
    tokens = list(range(100, 140))
    draft = OriginalDraft(tokens)
    for token_id in (*tokens[:10], 7, *tokens[11:16]):
        draft.follow(token_id)
    assert draft.draft(3) == Guess(tokens[16:19], 5)


def test_silent_in_a_text_of_its_own_until_the_original_comes_back():
    draft = OriginalDraft(ids(SOURCE), LINE_ENDS)
    for token_id in range(1, 60):
        draft.follow(token_id)
        assert not draft.aligned
    assert draft.draft(LONG).token_ids == []
    for token_id in ids("".join(LINES[70:72])):
        draft.follow(token_id)
    assert draft.draft(LONG).token_ids == ids("".join(LINES[72:]))[:LONG]


def test_a_repetition_does_not_keep_it_from_guessing():
    draft = OriginalDraft([5] * 200)
    for token_id in [5] * 50 + [6, 5]:
        draft.follow(token_id)
    assert draft.draft(10).token_ids == [5] * 10


def test_behind_the_original_s_end_nothing_is_guessed():
    draft = OriginalDraft([1, 2, 3])
    for token_id in (1, 2, 3):
        draft.follow(token_id)
    assert draft.draft(5).token_ids == []
    draft.follow(4)
    assert draft.draft(5).token_ids == []
    assert OriginalDraft([]).draft(5).token_ids == []


def test_a_name_changed_twice_is_changed_in_the_rest():
    lines = [f"    call_{i}(old, {i})\n" for i in range(10, 40)]
    original, answer = "".join(lines), "".join(lines).replace("old", "new")
    draft = OriginalDraft(ids(original), LINE_ENDS)
    for token_id in ids("".join(answer.splitlines(keepends=True)[:4])):
        draft.follow(token_id)
    assert draft.draft(LONG).token_ids == ids("".join(answer.splitlines(keepends=True)[4:]))[:LONG]


def test_a_name_changed_once_stays_in_the_rest():
    lines = [f"    call_{i}(old, {i})\n" for i in range(10, 40)]
    draft = OriginalDraft(ids("".join(lines)), LINE_ENDS)
    for token_id in ids("".join([lines[0].replace("old", "new"), *lines[1:3]])):
        draft.follow(token_id)
    assert draft.draft(LONG).token_ids == ids("".join(lines[3:]))[:LONG]


def test_a_change_made_too_widely_is_taken_back():
    lines = [f"    call_{i}(old, {i})\n" for i in range(10, 60)]
    original = "".join(lines)
    answer = "".join(lines[:10]).replace("old", "new") + "".join(lines[10:])
    draft = OriginalDraft(ids(original), LINE_ENDS)
    for token_id in ids("".join(answer.splitlines(keepends=True)[:14])):
        draft.follow(token_id)
    assert draft.draft(LONG).token_ids == ids("".join(lines[14:]))[:LONG]


def test_what_was_taken_back_has_to_be_seen_twice_again():
    lines = [f"    call_{i}(old, {i})\n" for i in range(10, 60)]
    answer = [line.replace("old", "new") if i < 10 or i == 14 else line for i, line in enumerate(lines)]
    draft = OriginalDraft(ids("".join(lines)), LINE_ENDS)
    for token_id in ids("".join(answer[:15])):
        draft.follow(token_id)
    assert draft.draft(LONG).token_ids == ids("".join(lines[15:]))[:LONG]


def test_a_real_file_with_one_line_in_twenty_changed():
    chance = random.Random(5)
    lines = inspect.getsource(textwrap).splitlines(keepends=True)
    answer, edits = [], 0
    for line in lines:
        kind = chance.randrange(80) if line.strip() else 4
        edits += kind < 4
        if kind == 0:
            continue
        if kind == 1:
            answer.append("    inserted = True\n")
        answer.append(re.sub(r"\w+", "renamed", line, count=1) if kind in (2, 3) else line)
    assert edits >= 15
    assert len(ids("".join(answer))) / calls("".join(lines), "".join(answer)) > 12


@settings(deadline=None, derandomize=True)
@given(
    st.lists(st.integers(0, 3), max_size=40),
    st.lists(st.integers(0, 4), max_size=40),
    st.integers(-1, 6),
    st.sampled_from([frozenset(), frozenset({0})]),
)
def test_any_answer_may_come(original, answer, limit, line_ends):
    draft = OriginalDraft(original, line_ends)
    assert draft.draft(limit).token_ids == original[: max(limit, 0)]
    for token_id in answer:
        before = draft.work
        draft.follow(token_id)
        guess = draft.draft(limit)
        assert len(guess.token_ids) <= max(limit, 0)
        # One explanation leads to at most so many: its own continuations, those in reach, and deleted lines.
        replayed = min(len(answer), module.REPLAYED) + 1
        assert draft.work - before <= replayed * (HYPOTHESES + 1) * (module.GAP + module.LINES + 5)


def test_an_answer_that_agrees_costs_no_search():
    draft = OriginalDraft(ids(SOURCE), LINE_ENDS)
    for token_id in ids(SOURCE):
        draft.follow(token_id)
    assert draft.work == 0


def test_a_foreign_answer_costs_the_same_for_each_token():
    draft, work = OriginalDraft(ids(SOURCE), LINE_ENDS), []
    foreign: Sequence[int] = ids(inspect.getsource(textwrap))
    for token_id in foreign:
        draft.follow(token_id)
        work.append(draft.work)
    half = len(work) // 2
    assert work[-1] - work[half] < 2 * work[half]


def test_line_end_ids():
    assert line_end_ids([b"a", b"\n", b")\n", b"\n ", b"", b"\r\n", b"\r"]) == {1, 2, 5, 6}
