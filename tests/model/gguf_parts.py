"""A GGUF file taken apart, so that one part can be made wrong and the rest put back as it was.

The format is ggml's docs/gguf.md: magic, version, number of tensors, number of keys, keys, tensor infos, padding, data.
"""

import struct
from dataclasses import dataclass, field

STRING, ARRAY, UINT32, FLOAT32 = 8, 9, 4, 6
SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
ALIGNMENT = 32


@dataclass
class Key:
    """value: its bytes as they stand in the file, behind the type."""

    name: bytes
    kind: int
    value: bytes


@dataclass
class Info:
    """One tensor's description; offset counts from the data's beginning."""

    name: bytes
    dimensions: list[int]
    kind: int
    offset: int


@dataclass
class Parts:
    """n_keys, n_tensors: what the head says, when that shall differ from what there is."""

    keys: list[Key]
    infos: list[Info]
    data: bytes
    version: int = 3
    n_keys: int | None = None
    n_tensors: int | None = None
    tail: bytes = b""
    head: bytes = field(default=b"GGUF")
    alignment: int = ALIGNMENT

    def key(self, end: str) -> Key:
        """The first key whose name ends so."""
        return next(key for key in self.keys if key.name.endswith(end.encode()))

    def info(self, name: str) -> Info:
        return next(info for info in self.infos if info.name == name.encode())

    def build(self) -> bytes:
        n_tensors = len(self.infos) if self.n_tensors is None else self.n_tensors
        n_keys = len(self.keys) if self.n_keys is None else self.n_keys
        parts = [self.head, struct.pack("<IQQ", self.version, n_tensors, n_keys)]
        for key in self.keys:
            parts += [text(key.name), struct.pack("<I", key.kind), key.value]
        for info in self.infos:
            parts += [text(info.name), struct.pack("<I", len(info.dimensions))]
            parts += [struct.pack("<Q", size) for size in info.dimensions]
            parts.append(struct.pack("<IQ", info.kind, info.offset))
        header = b"".join(parts)
        return header + bytes(-len(header) % self.alignment) + self.data + self.tail


def text(value: bytes) -> bytes:
    return struct.pack("<Q", len(value)) + value


def array(kind: int, values: list[bytes]) -> bytes:
    """The value of an array key; each of values is one element's bytes."""
    return struct.pack("<IQ", kind, len(values)) + b"".join(values)


def elements(key: Key) -> tuple[int, list[bytes]]:
    """The element type of an array key, and each element's bytes (a string's with its length)."""
    kind, count = struct.unpack_from("<IQ", key.value)
    at, found = 12, []
    for _ in range(count):
        size = SIZES.get(kind) or 8 + struct.unpack_from("<Q", key.value, at)[0]
        found.append(key.value[at : at + size])
        at += size
    return kind, found


def take_apart(file: bytes) -> Parts:
    """For whole files only."""
    n_tensors, n_keys = struct.unpack_from("<QQ", file, 8)
    at = 24

    def string() -> bytes:
        nonlocal at
        size = struct.unpack_from("<Q", file, at)[0]
        at += 8 + size
        return file[at - size : at]

    keys = []
    for _ in range(n_keys):
        name = string()
        kind = struct.unpack_from("<I", file, at)[0]
        at += 4
        begin = at
        if kind == STRING:
            string()
        elif kind == ARRAY:
            of, count = struct.unpack_from("<IQ", file, at)
            at += 12
            for _ in range(count):
                if of == STRING:
                    string()
                else:
                    at += SIZES[of]
        else:
            at += SIZES[kind]
        keys.append(Key(name, kind, file[begin:at]))
    infos = []
    for _ in range(n_tensors):
        name = string()
        n_dimensions = struct.unpack_from("<I", file, at)[0]
        dimensions = list(struct.unpack_from(f"<{n_dimensions}Q", file, at + 4))
        at += 4 + 8 * n_dimensions
        kind, offset = struct.unpack_from("<IQ", file, at)
        at += 12
        infos.append(Info(name, dimensions, kind, offset))
    return Parts(keys, infos, file[at + -at % ALIGNMENT :])
