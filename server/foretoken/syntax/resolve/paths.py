"""Workspace paths as plain strings: POSIX, relative, "" for the workspace folder itself."""

from collections.abc import Iterable, Iterator, Sequence

LONGEST = 1_000


def usable(text: str) -> bool:
    """Whether what a file wrote can be a path at all: short enough, no control characters."""
    return 0 < len(text) <= LONGEST and text.isprintable()


def folder_of(path: str) -> str:
    return path.rpartition("/")[0]


def stem_of(path: str) -> str:
    """The base name up to its last dot: "a/b.test.ts" is "b.test"."""
    name = path.rpartition("/")[2]
    return name.rpartition(".")[0] or name


def under(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder and name else folder or name


def join(folder: str, relative: str) -> str | None:
    """``relative`` seen from ``folder``, without dots; None when it is absolute or leads out of the workspace."""
    if relative.startswith("/") or not usable(relative):
        return None
    parts = folder.split("/") if folder else []
    for part in relative.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part and part != ".":
            parts.append(part)
    return "/".join(parts)


def ancestors(folder: str) -> Iterator[str]:
    """The folder itself, then each one above it, down to ""."""
    while folder:
        yield folder
        folder = folder.rpartition("/")[0]
    yield ""


def common_length(one: str, other: str) -> int:
    """How many folders two paths have in common, from the workspace folder on."""
    count = 0
    for left, right in zip(one.split("/")[:-1], other.split("/")[:-1], strict=False):
        if left != right:
            break
        count += 1
    return count


def nearest(paths: Iterable[str], origin: str) -> list[str]:
    """The paths, those that share most folders with ``origin`` first, then those with the fewest folders."""
    return sorted(paths, key=lambda path: (-common_length(path, origin), path.count("/"), path))


def nearest_only(paths: Sequence[str], origin: str, most: int = 4) -> tuple[str, ...]:
    """The nearest path, and those that are exactly as near (variants of one file for several machines)."""
    if len(paths) < 2:
        return tuple(paths)
    ranked = nearest(paths, origin)
    best = (common_length(ranked[0], origin), ranked[0].count("/"))
    return tuple(path for path in ranked[:most] if (common_length(path, origin), path.count("/")) == best)


def unique(paths: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(paths))
