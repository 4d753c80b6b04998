"""The table of paths, against the plainest way to compute the same."""

from hypothesis import given
from hypothesis import strategies as st

from foretoken.syntax.resolve.path_table import PathTable

PARTS = st.sampled_from(["a", "b", "c.py", "d.rs", "mod.rs"])
PATHS = st.lists(PARTS, min_size=1, max_size=4).map("/".join)


@given(st.lists(PATHS, max_size=12), st.lists(PATHS, max_size=6), PATHS)
def test_every_question(added: list[str], removed: list[str], asked: str) -> None:
    table = PathTable(added)
    for path in removed:
        table.remove(path)
    known = set(added) - set(removed)
    assert len(table) == len(known)
    assert table.has(asked) == (asked in known)
    assert table.has_folder(asked) == any(path.startswith(asked + "/") for path in known)
    assert sorted(table.under(asked)) == sorted(path for path in known if path.rpartition("/")[0] == asked)
    assert sorted(table.within(asked)) == sorted(path for path in known if path.startswith(asked + "/"))
    assert sorted(table.ending(asked)) == sorted(path for path in known if ("/" + path).endswith("/" + asked))
    name = asked.rpartition("/")[2]
    assert sorted(table.named(name)) == sorted(path for path in known if path.rpartition("/")[2] == name)
    assert sorted(table.within("")) == sorted(known)
    assert sorted(table.under("")) == sorted(path for path in known if "/" not in path)
