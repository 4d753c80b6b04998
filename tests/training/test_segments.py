"""Training examples: the server's prompt format, byte for byte, and the anchored cut."""

import random
from collections import Counter

from training.segments import (
    END,
    FIM_MIDDLE,
    MIDDLE_WEIGHT,
    Cut,
    Piece,
    first_lines,
    infill_pieces,
    last_lines,
    random_cut,
    random_line,
)

TEXT = "import os\n\n\ndef join(parts):\n    if not parts:\n        return ''\n    return os.path.join(*parts)\n" * 20


def written(pieces: list[Piece]) -> str:
    return "".join(piece.text for piece in pieces)


def test_prompt_format() -> None:
    cut = Cut("def f():\n", "    return 1", "\n\nx = 2\n")
    pieces = infill_pieces("repo", "a/b.py", cut, [("c.py", "y = 3\n")])
    assert written(pieces) == (
        "<|repo_name|>repo\n<|file_sep|>c.py\ny = 3\n<|file_sep|>a/b.py\n"
        "<|fim_prefix|>def f():\n<|fim_suffix|>\n\nx = 2\n<|fim_middle|>    return 1<|endoftext|>"
    )


def test_suffix_first() -> None:
    pieces = infill_pieces("", "b.py", Cut("p\n", "m", "\ns"), suffix_first=True)
    assert written(pieces) == "<|file_sep|>b.py\n<|fim_suffix|>\ns<|fim_prefix|>p\n<|fim_middle|>m<|endoftext|>"


def test_only_whole_tokens_are_special_and_the_middle_counts_more() -> None:
    pieces = infill_pieces("", "b.py", Cut("a\n", FIM_MIDDLE, "\n"))
    assert [piece.text for piece in pieces if piece.special].count(FIM_MIDDLE) == 1
    assert [piece.text for piece in pieces if piece.weight == MIDDLE_WEIGHT] == [FIM_MIDDLE, END]


def test_empty_sides_leave_no_empty_piece() -> None:
    assert all(piece.text for piece in infill_pieces("", "b.py", Cut("", "m", "")))


def test_cuts_are_anchored_and_lossless() -> None:
    rng = random.Random(0)
    ends = set()
    for _ in range(500):
        cut = random_cut(TEXT, rng, 600)
        if cut is None:
            continue
        assert cut.middle
        assert cut.prefix == "" or cut.prefix.endswith("\n")
        joined = cut.prefix + cut.middle + cut.suffix
        assert joined in TEXT
        assert len(joined) <= max(600, len(cut.middle))
        at = TEXT.find(joined) + len(cut.prefix)
        assert at == 0 or TEXT[at - 1] == "\n"
        ends.add(cut.suffix[:1])
    assert {"\n", ")", "", ":"} & ends >= {"\n", ")"}


def test_form_feed_is_no_line_end() -> None:
    rng = random.Random(1)
    text = "a = 'left\\x0cright'\n\x0c\nb = call(1)\n" * 30
    for _ in range(200):
        cut = random_cut(text, rng, 150)
        assert cut is None or cut.prefix == "" or cut.prefix.endswith("\n")


def test_a_side_that_needs_less_leaves_the_rest_to_the_other() -> None:
    rng = random.Random(4)
    cuts = [cut for cut in (random_cut(TEXT, rng, len(TEXT)) for _ in range(200)) if cut and cut.prefix and cut.suffix]
    assert len(cuts) > 50 and all(cut.prefix + cut.middle + cut.suffix == TEXT for cut in cuts)


def test_every_line_is_drawn_about_as_often() -> None:
    text = "short\n" + "a much, much longer line than the others are\n" + "third\n" + "fourth\n"
    rng = random.Random(5)
    counts = Counter(random_line(text, rng) for _ in range(4000))
    assert set(counts) == {0, 6, 51, 57}
    # The line after a random character: a long line makes its successor likely, not itself.
    assert counts[6] < 1000


def test_lines_before_and_behind_are_whole_and_within_the_length() -> None:
    text = "one\ntwo\nthree\n"
    assert [last_lines(text, 8, length) for length in (3, 4, 7, 8, 99)] == [
        "",
        "two\n",
        "two\n",
        "one\ntwo\n",
        "one\ntwo\n",
    ]
    assert [first_lines(text, 4, length) for length in (3, 4, 9, 10, 99)] == [
        "",
        "two\n",
        "two\n",
        "two\nthree\n",
        "two\nthree\n",
    ]
