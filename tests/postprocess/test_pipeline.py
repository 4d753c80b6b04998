"""The filters, one by one, through the whole pipeline: source with a cursor, generated text, what is shown."""

import pytest

from foretoken.postprocess.pipeline import postprocess
from foretoken.postprocess.suggestion import Reason, Refusal
from foretoken.text.generation import FinishReason, GeneratedToken, Stop
from marked import cursor


def check(
    source: str,
    generated: str | list[tuple[str, float]],
    expected: str | Reason,
    *,
    stop: Stop = Stop(max_lines=8),
    reason: FinishReason = FinishReason.END,
    min_probability: float = 0.4,
) -> None:
    text, offset = cursor(source)
    parts = [(generated, 0.9)] if isinstance(generated, str) else generated
    outcome = postprocess(
        [GeneratedToken(part, probability) for part, probability in parts],
        reason,
        text=text,
        offset=offset,
        stop=stop,
        min_probability=min_probability,
    )
    if isinstance(outcome, Refusal):
        assert outcome.reason is expected
    else:
        assert outcome.text == expected
        assert outcome.start == outcome.end == offset


def test_shows_what_was_generated() -> None:
    check("x = <CURSOR>\n", "value", "value")


def test_probability_is_the_product_of_what_is_shown() -> None:
    outcome = postprocess(
        [GeneratedToken("foo", 0.9), GeneratedToken(" bar", 0.8), GeneratedToken(" baz", 0.1)],
        FinishReason.END,
        text="",
        offset=0,
        stop=Stop(),
        min_probability=0.5,
    )
    assert not isinstance(outcome, Refusal)
    assert outcome.text == "foo bar"
    assert outcome.probability == pytest.approx(0.72)


def test_cut_goes_back_to_a_word_boundary() -> None:
    check("<CURSOR>", [("return", 0.9), (" se", 0.9), ("lf", 0.2)], "return")


def test_cut_on_a_boundary_keeps_the_word() -> None:
    check("<CURSOR>", [("self", 0.9), (".", 0.9), ("name", 0.2)], "self.")


def test_unlikely_first_token_is_refused() -> None:
    check("<CURSOR>", [("return", 0.3), (" x", 0.9)], Reason.UNLIKELY)


@pytest.mark.parametrize(
    "generated, detail",
    [
        ([("return", 0.3)], "the first token has probability 0.30, the least is 0.40"),
        (
            [("pri", 0.7), ("nt", 0.5)],
            "'pri' would be half a word; beyond it the probability is 0.35, the least is 0.40",
        ),
        ([("  ", 0.9), ("x", 0.2)], "beyond white space the probability is 0.18, the least is 0.40"),
    ],
)
def test_an_unlikely_answer_says_why(generated: list[tuple[str, float]], detail: str) -> None:
    tokens = [GeneratedToken(text, probability) for text, probability in generated]
    outcome = postprocess(tokens, FinishReason.UNLIKELY, text="", offset=0, stop=Stop(), min_probability=0.4)
    assert outcome == Refusal(Reason.UNLIKELY, detail)


def test_nothing_generated() -> None:
    check("<CURSOR>", [], Reason.EMPTY)
    check("<CURSOR>", "  \n", Reason.BLANK)


def test_stops_at_the_line_end() -> None:
    check("x = <CURSOR>\n", "call(a)\ny = 2", "call(a)", stop=Stop(max_lines=1))


def test_stops_at_the_dedent() -> None:
    check(
        "def f():\n    <CURSOR>\n",
        "if a:\n        b()\n    return 1\nprint(2)\n",
        "if a:\n        b()\n    return 1",
        stop=Stop(max_lines=8, min_indent=4),
    )


def test_a_closing_bracket_may_stand_one_step_out() -> None:
    check("call(<CURSOR>\n", "\n    a,\n)\nnext_thing()", "\n    a,\n)", stop=Stop(max_lines=8, min_indent=1))


def test_the_rest_of_the_line_is_not_repeated() -> None:
    check("foo(<CURSOR>)\n", "a, b)", "a, b", stop=Stop(max_lines=1))
    check("x[foo(<CURSOR>)]\n", "abc)]", "abc", stop=Stop(max_lines=1))


def test_its_own_closer_is_not_taken_for_the_rest_of_the_line() -> None:
    check("print(<CURSOR>)\n", "len(x)", "len(x)", stop=Stop(max_lines=1))
    check("x = [<CURSOR>]\n", "a[0]", "a[0]", stop=Stop(max_lines=1))
    check("foo(<CURSOR>);\n", "bar();", "bar()", stop=Stop(max_lines=1))
    check("print(<CURSOR>)\n", "len(x))", "len(x)", stop=Stop(max_lines=1))


def test_a_quote_further_on_does_not_take_the_suggestions_own() -> None:
    check('x = <CURSOR> if ok else ""\n', '"yes"', '"yes"', stop=Stop(max_lines=1))
    check('s = <CURSOR> + "x"\n', '"hello "', '"hello "', stop=Stop(max_lines=1))
    check("d = [<CURSOR>, 'b'\n", "'abc'", "'abc'", stop=Stop(max_lines=1))


