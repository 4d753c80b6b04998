"""Which workspace folders are indexed at all."""

import os
from pathlib import Path


def refusal(root: Path, home: Path | None = None) -> str:
    """Why a folder is not indexed, as a sentence for the user; empty when it is.

    A home folder holds everything, a disk's top even more: whoever opens one seldom means all of it.
    """
    real = Path(os.path.realpath(root))
    home = Path(os.path.realpath(home or Path.home()))
    if not real.is_dir():
        return f"{root} is not indexed: it is not a folder that can be read."
    if real == real.parent:
        return f"{root} is not indexed: it is the top of a file system. Open the project's own folder."
    if real == home:
        return f"{root} is not indexed: it is your home folder. Open the project's own folder."
    if real in home.parents:
        return f"{root} is not indexed: it holds your home folder. Open the project's own folder."
    return ""
