"""Whatever stands in a file: no error, and no path that is not the workspace's."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foretoken.syntax.facts import Import, ImportedName
from foretoken.syntax.languages import languages
from foretoken.syntax.resolve.resolve import counterpart, resolve, resolve_name, siblings
from workspace_files import WorkspaceFiles

TREE = """
-- a/__init__.py --
-- a/b.py --
-- a/b.ts --
-- a/b.rs --
-- a/b.go --
-- a/b.h --
-- a/B.java --
-- Cargo.toml --
-- go.mod --
-- package.json --
-- b --
"""
LANGUAGES = sorted(languages())
HOSTILE = [
    "", ".", "..", "...", "/", "//", "\\", "::", "*", "#", "@", "~", "$", "a\0b", "\n", "a" * 10_000, "../" * 3_000 + "etc/passwd",
    "." * 5_000, "a." * 5_000, "a::" * 4_000, "a/" * 4_000, "/etc/passwd", "C:\\Windows\\x", "C:/x.ts", "file:///etc/passwd",
    "crate::" * 100, "super::" * 100, "\ud800", "ａ．ｂ", "a/../../b", "./a/../../../b.ts", "${a}/b", "%2e%2e/%2e%2e/b", "{", "[*",
]  # fmt: skip
BROKEN = [
    "{",
    "[" * 50_000,
    "null",
    "[]",
    '"x"',
    '{"name": 3, "exports": [1], "imports": 2, "compilerOptions": []}',
    "\0",
    "a = = b",
]


def check(files: WorkspaceFiles, imported: Import, path: str, language: str) -> None:
    answers = [resolve(imported, path, language, files), siblings(path, language, files), counterpart(path, files)]
    answers += [resolve_name(imported, name, path, language, files) for name in ("x", "", "*", "a" * 9_000)]
    assert all(files.has(found) for answer in answers for found in answer)


@pytest.mark.parametrize("language", [*LANGUAGES, "no such language"])
def test_hostile_modules(language: str) -> None:
    files = WorkspaceFiles(TREE)
    for module in HOSTILE:
        for names in ((), (ImportedName("*"),), (ImportedName(module, module),)):
            for path in ("a/b.py", "b", "no/such/file.x"):
                check(files, Import(module, names, "", "module", 0, 0, 0), path, language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("text", BROKEN, ids=lambda text: text[:8])
def test_broken_configuration(language: str, text: str) -> None:
    names = (
        "pyproject.toml",
        "setup.cfg",
        "setup.py",
        "tsconfig.json",
        "package.json",
        "go.mod",
        "go.work",
        "Cargo.toml",
    )
    names += ("composer.json", "compile_commands.json", "compile_flags.txt", "pyrightconfig.json")
    files = WorkspaceFiles(TREE + "".join(f"-- {name} --\n{text}\n" for name in names))
    for module in ("a.b", "./b", "@x/y", "x/y", "crate::b", "b.h"):
        check(files, Import(module, (ImportedName("x"),), "", "module", 0, 0, 0), "a/b.py", language)


@settings(max_examples=300, deadline=None)
@given(
    st.text(alphabet="ab./:*#@\\$-_~ \0é", max_size=12),
    st.sampled_from(LANGUAGES),
    st.sampled_from(["a/b.py", "b", "a/b.ts"]),
)
def test_any_module(module: str, language: str, path: str) -> None:
    check(WorkspaceFiles(TREE), Import(module, (ImportedName("b"),), "", "module", 0, 0, 0), path, language)
