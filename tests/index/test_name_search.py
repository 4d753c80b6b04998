"""Names that match what is typed: in the order, and of the number, that asking each name gives."""

import random

import pytest

from foretoken.index.name_search import NameSearch
from foretoken.index.reading import match_rank
from index.indexing import indexed, reader, write


def asked_one_by_one(names: list[str], text: str, limit: int) -> list[str]:
    ranked = [(match_rank(text.lower(), name.lower()), len(name), name) for name in names]
    return [name for rank, _, name in sorted(entry for entry in ranked if entry[0] is not None)][:limit]


@pytest.mark.parametrize("seed", range(4))
def test_it_finds_what_asking_each_name_finds(seed: int) -> None:
    chance = random.Random(seed)
    letters = "aAbBc_.*[^]\\-İßé"
    names = sorted({"".join(chance.choices(letters, k=chance.randint(1, 9))) for _ in range(400)})
    search = NameSearch(names)
    for _ in range(300):
        text = "".join(chance.choices(letters, k=chance.randint(1, 4)))
        limit = chance.choice([1, 3, 20, 1000])
        assert search.best(text, limit) == asked_one_by_one(names, text, limit), text


@pytest.mark.parametrize("text", ["", "\n", "a\nb"])
def test_what_no_name_can_hold_finds_nothing(text: str) -> None:
    assert NameSearch(["a", "b", "ab"]).best(text, 10) == []


def test_no_names() -> None:
    assert NameSearch([]).best("a", 10) == []


def test_what_is_stored_later_is_found(tmp_path) -> None:
    root = tmp_path / "w"
    write(root, {"a.py": "def first_thing(): pass\n"})
    with indexed(root, tmp_path / "index") as running, reader(running.folder) as stored:
        running.sync()
        assert [path for path, _ in stored.search("thing")] == ["a.py"]
        running.change({"b.py": "def thing(): pass\n"})
        assert [path for path, _ in stored.search("thing")] == ["b.py", "a.py"]
        running.change({"b.py": "nothing = 1\n", "a.py": "x = 1\n"})
        assert [path for path, _ in stored.search("thing")] == ["b.py"]
