"""The files of one workspace folder: a walk that ends, in bounded memory, whatever lies there.

No symbolic link is followed: what a link inside the workspace leads to is met where it really is, so nothing is met
twice and no loop is entered; what lies outside is nobody's business here.
"""

import os
import stat
from collections.abc import Iterator
from typing import NamedTuple

from foretoken.text.cancel import CancelToken
from foretoken.trust.ignored import Frame, IgnoreRules
from foretoken.trust.kinds import MAX_FILE_BYTES, left_by_name
from foretoken.trust.left import Left, Reason, Skipped
from foretoken.trust.stamp import Stamp, stamp_of

MAX_FILES = 200_000
_WINDOWS = os.name == "nt"
_JUNCTION = getattr(stat, "IO_REPARSE_TAG_MOUNT_POINT", 0xA0000003)


class FoundFile(NamedTuple):
    """path: relative to the workspace folder, with forward slashes."""

    path: str
    stamp: Stamp


class Walk:
    """One walk; iterate over it once. ``skipped``, ``unreadable`` and ``notice`` are complete when it has ended.

    Raises nothing but ``Cancelled``: what cannot be read is counted. The order of files in a folder is the file
    system's; folders come in the order of their names.

    unreadable: why, in the system's words, what lies at these paths and below them is not known; "" is the workspace folder
    itself. What is simply not there any more is none of them.
    """

    def __init__(
        self,
        rules: IgnoreRules,
        cancel: CancelToken | None = None,
        max_files: int = MAX_FILES,
        max_bytes: int = MAX_FILE_BYTES,
    ) -> None:
        """max_files: after so many files, or folders, the walk ends. max_bytes: larger files are left out."""
        self.skipped = Skipped()
        self.unreadable: dict[str, str] = {}
        self.notice: str | None = None
        self._rules = rules
        self._cancel = cancel or CancelToken()
        self._max_files = max_files
        self._max_bytes = max_bytes
        self._folders = 0
        self._pending: list[tuple[str, Frame]] = [("", rules.frame)]

    def __iter__(self) -> Iterator[FoundFile]:
        root = str(self._rules.root)
        try:
            device = _device(root)
        except OSError as error:
            self._unreadable("", error)
            return
        files = 0
        while self._pending:
            prefix, frame = self._pending.pop()
            below: list[tuple[str, str]] = []
            try:
                with os.scandir(f"{root}/{prefix}" if prefix else root) as entries:
                    for entry in entries:
                        self._cancel.check()
                        found = self._look(entry, prefix, frame, below, device)
                        if found is None:
                            continue
                        if files >= self._max_files:
                            self._full(found.path)
                            return
                        files += 1
                        yield found
            except OSError as error:
                self._unreadable(prefix.rstrip("/"), error)
            self._descend(below, frame)

    def hidden(self, path: str) -> bool:
        """Whether it is not known what lies at this path, because it or a folder on the way could not be read."""
        if not self.unreadable:
            return False
        while path not in self.unreadable and path:
            path = path.rpartition("/")[0]
        return path in self.unreadable

    def _look(
        self, entry: os.DirEntry[str], prefix: str, frame: Frame, below: list[tuple[str, str]], device: int
    ) -> FoundFile | None:
        """The entry as a file that is wanted, or None; folders that are not left out go to ``below``."""
        name = entry.name
        path = prefix + name
        try:
            if not name.isascii() and not _valid(name):
                left = Left(Reason.NAME)
            elif _is_link(entry):
                left = self._link(entry, frame, path)
            elif entry.is_dir(follow_symlinks=False):
                left = self._rules.judge(frame, path, name, True)
                if left is None and not _WINDOWS and entry.stat(follow_symlinks=False).st_dev != device:
                    left = Left(Reason.OTHER_FILE_SYSTEM)
                if left is None:
                    if self._folders >= self._max_files:
                        left = Left(Reason.TOO_MANY)
                        self.notice = self.notice or _notice(self._max_files, "folders")
                    else:
                        self._folders += 1
                        below.append((path, name))
                        return None
            elif entry.is_file(follow_symlinks=False):
                left = self._rules.judge(frame, path, name, False) or left_by_name(path)
                if left is None:
                    status = entry.stat(follow_symlinks=False)
                    if status.st_size <= self._max_bytes:
                        return FoundFile(path, stamp_of(status))
                    left = Left(Reason.HUGE, f"{status.st_size:,} bytes")
            else:
                left = Left(Reason.SPECIAL)
        except OSError as error:
            self._unreadable(path, error)
        else:
            self.skipped.add(path, left)
        return None

    def _link(self, entry: os.DirEntry[str], frame: Frame, path: str) -> Left:
        ignored = self._rules.judge(frame, path, entry.name, False)
        if ignored is not None:
            return ignored
        target = os.path.realpath(entry.path)
        if not os.path.exists(target):
            return Left(Reason.LINK_BROKEN)
        root = str(self._rules.root)
        inside = target == root or target.startswith(root.rstrip(os.sep) + os.sep)
        return Left(Reason.LINK if inside else Reason.LINK_OUTSIDE)

    def _descend(self, below: list[tuple[str, str]], frame: Frame) -> None:
        """Folders are entered in the order of their names, each with its own rules; the last one pushed comes first."""
        below.sort(reverse=True)
        for path, name in below:
            self._cancel.check()
            entered = self._rules.enter(frame, path, name)
            if isinstance(entered, Left):
                self.skipped.add(path, entered)
            else:
                self._pending.append((path + "/", entered))

    def _unreadable(self, path: str, error: OSError) -> None:
        why = error.strerror or type(error).__name__
        self.skipped.add(path or ".", Left(Reason.UNREADABLE, why))
        if not path or not isinstance(error, (FileNotFoundError, NotADirectoryError)):
            self.unreadable[path] = why

    def _full(self, path: str) -> None:
        self.skipped.add(path, Left(Reason.TOO_MANY, "and all that would have come after it"))
        self.notice = _notice(self._max_files, "files")


def _notice(limit: int, what: str) -> str:
    return (
        f"only the first {limit:,} {what} of the workspace were taken; "
        "name folders that are not needed in .foretokenignore, or open a smaller folder"
    )


def _device(root: str) -> int:
    return os.stat(root).st_dev


def _valid(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _is_link(entry: os.DirEntry[str]) -> bool:
    if entry.is_symlink():
        return True
    return _WINDOWS and getattr(entry.stat(follow_symlinks=False), "st_reparse_tag", 0) == _JUNCTION
