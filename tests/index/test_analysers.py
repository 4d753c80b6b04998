"""The analyser processes: what they find, and what becomes of a file that ends or hangs one."""

import queue
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from foretoken.index.analyser_wire import Found
from foretoken.index.analysers import CRASHED, HUNG, Analysers
from index.indexing import PATIENCE, write

POISONED = (str(Path(__file__).with_name("poisoned_analyser.py")),)


class Pool:
    def __init__(self, root: Path, **options: object) -> None:
        self.results: queue.SimpleQueue[list[Found]] = queue.SimpleQueue()
        self.analysers = Analysers(root, root, 1_000_000, 1, self.results.put, **options)  # type: ignore[arg-type]

    def all(self, count: int) -> dict[str, Found]:
        """What is found of so many files; hung processes are looked for meanwhile, as the indexer does."""
        found: dict[str, Found] = {}
        while len(found) < count:
            self.analysers.kill_hung()
            try:
                found |= {one.path: one for one in self.results.get(timeout=0.05)}
            except queue.Empty:
                continue
        return found


@pytest.fixture
def pool(tmp_path: Path) -> Iterator[Pool]:
    made = Pool(tmp_path, hung_seconds=5.0, program=POISONED)
    yield made
    made.analysers.stop()
    assert not [child for child in psutil.Process().children() if "poisoned_analyser" in " ".join(child.cmdline())]


def add(pool: Pool, root: Path, names: list[str], first: bool = False) -> None:
    write(root, {name: f"def {name[:-3]}(): pass\n" for name in names})
    pool.analysers.add([(name, 10) for name in names], first)


def test_a_file_that_ends_the_process_costs_its_own_facts_alone(pool: Pool, tmp_path: Path) -> None:
    names = ["a.py", "b.py", "crash.py", "c.py"]
    add(pool, tmp_path, names)
    found = pool.all(4)
    assert found["crash.py"].left == CRASHED
    for name in ("a.py", "b.py", "c.py"):
        facts = found[name].facts
        assert facts is not None and facts.definitions[0].name == name[:-3]


def test_a_file_that_hangs_is_given_up(pool: Pool, tmp_path: Path) -> None:
    add(pool, tmp_path, ["hang.py"])
    assert pool.all(1)["hang.py"].left == HUNG
    add(pool, tmp_path, ["after.py"])
    assert pool.all(1)["after.py"].facts is not None


def test_what_was_saved_goes_before_what_waits(tmp_path: Path) -> None:
    pool = Pool(tmp_path)
    try:
        add(pool, tmp_path, [f"m{n}.py" for n in range(200)])
        add(pool, tmp_path, ["saved.py"], first=True)
        order: list[str] = []
        while len(order) < 201:
            order += [one.path for one in pool.results.get(timeout=PATIENCE)]
        assert order.index("saved.py") < 60
    finally:
        pool.analysers.stop()


def test_a_file_that_is_gone_says_so(pool: Pool, tmp_path: Path) -> None:
    pool.analysers.add([("never.py", 1)])
    found = pool.all(1)["never.py"]
    assert found.digest is None and found.left


def test_secrets_are_masked_before_facts_are_found(pool: Pool, tmp_path: Path) -> None:
    key = "AKIA" + "Q3EGYF5QZL7WR2XN"
    write(tmp_path, {"keys.py": f'KEY = "{key}"\n\n\ndef use(key="{key}"):\n    pass\n'})
    pool.analysers.add([("keys.py", 10)])
    facts = pool.all(1)["keys.py"].facts
    assert facts is not None
    assert [definition.name for definition in facts.definitions] == ["KEY", "use"]
    assert key not in repr(facts)
