"""When an answer is complete, and what of it is new."""

import pytest

from engine.remote.requests_asked import asked, prompt
from foretoken.engine.remote.answer import Answer
from foretoken.engine.remote.chunks import Chunk
from foretoken.engine.remote.connection import ServerRefused
from foretoken.text.generation import FinishReason, Stop

END = frozenset({7})


def chunk(text: str, probability: float | None = 0.5, **more: object) -> Chunk:
    return Chunk(((text, probability),), **more)


def new_answer(n_predict: int = 8, healed: str = "", **more: object) -> Answer:
    return Answer(asked(prompt("x"), n_predict, **{"stop": Stop(max_lines=9), **more}), END, healed)


def test_what_was_typed_is_not_sent_again() -> None:
    answer = new_answer(healed="sel")
    assert answer.take(chunk("s")) == ([], None)
    (token,), reason = answer.take(chunk("elf", likeliest=(("elf", 0.5), ("elect", 0.25), ("x", 0.25))))
    assert (token.text, reason) == ("f", None)
    assert token.probability == pytest.approx(0.5 * 0.5 / 0.75)
    assert answer.take(chunk(".a"))[0][0].text == ".a"
    assert answer.predicted_n == 2


def test_what_the_server_does_not_name_may_begin_as_what_was_typed() -> None:
    (token,), _ = new_answer(healed="se").take(chunk("self", 0.2, likeliest=(("x", 0.5), ("y", 0.1))))
    assert token.probability == pytest.approx(0.2 / (0.2 + 0.2))  # 0.2 of all is not named


def test_a_typed_token_alone_is_nothing_new() -> None:
    answer = new_answer(healed="self")
    assert answer.take(chunk("self")) == ([], None)
    assert answer.take(chunk("", None, reason=FinishReason.END)) == ([], FinishReason.END)
    assert answer.predicted_n == 0


def test_an_answer_that_does_not_keep_to_its_grammar_is_none() -> None:
    with pytest.raises(ServerRefused):
        new_answer(healed="self").take(chunk("other"))


def test_the_length_is_that_of_what_is_new() -> None:
    answer = new_answer(2, healed="a")
    assert answer.take(chunk("a")) == ([], None)
    assert answer.take(chunk("b"))[1] is None
    assert answer.take(chunk("c"))[1] is FinishReason.LENGTH


def test_the_end_token_is_not_sent_and_does_not_count() -> None:
    answer = new_answer()
    assert answer.take(chunk("a"))[1] is None
    assert answer.take(chunk("", 0.01)) == ([], None)
    assert answer.take(chunk("", None, reason=FinishReason.END)) == ([], FinishReason.END)
    assert answer.predicted_n == 1


def test_a_part_of_a_character_goes_with_its_rest() -> None:
    answer = new_answer()
    assert answer.take(chunk("", 0.9)) == ([], None)
    tokens, _ = answer.take(chunk("é", 0.8))
    assert [(token.text, token.probability) for token in tokens] == [("", 0.9), ("é", 0.8)]


def test_a_control_token_ends_it() -> None:
    assert new_answer().take(chunk("", 0.9, token_ids=(7,))) == ([], FinishReason.END)


def test_the_token_that_crosses_the_line_is_the_last() -> None:
    answer = new_answer(min_probability=0.3)
    assert answer.take(chunk("a"))[1] is None
    tokens, reason = answer.take(chunk("b"))
    assert (tokens[0].text, reason) == ("b", FinishReason.UNLIKELY)


def test_without_probabilities_nothing_is_improbable() -> None:
    tokens, reason = new_answer(min_probability=0.9).take(chunk("a", None))
    assert (tokens[0].probability, reason) == (1.0, None)


def test_the_stop_rule() -> None:
    answer = new_answer(stop=Stop(max_lines=1))
    assert answer.take(chunk("a"))[1] is None
    assert answer.take(chunk("\n  b"))[1] is FinishReason.STOP
