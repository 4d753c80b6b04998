"""C's and C++'s includes, and which header belongs to which implementation.

Include folders come from compile_commands.json and compile_flags.txt (Clang's documentation, "JSON Compilation Database
Format Specification"). Without them, and for what they do not reach, a header is the file whose path ends as the
include says, the nearest to the file that includes it.
"""

import os.path
import shlex

from foretoken.syntax.facts import Import
from foretoken.syntax.resolve.configuration import read_json, read_text, text_of
from foretoken.syntax.resolve.files import Files, remembered
from foretoken.syntax.resolve.following import Trail
from foretoken.syntax.resolve.paths import (
    ancestors,
    common_length,
    folder_of,
    join,
    nearest_only,
    stem_of,
    under,
    usable,
)
from foretoken.syntax.resolve.system_headers import SYSTEM_HEADERS

HEADERS = (".h", ".hpp", ".hh", ".hxx", ".h++", ".cuh", ".inl", ".ipp", ".tpp")
IMPLEMENTATIONS = (".c", ".cc", ".cpp", ".cxx", ".c++", ".cu", ".m", ".mm")
_FOLDER_FLAGS = ("-I", "-iquote", "-isystem", "-idirafter", "/I")
# Folder names that say which half of a library lies there, and nothing of what it is about.
_HALVES = frozenset(
    {"include", "inc", "headers", "public", "src", "source", "sources", "lib", "private", "impl", "source_code"}
)
_MOST_ENTRIES = 20_000
_LONGEST_DATABASE = 4_000_000
# shlex's time grows with the square of a word's length. Both in characters.
_LONGEST_COMMAND = 32_000
_LONGEST_PATH = 4_096


def resolve(imported: Import, path: str, files: Files) -> tuple[str, ...]:
    """The header; several only where they are equally near (one for each machine or system)."""
    if imported.kind == "package" or not usable(imported.module):
        return ()
    wanted = imported.module.replace("\\", "/")
    system = imported.kind == "system"
    if not system:
        beside = join(folder_of(path), wanted)
        if beside is not None and files.has(beside):
            return (beside,)
    key = ("c include", folder_of(path), wanted, system)
    return remembered(files, key, lambda: _search(wanted, system, path, files))


def resolve_name(imported: Import, name: str, path: str, files: Files) -> tuple[str, ...]:
    """The header that declares ``name``, also through the headers that it includes, then the implementation's file."""
    trail = Trail()
    for header in resolve(imported, path, files):
        found = _declaring(header, name, files, trail)
        if found:
            return (found, *(other for other in counterpart(found, files) if files.defines(other, name)))
    return ()


def counterpart(path: str, files: Files) -> tuple[str, ...]:
    """The implementation of a header, or the header of an implementation: the same stem, the nearest folder."""
    header = path.endswith(HEADERS)
    if not header and not path.endswith(IMPLEMENTATIONS):
        return ()
    stem = stem_of(path)
    wanted = IMPLEMENTATIONS if header else HEADERS
    found = [other for ending in wanted for other in files.named(stem + ending)]
    if header and stem.endswith(("-inl", "_inl")):  # templates' bodies: headers themselves
        found += [other for ending in HEADERS for other in files.named(stem[:-4] + ending)]
    ranked = sorted((-_kinship(path, other), other.count("/"), other) for other in found)
    return tuple(other for rank, _, other in ranked if rank == ranked[0][0])[:4]


def _kinship(path: str, other: str) -> float:
    """How near two files lie, "include" and "src" left out: shared folders from the top and from the bottom."""
    if folder_of(path) == folder_of(other):
        return 1_000.0
    mine = [part for part in path.split("/")[:-1] if part not in _HALVES]
    theirs = [part for part in other.split("/")[:-1] if part not in _HALVES]
    tail = 0
    for left, right in zip(reversed(mine), reversed(theirs), strict=False):
        if left != right:
            break
        tail += 1
    return common_length(path, other) + tail - 0.1 * sum(part not in mine for part in theirs)