def test_a_partly_repeated_rest_is_trimmed_when_it_is_punctuation() -> None:
    check("foo(<CURSOR>) + 1\n", "abc)", "abc", stop=Stop(max_lines=1))


def test_a_letter_in_common_with_the_rest_says_nothing() -> None:
    check("foo(<CURSOR>a)\n", "lambda", "lambda", stop=Stop(max_lines=1))


def test_the_next_line_is_not_repeated() -> None:
    check("def f():\n    <CURSOR>\n    return total\n", "total = 1\n    return total", "total = 1")
    check("def f():\n    <CURSOR>\n    return total\n", "return total", Reason.REPEATS_SUFFIX)


def test_a_bracket_that_the_next_line_closes_is_not_closed_twice() -> None:
    check("b(<CURSOR>\n)\n", "long_name,\n)", "long_name,")


def test_a_short_line_may_stand_again() -> None:
    check("if a:\n    <CURSOR>\nelse:\n    c()\n", "b()\nelse:\n    d()", "b()\nelse:\n    d()")


def test_closes_only_what_is_open() -> None:
    check("foo(<CURSOR>\n", "alpha)) + 1", "alpha)")
    check("foo(<CURSOR>)\n", "alpha) + beta(gamma", "alpha", stop=Stop(max_lines=1))
    check("<CURSOR>", ") + 1", Reason.UNBALANCED)


def test_brackets_in_strings_do_not_count() -> None:
    check("foo(<CURSOR>\n", "')', b)", "')', b)")


def test_a_cut_does_not_end_on_an_opener() -> None:
    check("x = <CURSOR>\n", [("value", 0.9), (".get", 0.9), ("(", 0.9), ("key", 0.1)], "value.get")


def test_a_line_that_ends_on_an_opener_by_itself_keeps_it() -> None:
    check("x = <CURSOR>\n", "value.get(", "value.get(", reason=FinishReason.STOP)


def test_foreign_indentation_is_cut() -> None:
    check("def f():\n\tpass\n\n<CURSOR>\n", "def g():\n    pass", "def g():")
    check("def f():\n\tpass\n\n<CURSOR>\n", "def g():\n\tpass", "def g():\n\tpass")


def test_indentation_from_nowhere_is_refused() -> None:
    check("x = 1\n<CURSOR>\n", "    return 2", Reason.BAD_INDENT)
    check("def f():\n<CURSOR>\n", "    return 2", "    return 2")


def test_three_identical_lines_are_cut_to_one() -> None:
    check("<CURSOR>", "a = 1\na = 1\na = 1\n", "a = 1", stop=Stop(max_lines=8))


def test_a_repeated_end_is_cut() -> None:
    check("x = <CURSOR>", "start + abcabcabcabcabcabc", "start +")


def test_the_same_line_a_third_time_is_refused() -> None:
    check("a = 1\na = 1\na =<CURSOR>\n", " 1  ", Reason.REPETITION)
    check("a = 1\r\na = 1\r\na =<CURSOR>\r\n", " 1  ", Reason.REPETITION)


def test_too_short() -> None:
    check("x = <CURSOR>\n", "ab", Reason.TOO_SHORT)


def test_a_secret_is_not_suggested() -> None:
    token = "gh" + "p_" + "a1B2c3D4" * 4 + "e5F6"
    check("x = <CURSOR>\n", f"'{token}'", Reason.SECRET)
    check("password = <CURSOR>\n", "'q8Zr!two'", Reason.SECRET)
    check("password = '<CURSOR>'\n", "q8Zr!two", Reason.SECRET)
    check("password = (\n    <CURSOR>\n)\n", "'q8Zr!two'", Reason.SECRET)
    check("kind: Secret\ndata:\n  <CURSOR>\n", "user: YWRtaW4x", Reason.SECRET)
    check("kind: ConfigMap\ndata:\n  <CURSOR>\n", "user: YWRtaW4x", "user: YWRtaW4x")
    check("password = <CURSOR>\n", "os.environ['PASSWORD']", "os.environ['PASSWORD']")
    check("password = <CURSOR>\n", "'changeme'", "'changeme'")
    check(f"a = ('{token}', <CURSOR>)\n", "None, 1", "None, 1")


def test_a_placeholder_is_not_suggested_unless_the_document_says_the_word() -> None:
    check("x = <CURSOR>\n", "f('SECRET_GITHUB_TOKEN_1')", Reason.SECRET)
    check("x = SECRET_GITHUB<CURSOR>\n", "_TOKEN_1 + 1", Reason.SECRET)
    check("SECRET_PASSWORD_1 = 2\nx = <CURSOR>\n", "SECRET_PASSWORD_1", "SECRET_PASSWORD_1")
    check("x = <CURSOR>\n", "SECRET_NUMBER_1", "SECRET_NUMBER_1")


def test_a_secret_that_does_not_stay_in_the_suggestion_does_not_matter() -> None:
    check("x = <CURSOR>\n", "call(a)\npassword = 'q8Zr!two'", "call(a)", stop=Stop(max_lines=1))
