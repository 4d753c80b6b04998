"""Questions that need jedi, on a thread of their own: they take longer than all others."""

import logging
import os
import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from foretoken.syntax.python_inference import PythonAnswer, PythonInference, Trouble
from foretoken.syntax.python_libraries import library_folders, search_path, stubs_folder
from foretoken.trust.left import Reason
from foretoken.trust.secrets import mask
from foretoken.trust.workspace_files import WorkspaceFiles

log = logging.getLogger(__name__)

WHAT = ("goto", "infer", "names", "signatures")
IDLE_SECONDS = 300.0  # after which jedi's process, and its memory, is given back
_CUSTOMARY = ("src", "lib", "python")  # folders that hold sources by custom
_MOST_ROOTS = 32
_LIBRARIES = {"site-packages", "dist-packages"}  # folders of installed libraries
_MOST_SHOWN = 500  # characters of a signature or a line of documentation


@dataclass(frozen=True, slots=True)
class PythonQuestion:
    """what: one of ``WHAT``. root, path: the workspace folder and the file in it. seconds: how long the asker waits, from
    ``arrived`` on. given_up: whether nobody waits any more. roots: all workspace folders, as real paths."""

    what: str
    root: Path
    cache: Path
    path: str
    text: str
    offset: int
    seconds: float
    arrived: float
    answer: Callable[[dict[str, Any]], None]
    given_up: Callable[[], bool]
    roots: tuple[Path, ...] = ()


class PythonQuestions:
    """jedi for all workspace folders. ``ask`` returns at once; the answer is given on this object's thread."""

    def __init__(self) -> None:
        self._questions: queue.SimpleQueue[PythonQuestion | None] = queue.SimpleQueue()
        self._inferences: dict[Path, tuple[list[str], PythonInference]] = {}
        self._thread: threading.Thread | None = None

    def ask(self, question: PythonQuestion) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="python", daemon=True)
            self._thread.start()
        self._questions.put(question)

    def stop(self) -> None:
        if self._thread is not None:
            self._questions.put(None)
            self._thread.join()

    def _run(self) -> None:
        while True:
            try:
                question = self._questions.get(timeout=IDLE_SECONDS if self._inferences else None)
            except queue.Empty:
                self._close()
                continue
            if question is None:
                self._close()
                return
            question.answer(to_wire(self._answer(question)))

    def _answer(self, question: PythonQuestion) -> PythonAnswer:
        if question.given_up() or time.monotonic() - question.arrived > question.seconds:
            return PythonAnswer(trouble=Trouble.LATE)
        inference = self._inference(question)
        place = str(question.root / question.path)
        answer = getattr(inference, question.what)(mask(question.text), place, question.offset)
        return _fit_to_be_shown(answer, (question.root, *question.roots), place)

    def _inference(self, question: PythonQuestion) -> PythonInference:
        roots, inference = self._inferences.get(question.root, ([], None))
        new = [root for root in _source_roots(question.root, question.path) if root not in roots]
        if inference is None or new:
            if inference is not None:
                inference.close()
            roots = [*new, *roots][:_MOST_ROOTS]
            question.cache.mkdir(exist_ok=True, mode=0o700)
            inference = PythonInference(question.root, search_path(question.root, roots), question.cache)
            self._inferences[question.root] = (roots, inference)
        return inference

    def _close(self) -> None:
        for _, inference in self._inferences.values():
            inference.close()
        self._inferences.clear()


def _fit_to_be_shown(answer: PythonAnswer, roots: tuple[Path, ...], asked: str) -> PythonAnswer:
    """The answer without what comes of files that are left out, and without secrets: jedi reads by itself whatever the
    text imports. roots: the workspace folders, the asked file's first. asked: the file that the question is about, which
    is open."""
    sources = _Sources(roots)
    names = (one for one in answer.names if one.path in ("", asked) or sources.count(one.path))
    signatures = (one for one in answer.signatures if one.path in ("", asked) or sources.count(one.path))
    return replace(
        answer,
        # A key of a dictionary is a name, too.
        names=tuple(
            replace(
                one,
                name=_shown(one.name),
                full_name=_shown(one.full_name),
                signature=_shown(one.signature),
                doc=_shown(one.doc),
            )
            for one in names
        ),
        signatures=tuple(
            replace(one, name=_shown(one.name), parameters=tuple(map(_shown, one.parameters)), doc=_shown(one.doc))
            for one in signatures
        ),
    )


def _shown(text: str) -> str:
    """Without secrets, then no longer than anybody reads: half a secret would not be recognised."""
    return mask(text)[:_MOST_SHOWN]


class _Sources:
    """Which files an answer may speak of: those of the workspace folders that are not left out, and libraries.

    The rules are read as they are now; they are few, and jedi takes far longer.
    """

    def __init__(self, roots: tuple[Path, ...]) -> None:
        # Of folders in each other the inner one decides.
        self._roots = sorted(dict.fromkeys(roots), key=lambda root: -len(root.parts))
        self._asked_root = roots[0]
        self._files: dict[Path, WorkspaceFiles] = {}
        self._known: dict[str, bool] = {}

    def count(self, path: str) -> bool:
        if path not in self._known:
            place = os.path.normpath(path)
            self._known[path] = self._library(place) or self._in_workspace(place)
        return self._known[path]

    def _in_workspace(self, path: str) -> bool:
        for root in self._roots:
            files = self._files.get(root) or self._files.setdefault(root, WorkspaceFiles(root))
            inside = files.path_of(path)
            if inside is not None:
                left = files.left_out(inside)
                return left is None or left.reason is Reason.DEPENDENCIES
            if Path(path).is_relative_to(root):
                return False  # a link leads out of it
        return False  # text may name any folder of the disk as one to import from

    def _library(self, path: str) -> bool:
        """By its place alone: some installers link a library's files to a store of theirs."""
        parts = Path(path)
        if not _LIBRARIES.isdisjoint(parts.parts):
            return True
        own = (*library_folders(self._asked_root), stubs_folder())
        return any(folder and parts.is_relative_to(folder) for folder in own)


def to_wire(answer: PythonAnswer) -> dict[str, Any]:
    return asdict(answer)


def _source_roots(root: Path, path: str) -> list[str]:
    """Where a file's absolute imports may begin: above its package, and each folder on the way up with what lies in it by
    custom. Relative to ``root``."""

    def roots() -> Iterator[str]:
        folder = PurePosixPath(path).parent
        while folder.name and os.path.exists(root / folder / "__init__.py"):
            folder = folder.parent
        for above in (folder, *folder.parents):
            yield above.as_posix()
            yield from ((above / name).as_posix() for name in _CUSTOMARY if os.path.isdir(root / above / name))

    return list(dict.fromkeys("" if found == "." else found for found in roots()))
