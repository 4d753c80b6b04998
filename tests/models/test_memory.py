"""How much memory is left, with and without a container's limit."""

from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from foretoken.models.memory import available_memory, free_swap

GIB = 1 << 30


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=8 * GIB))


def group(folder: Path, **files: object) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, value in files.items():
        (folder / name.replace("__", ".")).write_text(f"{value}\n")
    return folder


def told(tmp_path: Path, lines: str) -> int:
    (tmp_path / "cgroup").write_text(lines)
    return available_memory(tmp_path / "fs", tmp_path / "cgroup")


def test_without_groups_it_is_the_machines(tmp_path: Path):
    assert available_memory(tmp_path / "none", tmp_path / "nothing") == 8 * GIB


def test_version_2_counts_what_can_be_dropped(tmp_path: Path):
    group(
        tmp_path / "fs" / "a" / "b",
        memory__max=4 * GIB,
        memory__current=3 * GIB,
        memory__stat=f"anon {GIB}\ninactive_file {GIB // 2}",
    )
    assert told(tmp_path, "0::/a/b\n") == GIB + GIB // 2


def test_the_tightest_of_the_groups_above_counts(tmp_path: Path):
    group(tmp_path / "fs" / "a" / "b", memory__max="max", memory__current=GIB)
    group(tmp_path / "fs" / "a", memory__max=2 * GIB, memory__current=GIB)
    assert told(tmp_path, "0::/a/b\n") == GIB


def test_version_1(tmp_path: Path):
    group(
        tmp_path / "fs" / "memory" / "job",
        memory__limit_in_bytes=2 * GIB,
        memory__usage_in_bytes=GIB,
        memory__stat=f"total_inactive_file {GIB // 4}\ninactive_file {GIB}",
    )
    group(tmp_path / "fs" / "memory", memory__limit_in_bytes=(1 << 63) - 4096, memory__usage_in_bytes=GIB)
    assert told(tmp_path, "5:cpu,cpuacct:/job\n4:memory:/job\n") == GIB + GIB // 4


def test_a_container_sees_its_own_group_at_the_root(tmp_path: Path):
    group(tmp_path / "fs", memory__max=GIB, memory__current=GIB // 2)
    assert told(tmp_path, "0::/\n") == GIB // 2


def test_a_group_above_its_limit_has_nothing_left(tmp_path: Path):
    group(tmp_path / "fs", memory__max=GIB, memory__current=2 * GIB)
    assert told(tmp_path, "0::/\n") == 0


@pytest.mark.parametrize("lines", ["", "nonsense", "0:::\n::\n", "4:memory:/../../etc\n"])
def test_what_is_not_understood_is_no_limit(tmp_path: Path, lines: str):
    assert told(tmp_path, lines) == 8 * GIB


def test_swap_that_is_not_told_is_none(monkeypatch: pytest.MonkeyPatch):
    def fail() -> None:
        raise RuntimeError

    monkeypatch.setattr(psutil, "swap_memory", fail)
    assert free_swap() == 0
