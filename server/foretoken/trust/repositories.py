"""Git repositories as they lie on disk: working trees, submodules, linked worktrees.

Layout from ``gitrepository-layout(5)``: ``.git`` is a folder, or a file that says ``gitdir: PATH``; the folder of a
linked worktree names the repository's common folder in its file ``commondir``.
"""

import os
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from pathlib import Path

from foretoken.trust.ignore_file import names_host, read_bounded

_MAX_TREES = 1000


class Kind(StrEnum):
    """What a folder with a ``.git`` is."""

    REPOSITORY = "repository"
    SUBMODULE = "submodule"
    WORKTREE = "worktree"


@dataclass(frozen=True, slots=True)
class Repository:
    """top: the working tree's folder. common: the real path of the folder that holds ``config`` and ``info``."""

    top: Path
    common: Path
    kind: Kind


def repository_at(top: Path) -> Repository | None:
    """The repository whose working tree begins at ``top``, or None."""
    dot_git = top / ".git"
    if os.path.isdir(dot_git):
        # Git wants HEAD, refs and objects; a folder named .git without HEAD is somebody's leftover.
        return Repository(top, Path(os.path.realpath(dot_git)), Kind.REPOSITORY) if _head(dot_git) else None
    data = read_bounded(dot_git, follow=True)
    if data is None or not data.startswith(b"gitdir:"):
        return None
    target = _first_line(data.removeprefix(b"gitdir:"))
    if not target:
        return None
    folder = Path(os.path.realpath(top / target))
    if not _head(folder):
        return None
    common = read_bounded(folder / "commondir", follow=True)
    if common is not None and (name := _first_line(common)):
        return Repository(top, Path(os.path.realpath(folder / name)), Kind.WORKTREE)
    return Repository(top, folder, Kind.SUBMODULE if "modules" in folder.parts else Kind.REPOSITORY)


def enclosing_repository(folder: Path) -> Repository | None:
    """The innermost repository whose working tree holds ``folder`` (a real path), the folder's own included."""
    for top in (folder, *folder.parents):
        found = repository_at(top)
        if found is not None:
            return found
    return None


def working_trees(common: Path) -> list[Path]:
    """The real paths of a repository's working trees: the main one first, where it has one beside its ``.git``, then
    the linked ones in the order of their paths. common: as in ``Repository``."""
    linked = []
    try:
        with os.scandir(common / "worktrees") as entries:
            for entry in islice(entries, _MAX_TREES):
                data = read_bounded(os.path.join(entry.path, "gitdir"), follow=True)
                if data is not None and (target := _first_line(data)) and os.path.lexists(target):
                    linked.append(Path(os.path.realpath(target)).parent)
    except OSError:
        pass  # no linked ones
    return [*([common.parent] if common.name == ".git" else []), *sorted(linked)]


def _head(git_folder: Path) -> bool:
    return os.path.lexists(git_folder / "HEAD")


def _first_line(data: bytes) -> str:
    """A path that a file names; empty when it names none that is gone to."""
    line = data.split(b"\n", 1)[0].strip()
    path = "" if b"\0" in line else os.fsdecode(line)
    return "" if names_host(path) else path