def _declaring(header: str, name: str, files: Files, trail: Trail) -> str:
    waiting = [header]
    while waiting:
        here = waiting.pop(0)
        if not trail.enter(here, name):
            continue
        if files.defines(here, name):
            return here
        for imported in files.imports(here):
            waiting += resolve(imported, here, files)
    return ""


def _search(wanted: str, system: bool, path: str, files: Files) -> tuple[str, ...]:
    for folder in include_folders(files):
        found = join(folder, wanted)
        if found is not None and files.has(found):
            return (found,)
    if system and wanted in SYSTEM_HEADERS:
        return ()
    for above in ancestors(folder_of(path)):
        for name in ("", "include", "inc", "src"):
            found = join(under(above, name), wanted)
            if found is not None and files.has(found):
                return (found,)
    suffix = wanted
    while suffix.startswith(("../", "./")):
        suffix = suffix.partition("/")[2]
    return nearest_only(files.ending(suffix), path) if suffix and "/../" not in suffix else ()


def include_folders(files: Files) -> tuple[str, ...]:
    """The folders of the workspace that the compiler is told to search, those of most files first."""
    return remembered(files, "c include folders", lambda: _include_folders(files))


def _include_folders(files: Files) -> tuple[str, ...]:
    counted: dict[str, int] = {}
    for path in files.named("compile_flags.txt"):
        flags = read_text(files, path).split("\n")
        for relative in _folders_in([flag.strip() for flag in flags]):
            folder = join(folder_of(path), relative)
            if folder is not None and files.has_folder(folder):
                counted[folder] = counted.get(folder, 0) + 1
    for path in files.named("compile_commands.json"):
        entries = read_json(files, path, _LONGEST_DATABASE)
        for entry in entries[:_MOST_ENTRIES] if isinstance(entries, list) else ():
            if isinstance(entry, dict):
                for folder in _entry_folders(entry, files):
                    counted[folder] = counted.get(folder, 0) + 1
    return tuple(sorted(counted, key=lambda folder: (-counted[folder], folder)))


def _entry_folders(entry: dict[str, object], files: Files) -> list[str]:
    """One command's include folders. Its paths are absolute; where the workspace lies is told by its own file."""
    directory = text_of(entry.get("directory")).replace("\\", "/")
    file = _absolute(directory, text_of(entry.get("file")))
    root = remembered(files, ("c root", folder_of(file)), lambda: _root_in(file, files))
    if root is None:
        return []
    arguments = entry.get("arguments")
    if not isinstance(arguments, list):
        try:
            arguments = shlex.split(text_of(entry.get("command"))[:_LONGEST_COMMAND])
        except ValueError:
            return []
    found = []
    for relative in _folders_in([text for text in arguments if isinstance(text, str)]):
        folder = _absolute(directory, relative)
        if folder == root or folder.startswith(root + "/"):
            inside = folder[len(root) + 1 :]
            if files.has_folder(inside):
                found.append(inside)
    return found


def _root_in(file: str, files: Files) -> str | None:
    """The absolute path of the workspace folder: what is left of ``file`` before the longest end that is known."""
    parts = file.split("/") if len(file) <= _LONGEST_PATH else []
    for start in range(1, len(parts)):
        if files.has("/".join(parts[start:])):
            return "/".join(parts[:start])
    return None


def _absolute(directory: str, path: str) -> str:
    return os.path.normpath(os.path.join(directory, path.replace("\\", "/"))).replace("\\", "/")


def _folders_in(flags: list[str]) -> list[str]:
    found = []
    for position, flag in enumerate(flags):
        for name in _FOLDER_FLAGS:
            if flag == name and position + 1 < len(flags):
                found.append(flags[position + 1])
            elif flag.startswith(name) and len(flag) > len(name):
                found.append(flag[len(name) :].strip())
    return found
