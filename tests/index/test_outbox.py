"""What waits to be written to a slow worker."""

import os
from typing import Any

import pytest

from foretoken.index.outbox import EDITS_WAITING, Outbox
from foretoken.index.wire import MAX_HEAD, BadFrame, frame, read_frame


def taken(box: Outbox, count: int) -> list[tuple[dict[str, Any], str]]:
    read, write = os.pipe()
    found = []
    for _ in range(count):
        data = box.take()
        assert data is not None
        os.write(write, data)
        message = read_frame(read)
        assert message is not None
        found.append(message)
    os.close(read)
    os.close(write)
    return found


def test_in_order_with_bodies() -> None:
    box = Outbox()
    box.put({"n": 1})
    box.put_whole("a", {"n": 2}, "é\U0001f600\n")
    assert box.put_edit("a", {"n": 3}, "x", {"n": 9}, "whole")
    assert taken(box, 3) == [({"n": 1}, ""), ({"n": 2}, "é\U0001f600\n"), ({"n": 3}, "x")]


def test_a_whole_text_takes_the_place_of_what_waits_of_its_document() -> None:
    box = Outbox()
    box.put_whole("a", {"n": 1}, "old")
    box.put({"ask": 1})
    box.put_edit("b", {"n": 2}, "", {}, "")
    box.put_edit("a", {"n": 3}, "", {}, "")
    box.put_whole("a", {"n": 4}, "new")
    box.put({"ask": 2})
    assert taken(box, 4) == [({"n": 4}, "new"), ({"ask": 1}, ""), ({"n": 2}, ""), ({"ask": 2}, "")]


def test_many_edits_that_wait_become_one_whole_text() -> None:
    box = Outbox()
    for number in range(EDITS_WAITING):
        assert box.put_edit("a", {"n": number}, "x", {}, "")
    assert not box.put_edit("a", {"n": -1}, "x", {"whole": 1}, "all of it")
    assert taken(box, 1) == [({"whole": 1}, "all of it")]
    assert box.put_edit("a", {"n": 1}, "x", {}, "")
    assert taken(box, 1) == [({"n": 1}, "x")]


def test_a_closed_box_gives_nothing() -> None:
    box = Outbox()
    box.put({"n": 1})
    box.close()
    assert box.take() is None


def test_a_pipe_that_ends_in_the_middle_ends_and_nonsense_is_refused() -> None:
    whole = frame({"n": 1}, "body")
    for data, wanted in ((whole[:-1], None), (whole[:5], None), (b"", None)):
        read, write = os.pipe()
        os.write(write, data)
        os.close(write)
        assert read_frame(read) is wanted
        os.close(read)
    for data in (
        (MAX_HEAD + 1).to_bytes(4, "big") + bytes(4),
        b"\0\0\0\1\0\0\0\0x",
        b"\0\0\0\2\0\0\0\0[]",
        b"\0\0\0\2\0\0\0\1{}\xff",
    ):
        read, write = os.pipe()
        os.write(write, data)
        os.close(write)
        with pytest.raises(BadFrame):
            read_frame(read)
        os.close(read)
