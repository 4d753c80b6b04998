"""Source in several languages out of Debian's packages that lie in a folder.

Either a source package (`NAME_VERSION.orig.tar.*` and `NAME_VERSION-REVISION.debian.tar.*`,
as `apt-get source --download-only` leaves them) or a binary package that consists of source
(`librust-*-dev_*.deb`). Licences are read file by file from the machine-readable copyright
file; a package without one is refused.
"""

import re
from pathlib import Path

from training.archives import members
from training.cleaning import MAX_BYTES
from training.dep5 import Copyright
from training.languages import SUFFIXES, main_language, source_path
from training.packages import Package

# Where binary packages put source; the rest is the path in the source package.
_INSTALLED = re.compile(r"^usr/(share/cargo/registry/[^/]+|src/rustc-[^/]+|share/go-[\d.]+|lib/go-[\d.]+)/")


def debian_packages(folder: Path, into: Path) -> tuple[list[Package], list[str]]:
    """Packages with their permissive files, unpacked below `into`, and the names of those that had none."""
    packages, refused = [], []
    for name, (version, copyright_archive, archives) in sorted(_found(folder).items()):
        try:
            copyrights = Copyright(_copyright_text(copyright_archive))
            package = _unpacked(name, version, archives, copyrights, into / name)
        except ValueError:
            package = None
        if package is None:
            refused.append(name)
        else:
            packages.append(package)
    return packages, refused


def _found(folder: Path) -> dict[str, tuple[str, Path, list[Path]]]:
    """Name to (version, the archive with the copyright file, the archives with the source)."""
    found = {}
    for archive in sorted(folder.glob("*.debian.tar.*")):
        name, _, full_version = archive.name.partition(".debian.tar.")[0].partition("_")
        version = full_version.rpartition("-")[0]
        origs = [path for path in folder.glob(f"{name}_{version}.orig.tar.*") if path.suffix != ".asc"]
        if origs:
            found[name] = (full_version, archive, origs)
    for archive in sorted(folder.glob("*.deb")):
        name, version = archive.name.split("_")[:2]
        found[name] = (version, archive, [archive])
    return found


def _copyright_text(archive: Path) -> str:
    for path, _, read in members(archive):
        if path == "copyright" or re.fullmatch(r"(debian|usr/share/doc/[^/]+)/copyright", path):
            return read().decode("utf-8", "replace")
    raise ValueError(f"{archive.name} has no copyright file")


def _unpacked(name: str, version: str, archives: list[Path], copyrights: Copyright, into: Path) -> Package | None:
    sizes: dict[str, int] = {}
    licences: dict[str, str] = {}
    for archive in archives:
        for member, size, read in members(archive):
            path = _INSTALLED.sub("", member)
            licence = copyrights.licence(path) if source_path(path) and size <= MAX_BYTES else None
            if licence:
                sizes[path], licences[path] = size, licence
                (into / path).parent.mkdir(parents=True, exist_ok=True)
                (into / path).write_bytes(read())
    language = main_language(sizes.items())
    if language is None:
        return None
    paths = sorted(path for path in sizes if path.endswith(SUFFIXES[language]))
    licence = " AND ".join(sorted({licences[path] for path in paths}))
    return Package(name, version, licence, tuple((path, into / path) for path in paths), language)
