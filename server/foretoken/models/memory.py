"""How much memory this process can still get: the machine's, or what the container that it runs in is allowed."""

from pathlib import Path

CGROUP = Path("/sys/fs/cgroup")
V1_UNLIMITED = 1 << 60  # version 1 writes a number near 2**63 when there is no limit


def available_memory(root: Path = CGROUP, cgroups: Path = Path("/proc/self/cgroup")) -> int:
    """Bytes that can be taken without swapping: what is free, and file pages that can be dropped. root, cgroups: where
    Linux tells what a group of processes may use, and which groups this process is in."""
    import psutil  # here: 35 ms that the load of a small model need not spend

    free = int(psutil.virtual_memory().available)
    limits = [left for folder, v2 in _folders(root, cgroups) if (left := _left(folder, v2)) is not None]
    return max(0, min([free, *limits]))


def free_swap() -> int:
    """Bytes."""
    import psutil

    try:
        return int(psutil.swap_memory().free)
    except (OSError, RuntimeError, psutil.Error):
        return 0


def _folders(root: Path, cgroups: Path) -> list[tuple[Path, bool]]:
    """The folders of this process' groups up to the root, each with whether it is of version 2: any may hold the limit."""
    try:
        lines = cgroups.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return []
    found: list[tuple[Path, bool]] = []
    for line in lines:
        _, controllers, path = (line.split(":", 2) + ["", ""])[:3]
        v2 = controllers == ""
        if not v2 and "memory" not in controllers.split(","):
            continue
        base = root if v2 else root / "memory"
        folder = base / path.strip("/")
        while folder != base and base in folder.parents:
            found.append((folder, v2))
            folder = folder.parent
        found.append((base, v2))
    return found


def _left(folder: Path, v2: bool) -> int | None:
    """What the group may still take; None without a limit. Pages of files that nobody uses just now can be dropped."""
    limit = _number(folder / ("memory.max" if v2 else "memory.limit_in_bytes"))
    used = _number(folder / ("memory.current" if v2 else "memory.usage_in_bytes"))
    if limit is None or used is None or limit >= V1_UNLIMITED:
        return None
    return limit - used + _droppable(folder / "memory.stat", "inactive_file" if v2 else "total_inactive_file")


def _droppable(path: Path, name: str) -> int:
    try:
        pairs = (line.split() for line in path.read_text("utf-8").splitlines())
        return next((int(pair[1]) for pair in pairs if len(pair) == 2 and pair[0] == name), 0)
    except (OSError, ValueError):
        return 0


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text("utf-8"))  # "max" is none
    except (OSError, ValueError):
        return None
