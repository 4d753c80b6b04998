"""What is read of a C text after an edit is what is read of the new text as a whole, wherever macros, calls that go on over
lines, and the branches of an ``#if`` stand."""

import random
from itertools import pairwise

import pytest

from annotated_sources import FOLDER
from foretoken.syntax.c_reading import Reading

BRANCHES = b"#if A\nvoid f(int a) {\n#else\nvoid f(long a) \n#endif\n  x();\n}\nvoid g(void) { }\nint h;\n"
CALLS = b'A_B(x,\n  "a;{",\n  f({y})\n  );\n  int c;\nLIB_BEGIN\n\n  LIB_MORE(\n   z)\nclass LIB_API Item {\n  int f() LIB_A;\n};\n'
CONTINUED = b"#if A \\\n  && B\nint f() {\n#else \\\n  y\nint f() {{\n  LIB_API int h(int a);\n#endif \\\n  z\n}\n"
TEXTS = [
    BRANCHES * 3,
    CALLS * 3,
    CONTINUED * 3,
    *(next(FOLDER.glob(each)).read_bytes() for each in ("c/basket.c", "cpp/basket.cpp")),
]
PIECES = [
    b"\n", b"\n  ", b" ", b"(", b")", b"{", b"}", b'"', b"/*", b"//", b"#", b"x", b";", b",", b"\\", b"\\\n",
    b"\n#if A\n", b"\n#else\n", b"\n#endif\n", b"LIB_API ", b"LIB_M(x,\n  y)", b"\nLIB_BEGIN\n", b"\n{\n", b"a LIB_UN)",
    b"\n\n  \n", b"#el", b"if", CALLS, BRANCHES,
]  # fmt: skip
RUNS, STEPS = 60, 25


@pytest.mark.parametrize("cplusplus", [False, True])
@pytest.mark.parametrize("text", TEXTS, ids=["branches", "calls", "continued", "c", "cpp"])
def test_after_each_edit_as_for_the_whole_text(text: bytes, cplusplus: bool) -> None:
    for seed in range(RUNS):
        chance = random.Random(seed)
        data = text[: chance.randrange(len(text) + 1)]
        reading = Reading(data, cplusplus)
        for step in range(STEPS):
            start = chance.randrange(len(data) + 1)
            end = min(len(data), start + chance.choice((0, 0, 0, 1, 1, 3, 20)))
            new = chance.choice(PIECES)
            before, data = reading.read, data[:start] + new + data[end:]
            reading, first, last, new_last = reading.edited(data, start, end, start + len(new))
            assert reading.read == Reading(data, cplusplus).read, f"seed {seed}, step {step}"
            assert before[:first] == reading.read[:first] and before[last:] == reading.read[new_last:]


def test_lines_that_come_back_are_read_as_whole_lines() -> None:
    data = b"#if A\nint f();\n#else\n  LIB_API int h(int a);\n{\n#endif\n"
    place = data.index(b"{")
    after = data[:place] + data[place + 1 :]
    reading, *_ = Reading(data, cplusplus=False).edited(after, place, place + 1, place)
    assert reading.read == Reading(after, cplusplus=False).read
    assert b"  LIB_API int h" in reading.read


def test_a_key_in_a_line_is_no_larger_change_than_itself() -> None:
    data = CALLS * 200
    reading = Reading(data, cplusplus=True)
    place = data.index(b"int c", len(data) // 2) + 3
    after = data[:place] + b"x" + data[place:]
    _, first, last, new_last = reading.edited(after, place, place, place + 1)
    assert (first, last, new_last) == (place, place, place + 1)


def test_groups_with_branches_are_the_outermost() -> None:
    parts = [b"#if A\n", b"#if B\n#elif C\n", b"#endif\n", b"# else\n#endif\n", b"#if D\n#endif\n", b"#if E\n#else\n"]
    data = b"x\n".join(parts)
    starts = [data.index(part) for part in parts]
    assert all(one < other for one, other in pairwise(starts))
    assert Reading(data, cplusplus=False).branches == [(0, data.index(b"#if D") - 3)]
