"""Pack a corpus into one small .xz file for a machine that is fed by upload, and unpack it there.

Only the training and tune splits go along: the test split is not needed to train. Files of
one language and package lie side by side under a dictionary as large as the whole, so that
xz finds what they share.
"""

import argparse
import json
import lzma
from collections.abc import Iterable
from pathlib import Path

from training.command_help import Help

SPLITS = ("train", "tune")
DICTIONARY = 256 * 2**20
"""Bytes. Unpacking takes as much memory, packing about eleven times as much."""

MIB = 2**20


def pack(rows: Iterable[dict], packed: Path) -> int:
    """Write the rows of SPLITS to `packed`; how many bytes it has."""
    wanted = sorted(
        (row for row in rows if row["split"] in SPLITS),
        key=lambda row: (row["language"], row["package"], row["path"]),
    )
    preset = 9 | lzma.PRESET_EXTREME
    filters = [{"id": lzma.FILTER_LZMA2, "preset": preset, "dict_size": DICTIONARY}]
    with lzma.open(packed, "wt", encoding="utf-8", newline="\n", filters=filters) as stream:
        for row in wanted:
            stream.write(json.dumps(row, ensure_ascii=False) + "\n")
    return packed.stat().st_size


def unpack(packed: Path, corpus: Path) -> int:
    """Write the rows in `packed` to the JSON lines file `corpus`; how many there are."""
    with lzma.open(packed, "rt", encoding="utf-8", newline="\n") as stream, corpus.open("w", encoding="utf-8") as out:
        return sum(1 for line in stream if out.write(line))


def main() -> None:
    """Command line: see the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=Help)
    parser.add_argument("--corpus", type=Path, default=Path(".training/corpus-large/corpus.jsonl"))
    parser.add_argument("--packed", type=Path, default=Path(".training/corpus-large.xz"))
    parser.add_argument("--unpack", action="store_true", help="the other way: from --packed to --corpus")
    parser.add_argument("--limit", type=float, default=55, help="MiB that may not be exceeded (default %(default)s)")
    args = parser.parse_args()
    if args.unpack:
        args.corpus.parent.mkdir(parents=True, exist_ok=True)
        print(f"{unpack(args.packed, args.corpus)} files")
        return
    with args.corpus.open(encoding="utf-8") as stream:
        size = pack(map(json.loads, stream), args.packed)
    print(f"{size / MIB:.1f} MiB")
    if size > args.limit * MIB:
        raise SystemExit(f"more than {args.limit:g} MiB: collect less (--cap)")


if __name__ == "__main__":
    main()
