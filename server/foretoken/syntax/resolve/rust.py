"""Rust's paths: ``crate::``, ``super::``, ``self::``, module files, crates of the workspace, ``pub use``.

A module is known here by the folder in which its children's files lie: "src" for src/lib.rs, "src/store" for
src/store.rs and src/store/mod.rs (The Rust Reference, "Modules"). An inline module is a folder without a file; its
items stand in the file of the module around it. How the imports are written in facts:

- ``mod x;`` is the module "self::x"; under ``#[path = "y.rs"]`` it is the module "y.rs" with the alias "x".
- ``use`` inside an inline module begins with that module's place in the file: "self::tests::super::Store".
"""

from foretoken.syntax.facts import Import, ImportedName
from foretoken.syntax.resolve.files import Files, remembered
from foretoken.syntax.resolve.following import Trail
from foretoken.syntax.resolve.paths import folder_of, join, stem_of, under, unique, usable
from foretoken.syntax.resolve.rust_crates import crate_of, crates_named, root_of

# How many files below a module are looked through for a name.
_MOST_BELOW = 300
# Files whose children lie beside them instead of in a folder of their name.
_BESIDE = frozenset({"mod.rs", "lib.rs", "main.rs", "build.rs"})


def resolve(imported: Import, path: str, files: Files) -> tuple[str, ...]:
    """The file of the module that is meant, or that holds the item; those of names that are modules come first."""
    if imported.kind == "package" or not usable(imported.module):
        return ()
    attributed = _by_attribute(imported, path, files)
    if attributed is not None:
        return attributed
    found: list[str] = []
    holders: list[str] = []
    for name in imported.names or (ImportedName("*"),):
        segments = _segments(imported) + ([] if name.name in {"*", "self"} else [name.name])
        place = _walk(segments, path, files)
        if place is not None:
            whole = place[1] == len(segments)
            (found if whole and name.name not in {"*", "self"} else holders).append(place[0])
    return unique((*found, *holders))


def resolve_name(imported: Import, name: str, path: str, files: Files) -> tuple[str, ...]:
    """The file that defines the item ``name``, through ``pub use``.

    ``name`` is one of the import's names, the last part of its path, or an item of the module that it brings.
    """
    attributed = _by_attribute(imported, path, files)
    if attributed is not None:
        return tuple(file for file in attributed if files.defines(file, name))
    segments = _segments(imported)
    if imported.names or segments[-1] != name:
        segments = [*segments, name]
    return _item(segments, path, files, Trail())


def _segments(imported: Import) -> list[str]:
    return imported.module.removeprefix("::").split("::")


def _by_attribute(imported: Import, path: str, files: Files) -> tuple[str, ...] | None:
    """What ``#[path]`` says; None for every other import."""
    if not imported.module.endswith(".rs"):
        return None
    found = join(folder_of(path), imported.module.replace("\\", "/"))
    return (found,) if found is not None and files.has(found) else ()


def _item(segments: list[str], path: str, files: Files, trail: Trail) -> tuple[str, ...]:
    place = _walk(segments, path, files)
    if place is None:
        return ()
    file, used = place
    rest = segments[used:]
    if not rest:
        return (file,)
    if files.defines(file, rest[-1]):
        return (file,)
    found = _handed_on(file, rest, files, trail)
    if not found and len(rest) > 1 and files.defines(file, rest[0]):  # an inline module, or a type and what it has
        found = _handed_on(file, rest[1:], files, trail)
    if found or len(rest) > 1:
        return found
    key = ("rust below", file, rest[0])
    return remembered(files, key, lambda: _below_with(file, rest[0], path, files))


def _below_with(file: str, name: str, path: str, files: Files) -> tuple[str, ...]:
    """The one file below the module ``file`` that defines ``name``, its own children before their children.

    The code says that the module has the name, and neither its definitions nor its ``use`` declarations do: then a
    macro hands it on (``cfg_rt! { pub use .. }``), mostly from below. Dear to find out, so it is remembered although a
    change of those files' definitions may make it wrong.
    """
    home = _home_of(file, *root_of(file, files))
    below = [child for child in files.within(home) if child.endswith(".rs") and child not in {file, path}]
    if len(below) > _MOST_BELOW:
        return ()
    defining = [child for child in below if files.defines(child, name)]
    own = [
        child
        for child in defining
        if folder_of(child) == home or (child.endswith("/mod.rs") and folder_of(folder_of(child)) == home)
    ]
    found = own or defining
    return tuple(found) if len(found) == 1 else ()


