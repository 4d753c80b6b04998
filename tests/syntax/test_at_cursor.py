from inline_snapshot import snapshot

from at_cursor import check

CODE = '''\
import os

class Cart:
    """Holds items."""

    def total(self, items):
        # add them up
        sum = 0
        for item in items:
            sum += item.price(
                1)
        return f"{sum} €"

def other():
    pass
'''


def at(line: str, mark: str) -> str:
    """CODE with the line that holds ``line`` replaced by ``mark``."""
    lines = [mark if line and line in one else one for one in CODE.splitlines()]
    return check("python", "\n".join(lines) + "\n")


def test_in_a_statement() -> None:
    assert at("sum = 0", "        sum = <CURSOR>0") == snapshot("code | sum = 0 | 8-12 | Cart.total")


def test_in_a_statement_of_several_lines() -> None:
    assert at("                1)", "                1<CURSOR>)") == snapshot(
        "code | sum += item.price( 1) | 10-11 | Cart.total"
    )


def test_in_a_comment() -> None:
    assert at("# add", "        # add <CURSOR>them up") == snapshot("comment | - | 8-12 | Cart.total")


def test_at_the_end_of_a_comment() -> None:
    assert at("# add", "        # add them up<CURSOR>") == snapshot("comment | - | 8-12 | Cart.total")


def test_in_a_string() -> None:
    assert at("return f", '        return f"{sum} <CURSOR>€"') == snapshot(
        'string | return f"{sum} €" | 8-12 | Cart.total'
    )


def test_behind_a_string() -> None:
    assert at("return f", '        return f"{sum} €"<CURSOR>') == snapshot(
        'code | return f"{sum} €" | 8-12 | Cart.total'
    )


def test_on_a_new_line_that_continues_the_loop() -> None:
    assert at("return f", "            <CURSOR>\n        return sum") == snapshot("code | - | 10-11 | Cart.total")


def test_on_a_new_line_that_leaves_the_loop() -> None:
    assert at("return f", "        <CURSOR>\n        return sum") == snapshot("code | - | 8-13 | Cart.total")


def test_on_a_new_line_behind_the_method() -> None:
    assert at("def other", "    <CURSOR>\n\ndef other():") == snapshot("code | - | 4-12 | Cart")


def test_at_the_top_between_definitions() -> None:
    assert at("def other", "<CURSOR>\ndef other():") == snapshot("code | - | - | -")


def test_behind_a_colon_without_a_body() -> None:
    assert check("python", "def f(x):\n    if x:\n        <CURSOR>") == snapshot("code | - | 2-2 | -")


def test_an_empty_text() -> None:
    assert check("python", "<CURSOR>") == snapshot("code | - | - | -")
