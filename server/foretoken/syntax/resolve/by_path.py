"""References that are a path, or nearly one: shell, Zig, CSS and its kin, HTML, Markdown, Lua, Ruby."""

import re
from collections.abc import Iterable, Iterator
from urllib.parse import unquote

from foretoken.syntax.facts import Import
from foretoken.syntax.resolve.files import Files
from foretoken.syntax.resolve.paths import ancestors, folder_of, join, nearest_only, under, usable

# "https:", "mailto:", "data:", but no drive letter; and "//host/path".
_ELSEWHERE = re.compile(r"^(?:[a-zA-Z][a-zA-Z0-9+.-]+:|//)")
# A shell's way to say "where I lie": $DIR/, ${BASH_SOURCE%/*}/, "$(dirname "$0")"/, `dirname $0`/.
_SHELL_START = re.compile(r"""^(?:"?\$\{[^}]*\}"?|"?\$\w+"?|"?\$\((?:[^()]|\([^()]*\))*\)"?|`[^`]*`)/""")
_STYLES = (".css", ".scss", ".sass", ".less", ".pcss")


def resolve(imported: Import, path: str, language: str, files: Files) -> tuple[str, ...]:
    """The file that is meant, for the languages in ``LANGUAGES``."""
    if imported.kind == "package" or not usable(imported.module) or _ELSEWHERE.match(imported.module):
        return ()
    candidates = LANGUAGES[language](imported, path, files)
    return next(((found,) for found in candidates if found is not None and files.has(found)), ())


def _shell(imported: Import, path: str, files: Files) -> Iterator[str | None]:
    written = imported.module.strip("\"'")
    bare = _SHELL_START.sub("", written).strip("\"'")
    yield join(folder_of(path), bare)
    for above in ancestors(folder_of(path)):
        yield join(above, bare.lstrip("/")) if bare != written else join(above, bare)
    rest = bare.removeprefix("./")
    if "/" in rest and not rest.startswith("../"):
        yield from nearest_only(files.ending(rest), path)


def _zig(imported: Import, path: str, files: Files) -> Iterator[str | None]:
    if imported.module.endswith((".zig", ".zon")):
        yield join(folder_of(path), imported.module)
    elif imported.module not in {"std", "builtin", "root"}:
        for name in (f"{imported.module}/src/root.zig", f"{imported.module}.zig", f"{imported.module}/root.zig"):
            yield from nearest_only(files.ending(name), path)


def _style(imported: Import, path: str, files: Files) -> Iterator[str | None]:
    written = re.split(r"[?#]", imported.module, maxsplit=1)[0]
    starts: Iterable[str] = (folder_of(path),)
    if written.startswith("/"):
        written, starts = written.lstrip("/"), ancestors(folder_of(path))
    elif not written.startswith("."):  # Sass looks in its load paths too
        starts = ancestors(folder_of(path))
    for start in starts:
        for source in ("", "src", "styles", "public") if start != folder_of(path) else ("",):
            base = join(under(start, source), written or ".")
            if base is None:
                continue
            yield base
            folder, name = folder_of(base), base.rpartition("/")[2]
            for ending in _STYLES:
                yield base + ending
                yield under(folder, f"_{name}{ending}")
                yield f"{base}/_index{ending}"
                yield f"{base}/index{ending}"
            yield under(folder, f"_{name}")


def _link(imported: Import, path: str, files: Files) -> Iterator[str | None]:
    """What an attribute of HTML, or a link of Markdown, points at; "/x" begins at a served folder."""
    written = re.split(r"[?#]", imported.module, maxsplit=1)[0]
    for target in dict.fromkeys((written, unquote(written))):
        if not target:
            return
        if target.startswith("/"):
            for above in ancestors(folder_of(path)):
                for served in ("", "public", "static", "src", "docs"):
                    yield join(under(above, served), target.lstrip("/") or ".")
        else:
            base = join(folder_of(path), target)
            yield base
            if base is not None and not target.rpartition("/")[2].count("."):
                yield from (base + ending for ending in (".md", ".html", "/README.md", "/index.md", "/index.html"))


def _lua(imported: Import, path: str, files: Files) -> Iterator[str | None]:
    if imported.module.endswith(".lua"):  # dofile, loadfile
        yield join(folder_of(path), imported.module)
        yield from (join(above, imported.module) for above in ancestors(folder_of(path)))
        return
    place = imported.module.replace(".", "/").strip("/") or "."
    for above in ancestors(folder_of(path)):
        for source in ("", "lua", "src", "lib"):
            base = join(under(above, source), place)
            if base is not None:
                yield f"{base}.lua"
                yield f"{base}/init.lua"
    for name in (f"{place}.lua", f"{place}/init.lua"):
        if "/" in place:
            yield from nearest_only(files.ending(name), path)


def _ruby(imported: Import, path: str, files: Files) -> Iterator[str | None]:
    name = imported.module if imported.module.endswith(".rb") else imported.module + ".rb"
    if name.startswith(("./", "../")):  # require_relative
        yield join(folder_of(path), name)
        return
    for root in ("lib", "", "app", "test", "spec"):  # a library goes before a program of its name
        for above in ancestors(folder_of(path)):
            yield join(under(above, root), name)
    yield from nearest_only([found for found in files.ending(name) if f"lib/{name}" in found], path)


LANGUAGES = {
    "shellscript": _shell, "zig": _zig, "css": _style, "scss": _style, "sass": _style, "less": _style, "html": _link,
    "markdown": _link, "lua": _lua, "ruby": _ruby,
}  # fmt: skip
