"""Where Python's top-level modules lie: source roots from the project's configuration, and from the folders themselves.

Keys read: setuptools (pyproject.toml, setup.cfg, setup.py), hatch, poetry, pdm, uv, maturin, pytest's ``pythonpath``,
pyright's ``extraPaths``. setup.py is read, never run.
"""

import configparser
import re
from collections.abc import Iterator
from itertools import islice

from foretoken.syntax.resolve.configuration import read_json, read_text, read_toml, table, tables, text_of, texts
from foretoken.syntax.resolve.files import Files, remembered
from foretoken.syntax.resolve.paths import ancestors, folder_of, join, nearest, under, unique

# Folders that hold sources by custom, below a project's own folder.
_CUSTOMARY = ("src", "lib", "python")
# How many roots and packages of one configuration file count.
_MOST_ENTRIES = 1_000
# configparser's time grows with the square of a line's length, in characters.
_LONGEST_LINE = 1_000
_INITS = ("__init__.py", "__init__.pyi")
_SETUP_PACKAGE_DIR = re.compile(r"""package_dir\s*=\s*(?:\{\s*(['"])\1\s*:\s*|dict\s*\(\s*\*\*\{)?\s*['"]?([\w./-]*)""")
_SETUP_WHERE = re.compile(r"""find(?:_namespace)?_packages\(\s*(?:where\s*=\s*)?['"]([\w./-]+)['"]""")


def is_package(folder: str, files: Files) -> bool:
    """Whether the folder is a regular package."""
    return bool(folder) and any(files.has(f"{folder}/{init}") for init in _INITS)


def above_package(folder: str, files: Files) -> str:
    """The folder above the topmost package that ``folder`` belongs to; itself when it is no package."""
    while is_package(folder, files):
        folder = folder_of(folder)
    return folder


def source_roots(folder: str, files: Files) -> tuple[str, ...]:
    """Where a module of this folder finds others by their absolute name, the likeliest root first.

    Its own root, what the projects around it configure, then the folders above it with their customary ones (tests find
    the sources so), then what any other project of the workspace configures.
    """
    return remembered(files, ("python roots", folder), lambda: unique(_source_roots(folder, files)))


def _source_roots(folder: str, files: Files) -> Iterator[str]:
    own = above_package(folder, files)
    configured = configured_roots(files)
    yield own
    for above in ancestors(own):
        yield from configured.get(above, ())
    for above in ancestors(own):
        yield above
        yield from (root for name in _CUSTOMARY if files.has_folder(root := under(above, name)))
    for roots in configured.values():
        yield from roots


def top_level(name: str, folder: str, files: Files) -> list[str]:
    """The roots in which a regular package of this name lies anywhere in the workspace, the nearest first."""
    table_of_roots = remembered(files, "python top levels", lambda: _top_levels(files))
    roots = table_of_roots.get(name, ())
    if len(roots) < 2:
        return list(roots)
    return [folder_of(path) for path in nearest((f"{root}/." for root in roots), f"{folder}/.")]


def _top_levels(files: Files) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for init in _INITS:
        for path in files.named(init):
            package = folder_of(path)
            root, _, name = package.rpartition("/")
            if package and not is_package(root, files):
                found[name] = unique((*found.get(name, ()), root))
    return found


def renamed_packages(files: Files) -> dict[str, tuple[str, ...]]:
    """Package name -> the folders that configuration gives it where they have other names."""
    return remembered(files, "python configured", lambda: _configured(files))[1]


def configured_roots(files: Files) -> dict[str, tuple[str, ...]]:
    """Project folder -> the source roots that its configuration names."""
    return remembered(files, "python configured", lambda: _configured(files))[0]


def _configured(files: Files) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    roots: dict[str, tuple[str, ...]] = {}
    renamed: dict[str, tuple[str, ...]] = {}
    readers = {
        "pyproject.toml": _pyproject,
        "setup.cfg": _setup_cfg,
        "setup.py": _setup_py,
        "pyrightconfig.json": _pyright,
    }
    for name, reader in readers.items():
        for path in files.named(name):
            project = folder_of(path)
            for package, relative in islice(reader(path, files), _MOST_ENTRIES):
                folder = join(project, relative or ".")
                if folder is None or not files.has_folder(folder):
                    continue
                if package:
                    renamed[package] = unique((*renamed.get(package, ()), folder))
                else:
                    roots[project] = unique((*roots.get(project, ()), folder))
    return roots, renamed


def _pyproject(path: str, files: Files) -> Iterator[tuple[str, str]]:
    """(package, folder) pairs, "" for the package where the folder is a root."""
    tool = table(read_toml(files, path), "tool")
    setuptools = table(tool, "setuptools")
    yield from ((name, text_of(folder)) for name, folder in table(setuptools, "package-dir").items())
    packages = setuptools.get("packages")
    yield from (("", where) for where in texts(table(packages, "find").get("where")))
    hatch = table(tool, "hatch", "build")
    for target in (hatch, table(hatch, "targets", "wheel"), table(hatch, "targets", "editable")):
        yield from (("", folder_of(package.strip("/"))) for package in texts(target.get("packages")))
        yield from (("", source) for source in texts(target.get("sources")))
        for source, package in table(target, "sources").items():
            yield text_of(package).strip("/").replace("/", "."), source
    yield from (("", text_of(package.get("from"))) for package in tables(table(tool, "poetry").get("packages")))
    yield from (("", text_of(table(tool, "pdm", "build").get("package-dir"))),)
    uv = table(tool, "uv", "build-backend")
    yield from (("", folder) for folder in texts(uv.get("module-root")))
    yield from (("", folder) for folder in texts(table(tool, "maturin").get("python-source")))
    yield from (("", folder) for folder in texts(table(tool, "pytest", "ini_options").get("pythonpath")))
    yield from (("", folder) for folder in texts(table(tool, "pyright").get("extraPaths")))


def _setup_cfg(path: str, files: Files) -> Iterator[tuple[str, str]]:
    parser = configparser.RawConfigParser(strict=False)
    text = "\n".join(line for line in read_text(files, path).splitlines() if len(line) <= _LONGEST_LINE)
    try:
        parser.read_string(text)
    except configparser.Error:
        return
    for line in parser.get("options", "package_dir", fallback="").splitlines():
        package, equals, folder = (part.strip() for part in line.partition("="))
        if equals:
            yield package, folder
    yield "", parser.get("options.packages.find", "where", fallback="").strip()
    for folder in parser.get("tool:pytest", "pythonpath", fallback="").split():
        yield "", folder


def _setup_py(path: str, files: Files) -> Iterator[tuple[str, str]]:
    text = read_text(files, path)
    yield from (("", match[2]) for match in _SETUP_PACKAGE_DIR.finditer(text))
    yield from (("", match[1]) for match in _SETUP_WHERE.finditer(text))


def _pyright(path: str, files: Files) -> Iterator[tuple[str, str]]:
    yield from (("", folder) for folder in texts(table(read_json(files, path)).get("extraPaths")))
