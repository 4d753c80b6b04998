"""Which files say nothing new, and which give away a held-out file."""

from training.near_duplicates import HeldOutLines, Novelty

CODE = "".join(f"def function_{name}(first, second):\n    return first + second + '{name}'\n\n" for name in "abcdefgh")


def test_near_duplicates_are_dropped() -> None:
    novelty = Novelty()
    assert novelty.admit(CODE)
    assert not novelty.admit(CODE)
    assert not novelty.admit(CODE + "one_more_line_that_is_quite_long = 1\n")
    assert novelty.admit(CODE.replace("function", "method").replace("first", "left"))


def test_indentation_makes_nothing_new() -> None:
    novelty = Novelty()
    assert novelty.admit(CODE)
    assert not novelty.admit("class Outer:\n" + "".join(f"    {line}\n" for line in CODE.split("\n")))


def test_half_of_a_held_out_file_gives_it_away() -> None:
    held_out = HeldOutLines()
    held_out.add(CODE)
    other = "".join(f"some_other_statement_number_{number} = call({number})\n" for number in range(500))
    assert not held_out.given_away_by(other)
    lines = CODE.split("\n")
    assert held_out.given_away_by(other + "\n".join(lines[: len(lines) // 2 + 1]))
    assert not held_out.given_away_by(other + "\n".join(lines[: len(lines) // 3]))


def test_two_lines_in_common_are_no_copy() -> None:
    held_out = HeldOutLines()
    held_out.add("from __future__ import annotations\nfrom collections.abc import Iterator\n")
    assert not held_out.given_away_by(
        "from __future__ import annotations\nfrom collections.abc import Iterator\n" + CODE
    )
