"""A prompt in the form of other families, and cut to a window."""

import pytest

from engine.remote.requests_asked import prompt
from foretoken.engine.engine import EngineUnavailable
from foretoken.engine.remote.families import USUAL_LAYOUT, families
from foretoken.engine.remote.fitting import fitted
from foretoken.engine.remote.parts import arranged, take_apart, text_of
from foretoken.text.pieces import Special, Text, symbolic

INFILL = (Special.FIM_PREFIX, Special.FIM_SUFFIX)
BY_NAME = {family.name: family for family in families()}


async def count(text: str) -> int:
    return len(text)


@pytest.mark.parametrize("name", BY_NAME)
def test_every_family_can_be_written(name) -> None:
    family = BY_NAME[name]
    assert set(INFILL) <= set(family.texts)
    assert len(set(family.texts.values())) == len(family.texts)
    assert {part for part in family.layout if part not in ("header", "prefix", "suffix", "typed")} <= {*family.texts}
    pieces = arranged(take_apart(prompt("typed", "before")), family.layout, family.texts)
    assert all(piece in family.texts for piece in pieces if isinstance(piece, Special))
    text = text_of(pieces)
    assert text.count("before") == text.count("typed") == text.count("def clear") == 1


def test_a_family_that_ends_with_the_prefix() -> None:
    pieces = arranged(take_apart(prompt("typed", "before\n")), BY_NAME["Codestral"].layout, INFILL)
    assert symbolic(pieces).startswith("⟨FIM_SUFFIX⟩") and symbolic(pieces).endswith("⟨FIM_PREFIX⟩before\ntyped")


def test_a_family_whose_texts_begin_with_a_blank_has_what_was_typed_before_the_hole() -> None:
    pieces = arranged(
        take_apart(prompt("typed", "before\n")), BY_NAME["Code Llama"].layout, BY_NAME["Code Llama"].texts
    )
    assert "before\ntyped⟨FIM_SUFFIX⟩" in symbolic(pieces) and symbolic(pieces).endswith("⟨FIM_MIDDLE⟩")


def test_what_a_missing_token_introduces_is_left_out() -> None:
    known = {*INFILL, Special.FIM_MIDDLE}
    assert symbolic(arranged(take_apart(prompt("")), USUAL_LAYOUT, known)).startswith("⟨FIM_PREFIX⟩class Cart")
    some = symbolic(arranged(take_apart(prompt("")), USUAL_LAYOUT, known | {Special.FILE_SEP}))
    assert some.startswith("⟨FILE_SEP⟩cart.py\n⟨FIM_PREFIX⟩")


async def test_a_prompt_that_fits_stays_whole_and_its_texts_become_one() -> None:
    pieces = (Special.FIM_PREFIX, Text("ab", 0), Text("cd"), Special.FIM_SUFFIX)
    assert await fitted(pieces, 6, count) == ((Special.FIM_PREFIX, Text("abcd"), Special.FIM_SUFFIX), 0)


async def test_the_lowest_order_goes_first() -> None:
    pieces = (Text("aaaa", 1), Text("bbbb", 0), Text("cccc"), Special.FIM_SUFFIX, Text("dddd", 2))
    assert await fitted(pieces, 13, count) == ((Text("aaaacccc"), Special.FIM_SUFFIX, Text("dddd")), 4)
    assert (await fitted(pieces, 9, count))[1] == 8


async def test_a_file_of_which_nothing_is_left_goes_with_its_separator() -> None:
    pieces = (Special.FILE_SEP, Text("other.py\nx = 1\n", 0), Special.FILE_SEP, Text("cart.py\n"))
    assert (await fitted(pieces, 9, count))[0] == (Special.FILE_SEP, Text("cart.py\n"))


async def test_what_must_stay_is_never_cut() -> None:
    with pytest.raises(EngineUnavailable, match="8 tokens, and it holds 7"):
        await fitted((Text("aaaa", 0), Text("cccccccc")), 7, count)
