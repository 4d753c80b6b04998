"""What the language server and its workspace worker say to each other over the worker's standard input and output.

A frame is two lengths (4 bytes each, big-endian), a JSON object, and a body of UTF-8 text, which may be empty. Texts of
documents travel in the body: to quote a text of five megabytes in JSON holds the interpreter's lock for longer than a
keystroke may take, to encode it takes a millisecond.

The server's objects say what to ``do``: ``setup``, ``open``, ``edit``, ``close``, ``save``, ``changed``, ``look`` (at all of
a folder), ``sync`` (all folders), ``stop`` (the sync), ``ask`` (with an id), ``cancel`` (an id). The worker's are answers
(``id`` and ``result``) or events (``event``: ``ready``, ``stored``, ``progress``, ``finished``, ``notice``, ``refused``,
``covered``, ``role``, ``changed``, ``resync``, ``parsing`` and ``parsed``).
"""

import json
import os
import struct
from collections.abc import Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any

from foretoken.syntax.facts import Definition, Import, ImportedName

_LENGTHS = struct.Struct(">II")
MAX_HEAD = 64 << 20
MAX_BODY = 512 << 20
_CHUNK = 1 << 20
_DEFINITION = attrgetter(*(field.name for field in fields(Definition)))
_IMPORT = ("module", "alias", "kind", "start", "end", "line")
_IMPORT_VALUES = attrgetter(*_IMPORT)


class BadFrame(Exception):
    """What came is no frame. Nothing that follows can be understood."""


def frame(head: dict[str, Any], body: str = "") -> bytes:
    data = json.dumps(head, separators=(",", ":")).encode()
    text = body.encode("utf-8", "surrogatepass")
    return b"".join((_LENGTHS.pack(len(data), len(text)), data, text))


def read_frame(descriptor: int) -> tuple[dict[str, Any], str] | None:
    """The next frame of a pipe; None at its end, also when it ends in the middle. Blocking. Raises BadFrame, OSError."""
    lengths = _read(descriptor, _LENGTHS.size)
    if lengths is None:
        return None
    head_length, body_length = _LENGTHS.unpack(lengths)
    if head_length > MAX_HEAD or body_length > MAX_BODY:
        raise BadFrame(f"lengths of {head_length} and {body_length} bytes")
    data = _read(descriptor, head_length)
    body = _read(descriptor, body_length)
    if data is None or body is None:
        return None
    try:
        head = json.loads(data)
        text = body.decode("utf-8", "surrogatepass")
    except (ValueError, RecursionError) as error:
        raise BadFrame("not JSON and UTF-8") from error
    if not isinstance(head, dict):
        raise BadFrame("not a JSON object")
    return head, text


def write_all(descriptor: int, data: bytes) -> None:
    """Blocking. Raises OSError when nobody reads any more."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def definition_to_wire(definition: Definition) -> list[Any]:
    return list(_DEFINITION(definition))


def definition_from_wire(values: Sequence[Any]) -> Definition:
    return Definition(*values)


def import_to_wire(value: Import) -> list[Any]:
    return [*_IMPORT_VALUES(value), [[name.name, name.alias] for name in value.names]]


def import_from_wire(values: Sequence[Any]) -> Import:
    *rest, names = values
    return Import(names=tuple(ImportedName(*name) for name in names), **dict(zip(_IMPORT, rest, strict=True)))


def _read(descriptor: int, length: int) -> bytes | None:
    parts: list[bytes] = []
    while length:
        part = os.read(descriptor, min(length, _CHUNK))
        if not part:
            return None
        parts.append(part)
        length -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)
