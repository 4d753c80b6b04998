"""The demo's picture and its figures."""

import io

from rich.console import Console

from foretoken.cli.code_picture import code_picture
from foretoken.cli.demo_figures import Figures, key_record, percentile
from foretoken.cli.demo_view import PlainView, Screen, TerminalView
from foretoken.text.edit import TextEdit

TEXT = "def f(a, b):\n    ret\n\n\nx = 1\n"
CURSOR = TEXT.index("ret") + 3


def picture(ghost: str | None, *, text: str = TEXT, cursor: int = CURSOR, height: int = 10, width: int = 60) -> str:
    edit = TextEdit(cursor, cursor, ghost) if ghost is not None else None
    console = Console(file=io.StringIO(), width=width, color_system=None)
    console.print(code_picture(text, cursor, edit, "python", height))
    return "\n".join(line.rstrip() for line in console.file.getvalue().splitlines())


def test_the_ghost_text_stands_behind_the_cursor() -> None:
    assert picture("urn a + b").splitlines()[:2] == ["   1 def f(a, b):", "   2     return a + b"]


def test_a_long_ghost_pushes_the_rest_down_without_numbers() -> None:
    drawn = picture("urn (\n        a\n    )").splitlines()
    assert drawn[1:5] == ["   2     return (", "             a", "         )", "   3"]


def test_what_follows_the_cursor_on_its_line_follows_the_ghost_text() -> None:
    assert picture("a, b", text="f()\n", cursor=2).splitlines()[0] == "   1 f(a, b)"


def test_a_ghost_that_begins_with_a_new_line() -> None:
    assert picture("\n    return 1", text="def f():", cursor=8).splitlines()[:2] == [
        "   1 def f():",
        "         return 1",
    ]


def test_a_ghost_that_begins_before_the_cursor_shows_only_what_is_new() -> None:
    console = Console(file=io.StringIO(), width=60, color_system=None)
    console.print(code_picture(TEXT, CURSOR, TextEdit(CURSOR - 3, CURSOR, "return a"), "python", 10))
    assert console.file.getvalue().splitlines()[1].rstrip() == "   2     return a"


def test_the_ghost_text_is_grey_and_italic() -> None:
    console = Console(file=io.StringIO(), width=60, force_terminal=True, color_system="standard")
    console.print(code_picture(TEXT, CURSOR, TextEdit(CURSOR, CURSOR, "urn a"), "python", 10))
    assert "\x1b[3;90mrn a" in console.file.getvalue()


def test_the_picture_stays_around_the_cursor_and_within_its_size() -> None:
    text = "\n".join(f"line_{number} = {'x' * 100}" for number in range(1000))
    cursor = text.index("line_500") + 8
    drawn = picture(None, text=text, cursor=cursor, height=9).splitlines()
    assert len(drawn) == 9 and all(len(line) <= 60 for line in drawn)
    assert any(line.startswith(" 501 line_500") for line in drawn)


def status(reason: str = "", **timings: int) -> dict[str, object]:
    return {"reason": reason, "detail": "", "timings": timings or None}


def test_the_summary_counts_what_happened() -> None:
    figures = Figures(server_ready=0.5, model_ready=1.5)
    asked = {"prompt_n": 2, "predicted_n": 3, "cache_n": 300}
    figures.keys = [
        key_record("r", 10.0, None, status("UNLIKELY", **asked)),
        key_record("e", 20.0, "turn", status(**asked)),
        key_record("Tab", 30.0, None, status("MID_WORD"), saved=3),
    ]
    rows = dict(figures.rows())
    assert rows["keys typed"] == "3, 1 of them Tab to accept"
    assert rows["suggestions shown"] == "1"
    assert rows["characters saved by accepting"] == "3"
    assert rows["time to answer, p50 / p95"] == "20 ms / 30 ms"
    assert rows["tokens evaluated a key, median / most"] == "2 / 2"
    assert rows["tokens reused a key, median"] == "300"
    assert rows["silent: the model is not sure enough"] == "1"
    assert rows["silent: the cursor is inside a word"] == "1"


def test_percentiles_are_of_the_nearest_rank() -> None:
    values = [float(value) for value in range(1, 101)]
    assert (percentile(values, 50), percentile(values, 95), percentile([7.0], 95)) == (50, 95, 7)


def test_the_plain_view_writes_one_line_a_key() -> None:
    console = Console(file=io.StringIO(), width=40)
    view = PlainView(console)
    record = key_record("r", 12.34, "a [bold]\nb", status(prompt_n=2, predicted_n=3, cache_n=300))
    view.key(7, record, Screen(TEXT, CURSOR, None))
    (line,) = console.file.getvalue().splitlines()
    assert line.split() == ["7", "r", "12.3", "ms", "2", "eval", "300", "reused", "+", "'a", "[bold]\\nb'"]


def test_the_terminal_view_fits_eighty_columns_and_leaves_the_summary() -> None:
    console = Console(file=io.StringIO(), width=80, height=24, force_terminal=True, color_system=None)
    with TerminalView(console, "a.py", "python") as view:
        record = key_record("r", 12.3, "urn a", status(prompt_n=2, predicted_n=3, cache_n=300))
        view.key(1, record, Screen(TEXT, CURSOR, TextEdit(CURSOR, CURSOR, "urn a")))
        figures = Figures()
        figures.keys.append(record)
        view.summary(figures, "which model")
    shown = console.file.getvalue()
    assert "return a" in shown and "2 evaluated, 3 generated, 300 reused" in shown
    assert "suggestions shown" in shown and "which model" in shown
