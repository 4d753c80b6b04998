"""A Keeper without processes and threads: the test says when a file is read, and when what was found arrives."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from foretoken.index.analyser import Analyser
from foretoken.index.analyser_wire import Found
from foretoken.index.events import Event, Finished
from foretoken.index.keeper import Keeper
from foretoken.index.store import open_to_write
from foretoken.text.cancel import CancelToken
from foretoken.trust.workspace_files import WorkspaceFiles
from index.indexing import reader, write


class Asked:
    """In place of ``Analysers``. files: what is to be read. unstored: batches that were told and are not stored."""

    def __init__(self) -> None:
        self.files: list[str] = []
        self.unstored = 0
        self.idle = True

    def add(self, files: Iterable[tuple[str, int]], first: bool = False) -> None:
        self.files += [path for path, _ in files]

    def stored(self, batches: int) -> None:
        self.unstored -= batches

    def clear(self) -> None:
        self.files.clear()

    def backlog(self) -> int:
        return 0

    def warm(self, languages: Iterable[str]) -> None:
        pass


class ByHand:
    def __init__(self, root: Path, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.root = root
        self.folder = folder
        self.events: list[Event] = []
        self.asked = Asked()
        self._files = WorkspaceFiles(root)
        self.keeper = Keeper(open_to_write(folder), root, self._files, self.asked, self.events.append)  # type: ignore[arg-type]
        self._analyser = Analyser(root, folder, 1_000_000)

    def write(self, files: dict[str, str]) -> None:
        write(self.root, files)

    def read(self, *paths: str) -> list[Found]:
        """What an analyser finds of these files now."""
        return [self._analyser.found(path) for path in paths]

    def begin(self) -> list[str]:
        """Begin a comparison with the disk; the files that are to be read."""
        self.keeper.begin_sync((), CancelToken())
        return list(self.asked.files)

    def arrives(self, found: list[Found]) -> None:
        """It is stored at once; more may be on its way."""
        self.asked.unstored += 1
        self.keeper.take(found)
        self.keeper.due(pressed=False, idle=False)
        assert not self.asked.unstored

    def rest(self) -> None:
        """Nothing is on its way any more: do all that is left."""
        while not self.keeper.settled:
            self.keeper.due(pressed=False, idle=True)

    def sync(self) -> Finished:
        """A whole comparison."""
        self.asked.files.clear()
        paths = self.begin()
        if paths:
            self.arrives(self.read(*paths))
        self.rest()
        return next(event for event in reversed(self.events) if isinstance(event, Finished))

    def names(self) -> dict[str, list[str]]:
        """What each stored file defines."""
        with reader(self.folder) as stored:
            return {file.path: [one.name for one in stored.symbols(file.path)] for file in stored.files()}


@contextmanager
def by_hand(root: Path, folder: Path) -> Iterator[ByHand]:
    hand = ByHand(root, folder)
    try:
        yield hand
    finally:
        hand.keeper.close()
