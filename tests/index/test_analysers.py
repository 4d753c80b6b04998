"""The analyser processes: what they find, and what becomes of a file that ends or hangs one."""

import queue
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from foretoken.index.analyser_wire import Found
from foretoken.index.analysers import BATCH_BYTES, CRASHED, HUNG, MOST_UNSTORED, Analysers
from foretoken.trust.stamp import stamp_of
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
            self.analysers.stored(1)
        return found

    def until(self, so: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE
        while not so():
            assert time.monotonic() < end
            with self.analysers._changed:
                self.analysers._changed.wait(0.05)


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


def test_a_process_that_something_else_ended_is_no_fault_of_the_file(pool: Pool, tmp_path: Path) -> None:
    add(pool, tmp_path, ["killed.py"], first=True)
    found = pool.all(1)["killed.py"]
    assert (tmp_path / "was_killed").exists()
    assert found.facts is not None and found.facts.definitions[0].name == "killed"


@pytest.mark.parametrize("name", ["crash.py", "hang.py"])
def test_a_file_that_is_blamed_has_the_stamp_that_it_had_then(pool: Pool, tmp_path: Path, name: str) -> None:
    write(tmp_path, {name: "poison"})
    stamp = stamp_of((tmp_path / name).stat())
    pool.analysers.add([(name, 10)])
    found = pool.all(1)[name]
    assert (found.stamp, found.digest) == (stamp, None)
    assert 0 < found.read_at <= time.time() and 0 < found.moment <= time.perf_counter_ns()


def test_a_slow_disk_holds_up_the_reading_but_not_of_what_was_saved(pool: Pool, tmp_path: Path) -> None:
    names = [f"m{number}.py" for number in range(20)]
    write(tmp_path, dict.fromkeys(names, "def m(): ...\n"))
    pool.analysers.add([(name, BATCH_BYTES) for name in names])  # each a batch
    for _ in range(MOST_UNSTORED):
        pool.results.get(timeout=PATIENCE)
    pool.until(lambda: pool.analysers._bulk.busy == 0)  # it waits, and 12 do
    assert (pool.results.empty(), pool.analysers.backlog()) == (True, 12)
    add(pool, tmp_path, ["saved.py"], first=True)
    assert [one.path for one in pool.results.get(timeout=PATIENCE)] == ["saved.py"]
    pool.analysers.stored(MOST_UNSTORED + 1)
    for _ in range(MOST_UNSTORED):
        pool.results.get(timeout=PATIENCE)
    pool.until(lambda: pool.analysers._bulk.busy == 0)
    assert (pool.results.empty(), pool.analysers.backlog()) == (True, 4)
    pool.analysers.stop()  # nor does it hold up the end


def test_what_was_saved_goes_before_what_waits(pool: Pool, tmp_path: Path) -> None:
    add(pool, tmp_path, ["gate.py", *(f"m{n}.py" for n in range(100))])
    add(pool, tmp_path, ["saved.py"], first=True)
    assert [one.path for one in pool.results.get(timeout=PATIENCE)] == ["saved.py"]
    (tmp_path / "open").touch()
    assert len(pool.all(101)) == 101


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
