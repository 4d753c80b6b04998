"""In which order files are indexed: what is near to where somebody works first, and of equals the newest."""

from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath


def in_order(files: Iterable[tuple[str, int, int]], near: Sequence[str]) -> list[tuple[str, int]]:
    """files: (path, size, mtime in ns). Returns (path, size), the most wanted first."""
    known: dict[tuple[str, ...], int] = {}
    places = [PurePosixPath(other).parts[:-1] for other in near]

    def rank(file: tuple[str, int, int]) -> tuple[int, int, str]:
        folder = tuple(file[0].split("/")[:-1])
        if folder not in known:
            known[folder] = min((_steps(folder, place) for place in places), default=0)
        return known[folder], -file[2], file[0]

    return [(path, size) for path, size, _ in sorted(files, key=rank)]


def _steps(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    same = 0
    for left, right in zip(one, other):
        if left != right:
            break
        same += 1
    return len(one) + len(other) - 2 * same
