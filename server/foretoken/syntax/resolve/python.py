"""Python's imports: modules, packages with and without ``__init__.py``, stubs, and names handed on by packages."""

import sys
from collections.abc import Iterator

from foretoken.syntax.facts import Import
from foretoken.syntax.resolve.files import Files, remembered
from foretoken.syntax.resolve.following import Trail
from foretoken.syntax.resolve.paths import folder_of, unique, usable
from foretoken.syntax.resolve.python_roots import is_package, renamed_packages, source_roots, top_level

# A file types.py beside a script mostly is not what ``import types`` means. "test" is not among these names.
_STANDARD = sys.stdlib_module_names
# In the order in which an import looks, except that sources go before their stubs: they are what a reader wants.
_SUFFIXES = ("/__init__.py", ".py", "/__init__.pyi", ".pyi")


def resolve(imported: Import, path: str, files: Files) -> tuple[str, ...]:
    """The module's own files, source before stub; before them those of the names that are modules themselves."""
    if imported.kind == "package":
        return ()
    found: list[str] = []
    for base in bases(imported.module, path, files):
        for name in imported.names:
            if name.name.isidentifier():
                found += _module_files(f"{base}/{name.name}" if base else name.name, files)
        found += _module_files(base, files)
        if found:
            break
    return unique(found)


def resolve_name(imported: Import, name: str, path: str, files: Files) -> tuple[str, ...]:
    """The files that define ``name`` (as the imported module calls it), however many modules hand it on."""
    trail = Trail()
    for base in bases(imported.module, path, files):
        found = _defining(base, name, files, trail)
        if found:
            return found
    return ()


def bases(module: str, path: str, files: Files) -> Iterator[str]:
    """Where the module may lie: paths without an ending, each a module, a package or a namespace that exists."""
    folder = folder_of(path)
    dots = len(module) - len(module.lstrip("."))
    parts = module[dots:].split(".") if module[dots:] else []
    if not usable(module) or not all(part.isidentifier() for part in parts):
        return
    if dots:
        depth = folder.count("/") + 1 if folder else 0
        if dots - 1 > depth:
            return
        for _ in range(dots - 1):
            folder = folder_of(folder)
        yield from _existing("/".join(filter(None, (folder, *parts))), files)
    elif parts:
        top, rest = parts[0], "".join(f"/{part}" for part in parts[1:])
        for start in remembered(files, ("python top", folder, top), lambda: _starts(top, folder, files)):
            yield from _existing(start + rest, files)


def _existing(base: str, files: Files) -> Iterator[str]:
    if any(files.has(base + suffix) for suffix in _SUFFIXES) or files.has_folder(base):
        yield base


def _starts(top: str, folder: str, files: Files) -> tuple[str, ...]:
    """Where the top-level module ``top`` may lie, for a file in ``folder``: regular ones first, then namespaces."""
    roots = source_roots(folder, files)
    standard = top in _STANDARD
    if standard:  # only where it is plainly meant: beside the topmost package, or in a root of that project
        roots = roots[:1] if is_package(folder, files) else ()
    elif not is_package(folder, files):
        roots = (folder, *roots)
    regular: list[str] = []
    namespaces: list[str] = []
    for root in unique(roots):
        base = f"{root}/{top}" if root else top
        if any(files.has(base + suffix) for suffix in _SUFFIXES):
            regular.append(base)
        elif files.has_folder(f"{base}-stubs"):
            regular.append(f"{base}-stubs")
        elif files.has_folder(base):
            namespaces.append(base)
    regular += renamed_packages(files).get(top, ())
    if not standard:
        regular += [f"{root}/{top}" if root else top for root in top_level(top, folder, files)]
    return unique((*regular, *namespaces))


def _module_files(base: str, files: Files) -> list[str]:
    """The files of one module: a package hides a module of the same name, so only one source."""
    found: list[str] = []
    for suffix in _SUFFIXES[:2]:
        if base and files.has(base + suffix):
            found.append(base + suffix)
            break
    found += [base + suffix for suffix in _SUFFIXES[2:] if base and files.has(base + suffix)]
    return found


def _defining(base: str, name: str, files: Files, trail: Trail) -> tuple[str, ...]:
    if not trail.enter(base, name):
        return ()
    own = _module_files(base, files)
    defined = [path for path in own if files.defines(path, name)]
    if defined:
        return tuple(defined)
    for path in own:
        found = _handed_on(path, name, files, trail)
        if found:
            return found
    return unique(_module_files(f"{base}/{name}", files)) if name.isidentifier() else ()


def _handed_on(path: str, name: str, files: Files, trail: Trail) -> tuple[str, ...]:
    """Follow the imports of ``path`` that bind ``name`` there; what is bound last counts, ``*`` after all others."""
    imports = [imported for imported in files.imports(path) if imported.kind != "package"]
    for imported in reversed(imports):
        for bound in imported.names:
            if bound.name != "*" and (bound.alias or bound.name) == name:
                return _through(imported, bound.name, path, files, trail)
        if not imported.names and imported.alias == name:
            return unique(file for base in bases(imported.module, path, files) for file in _module_files(base, files))
    for imported in reversed(imports):
        if any(bound.name == "*" for bound in imported.names) and not name.startswith("_"):
            found = _through(imported, name, path, files, trail)
            if found:
                return found
    return ()


def _through(imported: Import, name: str, path: str, files: Files, trail: Trail) -> tuple[str, ...]:
    for base in bases(imported.module, path, files):
        found = _defining(base, name, files, trail)
        if found:
            return found
    return ()
