"""A smaller window after the system ended a process that was loading for want of memory."""

import signal
from pathlib import Path

import pytest

from foretoken.engine.options import RuntimeOptions
from foretoken.engine.shrinking import KILLED, Shrinking, oom_kills

MODEL = Path("model.gguf")


def deaths(shrinking: Shrinking, code: int = KILLED, before: int | None = None, now: int | None = None) -> str:
    shrinking.begins(before)
    return shrinking.ended(code, now)


def test_half_the_window_each_time_down_to_the_least():
    shrinking = Shrinking(RuntimeOptions(MODEL, n_ctx=8192, gpu_layers=7))
    windows, said = [], []
    for _ in range(4):
        said.append(deaths(shrinking))
        windows.append(shrinking.options.n_ctx)
    assert windows == [4096, 2048, 2048, 2048]
    assert "window of 4,096 tokens" in said[0] and "window of 2,048 tokens" in said[1]
    assert said[2] == said[3] and "smaller model" in said[2]
    assert shrinking.options == RuntimeOptions(MODEL, n_ctx=2048, gpu_layers=7)
    assert shrinking.notice == "Memory ran out with a window of 8,192 tokens; it has 2,048 now."


@pytest.mark.parametrize("n_ctx, expected", [(3000, 2048), (2048, 2048), (512, 512)])
def test_never_below_the_least_and_never_more_than_was_asked(n_ctx: int, expected: int):
    shrinking = Shrinking(RuntimeOptions(MODEL, n_ctx=n_ctx))
    deaths(shrinking)
    assert shrinking.options.n_ctx == expected
    assert bool(shrinking.notice) == (expected < n_ctx)


@pytest.mark.parametrize("code", [0, 1, 70, 75, -int(signal.SIGABRT), -int(signal.SIGTERM)])
def test_other_ends_change_nothing(code: int):
    shrinking = Shrinking(RuntimeOptions(MODEL, n_ctx=8192))
    assert deaths(shrinking, code, 3, 4) == "" and shrinking.notice == ""
    assert shrinking.options.n_ctx == 8192


def test_a_kill_that_linux_did_not_count_came_from_somebody():
    shrinking = Shrinking(RuntimeOptions(MODEL, n_ctx=8192))
    assert deaths(shrinking, KILLED, 3, 3) == "" and shrinking.options.n_ctx == 8192
    assert deaths(shrinking, KILLED, 3, 4) != "" and shrinking.options.n_ctx == 4096


def test_linux_counts_them(tmp_path: Path):
    vmstat = tmp_path / "vmstat"
    vmstat.write_text("nr_free_pages 12\noom_kill 7\noom_kill_other 9\n")
    assert oom_kills(vmstat) == 7
    vmstat.write_text("nr_free_pages 12\n")
    assert oom_kills(vmstat) is None
    assert oom_kills(tmp_path / "none") is None
