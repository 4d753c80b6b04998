"""Cut a large file into hashed parts, and put them together again.

For machines that hand back only small files. `split` writes `NAME.00`, `NAME.01`, ... and
`NAME.sha256` in the form that `sha256sum --check` reads; `join` checks every part and the whole
before it writes anything.
"""

import argparse
import hashlib
import os
from pathlib import Path

from training.command_help import Help

LARGEST = 15 * 2**20


def split(path: Path, folder: Path, largest: int = LARGEST) -> list[Path]:
    """The parts of `path`, each at most `largest` bytes, and the list of hashes, in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    data, written = path.read_bytes(), []
    lines = [f"{hashlib.sha256(data).hexdigest()}  {path.name}"]
    for number, start in enumerate(range(0, len(data), largest)):
        part = folder / f"{path.name}.{number:02}"
        part.write_bytes(data[start : start + largest])
        lines.append(f"{hashlib.sha256(part.read_bytes()).hexdigest()}  {part.name}")
        written.append(part)
    listing = folder / f"{path.name}.sha256"
    listing.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return [*written, listing]


def join(listing: Path, out: Path) -> None:
    """Write the file that `listing` describes, from the parts beside it, to `out`.

    Raises ValueError, with the part's name, when one is missing or not what it was.
    """
    (whole, name), *parts = (line.split("  ", 1) for line in listing.read_text(encoding="utf-8").splitlines())
    data = b""
    for digest, part in parts:
        path = listing.with_name(part)
        piece = path.read_bytes() if path.is_file() else None
        if piece is None or hashlib.sha256(piece).hexdigest() != digest:
            raise ValueError(f"{path}: {'missing' if piece is None else 'damaged'}; {out} was not written")
        data += piece
    if hashlib.sha256(data).hexdigest() != whole:
        raise ValueError(f"the parts of {name} do not make the whole; {out} was not written")
    temporary = out.with_name(f"{out.name}.new")
    temporary.write_bytes(data)
    os.replace(temporary, out)


def main() -> None:
    """Command line: see the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=Help)
    commands = parser.add_subparsers(dest="command", required=True)
    cut = commands.add_parser("split", help="cut a file")
    cut.add_argument("file", type=Path)
    cut.add_argument("folder", type=Path)
    glue = commands.add_parser("join", help="put a file together")
    glue.add_argument("listing", type=Path, help="the .sha256 file, beside the parts")
    glue.add_argument("out", type=Path)
    args = parser.parse_args()
    try:
        if args.command == "split":
            print("\n".join(map(str, split(args.file, args.folder))))
        else:
            join(args.listing, args.out)
    except (OSError, ValueError) as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
