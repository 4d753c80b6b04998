"""Random examples: every part once, both orders, context where there is room for it."""

import random

from source_files import File, written
from training.context import Package
from training.examples import CONTEXT_FROM, other_files, random_infill, random_plain
from training.segments import END, FILE_SEP, FIM_MIDDLE, FIM_PREFIX, FIM_SUFFIX, Cut

TEXT = (
    "import os\n\n\ndef join_parts(parts):\n    if not parts:\n        return ''\n    return os.path.join(*parts)\n"
    * 30
)
PACKAGE = Package([File("pkg", f"pkg/{name}.py", TEXT) for name in "abc"])


def examples(budget: int, count: int = 300) -> list[list[str]]:
    rng = random.Random(2)
    drawn = [random_infill(PACKAGE, rng, budget) for _ in range(count)]
    return [[piece.text for piece in pieces if piece.special] for pieces in drawn if pieces]


def test_infill_holds_each_part_once_in_both_orders() -> None:
    orders = []
    for specials in examples(600):
        assert all(specials.count(mark) == 1 for mark in (FILE_SEP, FIM_PREFIX, FIM_SUFFIX, FIM_MIDDLE, END))
        assert specials[-2:] == [FIM_MIDDLE, END]
        orders.append(specials.index(FIM_SUFFIX) < specials.index(FIM_PREFIX))
    assert 0.2 < sum(orders) / len(orders) < 0.4


def test_context_only_where_there_is_room() -> None:
    share = [sum(s.count(FILE_SEP) > 1 for s in examples(budget)) / 300 for budget in (CONTEXT_FROM - 1, 3000)]
    assert share[0] == 0
    assert 0.3 < share[1] < 0.5
    assert max(s.count(FILE_SEP) for s in examples(6000)) >= 4


def test_what_has_to_be_written_has_no_say_in_the_context() -> None:
    package = Package([File("pkg", "pkg/a.py", TEXT), File("pkg", "pkg/b.py", "secret_helper = join_parts\n" * 50)])
    rng = random.Random(0)
    hidden = [other_files(package, package.files[0], Cut("", "secret_helper", ""), 400, rng) for _ in range(20)]
    shown = [other_files(package, package.files[0], Cut("join_parts\n", "", ""), 400, rng) for _ in range(20)]
    assert not any(hidden) and any(shown)


def test_plain_text_stays_near_its_budget_and_ends_only_where_its_file_does() -> None:
    rng = random.Random(3)
    numbered = [File("pkg", f"pkg/{name}.py", "".join(f"{name}_{i} = {i}\n" for i in range(400))) for name in "ab"]
    package = Package(numbered)
    ended = 0
    for budget in (200, 1500, 5000):
        for _ in range(50):
            text = written(random_plain(package, rng, budget))
            last = text.removesuffix(END).rsplit("<|file_sep|>", 1)[1].split("\n", 1)[1]
            assert text.endswith(END) == any(file.text.endswith(last) for file in numbered)
            ended += text.endswith(END)
            assert len(text) < budget + 200
    assert 0 < ended < 150
