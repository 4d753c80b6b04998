"""Imports as they stand in a text, read by the grammar's query and resolved: the two have to agree on what they mean."""

import pytest

from foretoken.syntax.imports import imports
from foretoken.syntax.languages import language_for_path
from foretoken.syntax.resolve.resolve import resolve
from foretoken.syntax.tree import parse
from workspace_files import WorkspaceFiles


@pytest.mark.parametrize(
    ("others", "path", "text", "found"),
    [
        ("p/__init__.py p/a.py", "p/b.py", "from . import a\n", ["p/a.py", "p/__init__.py"]),
        ("p/__init__.py p/c/d.py", "p/b.py", "from .c.d import e as f\nimport os\n", ["p/c/d.py"]),
        ("src/a.ts src/b/index.ts", "src/main.ts", 'import A, { x as y } from "./a.js";\nexport * from "./b";\n', ["src/a.ts", "src/b/index.ts"]),
        ("lib/a.js", "main.js", "const a = require('./lib/a');\n", ["lib/a.js"]),
        ("x/go.mod x/p/p.go", "x/main.go", 'package main\n\nimport (\n\t"fmt"\n\tq "example.com/x/p"\n)\n', ["x/p/p.go"]),
        ("Cargo.toml src/lib.rs src/b.rs", "src/a.rs", "use crate::b::{C, D as E};\n", ["src/b.rs"]),
        ("Cargo.toml src/lib.rs", "src/a.rs", "mod tests {\n    use super::*;\n}\n", ["src/a.rs"]),
        ("Cargo.toml src/odd/y.rs src/b.rs", "src/lib.rs", 'mod b;\n#[path = "odd/y.rs"]\nmod x;\n', ["src/b.rs", "src/odd/y.rs"]),
        ("m/com/a/B.java m/com/a/C.java", "m/D.java", "import com.a.B;\nimport static com.a.C.run;\n", ["m/com/a/B.java", "m/com/a/C.java"]),
        ("include/x.h", "src/x.c", '#include <stdio.h>\n#include "x.h"\n', ["include/x.h"]),
    ],
)  # fmt: skip
def test_from_text_to_files(others: str, path: str, text: str, found: list[str]) -> None:
    contents = {"x/go.mod": "module example.com/x\n", "Cargo.toml": '[package]\nname = "p"\nedition = "2021"\n'}
    files = WorkspaceFiles("".join(f"-- {one} --\n{contents.get(one, '')}" for one in [*others.split(), path]))
    language = language_for_path(path)
    tree = parse(text, language)
    assert tree is not None
    assert [file for imported in imports(tree) for file in resolve(imported, path, language, files)] == found
