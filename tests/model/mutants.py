"""Two hundred damaged GGUF files, the same in every run: tiny models with one thing wrong, or many.

Each is a family's name, a number and one of the bases; what is done follows from these alone.
"""

import random
import struct
from collections.abc import Callable
from dataclasses import dataclass

from model.gguf_parts import ARRAY, FLOAT32, STRING, UINT32, Parts, array, elements, take_apart, text

BASES = ("hybrid", "dense", "moe")
EXTREMES = (0, 1, 3, 7, 0xFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
Change = Callable[[Parts, random.Random], Parts | bytes]


@dataclass(frozen=True)
class Mutant:
    """base: which tiny model it was. change: makes it of the base's parts."""

    family: str
    number: int
    base: str
    change: Change

    def __str__(self) -> str:
        return f"{self.family}-{self.number}-{self.base}"

    def make(self, file: bytes) -> bytes:
        """file: the base's bytes."""
        made = self.change(take_apart(file), random.Random(f"{self}"))
        return made if isinstance(made, bytes) else made.build()


def _flipped_bits(parts: Parts, chance: random.Random) -> bytes:
    """One to sixteen bits of the header."""
    file = bytearray(parts.build())
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        file[chance.randrange(4, len(file) - len(parts.data))] ^= 1 << chance.randrange(8)
    return bytes(file)


def _noise(parts: Parts, chance: random.Random) -> bytes:
    """Some bytes of the header are others."""
    file = bytearray(parts.build())
    size = chance.choice((4, 8, 32, 300))
    at = chance.randrange(8, len(file) - len(parts.data) - size)
    file[at : at + size] = chance.randbytes(size)
    return bytes(file)


def _truncated(parts: Parts, chance: random.Random) -> bytes:
    file = parts.build()
    header = len(file) - len(parts.data)
    return file[: chance.choice((chance.randrange(24, header), chance.randrange(header, len(file)), len(file) - 1))]


def _shifted(parts: Parts, chance: random.Random) -> bytes:
    """A few bytes of the header are missing, or there twice."""
    file = parts.build()
    at = chance.randrange(24, len(file) - len(parts.data))
    size = chance.choice((1, 4, 8, 100))
    return file[:at] + (file[at + size :] if chance.random() < 0.5 else file[at : at + size] + file[at:])


def _counts(parts: Parts, chance: random.Random) -> Parts:
    wrong = chance.choice((0, 1, 5, len(parts.infos) + 1, 1 << 20, 1 << 40, (1 << 63) - 1, (1 << 64) - 1))
    if chance.random() < 0.5:
        parts.n_tensors = wrong
    else:
        parts.n_keys = wrong
    return parts


def _lengths(parts: Parts, chance: random.Random) -> Parts:
    """A string or an array says that it is longer, or shorter, than it is."""
    key = chance.choice([key for key in parts.keys if key.kind in (STRING, ARRAY)])
    at = 0 if key.kind == STRING else 4
    size = struct.unpack_from("<Q", key.value, at)[0]
    wrong = chance.choice((0, max(0, size - 1), size + 1, size * 2, 1 << 20, 1 << 32, 1 << 62, (1 << 64) - 1))
    key.value = key.value[:at] + struct.pack("<Q", wrong) + key.value[at + 8 :]
    return parts


def _kinds(parts: Parts, chance: random.Random) -> Parts:
    """A key of another type, its bytes as they were."""
    chance.choice(parts.keys).kind = chance.choice((0, 1, 5, 6, 7, 8, 9, 10, 12, 13, 255))
    return parts


def _whole_kinds(parts: Parts, chance: random.Random) -> Parts:
    """A key of another type with a value of that type."""
    key = chance.choice(parts.keys)
    key.kind, key.value = chance.choice(
        (
            (STRING, text(b"seven")),
            (FLOAT32, struct.pack("<f", float("nan"))),
            (ARRAY, array(UINT32, [struct.pack("<I", 7)] * 3)),
            (ARRAY, array(STRING, [])),
            (7, b"\x01"),
            (11, struct.pack("<q", -1)),
        )
    )
    return parts


def _numbers(parts: Parts, chance: random.Random) -> Parts:
    """A number of the architecture, or of the tokenizer, is another one."""
    key = chance.choice([key for key in parts.keys if key.kind == UINT32])
    was = struct.unpack("<I", key.value)[0]
    key.value = struct.pack("<I", chance.choice((*EXTREMES, was + 1, was * 2, was // 2)))
    return parts


def _floats(parts: Parts, chance: random.Random) -> Parts:
    key = chance.choice([key for key in parts.keys if key.kind == FLOAT32])
    key.value = struct.pack("<f", chance.choice((0.0, -1.0, float("nan"), float("inf"), 1e38)))
    return parts


def _no_key(parts: Parts, chance: random.Random) -> Parts:
    parts.keys.pop(chance.randrange(len(parts.keys)))
    return parts


def _key_twice(parts: Parts, chance: random.Random) -> Parts:
    parts.keys.append(chance.choice(parts.keys))
    return parts


def _rope_sections(parts: Parts, chance: random.Random) -> Parts:
    numbers = [chance.choice((0, -1, 1, 1000, 0x7FFFFFFF)) for _ in range(chance.choice((0, 3, 4, 4, 600)))]
    key = next((key for key in parts.keys if key.name.endswith(b"dimension_sections")), parts.keys[-1])
    key.kind, key.value = ARRAY, array(5, [struct.pack("<i", number) for number in numbers])
    return parts


def _tokens(parts: Parts, chance: random.Random) -> Parts:
    """The list of tokens."""
    key = parts.key("ggml.tokens")
    kind, tokens = elements(key)
    at = chance.randrange(len(tokens))
    what = chance.randrange(8)
    if what == 0:
        tokens = tokens[:at]
    elif what == 1:
        tokens = tokens + [text(b"more%d" % number) for number in range(50)]
    elif what == 2:
        tokens[at] = tokens[at - 1]
    elif what == 3:
        tokens[at] = text(b"")
    elif what == 4:
        tokens[at] = text(b"\xff\xfe\xc3")
    elif what == 5:
        tokens[at] = text(b"x" * (1 << 20))
    elif what == 6:
        tokens = [text(b"")] * len(tokens)
    else:
        tokens = [text(b"t%d" % number) for number in range(len(tokens))]  # no byte has a token
    key.value = array(kind, tokens)
    return parts


def _token_types(parts: Parts, chance: random.Random) -> Parts:
    key = parts.key("token_type")
    kind, types = elements(key)
    what = chance.randrange(4)
    if what == 0:
        types = types[: len(types) // 2]
    elif what == 1:
        types = [struct.pack("<i", chance.choice((0, 2, 3, 5, 6))) for _ in types]
    elif what == 2:
        types = [struct.pack("<i", chance.choice((-1, 99, 0x7FFFFFFF))) for _ in types]
    else:
        kind = FLOAT32
    key.value = array(kind, types)
    return parts


def _merges(parts: Parts, chance: random.Random) -> Parts:
    key = parts.key("merges")
    kind, merges = elements(key)
    what = chance.randrange(6)
    if what == 0:
        merges = []
    elif what == 1:
        merges = [text(b"") for _ in merges]
    elif what == 2:
        merges = [text(b"ab") for _ in merges]
    elif what == 3:
        merges = [text(b"a b c") for _ in merges]
    elif what == 4:
        merges = [text(b"\xff \xc3") for _ in merges]
    else:
        merges = [text(b" ") for _ in merges]
    key.value = array(kind, merges)
    return parts


def _tokenizer(parts: Parts, chance: random.Random) -> Parts:
    """Another tokenizer than the list was made for."""
    end, names = chance.choice(
        (
            ("ggml.model", (b"llama", b"t5", b"bert", b"none", b"rwkv", b"", b"\xff")),
            ("ggml.pre", (b"", b"qwen35", b"unknown", b"whitespace", b"x" * 70000)),
        )
    )
    parts.key(end).value = text(chance.choice(names))
    return parts


def _architecture(parts: Parts, chance: random.Random) -> Parts:
    """Another architecture, its keys under the new name."""
    old = parts.key("general.architecture").value[8:]
    new = chance.choice((b"qwen2", b"llama", b"mamba", b"bert", b"t5", b"gpt2", b"clip", b"rwkv6", b"", b"nothing"))
    for key in parts.keys:
        key.name = key.name.replace(old + b".", new + b".", 1)
    parts.key("general.architecture").value = text(new)
    return parts


def _shapes(parts: Parts, chance: random.Random) -> Parts:
    info = chance.choice([info for info in parts.infos if len(info.dimensions) > 1])
    what = chance.randrange(6)
    if what == 0:
        info.dimensions.reverse()
    elif what == 1:
        info.dimensions[0] = 0
    elif what == 2:
        info.dimensions[-1] = chance.choice((1 << 20, 1 << 40, (1 << 63) - 1, (1 << 64) - 1))
    elif what == 3:
        info.dimensions += [1] * chance.choice((1, 5, 1000))
    elif what == 4:
        info.dimensions = []
    else:
        info.dimensions[-1] += 1
    return parts


def _tensor_kinds(parts: Parts, chance: random.Random) -> Parts:
    for info in chance.sample(parts.infos, chance.choice((1, 5))):
        info.kind = chance.choice((1, 2, 4, 8, 12, 16, 24, 26, 30, 34, 39, 99, 0xFFFFFFFF))
    return parts


def _offsets(parts: Parts, chance: random.Random) -> Parts:
    what = chance.randrange(5)
    first, second = chance.sample(parts.infos, 2)
    if what == 0:
        first.offset, second.offset = second.offset, first.offset
    elif what == 1:
        for info in parts.infos:
            info.offset = 0
    elif what == 2:
        first.offset += chance.choice((1, 32, 1 << 40, 1 << 63))
    elif what == 3:
        first.offset = second.offset
    else:
        parts.infos.reverse()
    return parts


def _names(parts: Parts, chance: random.Random) -> Parts:
    what = chance.randrange(5)
    first, second = chance.sample(parts.infos, 2)
    if what == 0:
        first.name = second.name
    elif what == 1:
        first.name, second.name = second.name, first.name
    elif what == 2:
        first.name = b"x" * chance.choice((63, 64, 10000))
    elif what == 3:
        first.name = b""
    else:
        parts.infos.remove(first)
    return parts


def _weights(parts: Parts, chance: random.Random) -> Parts:
    value = chance.choice((float("nan"), float("inf"), float("-inf"), 1e38, 0.0, -0.0))
    data = bytearray(parts.data)
    wrong = parts.infos if chance.random() < 0.5 else chance.sample(parts.infos, 3)
    for info in wrong:
        count = 1
        for size in info.dimensions:
            count *= size
        data[info.offset : info.offset + 4 * count] = struct.pack("<f", value) * count
    parts.data = bytes(data)
    return parts


def _alignment(parts: Parts, chance: random.Random) -> Parts:
    key = parts.key("foretoken.n_prompt")
    key.name = b"general.alignment"
    key.value = struct.pack("<I", chance.choice((0, 1, 7, 64, 4096, 1 << 31)))
    return parts


def _version(parts: Parts, chance: random.Random) -> Parts:
    parts.version = chance.choice((0, 1, 2, 4, 0x03000000, 0xFFFFFFFF))
    return parts


def _split(parts: Parts, chance: random.Random) -> Parts:
    """It says that it is one of several files."""
    for end, number in (("foretoken.n_prompt", chance.choice((0, 2, 999))), ("block_count", 1)):
        parts.key(end).value = struct.pack("<H", number)
        parts.key(end).kind = 2
        parts.key(end).name = b"split.count" if end != "block_count" else b"split.no"
    return parts


def _hardly_a_file(parts: Parts, chance: random.Random) -> bytes:
    file = parts.build()
    return chance.choice((b"", b"GGUF", file[:24], bytes(len(file)), file[:8] + bytes(4096), b"GGUF" + b"\xff" * 4096))


FAMILIES: tuple[tuple[Change, int], ...] = (
    (_flipped_bits, 22), (_noise, 12), (_truncated, 10), (_shifted, 8), (_counts, 8), (_lengths, 12), (_kinds, 8),
    (_whole_kinds, 10), (_numbers, 30), (_floats, 4), (_no_key, 6), (_key_twice, 2), (_rope_sections, 4),
    (_tokens, 12), (_token_types, 4), (_merges, 6), (_tokenizer, 6), (_architecture, 6), (_shapes, 8),
    (_tensor_kinds, 6), (_offsets, 4), (_names, 6), (_weights, 8), (_alignment, 2), (_version, 2), (_split, 2),
    (_hardly_a_file, 4),
)  # fmt: skip


def mutants(factor: int = 1) -> list[Mutant]:
    """212 of them, or ``factor`` times as many; the first of every family come first."""
    found = [
        Mutant(change.__name__.strip("_"), number, BASES[(place + number) % len(BASES)], change)
        for place, (change, count) in enumerate(FAMILIES)
        for number in range(count * factor)
    ]
    return sorted(found, key=lambda mutant: mutant.number)
