"""The header of a GGUF file, read with every length and count checked before it is believed.

The format is ggml's (docs/gguf.md). llama.cpp reads the same bytes itself, and again; this reading comes before it so that
a damaged file is named in a sentence, and so that what a model will need is known before it is loaded. Nothing is kept of
a string array but its place: a vocabulary of 250,000 tokens is walked over in 0.1 s and not copied.
"""

import mmap
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from foretoken.models.resolve import ModelUnavailable, check_model_file

Scalar = int | float | bool | str

STRING, ARRAY = 8, 9
# GGUF value types -> struct codes; a bool is a byte.
SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
VERSIONS = (2, 3)
WHOLE_NUMBERS = frozenset(SCALARS) - {6, 7, 12}
HEAD = 24  # bytes: magic, version, tensor count, key count
LONGEST_HEADER = 1 << 29  # bytes; the largest vocabularies take some 30 MB
MOST_STRINGS = 1 << 22  # of an array
MOST_NUMBERS = 1 << 22
LEAST_KEY, LEAST_TENSOR = 13, 32  # bytes that one takes at least
MOST_DIMENSIONS = 4
LONGEST_NAME = 63  # bytes of a tensor's name (GGML_MAX_NAME - 1)
DEFAULT_ALIGNMENT = 32
# ggml types at the pinned commit: (numbers in a block, bytes of a block).
TYPES = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34), 9: (32, 36),
    10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210), 15: (256, 292),
    16: (256, 66), 17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18), 21: (256, 110), 22: (256, 82),
    23: (256, 136), 24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8), 29: (256, 56), 30: (1, 2),
    34: (256, 54), 35: (256, 66), 39: (32, 17), 40: (64, 36), 41: (128, 18), 42: (64, 18),
}  # fmt: skip


class DamagedModel(ModelUnavailable):
    """The file's header contradicts itself or the file's length."""


@dataclass(frozen=True, slots=True)
class Array:
    """An array's place in the file. kind: GGUF type of its elements; begin, end: offsets of the first and behind the last."""

    kind: int
    count: int
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class Tensor:
    """shape: as ggml orders it, the fastest first. kind: ggml type; offset: from the data's beginning; size: bytes."""

    shape: tuple[int, ...]
    kind: int
    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class Header:
    """size: of the file in bytes; data: where the tensors' data begins."""

    path: Path
    size: int
    keys: dict[str, Scalar | Array] = field(default_factory=dict)
    tensors: dict[str, Tensor] = field(default_factory=dict)
    data: int = 0

    @property
    def architecture(self) -> str:
        name = self.keys.get("general.architecture")
        return name if isinstance(name, str) else ""

    def number(self, name: str, default: int = 0) -> int:
        """A whole number of the architecture's keys (``block_count``); of an array of them the largest."""
        value = self.keys.get(f"{self.architecture}.{name}")
        if isinstance(value, Array):
            return max((int(item) for item in self.numbers(value)), default=default)
        return value if isinstance(value, int) and not isinstance(value, bool) else default

    def numbers(self, array: Array) -> tuple[int, ...]:
        """The elements of an array of whole numbers or truth values; empty for others, and for very long ones."""
        if array.kind not in WHOLE_NUMBERS | {7} or array.count > MOST_NUMBERS:
            return ()
        return struct.unpack(f"<{array.count}{SCALARS[array.kind]}", self._bytes(array))

    def strings(self, name: str) -> Iterator[bytes]:
        """The elements of the string array ``name``; none when it is not there or is no array of strings."""
        array = self.keys.get(name)
        if not isinstance(array, Array) or array.kind != STRING or not array.count:
            return
        entries, at, length_at = self._bytes(array), 0, struct.Struct("<Q").unpack_from
        for _ in range(array.count):
            begin = at + 8
            at = begin + length_at(entries, at)[0]
            yield entries[begin:at]

    def _bytes(self, array: Array) -> bytes:
        with self.path.open("rb") as file:
            file.seek(array.begin)
            return file.read(array.end - array.begin)


def read_header(path: Path) -> Header:
    """Raises ModelUnavailable when the file cannot be read or is no GGUF, DamagedModel when its header is wrong."""
    check_model_file(path)
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
            return _Reader(path, view).read()
    except (OSError, ValueError) as error:
        raise ModelUnavailable(f"The model file {path} cannot be read: {error}.") from error


