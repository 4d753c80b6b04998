"""The house's absences, as ARCHITECTURE.md states them. To change a rule, change it there too and say why."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "server" / "foretoken"
SOURCES = sorted(PACKAGE.rglob("*.py"))
STDLIB = sys.stdlib_module_names

# Library -> rooms that may import it. What is not named here may be imported anywhere.
LIBRARY_ROOMS = {
    "pygls": {"lsp", "cli"},
    "lsprotocol": {"lsp", "cli"},
    "llama_cpp": {"runtime"},
    "llguidance": {"runtime"},
    "tree_sitter": {"syntax"},
    "jedi": {"syntax"},
    "sqlite3": {"index"},
    "starlette": {"runtime", "gateway"},
    "uvicorn": {"runtime"},
    "aiohttp": {"engine"},
    "rich": {"cli"},
    "detect_secrets": {"trust"},
    "watchfiles": {"index"},
}
# Room -> rooms that it may import; a room that is not named may import all but those in NOBODY.
ROOM_ROOMS = {
    "text": {"text"},
    "postprocess": {"postprocess", "text", "syntax", "trust"},
    "prompt": {"prompt", "text", "session", "syntax", "context", "trust"},  # trust: no secret is in a prompt
    "runtime": {"runtime", "text", "models", "engine", "logs"},
    "engine": {"engine", "text", "models", "session"},
    "syntax": {"syntax", "text"},
    "session": {"session", "text"},
    # trust: nothing is asked where the cursor stands in a secret
    "features": {"features", "text", "session", "syntax", "prompt", "postprocess", "engine", "context", "trust"},
    "models": {"models", "text"},
    "gateway": {"gateway", "runtime", "text"},
    "trust": {"trust", "text"},
    "index": {"index", "syntax", "text", "trust", "logs"},
}
# The model process' own composition: what the rooms' rules say of everybody else in the room still holds.
COMPOSERS = {"runtime/gateway_mount.py": {"gateway"}}
# What the language server may import of the worker's room: nothing that parses or opens a database.
INDEX_FOR_ALL = {"client", "process", "events", "status"}
PRINTERS = {"cli", "__main__"}
TOO_WIDE = {"Exception", "BaseException"}
IGNORED = {"build", "dist", "__pycache__"}
HIDDEN = {".ci", ".gitignore"}  # of what begins with a dot, this alone is ours
LONGEST_FILE = 400


def room(path: Path) -> str:
    """The room of a source file: the first folder under the package, or the module's own name."""
    relative = path.relative_to(PACKAGE)
    return relative.parts[0] if len(relative.parts) > 1 else relative.stem


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """(dotted module, line) of every import, those inside functions included."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            yield node.module or "", node.lineno


def import_problems(path: Path) -> list[str]:
    found = []
    own = room(path)
    for module, line in imports(path):
        top, *rest = module.split(".")
        if top in LIBRARY_ROOMS and own not in LIBRARY_ROOMS[top]:
            found.append(f"{path}:{line}: {own} imports {top}")
        if own == "text" and top != "foretoken" and top not in STDLIB:
            found.append(f"{path}:{line}: text imports {top}, which is not in the standard library")
        if top != "foretoken" or not rest:
            continue
        allowed = ROOM_ROOMS.get(own, {rest[0]}) | COMPOSERS.get(path.relative_to(PACKAGE).as_posix(), set())
        if rest[0] not in allowed:
            found.append(f"{path}:{line}: {own} imports {module}")
        if rest[0] == "index" and own not in {"index", "cli"} and rest[1:2] not in [[name] for name in INDEX_FOR_ALL]:
            found.append(f"{path}:{line}: {own} imports {module}, which is the worker's own")
        if rest[0] == "lsp" and own not in {"lsp", "app"}:
            found.append(f"{path}:{line}: {own} imports the door")
        if rest[:2] == ["session", "session"] and own not in {"lsp", "app"} and path.name != "session.py":
            found.append(f"{path}:{line}: {own} imports the mutable session")
    return found


def code_problems(path: Path) -> list[str]:
    found = []
    own = room(path)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "print"
            and own not in PRINTERS
        ):
            found.append(f"{path}:{node.lineno}: print")
        if isinstance(node, ast.ExceptHandler) and own + "/" + path.name != "lsp/wrapper.py":
            caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
            if any(kind is None or (isinstance(kind, ast.Name) and kind.id in TOO_WIDE) for kind in caught):
                found.append(f"{path}:{node.lineno}: except Exception outside lsp/wrapper.py")
        if isinstance(node, ast.Attribute) and node.attr == "workspace":
            owner = node.value
            name = owner.id if isinstance(owner, ast.Name) else owner.attr if isinstance(owner, ast.Attribute) else ""
            if name.strip("_") in {"ls", "server"}:
                found.append(f"{path}:{node.lineno}: reads ls.workspace")
        # Two pieces, so that this file does not hold what it forbids.
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.search(r"<\|" + r"\w+\|>", node.value):
            found.append(f"{path}:{node.lineno}: a special token's text")
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_source_file(path: Path) -> None:
    problems = import_problems(path) + code_problems(path)
    lines = path.read_text(encoding="utf-8").splitlines()
    if len(lines) > LONGEST_FILE:
        problems.append(f"{path}: {len(lines)} lines")
    problems += [f"{path}:{n}: {len(line)} columns" for n, line in enumerate(lines, 1) if len(line) > 130]
    assert not problems, "\n".join(problems)


def test_packages_hold_only_their_docstring() -> None:
    for path in SOURCES:
        if path.name == "__init__.py" and path.parent != PACKAGE:
            body = ast.parse(path.read_text(encoding="utf-8")).body
            assert len(body) == 1 and isinstance(body[0], ast.Expr), f"{path}: re-exports or code"


def test_top_level() -> None:
    allowed = {
        "pyproject.toml", "README.md", "ARCHITECTURE.md", "CHANGELOG.md", "LICENSE", "Makefile", "constraints.txt",
        ".gitignore", ".ci", "server", "editor-clients", "tests", "grammars",
    }  # fmt: skip
    tracked = {line.split("/")[0] for line in _tracked()}
    assert tracked <= allowed, sorted(tracked - allowed)


def test_grammars_and_editor_clients_hold_no_python() -> None:
    assert not [
        name for name in _tracked() if name.startswith(("grammars/", "editor-clients/")) and name.endswith(".py")
    ]


def test_every_room_is_in_the_architecture_page() -> None:
    page = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    rooms = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert not [name for name in sorted(rooms) if f"`{name}/`" not in page]


def test_no_machine_path_and_no_registry() -> None:
    forbidden = re.compile(r"(?<![\w.])/(?:root|work|tmp/build)/|https?://[\w.-]*(?:mirror|registry|proxy)[\w.-]*/")
    for name in _tracked():
        path = ROOT / name
        if path.suffix in {".gguf", ".png"} or not path.is_file() or name == "tests/test_tidy.py":
            continue
        match = forbidden.search(path.read_text(encoding="utf-8", errors="replace"))
        assert match is None, f"{name}: {match.group()}"


def test_the_rules_catch_what_they_forbid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A negative helper needs a case that makes it fail."""
    monkeypatch.setitem(globals(), "PACKAGE", tmp_path)
    bad = tmp_path / "text" / "bad.py"
    bad.parent.mkdir()
    bad.write_text(
        "import pygls\nimport foretoken.lsp.server\nimport foretoken.index.store\nprint(1)\n"
        "try:\n    pass\nexcept (OSError, Exception):\n    pass\nself._server.workspace\nx = '<|" + "fim_middle|>'\n",
        encoding="utf-8",
    )
    assert len(import_problems(bad)) == 6
    assert len(code_problems(bad)) == 4


def _tracked() -> list[str]:
    """Files that git tracks or would track; where there is no git, all files outside of what git ignores."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    except FileNotFoundError:
        listed = None
    if listed is not None and listed.returncode == 0:
        return listed.stdout.splitlines()
    names = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
    ours = (name for name in names if not name.parts[0].startswith(".") or name.parts[0] in HIDDEN)
    return [name.as_posix() for name in ours if not IGNORED & set(name.parts)]
