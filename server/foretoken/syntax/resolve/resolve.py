"""Imports to files, names to the files that define them, for every language that has imports.

All functions take what stands in a file as it is: nothing in it makes them raise, and no answer lies outside of the
workspace, for each path is one that ``files`` knows.
"""

from foretoken.syntax.facts import Import
from foretoken.syntax.resolve import by_path, c, go, javascript, jvm, namespaces, python, rust
from foretoken.syntax.resolve.files import Files

_MODULES = {
    "python": python, "go": go, "rust": rust, "c": c, "cpp": c, "java": jvm, "kotlin": jvm, "scala": jvm,
    "typescript": javascript, "typescriptreact": javascript, "javascript": javascript, "javascriptreact": javascript,
}  # fmt: skip
_NAMESPACED = frozenset({"csharp", "php", "swift"})
_LONGEST = 1_000


def resolve(imported: Import, path: str, language: str, files: Files) -> tuple[str, ...]:
    """The workspace's files that this import of the file at ``path`` brings in, the best first.

    language: the LSP language id of that file. Empty when the import leads outside of the workspace, or nowhere.
    """
    if len(imported.module) > _LONGEST:
        return ()
    module = _MODULES.get(language)
    if module is not None:
        return module.resolve(imported, path, files)
    if language in _NAMESPACED:
        return namespaces.resolve(imported, path, language, files)
    return by_path.resolve(imported, path, language, files) if language in by_path.LANGUAGES else ()


def resolve_name(imported: Import, name: str, path: str, language: str, files: Files) -> tuple[str, ...]:
    """The files that really define ``name``, which the import brings; modules that only hand it on are looked through.

    name: as the imported module calls it (``ImportedName.name``), or a member of the imported module. Empty when no
    analysed file defines it; ``resolve`` then still says where to look.
    """
    if len(imported.module) > _LONGEST or len(name) > _LONGEST:
        return ()
    module = _MODULES.get(language)
    if module is not None:
        return module.resolve_name(imported, name, path, files)
    return tuple(found for found in resolve(imported, path, language, files) if files.defines(found, name))


def siblings(path: str, language: str, files: Files) -> tuple[str, ...]:
    """The files whose definitions this one sees without an import: those of its package, namespace or module."""
    if language == "go":
        return go.siblings(path, files)
    if language in {"java", "kotlin", "scala"}:
        return jvm.siblings(path, files)
    return namespaces.siblings(path, language, files) if language in _NAMESPACED else ()


def counterpart(path: str, files: Files) -> tuple[str, ...]:
    """A C or C++ header's implementation, or an implementation's header; empty for every other file."""
    return c.counterpart(path, files)
