"""The demo's picture and its figures."""

import io

import pytest
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from foretoken.cli.code_picture import CodePicture
from foretoken.cli.demo_figures import Figures, key_record, percentile
from foretoken.cli.demo_view import PlainView, Screen, TerminalView
from foretoken.text.edit import TextEdit

TEXT = "def f(a, b):\n    ret\n\n\nx = 1\n"
CURSOR = TEXT.index("ret") + 3


def picture(ghost: str | None, *, text: str = TEXT, cursor: int = CURSOR, height: int = 10, width: int = 60) -> str:
    edit = TextEdit(cursor, cursor, ghost) if ghost is not None else None
    console = Console(file=io.StringIO(), width=width, color_system=None)
    console.print(CodePicture(text, cursor, edit, "python", height))
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
    console.print(CodePicture(TEXT, CURSOR, TextEdit(CURSOR - 3, CURSOR, "return a"), "python", 10))
    assert console.file.getvalue().splitlines()[1].rstrip() == "   2     return a"


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("rest", ["", ")", ") + and_so_on * 40"])
@pytest.mark.parametrize("column", [0, 20, 44, 49, 50, 51, 69, 70, 71, 109, 110, 111, 300])
@pytest.mark.parametrize("indent", ["", "\t", "    "])
def test_the_cursor_and_the_ghost_text_are_always_inside(width: int, rest: str, column: int, indent: str) -> None:
    before = f"x = 1\n{indent}{'b' * column}"
    text = f"{before}{rest}\ny = 2\n"
    assert "<ghost>" in picture("<ghost>", text=text, cursor=len(before), width=width)
    console = Console(file=io.StringIO(), width=width, force_terminal=True, color_system="standard")
    console.print(CodePicture(text, len(before), None, "python", 10))
    drawn = console.file.getvalue()
    assert "\x1b[7m" in drawn  # the cursor
    assert all(cell_len(Text.from_ansi(line).plain) <= width for line in drawn.splitlines())


def test_the_ghost_text_stands_at_the_cursor_behind_tabs_too() -> None:
    assert picture("GHOST", text="\tab\n", cursor=2).splitlines()[0] == "   1     aGHOSTb"
    assert picture("GHOST", text="a\tb\n", cursor=2).splitlines()[0] == "   1 a   GHOSTb"


def test_a_line_that_is_scrolled_says_so_and_the_others_stay() -> None:
    text = f"def f(a, b):\n    x = {'b' * 70}"
    drawn = picture(None, text=text, cursor=len(text)).splitlines()
    assert drawn == ["   1 def f(a, b):", "   2 …" + "b" * 53]


def test_a_ghost_that_is_wider_than_the_picture_is_folded() -> None:
    ghost = "".join(f"word{number} " for number in range(30)) + "\n    second"
    drawn = picture(ghost, text="x", cursor=1).splitlines()
    seen = "".join(line[5:].ljust(55) for line in drawn)
    assert all(f"word{number}" in seen.replace(" ", "") for number in range(30)) and drawn[-1] == "         second"
    assert all(len(line) <= 60 for line in drawn)


def test_a_ghost_that_is_higher_than_the_picture_begins_at_its_top() -> None:
    text = "a = 1\n" * 20
    ghost = "\n".join(f"ghost_{number}" for number in range(12))
    drawn = picture(ghost, text=text, cursor=len(text), height=10).splitlines()
    assert drawn[0] == "  21 ghost_0" and len(drawn) == 10
    drawn = picture("\n".join(ghost.split("\n")[:6]), text=text, cursor=len(text), height=10).splitlines()
    assert drawn[-1].strip() == "ghost_5" and drawn[0] == "  17 a = 1" and len(drawn) == 10


def test_what_follows_the_ghost_text_is_not_drawn_as_a_part_of_it() -> None:
    console = Console(file=io.StringIO(), width=60, force_terminal=True, color_system="standard")
    console.print(CodePicture("f()\n", 2, TextEdit(2, 2, "a,\n  b"), "text", 10))
    assert "\x1b[3;90m  b\x1b[0m)" in console.file.getvalue()


def test_the_ghost_text_is_grey_and_italic() -> None:
    console = Console(file=io.StringIO(), width=60, force_terminal=True, color_system="standard")
    console.print(CodePicture(TEXT, CURSOR, TextEdit(CURSOR, CURSOR, "urn a"), "python", 10))
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


def test_the_plain_summary_is_a_table_whatever_it_holds() -> None:
    console = Console(file=io.StringIO(), width=40)
    figures = Figures()
    figures.keys = [key_record("r", 10.0, None, status("TOO_SHORT")), key_record("e", 20.0, None, status("UNLIKELY"))]
    PlainView(console).summary(figures, "which model")
    rows = [line for line in console.file.getvalue().splitlines() if "  " in line]
    assert len(rows) == len(figures.rows())
    assert {len(row) - len(row.split("  ")[-1].lstrip()) for row in rows} == {
        max(len(w) for w, _ in figures.rows()) + 2
    }


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_lines_below_the_code_are_never_cut(width: int) -> None:
    detail = "a long explanation of why nothing at all is shown here, " * 2
    counts = {"prompt_n": 1234, "predicted_n": 1234, "cache_n": 12345}
    for last in ({"reason": "UNLIKELY", "detail": detail, "timings": counts}, {"reason": "TOO_SHORT"}):
        console = Console(file=io.StringIO(), width=width, height=30, force_terminal=True, color_system=None)
        with TerminalView(console, "a.py", "python") as view:
            view.key(150, key_record("Enter", 1234.5, None, last, saved=12), Screen(TEXT, CURSOR, None))
        shown = console.file.getvalue()
        words = shown[shown.rindex("\n key 150") :].split()
        assert "…" not in "".join(words)
        if "timings" in last:
            assert "12345" in words and words[words.index("12345") + 1] == "reused"
            assert " ".join(words).count("the model is not sure enough") == 1


def test_a_note_stays_above_the_frame() -> None:
    console = Console(file=io.StringIO(), width=80, height=24, force_terminal=True, color_system=None)
    with TerminalView(console, "a.py", "python") as view:
        view.note("it knows only Python")
        view.key(1, key_record("r", 12.3, None, status("UNLIKELY")), Screen(TEXT, CURSOR, None))
    shown = console.file.getvalue()
    assert shown.index("it knows only Python") < shown.index("a.py") and shown.count("it knows only Python") == 1


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