def _handed_on(file: str, rest: list[str], files: Files, trail: Trail) -> tuple[str, ...]:
    """Follow the ``use`` declarations of ``file`` that bind ``rest[0]`` there."""
    if not trail.enter(file, "::".join(rest)):
        return ()
    everything: list[list[str]] = []
    for imported in files.imports(file):
        if imported.kind == "package":
            continue
        module = _segments(imported)
        for bound in imported.names or (ImportedName(module[-1], imported.alias),):
            inner = module if not imported.names else [*module, bound.name]
            if bound.name == "*":
                everything.append(inner[:-1] if inner[-1] == "*" else inner)
            elif bound.name == "self":
                if (bound.alias or module[-1]) == rest[0]:
                    return _item([*module, *rest[1:]], file, files, trail)
            elif (bound.alias or bound.name) == rest[0] and inner != ["self", rest[0]]:
                found = _item([*inner, *rest[1:]], file, files, trail)
                if found:
                    return found
    for inner in everything:
        found = _item([*inner, *rest], file, files, trail)
        if found:
            return found
    return ()


def _walk(segments: list[str], path: str, files: Files) -> tuple[str, int] | None:
    """(file, how many segments lead there); None when the path leads out of the workspace."""
    start = _start(segments, path, files)
    if start is None:
        return None
    home, top, root, used = start
    file, reached = _file_of(home, top, root, files), used
    if not file:
        file = path
    for position in range(used, len(segments)):
        segment = segments[position]
        if segment == "super":
            if home == top:
                return None
            home = folder_of(home)
            file, reached = _file_of(home, top, root, files) or file, position + 1
        elif segment != "self":
            if not segment.isidentifier() and not segment.startswith("r#"):
                break
            inner = f"{home}/{segment}" if home else segment
            found = _file_of(inner, top, root, files) or _attributed(file, segment, files)
            if found:
                home, file, reached = inner, found, position + 1
            elif "super" in segments[position + 1 :]:
                home, reached = inner, position + 1  # an inline module, on the way to the one around it
            else:
                break
        else:
            reached = position + 1
    return (file, reached) if files.has(file) else None


def _start(segments: list[str], path: str, files: Files) -> tuple[str, str, str, int] | None:
    """(folder of the first module's children, that of the crate's root, the root's file, segments used)."""
    root, top = root_of(path, files)
    here = _home_of(path, root, top)
    first = segments[0].removeprefix("r#")
    if first in {"crate", "$crate"}:
        return top, top, root, 1
    if first in {"self", "super"}:
        return here, top, root, 0
    if first and _file_of(f"{here}/{first}" if here else first, top, root, files):
        return here, top, root, 0
    for crate in crates_named(first, path, files):
        if crate.root != root or first == crate.name:
            source = folder_of(crate.root)
            return source, source, crate.root, 1
    own = crate_of(path, files)
    if first and (own is None or own.old) and _file_of(f"{top}/{first}" if top else first, top, root, files):
        return top, top, root, 0
    return None


def _home_of(path: str, root: str, top: str) -> str:
    """The folder in which the children of the file's module lie."""
    if path == root:
        return top
    folder = folder_of(path)
    return folder if path.rpartition("/")[2] in _BESIDE else under(folder, stem_of(path))


def _file_of(home: str, top: str, root: str, files: Files) -> str:
    """The file of the module whose children lie in ``home``; "" when it has none of its own."""
    if home == top and root:
        return root
    for path in (f"{home}.rs", f"{home}/mod.rs"):
        if home and files.has(path):
            return path
    return ""


def _attributed(file: str, name: str, files: Files) -> str:
    """The file that ``#[path]`` gives the child module ``name`` of ``file``; "" when it says nothing."""
    for imported in files.imports(file):
        if imported.alias == name and imported.module.endswith(".rs"):
            found = join(folder_of(file), imported.module.replace("\\", "/"))
            if found is not None and files.has(found):
                return found
    return ""
