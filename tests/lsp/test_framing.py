"""Frames, whole, in pieces, and wrong."""

import random

import pytest

from foretoken.lsp.framing import MAX_BODY, MAX_HEADER, BadFrame, FrameReader


def frame(body: bytes, header: bytes = b"Content-Length: %d\r\n\r\n") -> bytes:
    return header % len(body) + body


def read(data: bytes, size: int | None = None) -> tuple[list[bytes], list[str]]:
    """(bodies, reasons of bad frames) of ``data``, fed in pieces of ``size`` bytes."""
    reader, bodies, problems = FrameReader(), [], []
    size = size or max(len(data), 1)
    for start in range(0, len(data), size):
        for found in reader.feed(data[start : start + size]):
            if isinstance(found, BadFrame):
                problems.append(found.reason)
            else:
                bodies.append(found)
    return bodies, problems


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_frames_come_whole_however_they_arrive(size: int) -> None:
    bodies = [b"{}", b"", b'{"a": "\r\n\r\nContent-Length: 3\r\n\r\n"}', "é😀".encode()]
    assert read(b"".join(map(frame, bodies)), size) == (bodies, [])


@pytest.mark.parametrize(
    "header",
    [
        b"content-length:%d\r\n\r\n",
        b"Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nContent-Length: %d\r\n\r\n",
        b"Content-Length: %d\r\nContent-Type: x\r\n\r\n",
        b"Content-Length: %d\n\n",
        b"Content-Length:   %d  \r\n\r\n",
    ],
)
def test_headers_as_clients_write_them(header: bytes) -> None:
    assert read(frame(b"{}", header)) == ([b"{}"], [])


@pytest.mark.parametrize(
    "junk",
    [
        b"\r\n",
        b"hello\r\n",
        b"Content-Length: -5\r\n\r\n",
        b"Content-Length: five\r\n\r\n",
        b"Content-Length: 999999999999999999999\r\n\r\n",
        b"X-Header: 1\r\n\r\n",
        b'{"jsonrpc": "2.0"}',
        bytes(range(256)),
        b"x" * (MAX_HEADER + 1),
    ],
)
def test_what_is_no_frame_is_named_and_the_next_one_is_read(junk: bytes) -> None:
    bodies, problems = read(junk + frame(b"{}"))
    assert bodies == [b"{}"]
    assert problems


def test_a_wrong_length_costs_no_more_than_its_own_message() -> None:
    short = b"Content-Length: 4\r\n\r\n" + b'{"a": 1}'
    bodies, problems = read(short + frame(b"{}"))
    assert bodies == [b'{"a"', b"{}"]
    assert len(problems) == 1


def test_a_huge_length_is_skipped_without_taking_its_memory() -> None:
    reader = FrameReader()
    size = MAX_BODY + 10
    problems = list(reader.feed(b"Content-Length: %d\r\n\r\n" % size))
    assert isinstance(problems[0], BadFrame)
    piece = bytes(1 << 20)
    for start in range(0, size, len(piece)):
        assert list(reader.feed(piece[: size - start])) == []
        assert len(reader._buffer) == 0
    assert list(reader.feed(frame(b"{}"))) == [b"{}"]


def test_random_junk_between_frames() -> None:
    rng = random.Random("junk")
    for _ in range(500):
        junk = bytes(rng.choices(b"aC:-\x00\xff5 \r", k=rng.randint(1, 40))) + b"\n"
        bodies, problems = read(frame(b"1") + junk + frame(b"2"), rng.randint(1, 60))
        assert bodies == [b"1", b"2"]
