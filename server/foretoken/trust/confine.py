"""The border of the workspace: which paths lie inside it, after all links, on any file system."""

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

_WINDOWS = os.name == "nt"
# https://learn.microsoft.com/windows/win32/fileio/naming-a-file: reserved with any extension, in any case; superscript
# digits count. A colon after the drive names an alternate data stream; dots and spaces at the end are dropped silently.
_DEVICE = re.compile(
    r"(?:con|prn|aux|nul|clock\$|conin\$|conout\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3])(?=[ .:]|$)", re.I
)
_SHORT_NAME = re.compile(r"~\d")


def inside(path: str | Path, roots: Iterable[str | Path], windows: bool = _WINDOWS) -> Path | None:
    """The real path of ``path`` when it lies in one of ``roots`` or is one, else None. The path need not exist.

    path: absolute. It and every folder on the way, once the way has entered a root, must resolve to places inside that
    root: a link that leads out and another that leads back are two reasons to refuse. On a file system that does not
    tell cases apart another spelling of a root is the same root, since it is the same folder.
    """
    text = os.fspath(path)
    if not os.path.isabs(text) or not safe_name(text, windows):
        return None
    try:
        real = os.path.realpath(text)
        if not os.path.exists(real) and any(os.path.islink(place) for place in (real, *Path(real).parents)):
            return None  # a loop of links
        for root in roots:
            real_root = os.path.realpath(root)
            rest = _below(real, real_root)
            if rest is not None and (real == text or _stays(text, real_root)):
                return Path(real_root, rest)
    except (OSError, ValueError):
        pass
    return None


def distinct_roots(roots: Sequence[str | Path]) -> list[Path]:
    """The real paths of ``roots``, in their order, without those that lie in another one or are another one again."""
    real = [os.path.realpath(root) for root in roots]
    kept = []
    for number, root in enumerate(real):
        others = (other for at, other in enumerate(real) if at != number and (other != root or at < number))
        if not any(_same_or_below(root, other, number, real) for other in others):
            kept.append(Path(root))
    return kept


def safe_name(path: str, windows: bool = _WINDOWS) -> bool:
    """Whether a path, absolute or relative, means what it says: no NUL, no text that is no Unicode, and on Windows
    none of the names that lead to devices, streams or other files."""
    if "\0" in path:
        return False
    if not windows:
        return True
    path = path.replace("\\", "/")
    if path.startswith(("//?/", "//./")):
        return False
    if path[1:2] == ":":
        path = path[2:]
    for part in path.split("/"):
        if part in ("", ".", ".."):
            continue
        if ":" in part or part[-1] in ". " or _DEVICE.match(part) or _SHORT_NAME.search(part.split(".")[0][-3:]):
            return False
        if any(ch < " " or ch in '<>"|?*' for ch in part):
            return False
    return True


def _below(path: str, root: str) -> str | None:
    """``path`` relative to ``root`` ("" for the root itself), or None. Both are real paths."""
    if path == root:
        return ""
    if path.startswith(root.rstrip(os.sep) + os.sep):
        return path[len(root.rstrip(os.sep)) + 1 :]
    # Another spelling of the root's own folders, on a file system that does not tell cases apart.
    if path.casefold().startswith(root.casefold()):
        folder, rest = Path(path), []
        while folder != folder.parent:
            if _same_folder(str(folder), root):
                return os.sep.join(reversed(rest))
            rest.append(folder.name)
            folder = folder.parent
    return None


def _same_folder(one: str, other: str) -> bool:
    try:
        return os.path.samefile(one, other)
    except OSError:
        return False


def _stays(path: str, root: str) -> bool:
    """Whether the way of ``path``, component by component, never leaves ``root`` after it has entered it."""
    parts = Path(path).parts
    place, entered = parts[0], False
    for part in parts[1:]:
        place = os.path.realpath(os.path.join(place, part))
        now = _below(place, root) is not None
        if entered and not now:
            return False
        entered = now
    return entered


def _same_or_below(root: str, other: str, number: int, real: Sequence[str]) -> bool:
    """Whether ``root`` (the one at ``number``) is covered by ``other``; of two names of one folder the first stays."""
    rest = _below(root, other)
    return rest is not None and (rest != "" or other in real[:number])
