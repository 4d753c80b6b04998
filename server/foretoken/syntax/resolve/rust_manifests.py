"""Cargo.toml: a package's library, and what it depends on, by the names that its code uses.

The Cargo Book, "Specifying Dependencies" and "The Manifest Format", has the keys.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from foretoken.syntax.resolve.configuration import read_toml, table, text_of
from foretoken.syntax.resolve.files import Files, remembered
from foretoken.syntax.resolve.paths import ancestors, folder_of, join, under

_SECTIONS = ("dependencies", "dev-dependencies", "dev_dependencies", "build-dependencies", "build_dependencies")


@dataclass(frozen=True, slots=True)
class Need:
    """One dependency. name: what code calls it where the manifest gives it a name of its own, else "". package: as code
    says it. folder: where it lies, None where the manifest does not say, or where that is outside of the workspace.
    """

    name: str
    package: str
    folder: str | None


@dataclass(frozen=True, slots=True)
class Crate:
    """name: as code says it; that of the library. package: the package's, as code would say it. root: its lib.rs, ""
    where it has no library. old: the 2015 edition, in which a path begins at the crate's root.
    """

    name: str
    package: str
    folder: str
    root: str
    needs: tuple[Need, ...]
    old: bool


def crate_in(manifest: str, files: Files) -> Crate | None:
    """The crate of this Cargo.toml; None for one that is a workspace's alone, or that is broken."""
    return remembered(files, ("rust manifest", manifest), lambda: _read(manifest, files))


def _read(manifest: str, files: Files) -> Crate | None:
    data = read_toml(files, manifest)
    own = table(data, "package")
    package = text_of(own.get("name"))
    if not package:
        return None
    folder = folder_of(manifest)
    library = table(data, "lib")
    root = join(folder, text_of(library.get("path")) or "src/lib.rs") or ""
    around, shared = _workspace(folder, text_of(own.get("workspace")), files)
    edition = own.get("edition", "2015")
    if isinstance(edition, dict):  # edition.workspace = true
        edition = table(shared, "package").get("edition", "2015")
    return Crate(
        _code(text_of(library.get("name")) or package),
        _code(package),
        folder,
        root if files.has(root) else "",
        tuple(_needs(data, folder, around, table(shared, "dependencies"))),
        edition == "2015",
    )


def _workspace(folder: str, written: str, files: Files) -> tuple[str, dict[str, Any]]:
    """The folder of the workspace that a package belongs to, and its table ``workspace``; empty where there is none."""
    named = join(folder, written)
    for above in ancestors(folder) if named is None else (named,):
        manifest = under(above, "Cargo.toml")
        if files.has(manifest):
            shared = remembered(files, ("rust workspace", manifest), lambda m=manifest: _shared(m, files))
            if shared is not None:
                return above, shared
    return "", {}


def _shared(manifest: str, files: Files) -> dict[str, Any] | None:
    found = read_toml(files, manifest).get("workspace")
    return found if isinstance(found, dict) else None


def _needs(data: dict[str, Any], folder: str, around: str, shared: dict[str, Any]) -> Iterator[Need]:
    for holder in (data, *(table(data, "target", target) for target in table(data, "target"))):
        for section in _SECTIONS:
            for key, value in table(holder, section).items():
                start = folder
                if table(value).get("workspace") is True:
                    value, start = shared.get(key), around
                package = text_of(table(value).get("package"))
                yield Need(
                    _code(key) if package else "", _code(package or key), join(start, text_of(table(value).get("path")))
                )


def _code(name: str) -> str:
    return name.replace("-", "_")
