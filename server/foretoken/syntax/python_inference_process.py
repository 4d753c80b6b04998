"""The process that runs jedi: one query after the other, from lines of JSON to lines of JSON (``python_inference``).

Nothing of the workspace is run. jedi's environment is this interpreter with an empty search path, so it imports no
compiled module but Python's built-in ones; sources and stubs are only read. A query that takes longer than ``patience``
ends the process, by a watchdog that needs no Python to run (``faulthandler``).
"""

import faulthandler
import gc
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, BinaryIO

import jedi
import parso.cache
import psutil
from jedi.api.classes import BaseName
from jedi.api.environment import InterpreterEnvironment

_MOST_FOUND = 20  # definitions, of which signature and docstring are wanted too
_MOST_NAMES = 200
_CACHE_BYTES = 100 * 2**20
_LEAST_MEMORY = 768 * 2**20  # of addresses; an idle process has reserved 300 MB of them
# Characters of a signature or a line of documentation. Far more than anybody is shown: who asks blanks secrets out, and a
# half of one is not recognised.
_MOST_WRITTEN = 16_384


class _NoCompiledModules(InterpreterEnvironment):
    """jedi imports a compiled module, which runs its code, from its environment's search path alone."""

    def get_sys_path(self) -> list[str]:
        return []


class Inference:
    """jedi for one workspace folder."""

    def __init__(self, root: str, sys_path: list[str], cache: str) -> None:
        self._project = jedi.Project(root, sys_path=sys_path, smart_sys_path=False, load_unsafe_extensions=False)
        self._environment = _NoCompiledModules()
        self._last: tuple[str, str, jedi.Script] | None = None
        jedi.settings.auto_import_modules = []  # modules that jedi would import instead of reading them
        jedi.settings.dynamic_params_for_other_modules = False  # reads files all over the workspace
        jedi.settings.cache_directory = Path(cache)
        libraries = [folder for folder in sys_path if not _inside(folder, [root]) or "site-packages" in folder]
        _keep_only(tuple(libraries) + (str(Path(jedi.__file__).parent),))

    def answer(self, query: dict[str, Any]) -> dict[str, Any]:
        """The answer to one query; whatever jedi raises goes through."""
        script = self._script(query["text"], query["path"])
        line, column = query["line"] + 1, query["column"]
        names: list[dict[str, Any]] = []
        signatures: list[dict[str, Any]] = []
        if query["what"] == "goto":
            found = script.goto(line, column, follow_imports=True)
            names = [_name(name, full=True) for name in found[:_MOST_FOUND]]
        elif query["what"] == "infer":
            names = [_name(name, full=True) for name in script.infer(line, column)[:_MOST_FOUND]]
        elif query["what"] == "names":
            names = [_name(name, full=False) for name in script.complete(line, column)[:_MOST_NAMES]]
        else:
            for found in script.get_signatures(line, column)[:_MOST_FOUND]:
                path = found.module_path
                parameters = [param.to_string()[:_MOST_WRITTEN] for param in found.params]
                signatures.append(
                    {
                        "name": found.name,
                        "parameters": parameters,
                        "index": found.index,
                        "doc": _first_line(found),
                        "path": str(path) if path is not None else "",
                    }
                )
        return {"names": names, "signatures": signatures}

    def forget(self) -> None:
        """Give up what was read."""
        self._last = None
        jedi.cache.clear_time_caches(delete_all=True)
        gc.collect()

    def _script(self, text: str, path: str) -> jedi.Script:
        if self._last is None or self._last[:2] != (text, path):
            script = jedi.Script(text, path=path, project=self._project, environment=self._environment)
            self._last = (text, path, script)
        return self._last[2]


def _name(found: BaseName, full: bool) -> dict[str, Any]:
    signatures = found.get_signatures() if full and found.type in {"function", "class"} else []
    path = found.module_path
    return {
        "name": found.name,
        "kind": found.type,
        "path": str(path) if path is not None else "",
        "line": (found.line or 1) - 1,
        "column": found.column or 0,
        "full_name": (found.full_name or "") if full else "",
        "signature": signatures[0].to_string()[:_MOST_WRITTEN] if signatures else "",
        "doc": _first_line(found) if full else "",
    }


def _first_line(found: BaseName) -> str:
    return found.docstring(raw=True).strip().partition("\n")[0].strip()[:_MOST_WRITTEN]


def _inside(path: str, folders: list[str]) -> bool:
    return any(path == folder or path.startswith(folder.rstrip(os.sep) + os.sep) for folder in folders)


def _keep_only(folders: tuple[str, ...]) -> None:
    """Let parso write only what lies in these folders into its cache.

    Its cache holds the text of what it parsed. parso has no setting for that; the function that writes is replaced.
    """
    save = parso.cache._save_to_file_system

    def save_libraries(hashed_grammar: str, path: Any, *rest: Any, **options: Any) -> None:
        if _inside(str(path), list(folders)):
            try:
                save(hashed_grammar, path, *rest, **options)
            except OSError:
                pass  # a full disk, a folder that may not be written: the next process parses again

    parso.cache._save_to_file_system = save_libraries


def prune(cache: Path, most: int = _CACHE_BYTES) -> None:
    """Remove the cached files that were not used for longest until ``most`` bytes are left."""
    try:
        files = [(entry.stat(), entry) for entry in cache.rglob("*.pkl")]
    except OSError:
        return
    total = sum(stat.st_size for stat, _ in files)
    for stat, entry in sorted(files, key=lambda item: max(item[0].st_atime, item[0].st_mtime)):
        if total <= most:
            return
        try:
            entry.unlink()
        except OSError:
            continue
        total -= stat.st_size


def serve(source: BinaryIO, target: BinaryIO) -> None:
    """Answer queries until ``source`` ends. The first line says what the workspace is."""
    start = json.loads(source.readline())
    inference = Inference(start["root"], start["sys_path"], start["cache"])
    prune(Path(start["cache"]))
    process = psutil.Process()
    _limit_memory(4 * start["memory"])
    # An error in jedi, of whatever kind, ends its query alone: the future holds it.
    with ThreadPoolExecutor(1, "jedi") as executor:
        for line in source:
            query = json.loads(line)
            faulthandler.dump_traceback_later(start["patience"], exit=True)
            future = executor.submit(inference.answer, query)
            error = future.exception()
            if error is None:
                reply: dict[str, Any] = future.result()
            else:
                reply = {"error": f"{type(error).__name__} at {_place(error)}"}
            if process.memory_info().rss > start["memory"]:
                executor.submit(inference.forget).exception()
                reply["leaving"] = process.memory_info().rss > start["memory"]
            target.write(json.dumps(reply).encode("ascii") + b"\n")
            target.flush()
            if reply.get("leaving"):
                return
            faulthandler.cancel_dump_traceback_later()


def _place(error: BaseException) -> str:
    """Where it was raised. What it says may quote the text."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "" if trace is None else f"{os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}"


def _limit_memory(most: int) -> None:
    """What a query may take at all: past it is a MemoryError, which ends that query. Not on Windows."""
    try:
        import resource
    except ImportError:
        return
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    most = max(most, _LEAST_MEMORY)
    if hard == resource.RLIM_INFINITY or most < hard:
        resource.setrlimit(resource.RLIMIT_AS, (most, hard))


def main() -> None:
    """What anything prints goes to standard error: standard output is for answers."""
    target = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    serve(sys.stdin.buffer, target)


if __name__ == "__main__":
    main()
