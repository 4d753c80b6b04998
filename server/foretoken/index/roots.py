"""Which workspace folders are indexed at all."""

import os
from collections.abc import Sequence
from pathlib import Path

from foretoken.trust.confine import distinct_roots
from foretoken.trust.left import Reason
from foretoken.trust.workspace_files import WorkspaceFiles


def refusal(root: Path, home: Path | None = None) -> str:
    """Why a folder is not indexed, as a sentence for the user; empty when it is.

    A home folder holds everything, a disk's top even more: whoever opens one seldom means all of it.
    """
    real = Path(os.path.realpath(root))
    home = Path(os.path.realpath(home or Path.home()))
    if not sayable(str(real)):
        shown = os.fsencode(root).decode("utf-8", "replace")
        return f"{shown} is not indexed: the name of the folder, or of one above it, is not valid UTF-8. Rename it."
    if not real.is_dir():
        return f"{root} is not indexed: it is not a folder that can be read."
    if real == real.parent:
        return f"{root} is not indexed: it is the top of a file system. Open the project's own folder."
    if real == home:
        return f"{root} is not indexed: it is your home folder. Open the project's own folder."
    if real in home.parents:
        return f"{root} is not indexed: it holds your home folder. Open the project's own folder."
    return ""


def sayable(path: str) -> bool:
    """Whether a path can be stored and told: Unix allows any bytes in a name, and Python any number in a character."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def separate_roots(roots: Sequence[Path]) -> list[Path]:
    """The real paths of the folders that have an index each. One that lies in another is indexed with that, unless that one
    leaves it out."""
    kept = distinct_roots(roots)
    others = {Path(os.path.realpath(root)) for root in roots} - set(kept)
    for root in sorted(others, key=lambda other: len(other.parts)):
        outer = [other for other in kept if root.is_relative_to(other)]
        if outer and all(_leaves_out(other, root) for other in outer):
            kept.append(root)
    return kept


def _leaves_out(outer: Path, root: Path) -> bool:
    left = WorkspaceFiles(outer).left_out(root.relative_to(outer).as_posix())
    return left is not None and left.reason is not Reason.SPECIAL  # which a folder is
