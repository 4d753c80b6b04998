"""Rust's crates of the workspace: names, roots, renamed dependencies (Cargo.toml)."""

from dataclasses import dataclass

from foretoken.syntax.resolve.configuration import read_toml, table, text_of
from foretoken.syntax.resolve.files import Files, remembered
from foretoken.syntax.resolve.paths import ancestors, folder_of, join, nearest, under

# Folders whose direct files are crates of their own (Cargo's target auto-discovery), "src/bin" too.
_TARGETS = frozenset({"tests", "examples", "benches"})


@dataclass(frozen=True, slots=True)
class Crate:
    """name: as code says it. root: its lib.rs, "" where it has no library. renamed: (name in code, package) pairs.
    old: the 2015 edition, in which a path begins at the crate's root.
    """

    name: str
    folder: str
    root: str
    renamed: tuple[tuple[str, str], ...]
    old: bool


def crate_of(path: str, files: Files) -> Crate | None:
    """The crate whose Cargo.toml is nearest above the file."""
    folder = folder_of(path)
    return remembered(files, ("rust crate", folder), lambda: _nearest(folder, files))


def crates_named(name: str, path: str, files: Files) -> list[Crate]:
    """The workspace's crates that ``name`` means in the file at ``path``, the nearest first."""
    own = crate_of(path, files)
    if own is not None:
        name = dict(own.renamed).get(name, name)
    found = remembered(files, "rust crates", lambda: _by_name(files)).get(name, ())
    by_manifest = {f"{crate.folder}/Cargo.toml": crate for crate in found}
    return [by_manifest[manifest] for manifest in nearest(by_manifest, path)]


def root_of(path: str, files: Files) -> tuple[str, str]:
    """(root file, folder of its modules) of the target that the file belongs to: library, program, test, example.

    A file may belong to both the library and the program of a package; the library is taken.
    """
    return remembered(files, ("rust root", path), lambda: _root_of(path, files))


def _root_of(path: str, files: Files) -> tuple[str, str]:
    crate = crate_of(path, files)
    folder = folder_of(path)
    base = crate.folder if crate is not None else ""
    inside = path[len(base) + 1 :] if base else path
    parts = inside.split("/")
    if parts[0] in _TARGETS or parts[:2] == ["src", "bin"]:
        start = 1 if parts[0] in _TARGETS else 2
        if len(parts) == start + 1:
            return path, folder
        # A folder with a main.rs is one target; else a module that several of the targets share.
        own = under(base, "/".join(parts[: start + 1]))
        main = f"{own}/main.rs"
        return (main, own) if files.has(main) else ("", folder_of(own))
    if crate is not None and path in {crate.root, under(base, "build.rs")}:
        return path, folder
    source = folder_of(crate.root) if crate is not None and crate.root else under(base, "src")
    if crate is not None and crate.root:
        return crate.root, source
    for name in ("lib.rs", "main.rs"):
        if files.has(f"{source}/{name}"):
            return f"{source}/{name}", source
    for above in ancestors(folder):  # no Cargo.toml: other build tools
        for name in ("lib.rs", "main.rs", "mod.rs"):
            if name != "mod.rs" and files.has(under(above, name)):
                return under(above, name), above
    return path, folder


def _nearest(folder: str, files: Files) -> Crate | None:
    for above in ancestors(folder):
        manifest = under(above, "Cargo.toml")
        if files.has(manifest):
            crate = remembered(files, ("rust manifest", manifest), lambda m=manifest: _read(m, files))
            if crate is not None:
                return crate
    return None


def _by_name(files: Files) -> dict[str, tuple[Crate, ...]]:
    found: dict[str, tuple[Crate, ...]] = {}
    for manifest in files.named("Cargo.toml"):
        crate = remembered(files, ("rust manifest", manifest), lambda m=manifest: _read(m, files))
        if crate is not None and crate.root:
            package = _code(text_of(table(read_toml(files, manifest), "package").get("name")))
            for name in {crate.name, package}:
                found[name] = (*found.get(name, ()), crate)
    return found


def _read(manifest: str, files: Files) -> Crate | None:
    """None for a manifest that is a workspace's alone."""
    data = read_toml(files, manifest)
    package = text_of(table(data, "package").get("name"))
    if not package:
        return None
    folder = folder_of(manifest)
    library = table(data, "lib")
    name = text_of(library.get("name")) or package
    root = join(folder, text_of(library.get("path")) or "src/lib.rs") or ""
    renamed: list[tuple[str, str]] = []
    for section in ("dependencies", "dev-dependencies", "build-dependencies"):
        for alias, dependency in table(data, section).items():
            other = text_of(table(dependency).get("package"))
            if other:
                renamed.append((_code(alias), _code(other)))
    old = table(data, "package").get("edition", "2015") == "2015"
    return Crate(_code(name), folder, root if files.has(root) else "", tuple(renamed), old)


def _code(name: str) -> str:
    return name.replace("-", "_")
