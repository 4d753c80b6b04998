"""Golden prompts and properties of the infill format."""

import pytest
from inline_snapshot import snapshot as expected

from foretoken.prompt import infill as infill_module
from foretoken.prompt.infill import CHARS_PER_TOKEN, infill, shortened
from foretoken.prompt.window import block_lines
from foretoken.session.anchor import anchor_at, fix_anchor, next_anchor
from foretoken.session.snapshot import Snapshot
from foretoken.text.pieces import Prompt, Special, Text, symbolic
from marked import cursor, snapshot


def test_the_form() -> None:
    view = snapshot("import os\n\ndef f():\n    return os.<CURSOR>\n\nprint(f())\n")
    assert symbolic(infill(view, 512)) == expected(
        """\
⟨REPO_NAME⟩repo
⟨FILE_SEP⟩pkg/mod.py
⟨FIM_PREFIX⟩import os

def f():
⟨FIM_SUFFIX⟩

print(f())
⟨FIM_MIDDLE⟩    return os.\
"""
    )


def test_a_single_file_has_no_repo_name() -> None:
    prompt = infill(snapshot("<CURSOR>", repo_name="", path="a.py"), 512)
    assert symbolic(prompt) == expected(
        """\
⟨FILE_SEP⟩a.py
⟨FIM_PREFIX⟩⟨FIM_SUFFIX⟩⟨FIM_MIDDLE⟩\
"""
    )


def test_typing_only_appends() -> None:
    text, offset = cursor("a = 1\nb = <CURSOR>\nc = 3\n")
    anchor = fix_anchor(text, offset)
    previous = symbolic(infill(snapshot("a = 1\nb = <CURSOR>\nc = 3\n", anchor=anchor), 512))
    for ch in "foo(\n    x,":
        moved = next_anchor(anchor, offset, offset, ch)
        text, offset = text[:offset] + ch + text[offset:], offset + 1
        anchor = anchor_at(moved, text, offset)
        now = symbolic(infill(snapshot(text[:offset] + "<CURSOR>" + text[offset:], anchor=anchor), 512))
        assert now == previous + ch
        previous = now


def test_text_that_looks_like_a_special_token_stays_text() -> None:
    # The literal is built here: no special token's text stands in the repository.
    literal = "<|" + "fim_middle" + "|>"
    prompt = infill(snapshot(f"a = '{literal}'\nb = '{literal}'<CURSOR>\n{literal}\n"), 512)
    assert [piece for piece in prompt if isinstance(piece, Special)] == [
        Special.REPO_NAME,
        Special.FILE_SEP,
        Special.FIM_PREFIX,
        Special.FIM_SUFFIX,
        Special.FIM_MIDDLE,
    ]
    assert sum(piece.text.count(literal) for piece in prompt if isinstance(piece, Text)) == 3


def test_a_long_file_is_cut_to_the_budget_around_the_cursor() -> None:
    lines = [f"value_{n} = {n}" for n in range(4000)]
    marked = "\n".join([*lines[:2000], "here = <CURSOR>", *lines[2000:]])
    prompt = infill(snapshot(marked), 1000)
    text = symbolic(prompt)
    assert len(text) < 1000 * CHARS_PER_TOKEN * 1.1
    assert "value_1999 = 1999" in text and "value_2000 = 2000" in text
    assert text.endswith("⟨FIM_MIDDLE⟩here = ")


def test_the_head_of_the_window_moves_once_a_block_while_lines_are_added() -> None:
    lines = [f"value_{n} = {n}" for n in range(3000)]
    heads = []
    for count in range(2400, 2400 + 3 * block_lines(3000)):
        text = symbolic(infill(snapshot("\n".join(lines[:count]) + "\n<CURSOR>"), 1000))
        heads.append(text.split("⟨FIM_PREFIX⟩")[1].split("\n")[0])
    assert len(set(heads)) <= 4


@pytest.mark.parametrize("line", range(40, 400, 37))
def test_a_small_prompt_keeps_both_sides(line: int) -> None:
    lines = [f"    self.value_{n} = compute_value({n}, self.scale)" for n in range(400)]
    marked = "\n".join([*lines[:line], "    here = <CURSOR>", *lines[line:]])
    before, after = sides(infill(snapshot(marked), 448))
    room = 448 * CHARS_PER_TOKEN
    assert lines[line - 1] in before and len(before) > room * 0.3
    assert line > 390 or len(after) > room * 0.1
    assert len(before) + len(after) <= room


