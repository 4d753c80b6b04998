"""Training examples: the server's prompt format, byte for byte, and the anchored cut."""

import random
from dataclasses import dataclass

from training.segments import (
    END,
    FIM_MIDDLE,
    FIM_PREFIX,
    FIM_SUFFIX,
    MIDDLE_WEIGHT,
    Cut,
    Piece,
    infill_pieces,
    random_cut,
    random_infill,
    random_plain,
)

TEXT = "import os\n\n\ndef join(parts):\n    if not parts:\n        return ''\n    return os.path.join(*parts)\n" * 20


@dataclass(frozen=True)
class File:
    package: str
    path: str
    text: str


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
        cut = random_cut(TEXT, rng, 400, 200)
        if cut is None:
            continue
        assert cut.middle
        assert cut.prefix == "" or cut.prefix.endswith("\n")
        joined = cut.prefix + cut.middle + cut.suffix
        assert joined in TEXT
        at = TEXT.find(joined) + len(cut.prefix)
        assert at == 0 or TEXT[at - 1] == "\n"
        ends.add(cut.suffix[:1])
    assert {"\n", ")", "", ":"} & ends >= {"\n", ")"}


def test_form_feed_is_no_line_end() -> None:
    rng = random.Random(1)
    text = "a = 'left\\x0cright'\n\x0c\nb = call(1)\n" * 30
    for _ in range(200):
        cut = random_cut(text, rng, 100, 50)
        assert cut is None or cut.prefix == "" or cut.prefix.endswith("\n")


def test_random_examples_hold_each_part_once() -> None:
    rng = random.Random(2)
    files = [File("pkg", f"pkg/{name}.py", TEXT) for name in "abc"]
    for _ in range(100):
        pieces = random_infill(files, rng)
        if pieces is None:
            continue
        specials = [piece.text for piece in pieces if piece.special]
        assert all(specials.count(mark) == 1 for mark in (FIM_PREFIX, FIM_SUFFIX, FIM_MIDDLE, END))
        assert specials[-2:] == [FIM_MIDDLE, END]
    assert written(random_plain(files, rng, 300)).endswith(END)
