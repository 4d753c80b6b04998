"""Where a text ends: what is sent may never hold a stop, and everything else is sent in the end."""

from hypothesis import given
from hypothesis import strategies as st

from foretoken.gateway.stopping import Cut, Rules, Stopping


def said(rules: Rules, parts: list[str]) -> tuple[str, Stopping]:
    stopping = Stopping(rules)
    out = ""
    for part in parts:
        out += stopping.feed(part)
        if stopping.cut is not None:
            return out, stopping
    return out + stopping.rest(), stopping


def test_the_text_ends_before_a_stop_that_comes_in_parts():
    out, stopping = said(Rules(("STOP",)), ["abcS", "T", "OPxyz"])
    assert (out, stopping.cut, stopping.word) == ("abc", Cut.WORD, "STOP")


def test_what_only_looked_like_a_stop_is_sent():
    stopping = Stopping(Rules(("STOP",)))
    assert stopping.feed("abST") == "ab"
    assert stopping.feed("ART") == "START"
    assert stopping.feed("ST") == ""
    assert stopping.rest() == "ST"


def test_the_first_of_several_stops_counts():
    assert said(Rules(("x", "b")), ["abcx"])[0] == "a"


@given(st.lists(st.text("ab", max_size=3), max_size=8), st.lists(st.text("ab", min_size=1, max_size=3), max_size=3))
def test_parts_make_no_difference(parts: list[str], stops: list[str]):
    whole = "".join(parts)
    out, stopping = said(Rules(stops), parts)
    # Told in single characters, the stop that is complete first counts.
    ends = [(end, at) for end in range(len(whole) + 1) for stop in stops if (at := end - len(stop)) >= 0
            and whole[at:end] == stop]  # fmt: skip
    if stopping.cut is None:
        assert not ends and out == whole
    else:
        assert whole.startswith(out) and not any(stop in out for stop in stops)
        assert any(whole[len(out) :].startswith(stop) for stop in stops)


def test_a_line_that_is_indented_less_is_not_sent():
    out, stopping = said(Rules(n_indent=4), ["a = 1\n", "    b\n", "\n  ", "  c\n", "  ", "d"])
    assert (out, stopping.cut) == ("a = 1\n    b\n\n    c", Cut.LIMIT)


def test_the_first_line_may_begin_anywhere():
    assert said(Rules(n_indent=4), ["x\n    y"])[0] == "x\n    y"


def test_indentation_counts_characters():
    assert said(Rules(n_indent=2), ["x\n\t\ty\n\tz"])[0] == "x\n\t\ty"


def test_blanks_wait_until_their_line_is_known():
    stopping = Stopping(Rules(n_indent=2))
    assert stopping.feed("x\n  ") == "x"
    assert stopping.feed("y") == "\n  y"


def test_after_its_time_the_text_ends_with_the_line():
    now = [0.0]
    stopping = Stopping(Rules(predict_ms=1000), lambda: now[0])
    assert stopping.feed("a\nb") == "a\nb"
    now[0] = 1.5
    assert stopping.feed("c") == "c" and stopping.cut is None
    assert stopping.feed("d\ne") == "d" and stopping.cut is Cut.LIMIT