def test_one_huge_line_nearby_does_not_break_the_budget() -> None:
    huge = "x = [" + "1, " * 20000 + "]"
    for marked in (f"a = 1\nb = <CURSOR>\n{huge}\n", f"{huge}\na = 1\nb = <CURSOR>\n"):
        before, after = sides(infill(snapshot(marked), 448))
        assert len(before) + len(after) <= 448 * CHARS_PER_TOKEN


def test_typing_does_not_move_the_window() -> None:
    lines = [f"value_{n} = {n}" for n in range(400)]
    text = "\n".join(lines) + "\n"
    anchor = fix_anchor(text, len(text))
    starts = set()
    for typed in range(1, 200):
        marked = text + "y" * typed + "<CURSOR>"
        starts.add(sides(infill(snapshot(marked, anchor=anchor), 448))[0])
    assert len(starts) <= 2


def sides(prompt: Prompt) -> tuple[str, str]:
    """What stands before and behind the middle."""
    before, after = symbolic(prompt).split("⟨FIM_PREFIX⟩")[1].split("⟨FIM_SUFFIX⟩")
    return before, after.split("⟨FIM_MIDDLE⟩")[0]


def test_far_blocks_may_be_dropped_farthest_first_and_the_cursor_never() -> None:
    lines = [f"value_{n} = {n}" for n in range(400)]
    marked = "\n".join([*lines[:200], "here = <CURSOR>", *lines[200:]])
    pieces = [piece for piece in infill(snapshot(marked), 4000) if isinstance(piece, Text)]
    assert pieces[-1] == Text("here = ")
    prefix = [p for p in pieces if "value_0 = 0\n" in p.text or "value_199 = 199\n" in p.text]
    assert prefix[0].drop_order is not None and prefix[-1].drop_order is None


def test_windows_line_ends_are_written_as_the_model_knows_them() -> None:
    unix = snapshot("a = 1\nb = <CURSOR>\nc = 3\n")
    windows = snapshot("a = 1\r\nb = <CURSOR>\r\nc = 3\r\n")
    assert infill(windows, 512) == infill(unix, 512)


LINES = [f"value_{n} = {n}" for n in range(400)]
MARKED = "\n".join([*LINES[:200], "here = <CURSOR>", *LINES[200:]])


def quick(room: int, marked: str = MARKED) -> Snapshot:
    return snapshot(marked, anchor=fix_anchor(*cursor(marked), room))


def test_a_quick_anchor_shows_whole_lines_next_to_the_cursor_more_of_them_before_it() -> None:
    for room in range(100, 500, 37):
        before, after = sides(infill(quick(room), 2048))
        assert before.startswith("value_") and before.endswith("value_199 = 199\n")
        assert after.startswith("\nvalue_200 = 200\n") and after.endswith("\n")
        assert room - 40 < len(before) + len(after) <= room
        assert len(before) > len(after)


def test_what_stands_before_the_file_and_what_was_typed_are_the_same_with_it() -> None:
    prompt, whole = infill(quick(200), 2048), infill(snapshot(MARKED), 2048)
    start = whole.index(Special.FIM_PREFIX) + 1
    assert prompt[:start] == whole[:start] and prompt[-1] == whole[-1] == Text("here = ")


def test_a_room_that_holds_all_that_the_model_takes_changes_nothing() -> None:
    whole = infill(snapshot(MARKED), 448)
    assert not shortened(quick(1300), 448) and infill(quick(1300), 448) == whole
    assert shortened(quick(200), 448) and infill(quick(200), 448) != whole
    assert not shortened(snapshot(MARKED), 448)
    small = "a = 1\nb = <CURSOR>\n"
    assert not shortened(quick(12, small), 448) and shortened(quick(5, small), 448)


def test_a_secret_in_a_name_is_not_in_the_header(monkeypatch: pytest.MonkeyPatch) -> None:
    value = "ghp_" + "q7RtZk2LmW9xVb4Nc8Ds1Fg6Hj3Kp5Ty0UeA"
    asked: list[str] = []
    really = infill_module.redact
    monkeypatch.setattr(infill_module, "redact", lambda text: (asked.append(text), really(text))[1])
    for _ in range(3):
        view = snapshot("x = <CURSOR>\n", repo_name=f"clone-{value}", path=f"exports/{value}/a.py")
        assert symbolic(infill(view, 512)).startswith(
            "⟨REPO_NAME⟩clone-SECRET_GITHUB_TOKEN_1\n⟨FILE_SEP⟩exports/SECRET_GITHUB_TOKEN_1/a.py\n⟨FIM_PREFIX⟩"
        )
    assert len(asked) == 1  # not again at each key
