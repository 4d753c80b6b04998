"""An indexer in a process of its own that stands still at one moment, so that a test can kill it there.

Arguments: the workspace folder, the database's folder, a moment, and the how manieth of its kind. Standard output says one
line then, and nothing happens any more: the thread that writes waits. Moments: a phase of ``Progress``, ``stored`` (a
transaction was committed), ``finished``; and in the middle of a transaction ``facts`` and ``edges``.
"""

import sys
import threading
from pathlib import Path
from typing import Any

from foretoken.index import keeper
from foretoken.index.events import Changed, Event, Finished, Progress, Role
from foretoken.index.indexer import Indexer
from foretoken.index.writing import Writer

keeper._COMMIT_SECONDS = 0.0  # what was found of a batch is a transaction
_put_facts, _put_edges = Writer.put_facts, Writer.put_edges


class Moment:
    def __init__(self, what: str, number: int) -> None:
        self._what, self._left = what, number

    def now(self, what: str) -> None:
        self._left -= what == self._what
        if not self._left:
            sys.stdout.write("here\n")
            sys.stdout.flush()
            threading.Event().wait()


def main() -> None:
    moment = Moment(sys.argv[3], int(sys.argv[4]))

    def hear(event: Event) -> None:
        match event:
            case Role():
                indexer.sync()
            case Progress():
                moment.now(event.phase)
            case Changed():
                moment.now("stored")
            case Finished():
                moment.now("finished")

    def put_facts(self: Writer, *arguments: Any) -> int:
        content = _put_facts(self, *arguments)
        moment.now("facts")
        return content

    def put_edges(self: Writer, *arguments: Any) -> None:
        _put_edges(self, *arguments)
        moment.now("edges")

    Writer.put_facts, Writer.put_edges = put_facts, put_edges  # type: ignore[method-assign]
    indexer = Indexer(Path(sys.argv[1]), Path(sys.argv[2]), hear, processes=1)
    indexer.start()
    threading.Event().wait()


if __name__ == "__main__":
    main()
