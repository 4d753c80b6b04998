"""What the runtime says of itself when it is ready."""

import asyncio
from dataclasses import replace

import pytest

from fakes import MODEL
from foretoken.runtime.status import RuntimeState, StatusBoard


@pytest.mark.parametrize(
    "notice, message",
    [
        ("", ""),
        (
            "There was room for a window of 4,096 tokens, not 8,192.",
            "fake is ready. There was room for a window of 4,096 tokens, not 8,192.",
        ),
    ],
)
async def test_a_notice_is_in_the_message_of_ready(notice: str, message: str):
    board = StatusBoard(asyncio.get_running_loop())
    board.post(RuntimeState.READY, info=replace(MODEL, notice=notice))
    ready = await board.newer_than(0, 5)
    assert ready.message == message
    assert ready.to_wire()["info"]["notice"] == notice
