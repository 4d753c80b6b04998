"""Rust's crates of the workspace: which one a file belongs to, and which ones its code can name."""

from foretoken.syntax.resolve.files import Files, remembered
from foretoken.syntax.resolve.paths import ancestors, folder_of, nearest, under
from foretoken.syntax.resolve.rust_manifests import Crate, crate_in

# Folders whose direct files are crates of their own (Cargo's target auto-discovery), "src/bin" too.
_TARGETS = frozenset({"tests", "examples", "benches"})
# What comes with the compiler. The workspace's own count where a manifest names them, as the standard library's do.
_WITH_THE_COMPILER = frozenset({"std", "core", "alloc", "proc_macro", "test"})


def crate_of(path: str, files: Files) -> Crate | None:
    """The crate whose Cargo.toml is nearest above the file."""
    folder = folder_of(path)
    return remembered(files, ("rust crate", folder), lambda: _nearest(folder, files))


def crates_named(name: str, path: str, files: Files) -> list[Crate]:
    """The workspace's crates that ``name`` means in the file at ``path``, the nearest first.

    Those are the file's own one and what its manifest names; without a manifest (other build tools) all of them.
    """
    own = crate_of(path, files)
    if own is not None:
        found = remembered(files, ("rust names", own.folder), lambda: _nameable(own, files)).get(name, [])
    else:
        found = [] if name in _WITH_THE_COMPILER else [*_known(files).get(name, ())]
    by_manifest = {f"{crate.folder}/Cargo.toml": crate for crate in found}
    return [by_manifest[manifest] for manifest in nearest(by_manifest, path)]


def _nameable(own: Crate, files: Files) -> dict[str, list[Crate]]:
    found: dict[str, list[Crate]] = {}
    for need in own.needs:
        crates = [crate for crate in _known(files).get(need.package, ()) if crate.package == need.package]
        crates = [crate for crate in crates if crate.folder == need.folder] or crates
        for crate in crates:
            for name in {need.name} if need.name else {crate.name, crate.package}:
                found.setdefault(name, []).append(crate)
    if own.root:
        found[own.name] = [own]
    return found


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
        crate = crate_in(manifest, files) if files.has(manifest) else None
        if crate is not None:
            return crate
    return None


def _known(files: Files) -> dict[str, list[Crate]]:
    """The libraries of the workspace by their names and their packages' names."""
    return remembered(files, "rust crates", lambda: _by_name(files))


def _by_name(files: Files) -> dict[str, list[Crate]]:
    found: dict[str, list[Crate]] = {}
    for manifest in files.named("Cargo.toml"):
        crate = crate_in(manifest, files)
        if crate is not None and crate.root:
            for name in {crate.name, crate.package}:
                found.setdefault(name, []).append(crate)
    return found
