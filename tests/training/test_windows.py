"""Rows are full, made from seed and key alone, and no example's first token counts."""

from collections.abc import Sequence

import pytest

from source_files import File, encode, written
from training.segments import END, FILE_SEP, FIM_MIDDLE, Piece
from training.windows import Row, Windows

TEXT = (
    "import os\n\n\ndef join(parts):\n    if not parts:\n        return ''\n    return os.path.join(*parts)\n\n\n" * 40
)
FILES = [File("one", f"one/{name}.py", TEXT) for name in "abcd"] + [File("two", "two.py", TEXT)]


def starts(row: Row) -> list[int]:
    return [i for i in range(len(row.ids)) if i == 0 or row.segments[i] != row.segments[i - 1]]


@pytest.mark.parametrize(("length", "longest"), [(300, 300), (514, 256), (2050, 2048)])
def test_rows_are_full_of_examples_that_are_not_too_long(length: int, longest: int) -> None:
    windows = Windows(FILES, encode, 5)
    for key in range(30):
        row = windows.row(key, length, longest)
        assert len(row.ids) == len(row.weights) == len(row.segments) == length
        first = starts(row)
        assert all(row.weights[i] == 0 for i in first)
        assert [row.segments[i] for i in first] == list(range(len(first)))
        sizes = [b - a for a, b in zip(first, [*first[1:], length], strict=True)]
        assert max(sizes) <= longest
        # What has an answer is whole.
        for start, end in zip(first, [*first[1:], length], strict=True):
            assert -len(FIM_MIDDLE) not in row.ids[start:end] or row.ids[end - 1] == -len(END)


def test_a_row_depends_on_seed_and_key_alone() -> None:
    one, two = Windows(FILES, encode, 5), Windows(FILES, encode, 5)
    rows = [one.row((0, step), 514, 512) for step in range(6)]
    assert [two.row((0, step), 514, 512) for step in (5, 3)] == [rows[5], rows[3]]
    assert len({tuple(row.ids) for row in rows}) == 6
    assert Windows(FILES, encode, 6).row((0, 0), 514, 512) != rows[0]


def test_kinds_of_examples() -> None:
    windows = Windows(FILES, encode, 5)
    rows = [windows.row(key, 2050, 2048) for key in range(40)]
    ids = [row.ids[a:b] for row in rows for a, b in zip(starts(row), [*starts(row)[1:], len(row.ids)], strict=True)]
    infill = [example for example in ids if -len(FIM_MIDDLE) in example]
    assert 0.6 < sum(map(len, infill)) / (40 * 2050) < 0.9
    with_context = [example for example in infill if example.count(-len(FILE_SEP)) > 1]
    assert with_context
    assert min(map(len, infill)) < 150 < 1000 < max(map(len, infill))


def test_examples_that_come_out_longer_than_thought_do_not_overflow() -> None:
    def dense(pieces: Sequence[Piece]) -> tuple[list[int], list[float]]:
        ids = [1 for piece in pieces for _ in piece.text]  # a token a character
        return ids, [1.0] * len(ids)

    windows = Windows(FILES, dense, 5)
    for key in range(20):
        row = windows.row(key, 600, 300)
        assert len(row.ids) == len(row.weights) == len(row.segments) == 600
        first = starts(row)
        assert max(b - a for a, b in zip(first, [*first[1:], 600], strict=True)) <= 300


def test_two_languages_of_one_name_are_two_packages() -> None:
    texts = {"python": "spam = measured(ham)\n" * 200, "typescript": "const crab = measured(shrimp);\n" * 200}
    files = [File("same", f"{n}.{name}", text, language=name) for name, text in texts.items() for n in range(4)]
    examples: list[str] = []

    def remember(pieces: Sequence[Piece]) -> tuple[list[int], list[float]]:
        examples.append(written(pieces))
        return encode(pieces)

    windows = Windows(files, remember, 1)
    for number in range(8):
        windows.row(number, 1500, 1500)
    assert any(example.count("<|file_sep|>") > 1 for example in examples)
    assert any("spam" in example for example in examples) and any("crab" in example for example in examples)
    assert not any("spam" in example and "crab" in example for example in examples)
