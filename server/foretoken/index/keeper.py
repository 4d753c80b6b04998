"""What is done with an open database: comparing it with the disk, and seeing to what is due."""

import os
import sqlite3
import stat
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from foretoken.index.analyser_wire import Found
from foretoken.index.analysers import Analysers
from foretoken.index.comparison import Comparison
from foretoken.index.disk_view import differing, same_below, stored_stamps
from foretoken.index.events import Event, Notice, Progress
from foretoken.index.order import in_order
from foretoken.index.roots import sayable
from foretoken.index.storing import Storing
from foretoken.text.cancel import CancelToken
from foretoken.trust.workspace_files import WorkspaceFiles, changes_rules

_COMMIT_SECONDS = 0.25
# With so many batches waiting, what was found is stored in larger transactions.
_BULK_BATCHES = 2
_WARM_LANGUAGES = 5


class Keeper:
    """For the indexer's thread alone. Methods raise sqlite3.Error where the disk is full or the database is damaged."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        root: Path,
        files: WorkspaceFiles,
        analysers: Analysers,
        listener: Callable[[Event], None],
    ) -> None:
        self._connection = connection
        self._storing = Storing(connection, root, listener)
        self._root = root
        self._files = files
        self._analysers = analysers
        self._listener = listener
        self._comparison: Comparison | None = None

    def close(self) -> None:
        self._connection.close()

    @property
    def connection(self) -> sqlite3.Connection:
        return self._connection

    @property
    def comparing(self) -> bool:
        return self._comparison is not None

    @property
    def settled(self) -> bool:
        """Whether everything that was found is stored, and nothing is to be done with it."""
        return self._comparison is None and not self._storing.waiting and not self._storing.edges.waiting

    def patience(self) -> float | None:
        """For how many seconds nothing is due, if nothing comes; None = for ever."""
        if self._storing.waiting:
            return max(0.0, self._storing.at + _COMMIT_SECONDS - time.monotonic())
        if not self._analysers.idle:
            return 0.5
        return None if self.settled else 0.0

    def due(self, pressed: bool, idle: bool) -> bool:
        """Do a part of what is due. pressed: orders are waiting, so that only what must be done is. idle: the analysers
        were before that was looked at, so that there is nothing that they found and that is not taken. Returns whether a
        comparison with the disk has come to its end, and so everything is stored."""
        late = time.monotonic() - self._storing.at >= _COMMIT_SECONDS
        if self._storing.waiting and (late or not pressed) and (late or self._analysers.backlog() <= _BULK_BATCHES):
            self._store()
            return False  # what must be read again is being read
        if pressed or self._storing.waiting or not idle:
            return False
        self._storing.at_rest()
        if self._storing.edges.waiting:
            self._storing.some_edges()
        elif self._comparison is not None:
            self._storing.write(lambda writer: (writer.drop_old_contents(), writer.set_meta("complete", time.time())))
            self._analysers.warm(self._languages())
            self._finish(cancelled=False)
            return True
        return False

    def take(self, found: list[Found]) -> None:
        """What the analysers found of one batch."""
        self._storing.take(found)

    def begin_sync(self, near: tuple[str, ...], token: CancelToken) -> None:
        """Look at the disk and have analysed what differs, what is near to these files first. Raises Cancelled."""
        self._analysers.clear()
        self._comparison = comparison = Comparison()
        self._listener(Progress(0, 0, "looking"))
        self._files.refresh()
        walk = self._files.walk(token)
        on_disk = {file.path: file.stamp for file in walk}
        comparison.looked(walk.skipped)
        if walk.notice:
            self._listener(Notice(f"Of {self._root} {walk.notice}."))
        if why := walk.unreadable.get(""):
            self._listener(Notice(_unreadable(self._root, why)))
            self._finish(cancelled=True)
            return
        stored = stored_stamps(self._connection)
        self._storing.forget([path for path in stored if path not in on_disk and not walk.hidden(path)])
        wanted = differing(stored, on_disk)
        if progress := comparison.begin(wanted, first=not self._complete()):
            self._listener(progress)
        self._analysers.add(in_order(((path, on_disk[path].size, on_disk[path].mtime_ns) for path in wanted), near))

    def drop_sync(self) -> None:
        """Another one takes the place of the sync that is under way."""
        self._comparison = None

    def cancel(self) -> None:
        """Give up the sync that is under way; what was found is stored."""
        self._analysers.clear()
        self._store()
        if self._comparison is not None:
            self._finish(cancelled=True)

    def give_up(self) -> None:
        """After an error: nothing is under way any more, and what was found is lost."""
        self._analysers.clear()
        self._analysers.stored(self._storing.clear())
        if self._comparison is not None:
            self._finish(cancelled=True)

    def drop(self) -> None:
        """As ``give_up`` before the database is closed for good; nobody is told."""
        self._analysers.clear()
        self._analysers.stored(self._storing.clear())

    def look_at(self, paths: Iterable[str]) -> bool:
        """Read these files anew, at once; forget those that are gone. True when a whole sync is needed to say."""
        read: list[tuple[str, int]] = []
        gone: list[str] = []
        whole = False
        for path in filter(sayable, dict.fromkeys(paths)):
            whole = whole or changes_rules(path)
            try:
                status = os.lstat(self._root / path)
            except (OSError, ValueError):
                if self._storing.is_gone(path):
                    gone.append(path)
                continue
            if stat.S_ISDIR(status.st_mode) and self._files.folder_left_out(path) is None:
                # Not for its own sake: somebody may have changed its permissions alone.
                whole = whole or not same_below(self._connection, self._files, path)
            elif self._files.left_out(path) is not None:
                gone.append(path)
            else:
                read.append((path, status.st_size))
        self._storing.forget(gone)
        self._read_now(read)
        return whole

    def remember(self, counts: dict[bytes, int], vocabulary: str) -> None:
        """See Writer.put_token_counts."""
        self._storing.write(lambda writer: writer.put_token_counts(counts, vocabulary))

    def _store(self) -> None:
        again = self._storing.store(self._comparison)
        self._analysers.stored(self._storing.clear())
        self._read_now([(path, 0) for path in again])

    def _read_now(self, files: list[tuple[str, int]]) -> None:
        self._storing.told_of([path for path, _ in files])
        self._analysers.add(files, first=True)

    def _complete(self) -> bool:
        """Whether everything was looked at once."""
        return self._connection.execute("SELECT 1 FROM meta WHERE key = 'complete'").fetchone() is not None

    def _languages(self) -> list[str]:
        """The languages of the workspace in which most is written."""
        rows = self._connection.execute(
            "SELECT language FROM file JOIN content ON content.id = file.content GROUP BY language"
            " ORDER BY sum(lines) DESC LIMIT ?",
            (_WARM_LANGUAGES,),
        )
        return [row[0] for row in rows]

    def _finish(self, cancelled: bool) -> None:
        comparison, self._comparison = self._comparison, None
        assert comparison is not None
        self._listener(comparison.finished(self._connection, cancelled))


def _unreadable(root: Path, why: str) -> str:
    return (
        f"{root} cannot be read ({why}), so its index stays as it is. When the folder is there again and may be read, "
        "index it again."
    )
