"""URIs and paths, for both kinds of path on either kind of machine.

Editors spell the same file differently (``file:///c%3A/a.py``, ``file:///C:/a.py``), and not every document is a file
(``untitled:Untitled-1``, ``vscode-notebook-cell:/a/b.ipynb#X``).
"""

import os
import re
from functools import lru_cache
from pathlib import PurePath, PurePosixPath, PureWindowsPath
from urllib.parse import SplitResult, quote, unquote, urlsplit

_WINDOWS = os.name == "nt"
_DRIVE = re.compile(r"^/?([A-Za-z]):(?=/|$)")
# What stays unquoted in the path of a file URI: RFC 3986's path characters less those that editors quote.
_SAFE = "/~!$&'()*+,;=@:"


def file_path(uri: str, windows: bool = _WINDOWS) -> PurePath | None:
    """The path of a ``file:`` URI, or None for any other kind. A host other than localhost is a UNC share."""
    parts = _split(uri)
    if parts is None or parts.scheme != "file":
        return None
    path = unquote(parts.path)
    if parts.netloc and parts.netloc.lower() != "localhost":
        path = f"//{unquote(parts.netloc)}{path}"
    elif _DRIVE.match(path) and windows:
        path = path.lstrip("/")
    return PureWindowsPath(path) if windows else PurePosixPath(path)


def file_uri(path: PurePath | str, windows: bool = _WINDOWS) -> str:
    """The ``file:`` URI of an absolute path."""
    text = str(path).replace("\\", "/") if windows else str(path)
    host = ""
    if windows and text.startswith("//"):
        host, _, text = text[2:].partition("/")
        text = "/" + text
    elif not text.startswith("/"):
        text = "/" + text
    return f"file://{quote(host)}{quote(text, safe=_SAFE)}"


@lru_cache(maxsize=1024)
def document_key(uri: str) -> str:
    """Equal for two spellings of one document: percent encoding and the case of scheme, host and drive letter.

    The case of the path itself is kept: on most machines it matters, and one editor spells one file one way.
    """
    parts = _split(uri)
    if parts is None:
        return uri
    query = f"?{parts.query}" if parts.query else ""
    fragment = f"#{parts.fragment}" if parts.fragment else ""
    return f"{parts.scheme}:{_location(parts)}{query}{fragment}"


@lru_cache(maxsize=1024)
def relative_path(uri: str, folder_uri: str, windows: bool = _WINDOWS) -> str | None:
    """The document's path below the folder, with forward slashes; None when it does not lie there."""
    parts, folder_parts = _split(uri), _split(folder_uri)
    if parts is None or folder_parts is None:
        return None
    path, folder = _location(parts), _location(folder_parts).rstrip("/") + "/"
    inside = path.lower().startswith(folder.lower()) if windows else path.startswith(folder)
    return path[len(folder) :] if inside and len(path) > len(folder) else None


@lru_cache(maxsize=1024)
def file_name(uri: str) -> str:
    """The last part of the document's path, for people and prompts: ``a.py``, ``Untitled-1``, ``b.ipynb``."""
    parts = _split(uri)
    path = unquote(parts.path) if parts is not None else uri
    return path.rstrip("/").rpartition("/")[2]


def _location(parts: SplitResult) -> str:
    """Host and path in one spelling. The scheme is left out: a notebook's cell lies where its notebook does."""
    host = "" if parts.netloc.lower() == "localhost" else unquote(parts.netloc).lower()
    return f"//{host}" + _DRIVE.sub(lambda drive: f"/{drive[1].lower()}:", unquote(parts.path))


def _split(uri: str) -> SplitResult | None:
    """urlsplit, but None for what is no URI (no scheme, a bad host); a drive letter is no scheme."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return None
    return parts if len(parts.scheme) > 1 else None
