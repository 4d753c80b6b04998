"""Whatever value stands in a configuration file, of any type, nesting and size: no error, and an end."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foretoken.syntax.facts import Import, ImportedName
from foretoken.syntax.resolve.resolve import counterpart, resolve, resolve_name, siblings
from workspace_files import WorkspaceFiles

PATHS = (
    "main.py main.ts main.js main.rs main.go main.c main.php src/p/__init__.py src/p/m.py src/m.ts src/index.ts src/lib.rs"
    " src/m.rs src/m.go src/m.h src/m.php lib/index.js more.json lib/Cargo.toml lib/src/lib.rs lib/package.json"
).split()
# Values that could mean something where they stand, and such that cannot.
TEXTS = st.sampled_from(
    [
        "",
        ".",
        "..",
        "src",
        "./src",
        "./lib",
        "src/*",
        "./*",
        "*",
        "@/*",
        "p",
        "#p",
        "./tsconfig.json",
        "./more.json",
        "m\\",
    ]
    + [
        "a = b",
        "x\0",
        "/",
        "${configDir}",
        "${configDir}/src",
        "-I",
        "-Isrc",
        "cc -Isrc 'x",
        "2015",
        "=> ./src",
        "\\",
        "é",
    ]
) | st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
SCALARS = st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3), max_leaves=6
)

PYPROJECT = (
    "tool tool.setuptools tool.setuptools.package-dir tool.setuptools.packages tool.setuptools.packages.find"
    " tool.setuptools.packages.find.where tool.hatch.build tool.hatch.build.packages tool.hatch.build.sources"
    " tool.hatch.build.targets tool.hatch.build.targets.wheel tool.hatch.build.targets.wheel.packages"
    " tool.hatch.build.targets.wheel.sources tool.poetry tool.poetry.packages tool.pdm.build tool.pdm.build.package-dir"
    " tool.uv tool.uv.build-backend.module-root tool.maturin.python-source tool.pytest.ini_options.pythonpath"
    " tool.pyright tool.pyright.extraPaths"
)
TSCONFIG = "extends references compilerOptions compilerOptions.baseUrl compilerOptions.paths compilerOptions.paths.@/* references"
PACKAGE = (
    "name exports exports.. exports../m exports../* exports.import imports imports.#p imports.#* main types typings module"
    " source workspaces"
)
CARGO = (
    "package package.name package.edition package.workspace lib lib.name lib.path dependencies dependencies.p"
    " dependencies.p.path dependencies.p.package dependencies.p.workspace dev-dependencies build-dependencies.p target"
    " target.p target.p.dependencies target.p.dependencies.p workspace workspace.dependencies workspace.dependencies.p"
    " workspace.dependencies.p.path workspace.package workspace.package.edition workspace.members"
)
COMPOSER = "autoload autoload.psr-4 autoload.psr-4.p\\ autoload.psr-0 autoload.psr-0.p autoload-dev autoload-dev.psr-4 autoload-dev.psr-0"
COMMAND = "directory file command arguments output"


def nested(places: str) -> st.SearchStrategy[Any]:
    """A table with any values at some of these places, or above or below them; at times no table at all."""
    known = [place.split(".", 1) if place.startswith("exports") else place.split(".") for place in places.split()]

    def build(drawn: list[tuple[list[str], Any]]) -> dict[str, Any]:
        whole: dict[str, Any] = {}
        for keys, value in drawn:
            here = whole
            for key in keys[:-1]:
                inner = here.get(key)
                here[key] = here = inner if isinstance(inner, dict) else {}
            here[keys[-1]] = value
        return whole

    return st.lists(st.tuples(st.sampled_from(known), VALUES), max_size=5).map(build)


def toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{toml(key)} = {toml(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def toml_file(value: dict[str, Any]) -> str:
    return "".join(f"{toml(key)} = {toml(inner)}\n" for key, inner in value.items())


def lines(*words: str) -> st.SearchStrategy[str]:
    """Lines of such words, blank ones and others."""
    word = st.sampled_from([*words, "", " ", "(", ")", "=", "=>", "[", "]", "\t", "p", "./src", "..", "#"]) | TEXTS
    return st.lists(st.lists(word, max_size=5).map(" ".join), max_size=8).map("\n".join)


def ini(*sections: str) -> st.SearchStrategy[str]:
    section = st.tuples(
        st.sampled_from(sections), lines("package_dir =", "where =", "pythonpath =", "= src", "p = src")
    )
    return st.lists(section.map(lambda row: f"[{row[0]}]\n{row[1]}\n"), max_size=4).map("".join)


def as_json(values: st.SearchStrategy[Any]) -> st.SearchStrategy[str]:
    return (values | VALUES).map(json.dumps)


FILES: dict[str, tuple[st.SearchStrategy[str], str]] = {
    "pyproject.toml": (nested(PYPROJECT).map(toml_file), "main.py"),
    "setup.cfg": (ini("options", "options.packages.find", "tool:pytest", "DEFAULT"), "main.py"),
    "setup.py": (lines("package_dir", "find_packages(", "{'':", "'src'", "where"), "main.py"),
    "pyrightconfig.json": (as_json(nested("extraPaths")), "main.py"),
    "tsconfig.json": (as_json(nested(TSCONFIG)), "main.ts"),
    "jsconfig.json": (as_json(nested(TSCONFIG)), "main.js"),
    "more.json": (as_json(nested(TSCONFIG)), "main.ts"),
    "package.json": (as_json(nested(PACKAGE)), "main.ts"),
    "lib/package.json": (as_json(nested(PACKAGE)), "main.js"),
    "pnpm-workspace.yaml": (lines("packages:", "-", "'lib/*'"), "main.ts"),
    "go.mod": (lines("module", "replace", "use"), "main.go"),
    "go.work": (lines("use", "replace"), "main.go"),
    "Cargo.toml": (nested(CARGO).map(toml_file), "main.rs"),
    "lib/Cargo.toml": (nested(CARGO).map(toml_file), "lib/src/lib.rs"),
    "composer.json": (as_json(nested(COMPOSER)), "main.php"),
    "compile_commands.json": (as_json(st.lists(nested(COMMAND) | VALUES, max_size=3)), "main.c"),
    "compile_flags.txt": (lines("-I", "-Isrc", "-isystem", "/I"), "main.c"),
}
OTHERS = {
    "tsconfig.json": '{"extends": ["./more.json", "p", "."], "references": [{"path": "more.json"}]}',
    "lib/Cargo.toml": '[package]\nname = "p"\nedition.workspace = true\n[dependencies]\np = {workspace = true}\n',
}
LANGUAGES = {"py": "python", "ts": "typescript", "js": "javascript", "rs": "rust", "go": "go", "c": "c", "php": "php"}
MODULES = ["p", "p.m", ".", "./src", "./lib", "@/m", "#p", "m", "p/m", "p::m", "crate::m", "p\\m", "m.h", "m\\x"]


def read_with(name: str, text: str, path: str) -> None:
    """Resolve this language's imports in a workspace whose configuration file ``name`` has this text."""
    files = WorkspaceFiles("")
    for known in {*PATHS, *OTHERS, name}:
        files.add(known)
        files.texts[known] = OTHERS.get(known, "")
    files.texts[name] = text
    language = LANGUAGES[path.rpartition(".")[2]]
    for module in MODULES:
        for names in ((), (ImportedName("m"),)):
            imported = Import(module, names, "", "module", 0, 0, 0)
            found = [*resolve(imported, path, language, files), *resolve_name(imported, "m", path, language, files)]
            found += [*siblings(path, language, files), *counterpart(path, files)]
            assert all(files.has(file) for file in found)


