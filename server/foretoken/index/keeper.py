"""What is done to an open database: comparing it with the disk, and storing what was found."""

import os
import sqlite3
import stat
import time
from collections.abc import Callable
from pathlib import Path

from foretoken.index.analyser_wire import Found
from foretoken.index.analysers import Analysers
from foretoken.index.disk_view import stored_stamps
from foretoken.index.edges import OWED, Edges
from foretoken.index.events import Changed, Event, Finished, Notice, Progress
from foretoken.index.order import in_order
from foretoken.index.writing import Writer
from foretoken.text.cancel import CancelToken
from foretoken.trust.left import Reason
from foretoken.trust.workspace_files import WorkspaceFiles, changes_rules

_PROGRESS_SECONDS = 0.1
_COMMIT_SECONDS = 0.25
# With so many batches waiting, what was found is stored in larger transactions.
_BULK_BATCHES = 2
_EXAMPLES = 3
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
        self._writer = Writer(connection)
        self._edges = Edges(connection, root)
        self._root = root
        self._files = files
        self._analysers = analysers
        self._listener = listener
        self._sync: _Sync | None = None
        self._found: list[Found] = []
        self._stored_at = 0.0

    def close(self) -> None:
        self._connection.close()

    @property
    def connection(self) -> sqlite3.Connection:
        return self._connection

    def patience(self) -> float | None:
        """For how many seconds nothing is due, if nothing comes; None = for ever."""
        if self._found:
            return max(0.0, self._stored_at + _COMMIT_SECONDS - time.monotonic())
        if not self._analysers.idle:
            return 0.5
        return 0.0 if self._sync is not None or self._edges.waiting else None

    def due(self, pressed: bool) -> None:
        """Do a part of what is due. pressed: orders are waiting, so that only what must be done is."""
        late = time.monotonic() - self._stored_at >= _COMMIT_SECONDS
        if self._found and (late or not pressed) and (late or self._analysers.backlog() <= _BULK_BATCHES):
            self._store()
        if pressed or self._found or not self._analysers.idle:
            return
        if self._edges.waiting:
            self._edges.some(self._writer)
        elif self._sync is not None:
            self._write(lambda writer: (writer.drop_old_contents(), writer.set_meta("complete", time.time())))
            self._analysers.warm(self._languages())
            self._finish(cancelled=False)

    def _languages(self) -> list[str]:
        """The languages of the workspace in which most is written."""
        rows = self._connection.execute(
            "SELECT language FROM file JOIN content ON content.id = file.content GROUP BY language"
            " ORDER BY sum(lines) DESC LIMIT ?",
            (_WARM_LANGUAGES,),
        )
        return [row[0] for row in rows]

    def take(self, found: list[Found]) -> None:
        """What the analysers found."""
        self._found += found

    def begin_sync(self, near: tuple[str, ...], token: CancelToken) -> None:
        """Look at the disk and have analysed what differs, what is near to these files first. Raises Cancelled."""
        self._analysers.clear()
        self._sync = sync = _Sync()
        self._listener(Progress(0, 0, "looking"))
        self._files.refresh()
        walk = self._files.walk(token)
        on_disk = {file.path: (file.size, file.mtime_ns) for file in walk}
        sync.left_out = {str(reason): count for reason, count in walk.skipped.counts.items()}
        sync.examples = {str(reason): tuple(examples) for reason, examples in walk.skipped.examples.items()}
        if walk.notice:
            self._listener(Notice(f"Of {self._root} {walk.notice}."))
        stored = stored_stamps(self._connection)
        self.forget([path for path in stored if path not in on_disk])
        wanted = [(path, *stamp) for path, stamp in on_disk.items() if stored.get(path) != stamp]
        sync.todo = {path for path, _, _ in wanted}
        sync.total = len(wanted)
        if wanted:
            self._listener(Progress(0, sync.total, "indexing"))
            self._analysers.add(in_order(wanted, near))

    def drop_sync(self) -> None:
        """Another one takes the place of the sync that is under way."""
        self._sync = None

    def cancel(self) -> None:
        """Give up the sync that is under way; what was found is stored."""
        self._analysers.clear()
        self._store()
        if self._sync is not None:
            self._finish(cancelled=True)

    def give_up(self) -> None:
        """After an error: nothing is under way any more, and what was found is lost."""
        self._writer.rollback()
        self._analysers.clear()
        self._found = []
        if self._sync is not None:
            self._finish(cancelled=True)

    def look_at(self, paths: tuple[str, ...]) -> bool:
        """Read these files anew, at once; forget those that are gone. True when a whole sync is needed to say."""
        read: list[tuple[str, int]] = []
        gone: list[str] = []
        whole = False
        for path in dict.fromkeys(paths):
            whole = whole or changes_rules(path)
            try:
                status = os.lstat(self._root / path)
            except (OSError, ValueError):
                status = None
            if status is None or self._files.left_out(path) is not None:
                # A folder counts as left out by its kind alone, and what is in it may still be wanted.
                if status is not None and stat.S_ISDIR(status.st_mode) and not self._ignored(path):
                    whole = True
                else:
                    gone.append(path)
            else:
                read.append((path, status.st_size))
        self.forget(gone)
        self._analysers.add(read, first=True)
        return whole

    def _ignored(self, path: str) -> bool:
        left = self._files.left_out(path)
        return left is not None and left.reason is not Reason.SPECIAL

    def forget(self, paths: list[str]) -> None:
        """Files that are gone or not to be read any more, and all below folders of that name."""
        if not paths:
            return
        removed = set()
        for path in paths:
            below = f"{path}/"
            rows = self._connection.execute(
                "SELECT path FROM file WHERE path = ? OR (path > ? AND path < ?)", (path, below, below[:-1] + "0")
            )
            removed.update(row[0] for row in rows)
        if removed:
            self._edges.paths_changed()
        self._write(lambda writer: [writer.remove_file(path) for path in {*paths, *removed}])
        if removed:
            self._listener(Changed(tuple(sorted(removed))))

    def remember(self, counts: dict[bytes, int], vocabulary: str) -> None:
        """See Writer.put_token_counts."""
        self._write(lambda writer: writer.put_token_counts(counts, vocabulary))

    def _store(self) -> None:
        found, self._found = self._found, []
        self._stored_at = time.monotonic()
        if not found:
            return
        again: list[tuple[str, int]] = []
        changed: list[str] = []

        def put(writer: Writer) -> None:
            for one in found:
                if one.digest is None:
                    self._put_left_out(writer, one, changed)
                    continue
                content = (
                    writer.content_id(one.digest) if one.facts is None else writer.put_facts(one.digest, one.facts)
                )
                if content is None:  # its facts were forgotten between the question and now
                    again.append((one.path, one.size))
                    continue
                if writer.put_file(one.path, content, one.size, one.mtime_ns):
                    self._edges.paths_changed()
                self._edges.file_changed(one.path)
                changed.append(one.path)

        self._write(put)
        self._analysers.add(again, first=True)
        if self._sync is not None:
            self._sync.todo.difference_update({one.path for one in found} - {path for path, _ in again})
            if self._stored_at - self._sync.told >= _PROGRESS_SECONDS:
                self._sync.told = self._stored_at
                self._listener(Progress(self._sync.total - len(self._sync.todo), self._sync.total, "indexing"))
        if changed:
            self._listener(Changed(tuple(changed)))

    def _put_left_out(self, writer: Writer, one: Found, changed: list[str]) -> None:
        if one.mtime_ns or os.path.lexists(self._root / one.path):
            had = writer.put_left_out(one.path, one.size, one.mtime_ns, one.left)
        else:
            had = writer.remove_file(one.path)
        if had:
            self._edges.paths_changed()
            changed.append(one.path)

    def _finish(self, cancelled: bool) -> None:
        sync, self._sync = self._sync, None
        assert sync is not None
        files, lines = self._connection.execute(
            "SELECT count(*), coalesce(sum(lines), 0) FROM file JOIN content ON content.id = file.content"
        ).fetchone()
        (symbols,) = self._connection.execute(
            "SELECT count(*) FROM symbol JOIN file ON file.content = symbol.content"
        ).fetchone()
        for reason, path in self._connection.execute("SELECT reason, path FROM left_out ORDER BY path"):
            sync.left_out[reason] = sync.left_out.get(reason, 0) + 1
            if len(sync.examples.get(reason, ())) < _EXAMPLES:
                sync.examples[reason] = (*sync.examples.get(reason, ()), path)
        seconds = time.monotonic() - sync.began
        self._listener(Finished(files, lines, symbols, sync.left_out, seconds, cancelled, sync.examples))

    def _write(self, work: Callable[[Writer], object]) -> None:
        self._writer.begin()
        try:
            work(self._writer)
            if self._edges.waiting:
                self._writer.set_meta(OWED, 1)
            self._writer.commit()
        finally:
            self._writer.rollback()


class _Sync:
    """One comparison with the disk."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.told = 0.0
        self.total = 0
        self.todo: set[str] = set()
        self.left_out: dict[str, int] = {}
        self.examples: dict[str, tuple[str, ...]] = {}
