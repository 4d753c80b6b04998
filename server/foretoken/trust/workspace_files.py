"""The one front door to the files of a workspace folder: which there are, whether one counts, and its text."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from foretoken.text.cancel import CancelToken
from foretoken.text.decoding import Decoded
from foretoken.trust.confine import inside
from foretoken.trust.ignored import IGNORE_FILES, IgnoreRules
from foretoken.trust.kinds import MAX_FILE_BYTES, left_by_name
from foretoken.trust.left import Left, Reason
from foretoken.trust.reading import read_file
from foretoken.trust.walk import MAX_FILES, Walk

_WINDOWS = os.name == "nt"
_GIT_FILES = ("info/exclude", "config")  # of a folder that is called .git


class WorkspaceFiles:
    """One workspace folder. Not for several threads at once.

    Ignore rules are those that lay there when the object was made or a folder first asked for: after
    ``changes_rules`` was true for a changed file, call ``refresh`` and walk again.
    """

    def __init__(
        self,
        root: Path,
        max_files: int = MAX_FILES,
        max_bytes: int = MAX_FILE_BYTES,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        """max_files: how many a walk yields at most. max_bytes: larger files are left out. environment: where Git's
        and the user's own folders are looked up."""
        self.root = Path(os.path.realpath(root))
        self._max_files = max_files
        self._max_bytes = max_bytes
        self._environment = environment
        self._rules = IgnoreRules(self.root, environment)

    @property
    def notices(self) -> list[str]:
        """Sentences about ignore files that could not be taken whole, as far as they were met."""
        return self._rules.notices

    def refresh(self) -> None:
        """Reads all ignore rules again."""
        self._rules = IgnoreRules(self.root, self._environment)

    def walk(self, cancel: CancelToken | None = None) -> Walk:
        """A walk over all files that count, as far as that shows without opening them."""
        return Walk(self._rules, cancel, self._max_files, self._max_bytes)

    def path_of(self, path: str | Path) -> str | None:
        """An absolute path as a path of this workspace, links resolved; None when it does not lie inside it."""
        real = inside(path, [self.root])
        return None if real is None or real == self.root else real.relative_to(self.root).as_posix()

    def left_out(self, path: str) -> Left | None:
        """Why one file is left out, as ``walk`` would say without opening it; None when it counts. A file that is not
        there is judged by its path alone, so that what vanished can be told from what never counted."""
        left = self._rules.ignored(path) or left_by_name(path)
        if left is not None:
            return left
        try:
            left = self._folders_on_the_way(path)
            if left is not None:
                return left
            status = os.lstat(self.root / path)
        except (OSError, ValueError):
            return None
        if stat.S_ISLNK(status.st_mode):
            return Left(Reason.LINK)
        if not stat.S_ISREG(status.st_mode):
            return Left(Reason.SPECIAL)
        return Left(Reason.HUGE, f"{status.st_size:,} bytes") if status.st_size > self._max_bytes else None

    def folder_left_out(self, path: str) -> Left | None:
        """Why a walk would not enter a folder; None when it would."""
        left = self._rules.ignored(path)
        if left is not None:
            return left
        try:
            return self._folders_on_the_way(path + "/")
        except (OSError, ValueError):
            return None

    def _folders_on_the_way(self, path: str) -> Left | None:
        """Why a walk would not come to the folder of a file. Raises OSError where there is no such folder."""
        device = os.stat(self.root).st_dev
        place = str(self.root)
        for name in path.split("/")[:-1]:
            place = f"{place}/{name}"
            status = os.lstat(place)
            if stat.S_ISLNK(status.st_mode):
                return Left(Reason.LINK)
            if not _WINDOWS and status.st_dev != device:
                return Left(Reason.OTHER_FILE_SYSTEM)
        return None

    def read(self, path: str) -> Decoded | Left:
        """The text of a file that ``walk`` yielded or ``left_out`` let pass, or why it is left out after all."""
        return read_file(self.root, path, self._max_bytes)


def changes_rules(path: str) -> bool:
    """Whether a change of this file changes what is ignored."""
    if path.rpartition("/")[2] in IGNORE_FILES:
        return True
    return any(f"/{path}".endswith(f"/.git/{name}") for name in _GIT_FILES)
