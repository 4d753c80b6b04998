"""Edits as editors send them, against a plain string and LSP's own words about lines and units."""

import random

import pytest

from foretoken.session.documents import ContentChange, OpenDocuments
from foretoken.text.line_index import LineIndex
from foretoken.text.position import Position, PositionEncoding

SEQUENCES = 4000
ENCODINGS = list(PositionEncoding)
# Line ends by LSP; then what str.splitlines takes for one and LSP does not; then characters of 1 to 4 UTF-8 bytes, of
# one and two UTF-16 units, a combining mark and a joiner.
ALPHABET = ["\n", "\r\n", "\r", "\n\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029"]
ALPHABET += ["a", "b ", "\t", "é", "e\u0301", "語", "😀", "👩\u200d💻", "\U0010ffff"]


def split(text: str) -> list[tuple[str, str]]:
    """(content, line end) of each line, by walking over the text as LSP describes it."""
    lines, content, i = [], "", 0
    while i < len(text):
        end = "\r\n" if text.startswith("\r\n", i) else text[i] if text[i] in "\r\n" else ""
        if end:
            lines.append((content, end))
            content = ""
        else:
            content += text[i]
        i += len(end) or 1
    return [*lines, (content, "")]


def width(ch: str, encoding: PositionEncoding) -> int:
    if encoding is PositionEncoding.UTF_8:
        return len(ch.encode())
    return 2 if encoding is PositionEncoding.UTF_16 and ord(ch) > 0xFFFF else 1


def model_offset(text: str, position: Position, encoding: PositionEncoding) -> int:
    lines = split(text)
    if position.line >= len(lines):
        return len(text)
    offset = sum(len(content) + len(end) for content, end in lines[: position.line])
    rest = position.character
    for ch in lines[position.line][0]:
        rest -= width(ch, encoding)
        if rest < 0:
            break
        offset += 1
    return offset


def random_text(rng: random.Random, most: int) -> str:
    return "".join(rng.choices(ALPHABET, k=rng.randint(0, most)))


def random_position(rng: random.Random, text: str, encoding: PositionEncoding) -> Position:
    """Mostly inside the text; sometimes past a line's end or the last line, sometimes inside a character."""
    lines = split(text)
    line = rng.randint(0, len(lines) + (rng.random() < 0.1))
    units = sum(width(ch, encoding) for ch in lines[line][0]) if line < len(lines) else 0
    return Position(line, rng.randint(0, units + (3 if rng.random() < 0.1 else 0)))


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_random_edits_equal_a_plain_string(encoding: PositionEncoding) -> None:
    rng = random.Random(f"edits {encoding}")
    for _ in range(SEQUENCES):
        text = random_text(rng, 30)
        documents = OpenDocuments()
        documents.encoding = encoding
        documents.open("file:///a.py", "python", 1, text)
        for version in range(2, 2 + rng.randint(1, 6)):
            start, end = sorted(random_position(rng, text, encoding) for _ in range(2))
            if rng.random() < 0.3:
                end = start
            new = random_text(rng, 4)
            documents.change("file:///a.py", version, [ContentChange(new, start, end)])
            text = text[: model_offset(text, start, encoding)] + new + text[model_offset(text, end, encoding) :]
            document = documents.get("file:///a.py").document
            assert document.text == text
            assert document.version == version
            assert document.lines.lengths == [len(content) + len(end) for content, end in split(text)]
            probe = random_position(rng, text, encoding)
            assert document.lines.offset_at(probe, encoding) == model_offset(text, probe, encoding), (text, probe)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_positions_of_all_offsets_lead_back(encoding: PositionEncoding) -> None:
    rng = random.Random(f"positions {encoding}")
    for _ in range(300):
        text = random_text(rng, 30)
        lines = LineIndex.of(text)
        for offset in range(len(text) + 1):
            inside_line_end = text[offset - 1 : offset + 1] == "\r\n" and offset > 0
            back = lines.offset_at(lines.position_at(offset, encoding), encoding)
            assert back == (offset - 1 if inside_line_end else offset)


@pytest.mark.parametrize("count", [1, 2, 511, 512, 513, 1024, 1500])
def test_lines_of_long_files(count: int) -> None:
    """Offsets are looked up in blocks of lines; their borders must not show."""
    lines = LineIndex.of("ab\n" * (count - 1) + "c")
    assert len(lines) == count
    for line in {0, 1, count // 2, count - 2, count - 1, 510, 511, 512, 513} & set(range(count)):
        assert lines.start(line) == 3 * line
        assert lines.line_at(3 * line) == (line, 3 * line)
        assert lines.line_at(min(3 * line + 1, len(lines.text))) == (line, 3 * line)
        assert lines.content(line) == ("c" if line == count - 1 else "ab")


def check(text: str, position: tuple[int, int], encoding: str, expect: int) -> None:
    assert LineIndex.of(text).offset_at(Position(*position), PositionEncoding(encoding)) == expect


def test_form_feed_and_line_separator_end_no_line() -> None:
    check("a\x0cb\ncd\n", (1, 0), "utf-16", 4)
    check("a\u2028b\ncd", (1, 1), "utf-16", 5)
    check("a\x85b\x1cc\ncd", (1, 0), "utf-8", 6)


def test_a_lone_carriage_return_ends_a_line() -> None:
    check("a\rb\r\nc", (1, 0), "utf-16", 2)
    check("a\rb\r\nc", (2, 0), "utf-16", 5)


def test_past_a_line_end_is_before_its_line_end() -> None:
    check("ab\r\ncd", (0, 99), "utf-16", 2)
    check("ab\rcd", (0, 99), "utf-16", 2)
    check("ab\ncd", (1, 99), "utf-16", 5)


def test_past_the_last_line_is_the_end() -> None:
    check("ab\ncd", (7, 0), "utf-16", 5)
    check("ab\n", (1, 5), "utf-16", 3)
    check("", (0, 1), "utf-16", 0)


def test_inside_a_character_is_its_start() -> None:
    check("a😀b", (0, 2), "utf-16", 1)
    check("a😀b", (0, 3), "utf-16", 2)
    check("a😀b", (0, 3), "utf-8", 1)
    check("aéb", (0, 2), "utf-8", 1)
    check("aéb", (0, 3), "utf-8", 2)


def test_splices_join_and_part_a_carriage_return_and_a_line_feed() -> None:
    joined = LineIndex.of("a\rX\nb").replaced(2, 3, "")
    assert joined.lengths == LineIndex.of("a\r\nb").lengths == [3, 1]
    parted = LineIndex.of("a\r\nb").replaced(2, 2, "X")
    assert parted.lengths == [2, 2, 1]
    before = LineIndex.of("a\r").replaced(2, 2, "\nb")
    assert before.lengths == [3, 1]
    after = LineIndex.of("a\nb").replaced(1, 1, "\r")
    assert after.lengths == [3, 1]
