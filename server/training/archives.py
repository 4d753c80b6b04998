"""Unpack source archives: .tar.*, .tgz, and Debian's .deb (an `ar` with a tar inside)."""

import io
import lzma
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

_AR_MAGIC = b"!<arch>\n"
_AR_HEADER = 60


def members(archive: Path) -> Iterator[tuple[str, int, Callable[[], bytes]]]:
    """(path, bytes, how to read it) of every plain file, in the archive's order. Read at once or not at all:
    the archive goes by as a stream.

    A source archive's one top folder is left out of the path. Raises ValueError for
    what is no archive of these kinds.
    """
    strip = archive.suffix != ".deb"
    try:
        with _tar(archive) as tar:
            for member in tar:
                path = member.name.removeprefix("./")
                if strip:
                    path = path.partition("/")[2] or path
                if member.isfile() and ".." not in path.split("/") and not path.startswith("/"):
                    yield path, member.size, lambda member=member: tar.extractfile(member).read()
    except (tarfile.TarError, lzma.LZMAError, EOFError) as error:
        raise ValueError(f"{archive} does not unpack: {error}") from error


def _tar(archive: Path) -> tarfile.TarFile:
    if archive.suffix != ".deb":
        return tarfile.open(archive, "r|*")
    return tarfile.open(fileobj=io.BytesIO(_ar_member(archive.read_bytes(), b"data.tar")), mode="r|*")


def _ar_member(data: bytes, prefix: bytes) -> bytes:
    """The content of the first member of an `ar` archive whose name begins with `prefix`."""
    if not data.startswith(_AR_MAGIC):
        raise ValueError("not an ar archive")
    position = len(_AR_MAGIC)
    while position + _AR_HEADER <= len(data):
        header = data[position : position + _AR_HEADER]
        position += _AR_HEADER
        size = int(header[48:58])
        if header[:16].startswith(prefix):
            return data[position : position + size]
        position += size + size % 2
    raise ValueError(f"no member {prefix.decode()} in the ar archive")