def without_errors(name: str, written: st.SearchStrategy[str], path: str) -> None:
    @settings(max_examples=150, deadline=None)
    @given(written)
    def run(text: str) -> None:
        read_with(name, text, path)

    run()


@pytest.mark.parametrize("name", FILES)
def test_any_value(name: str) -> None:
    without_errors(name, *FILES[name])


@pytest.mark.parametrize("value", [5, 1.5, True, "src", [5], [[]], {}, {"x": 1}, None, [None]], ids=str)
@pytest.mark.parametrize(("name", "places"), [
    ("pyproject.toml", PYPROJECT), ("tsconfig.json", TSCONFIG), ("package.json", PACKAGE), ("Cargo.toml", CARGO),
    ("lib/Cargo.toml", CARGO), ("composer.json", COMPOSER), ("pyrightconfig.json", "extraPaths"), ("lib/package.json", PACKAGE),
])  # fmt: skip
def test_every_key_with_a_value_of_another_type(name: str, places: str, value: object) -> None:
    if name.endswith(".toml") and (value is None or value == [None]):
        value = []  # TOML has no null
    for place in places.split():
        whole = value
        for key in reversed(place.split(".", 1) if place.startswith("exports") else place.split(".")):
            whole = {key: whole}
        assert isinstance(whole, dict)
        read_with(name, toml_file(whole) if name.endswith(".toml") else json.dumps(whole), FILES[name][1])


# Each would take hours, or all memory, where the work grows faster than the file.
HUGE: dict[str, tuple[str, Callable[[], str]]] = {
    "a key of very many parts": ("pyproject.toml", lambda: "a." * 400_000 + "b = 1"),
    "a table of very many parts": ("Cargo.toml", lambda: "[" + "a . " * 200_000 + "b]"),
    "very deep": ("pyproject.toml", lambda: "tool = " + "[" * 400_000),
    "very deep JSON": ("package.json", lambda: '{"exports": ' + '{"import": ' * 80_000),
    "a long line": ("setup.cfg", lambda: "[options]\npackage_dir" + " " * 900_000 + "x"),
    "a string without an end": ("tsconfig.json", lambda: '{"' + '\\"' * 400_000),
    "comments without an end": ("tsconfig.json", lambda: "/* " * 300_000),
    "stars": ("package.json", lambda: json.dumps({"exports": {"./*": "*" * 900_000}})),
    "a long target": ("package.json", lambda: json.dumps({"name": "p", "exports": "./" + "dist/" * 180_000})),
    "a long word": ("compile_commands.json", lambda: json.dumps([{"directory": "/w", "file": "main.c", "command": "a" * 3_900_000}])),
    "a long path": ("compile_commands.json", lambda: json.dumps([{"file": "a/" * 1_900_000, "command": "cc -Isrc"}])),
    "more than is read": ("compile_commands.json", lambda: "[" * 5_000_000),
}  # fmt: skip


@pytest.mark.parametrize("which", HUGE)
def test_a_huge_file(which: str) -> None:
    name, written = HUGE[which]
    read_with(name, written(), FILES[name][1])
