"""Edges through files that hand names on: what is changed in one of them changes the edges of files that stay as they are."""

import random
from pathlib import Path

import pytest

from index.indexing import Indexed, indexed, reader, write


def edges(running: Indexed, paths: list[str]) -> dict[str, list[str]]:
    """At rest."""
    running.sync()
    with reader(running.folder) as stored:
        return {path: stored.edges_from(path) for path in paths}


CASES = {
    "a re-export that leads elsewhere": (
        {"a.py": "from pkg import thing\n", "pkg/x.py": "thing = 1\n", "pkg/y.py": "thing = 2\n"},
        {"pkg/__init__.py": "from .x import thing\n"},
        {"pkg/__init__.py": "from .y import thing\n"},
        "a.py",
        ["pkg/__init__.py", "pkg/y.py"],
    ),
    "through two files, under another name": (
        {"a.py": "from pkg import other\n", "pkg/__init__.py": "from .middle import thing as other\n"}
        | {"pkg/x.py": "thing = 1\n", "pkg/y.py": "thing = 2\n"},
        {"pkg/middle.py": "from .x import thing\n"},
        {"pkg/middle.py": "from .y import thing\n"},
        "a.py",
        ["pkg/__init__.py", "pkg/y.py"],
    ),
    "a star that begins to hand it on": (
        {"a.py": "from pkg import thing\n", "pkg/x.py": "thing = 1\n"},
        {"pkg/__init__.py": "\n"},
        {"pkg/__init__.py": "from .x import *\n"},
        "a.py",
        ["pkg/__init__.py", "pkg/x.py"],
    ),
    "a name of one letter": (
        {"a.py": "from pkg import t\n", "pkg/x.py": "t = 1\n", "pkg/y.py": "t = 2\n"},
        {"pkg/__init__.py": "from .x import t\n"},
        {"pkg/__init__.py": "from .y import t\n"},
        "a.py",
        ["pkg/__init__.py", "pkg/y.py"],
    ),
    "a definition that moves": (
        {
            "a.py": "from pkg import thing\n",
            "pkg/__init__.py": "from .y import *\nfrom .x import *\n",
            "pkg/y.py": "thing = 2\n",
        },
        {"pkg/x.py": "thing = 1\n"},
        {"pkg/x.py": "nothing = 1\n"},
        "a.py",
        ["pkg/__init__.py", "pkg/y.py"],
    ),
    "a default that leads elsewhere": (
        {
            "a.ts": "import D from './m';\n",
            "x.ts": "export default class X {}\n",
            "y.ts": "export default class Y {}\n",
        },
        {"m.ts": "export { default } from './x';\n"},
        {"m.ts": "export { default } from './y';\n"},
        "a.ts",
        ["m.ts", "y.ts"],
    ),
    "a Rust module that hands on": (
        {
            "Cargo.toml": '[package]\nname = "w"\n',
            "src/lib.rs": "mod pkg;\nmod a;\n",
            "src/a.rs": "use crate::pkg::Thing;\n",
        }
        | {"src/pkg/x.rs": "pub struct Thing;\n", "src/pkg/y.rs": "pub struct Thing;\n"},
        {"src/pkg/mod.rs": "mod x;\nmod y;\npub use self::x::Thing;\n"},
        {"src/pkg/mod.rs": "mod x;\nmod y;\npub use self::y::Thing;\n"},
        "src/a.rs",
        ["src/pkg/mod.rs", "src/pkg/y.rs"],
    ),
    "a package clause": (
        {"a.java": "package a;\nimport b.Thing;\nclass A {}\n"},
        {"z.java": "package c;\nclass Thing {}\n"},
        {"z.java": "package b;\nclass Thing {}\n"},
        "a.java",
        ["z.java"],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_file_that_others_import_through_changes(case: str, tmp_path: Path) -> None:
    stays, before, after, path, wanted = CASES[case]
    root = tmp_path / "w"
    write(root, stays | before)
    with indexed(root, tmp_path / "index") as running:
        was = edges(running, [path])[path]
        running.change(after)
        assert edges(running, [path])[path] == wanted != was


@pytest.mark.parametrize("seed", range(3))
def test_edges_after_changes_are_those_of_a_new_index(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    names, modules = ["alpha", "beta", "gamma"], ["__init__", "x", "y", "z"]
    paths = [f"{package}/{module}.py" for package in ("p", "q") for module in modules]

    def text() -> str:
        lines = []
        for name in names:
            package, module = chance.choice("pq"), chance.choice(modules)
            source = f"{package}.{module}" if module != "__init__" else package
            alias = chance.choice(["", "", f" as {chance.choice(names)}"])
            lines.append(
                chance.choice([f"{name} = 1", f"from {source} import {name}{alias}", f"from {source} import *", ""])
            )
        return "\n".join(lines) + "\n"

    root = tmp_path / "w"
    write(root, {path: text() for path in paths})
    with indexed(root, tmp_path / "index") as running:
        running.sync()
        for turn in range(12):
            running.change({path: text() + f"# {turn}\n" for path in chance.sample(paths, 2)})
            found = edges(running, paths)
            fresh = tmp_path / f"fresh-{turn}"
            with indexed(root, fresh) as anew:
                assert found == edges(anew, paths), turn


def test_only_files_that_name_it_are_resolved_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from foretoken.index.edges import Edges

    root = tmp_path / "w"
    files = {f"m{number}.py": "import pkg\n" for number in range(30)}
    write(root, files | {"a.py": "from pkg import thing\n", "pkg/__init__.py": "thing = 1\n"})
    resolved: list[str] = []
    targets = Edges._targets
    monkeypatch.setattr(Edges, "_targets", lambda self, path: (resolved.append(path), targets(self, path))[1])
    with indexed(root, tmp_path / "index") as running:
        running.sync()
        resolved.clear()
        running.change({"pkg/__init__.py": "thing = 1\nmore = 2\n"})
        running.sync()
        assert sorted(set(resolved)) == ["pkg/__init__.py"]
        resolved.clear()
        running.change({"pkg/__init__.py": "more = 2\n"})
        running.sync()
        assert sorted(set(resolved)) == ["a.py", "pkg/__init__.py"]