class _Reader:
    """Goes through the header once. Never reads behind ``end``: the file's end, or where no header would reach."""

    def __init__(self, path: Path, view: mmap.mmap) -> None:
        self._path, self._view, self._size = path, view, len(view)
        self._end = min(self._size, LONGEST_HEADER)
        self._at = HEAD

    def read(self) -> Header:
        version, n_tensors, n_keys = struct.unpack_from("<IQQ", self._view, 4)
        if version not in VERSIONS:
            raise ModelUnavailable(
                f"{self._path} is a GGUF of version {version}; versions {VERSIONS[0]} and {VERSIONS[1]} are known. "
                "It is damaged, of another byte order, or newer than this Foretoken."
            )
        header = Header(self._path, self._size)
        left = self._end - HEAD
        if n_keys > left // LEAST_KEY or n_tensors > left // LEAST_TENSOR:
            raise self._damaged(f"it says that it has {n_keys} keys and {n_tensors} tensors")
        for number in range(n_keys):
            name = self._text(f"the name of key {number}")
            if name in header.keys:
                raise self._damaged(f"the key {name} is there twice")
            header.keys[name] = self._value(name, self._number("I"))
        alignment = self._alignment(header)
        for number in range(n_tensors):
            self._tensor(header, number)
        begin = self._at + -self._at % alignment
        if n_tensors and begin > self._size:
            raise self._damaged("it ends before its tensors begin")
        self._check_places(header, begin, alignment)
        return Header(self._path, self._size, header.keys, header.tensors, begin)

    def _value(self, name: str, kind: int) -> Scalar | Array:
        if kind in SCALARS:
            return self._number(SCALARS[kind])
        if kind == STRING:
            return self._text(name)
        if kind != ARRAY:
            raise self._damaged(f"the key {name} has the unknown type {kind}")
        of, count = self._number("I"), self._number("Q")
        begin = self._at
        if of == STRING:
            self._skip_strings(name, count)
        elif of in SCALARS:
            self._skip(count * struct.calcsize(SCALARS[of]), name)
        else:
            raise self._damaged(f"the key {name} is an array of the unknown type {of}")
        return Array(of, count, begin, self._at)

    def _skip_strings(self, name: str, count: int) -> None:
        view, at, size = self._view, self._at, self._end
        if count > min(MOST_STRINGS, (size - at) // 8):
            raise self._damaged(f"{name} says that it has {count} entries")
        read = struct.Struct("<Q").unpack_from
        for _ in range(count):
            if at + 8 > size:
                raise self._damaged(f"{name} does not end inside the file")
            at += 8 + read(view, at)[0]
        if at > size:
            raise self._damaged(f"{name} does not end inside the file")
        self._at = at

    def _tensor(self, header: Header, number: int) -> None:
        name = self._text(f"the name of tensor {number}")
        if name in header.tensors:
            raise self._damaged(f"the tensor {name} is there twice")
        if len(name.encode()) > LONGEST_NAME:
            raise self._damaged(f"the name of tensor {number} is too long")
        n_dimensions = self._number("I")
        if n_dimensions > MOST_DIMENSIONS:
            raise self._damaged(f"the tensor {name} has {n_dimensions} dimensions")
        shape = tuple(self._number("Q") for _ in range(n_dimensions))
        kind, offset = self._number("I"), self._number("Q")
        if kind not in TYPES:
            raise ModelUnavailable(
                f"The tensor {name} in {self._path} has a number format ({kind}) that this llama.cpp does not know. "
                "The file is damaged, or newer than this Foretoken."
            )
        numbers, size = TYPES[kind]
        count = 1
        for length in shape:
            count *= length
        if not shape or not count or shape[0] % numbers:
            raise self._damaged(f"the tensor {name} cannot have the shape {shape}")
        header.tensors[name] = Tensor(shape, kind, offset, count // numbers * size)

    def _check_places(self, header: Header, begin: int, alignment: int) -> None:
        """The tensors follow each other, each at the next multiple of the alignment."""
        expected = 0
        for name, tensor in header.tensors.items():
            if tensor.offset != expected:
                raise self._damaged(f"the tensor {name} is not where it should be")
            if begin + tensor.offset + tensor.size > self._size:
                raise self._damaged(f"the tensor {name} lies behind its end")
            expected += tensor.size + -tensor.size % alignment

    def _alignment(self, header: Header) -> int:
        alignment = header.keys.get("general.alignment", DEFAULT_ALIGNMENT)
        if not isinstance(alignment, int) or not 0 < alignment < 1 << 31 or alignment & (alignment - 1):
            raise self._damaged("its alignment is not a power of two")
        return alignment

    def _number(self, code: str) -> int:
        size = struct.calcsize(code)
        self._skip(size, "its header")
        return struct.unpack_from("<" + code, self._view, self._at - size)[0]

    def _text(self, what: str) -> str:
        size = self._number("Q")
        self._skip(size, what)
        return self._view[self._at - size : self._at].decode("utf-8", "replace")

    def _skip(self, size: int, what: str) -> None:
        if size > self._end - self._at:
            raise self._damaged(f"{what} does not end inside the file")
        self._at += size

    def _damaged(self, what: str) -> DamagedModel:
        return DamagedModel(f"The file {self._path} is damaged: {what}. Download or copy it again.")
