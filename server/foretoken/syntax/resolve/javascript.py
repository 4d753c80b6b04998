"""JavaScript's and TypeScript's imports: relative ones, aliases, workspace packages, and names handed on by modules.

The order in which endings are tried is TypeScript's (its handbook, "Modules - Theory" and "Modules - Reference"):
sources, then declarations, then JavaScript. A module written with the name that it will have when compiled ("./x.js")
means its source.
"""

from collections.abc import Iterator

from foretoken.syntax.facts import Import
from foretoken.syntax.resolve.configuration import read_json, table, text_of
from foretoken.syntax.resolve.files import Files, remembered
from foretoken.syntax.resolve.following import Trail
from foretoken.syntax.resolve.javascript_aliases import aliases_for
from foretoken.syntax.resolve.javascript_packages import package_of, packages_named, sources, targets
from foretoken.syntax.resolve.paths import folder_of, join, under, unique, usable

ENDINGS = (".ts", ".tsx", ".d.ts", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".json")
# What JavaScript itself finds first; its declarations stand behind it.
_SCRIPT_ENDINGS = (".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".cts", ".d.ts", ".json")
# What a compiled file's name may stand for.
_SOURCES = {
    ".js": (".ts", ".tsx", ".d.ts"),
    ".jsx": (".tsx", ".d.ts"),
    ".mjs": (".mts", ".d.mts"),
    ".cjs": (".cts", ".d.cts"),
}
_DECLARATIONS = {".js": ".d.ts", ".jsx": ".d.ts", ".mjs": ".d.mts", ".cjs": ".d.cts"}


def resolve(imported: Import, path: str, files: Files) -> tuple[str, ...]:
    """The file that the specifier means, and its declarations where those stand beside it."""
    if imported.kind == "package":
        return ()
    return module(imported.module, path, files)


def resolve_name(imported: Import, name: str, path: str, files: Files) -> tuple[str, ...]:
    """The files that define ``name`` (as the imported module exports it), through ``export ... from``."""
    return _exported(module(imported.module, path, files), name, files, Trail())


def module(specifier: str, path: str, files: Files) -> tuple[str, ...]:
    """What ``specifier`` in the file at ``path`` means; empty for what lies outside of the workspace."""
    specifier = specifier.partition("?")[0]  # bundlers: "./icon.svg?raw"
    if not usable(specifier):
        return ()
    if specifier.startswith(("./", "../")) or specifier in {".", ".."}:
        base = join(folder_of(path), specifier)
        if base is None:
            return ()
        # Written so, a folder is meant although a file may have its name.
        folder_only = specifier.endswith(("/", "/.", "/..")) or specifier in {".", ".."}
        if folder_only:
            return _folder(base, _endings(path), files)
        return _file_or_folder(base, path, files) or _source_of_built(base, path, files)
    folder = folder_of(path)
    key = ("javascript module", folder, specifier, path.endswith(_SCRIPT_ENDINGS[:4]))
    return remembered(files, key, lambda: _elsewhere(specifier, path, files))


def _source_of_built(base: str, path: str, files: Files) -> tuple[str, ...]:
    """What is written instead of the source: tests import "../lib/index.js", which only a build makes."""
    own = package_of(folder_of(path), files)
    if own is None or not base.startswith(f"{own.folder}/" if own.folder else ""):
        return ()
    for source in sources(base[len(own.folder) :].lstrip("/")):
        found = _file(under(own.folder, source), _endings(path), files)
        if found:
            return found
    return ()


def _elsewhere(specifier: str, path: str, files: Files) -> tuple[str, ...]:
    for base in _bases(specifier, path, files):
        found = _file_or_folder(base, path, files)
        if found:
            return found
    return ()


def _bases(specifier: str, path: str, files: Files) -> Iterator[str]:
    """Where a specifier that is not relative may lead, by the rules in their order."""
    folder = folder_of(path)
    own = package_of(folder, files)
    if specifier.startswith("/"):  # from the served root
        for start in unique((own.folder if own else "", "")):
            yield from filter(None, (join(start, f"{public}/{specifier.lstrip('/')}") for public in (".", "public")))
        return
    if specifier.startswith("#") and own is not None:
        yield from targets(own, specifier, files)
    aliases = aliases_for(folder, files, _workspace_file)
    yield from aliases.bases(specifier)
    for package, rest in packages_named(specifier, path, files):
        yield from targets(package, rest, files)
    if specifier.startswith(("@/", "~/")):  # what most build tools mean where no configuration says it
        start = own.folder if own else ""
        for source in ("src", "app", "."):
            yield from filter(None, (join(start, f"{source}/{specifier[2:]}"),))


def _workspace_file(specifier: str, folder: str, files: Files) -> str | None:
    """A file of a workspace package, for a tsconfig that extends it."""
    for package, rest in packages_named(specifier, f"{folder}/.", files):
        for base in (join(package.folder, rest), join(package.folder, rest + ".json")):
            if base is not None and files.has(base):
                return base
        base = join(package.folder, f"{rest}/tsconfig.json")
        if base is not None and files.has(base):
            return base
    return None


def _file_or_folder(base: str, path: str, files: Files) -> tuple[str, ...]:
    return _file(base, _endings(path), files) or _folder(base, _endings(path), files)


def _endings(path: str) -> tuple[str, ...]:
    return _SCRIPT_ENDINGS if path.endswith(_SCRIPT_ENDINGS[:4]) else ENDINGS


def _folder(base: str, endings: tuple[str, ...], files: Files) -> tuple[str, ...]:
    if not files.has_folder(base):
        return ()
    own = f"{base}/package.json" if base else "package.json"
    if files.has(own):
        for written in remembered(files, ("javascript folder", own), lambda: _entries(own, files)):
            entry = join(base, written)
            if entry is not None and entry != base:
                found = _file(entry, endings, files) or _file(f"{entry}/index", endings, files)
                if found:
                    return found
    return _file(f"{base}/index" if base else "index", endings, files)


def _entries(path: str, files: Files) -> list[str]:
    package = table(read_json(files, path))
    return [text_of(package.get(key)) or "." for key in ("types", "typings", "source", "module", "main")]


def _file(base: str, endings: tuple[str, ...], files: Files) -> tuple[str, ...]:
    stem, dot, ending = base.rpartition(".")
    sources = _SOURCES.get(dot + ending, ())
    if sources and stem and not (endings is _SCRIPT_ENDINGS and files.has(base)):
        for source in sources:
            if files.has(stem + source):
                return _with_declarations(stem + source, base, files)
    if dot and files.has(base):
        return _with_declarations(base, base, files)
    for ending in endings:
        if files.has(base + ending):
            return _with_declarations(base + ending, base + ".js", files)
    return ()


def _with_declarations(found: str, compiled: str, files: Files) -> tuple[str, ...]:
    """A script goes together with its declarations: one has the code, the other the types."""
    stem, dot, ending = found.rpartition(".")
    beside = stem + _DECLARATIONS.get(dot + ending, "")
    if beside != stem and files.has(beside):
        return (found, beside)
    if found.endswith(".d.ts") and found != compiled and files.has(compiled):
        return (found, compiled)
    return (found,)


def _exported(modules: tuple[str, ...], name: str, files: Files, trail: Trail) -> tuple[str, ...]:
    defined = tuple(path for path in modules if files.defines(path, name))
    if defined:
        return defined
    for path in modules:
        if not trail.enter(path, name):
            continue
        found = _handed_on(path, name, files, trail)
        if found:
            return found
    # What a module exports as its default often has no name of its own.
    return modules if name == "default" else ()


def _handed_on(path: str, name: str, files: Files, trail: Trail) -> tuple[str, ...]:
    """Follow what ``path`` exports from elsewhere, and what it imports and may export by the same name."""
    imports = files.imports(path)
    for imported in imports:
        if not imported.names and imported.alias == name:  # import * as ns, export * as ns from
            return module(imported.module, path, files)
        for bound in imported.names:
            if (bound.alias or bound.name) != name or (bound.name == "*" and not bound.alias):
                continue
            modules = module(imported.module, path, files)
            return modules if bound.name == "*" else _exported(modules, bound.name, files, trail)
    if name == "default":  # "export *" leaves the default out
        return ()
    for imported in imports:
        everything = not imported.names or any(bound.name == "*" and not bound.alias for bound in imported.names)
        if imported.kind == "reexport" and everything and not imported.alias:
            found = _exported(module(imported.module, path, files), name, files, trail)
            if found:
                return found
    return ()
