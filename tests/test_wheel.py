"""The built wheel works in an environment of its own, away from the checkout: model and grammars are inside."""

import ast
import json
import os
import re
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PROVIDED_BY = {"llama_cpp": "llama_cpp_python", "attr": "attrs"}
NO_SUGGESTION = 3  # the exit code of ``complete`` when the answer is a named refusal


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        str(folder),
        str(ROOT),
    ]
    subprocess.run(command, check=True, cwd=folder)
    return next(folder.glob("foretoken-*.whl"))


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment that holds the wheel alone. The libraries come from this suite's folder by a path entry, which
    does not run the entry that makes the checkout importable, so nothing of the checkout can be seen from it."""
    folder = tmp_path_factory.mktemp("environment") / "env"
    venv.create(folder, with_pip=False)
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    install = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(python),
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        str(wheel),
    ]
    subprocess.run(install, check=True, cwd=folder)
    site = next(folder.rglob("site-packages"))
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return python


def test_what_is_inside(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "foretoken/grammars/languages.toml" in names
    assert "foretoken/models/shipped/foretoken-starter.gguf" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert any(name.endswith("NOTICE") for name in names)
    assert not [name for name in names if name.split("/")[0] not in {"foretoken", names[-1].split("/")[0]}]


def test_every_library_that_is_imported_is_required(wheel: Path) -> None:
    """The environment below borrows the suite's libraries, so this is what would notice a forgotten one."""
    with zipfile.ZipFile(wheel) as archive:
        metadata = archive.read(next(name for name in archive.namelist() if name.endswith("METADATA"))).decode()
    lines = [line for line in metadata.splitlines() if line.startswith("Requires-Dist:") and "extra ==" not in line]
    required = {re.split(r"[=<>; ]", line.removeprefix("Requires-Dist: "))[0].replace("-", "_") for line in lines}
    assert all("==" in line for line in lines)
    imported = set()
    for path in (ROOT / "server" / "foretoken").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            imported |= {name.split(".")[0] for name in names}
    libraries = imported - set(sys.stdlib_module_names) - {"foretoken"}
    assert "pygls" in libraries
    assert not {PROVIDED_BY.get(name, name) for name in libraries} - required


@pytest.mark.model
def test_completes_with_nothing_of_the_checkout(python: Path, tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "XDG_"))}
    environment |= {"HOME": str(tmp_path), "USERPROFILE": str(tmp_path), "APPDATA": str(tmp_path)}
    where = [str(python), "-c", "import foretoken, sys; print(foretoken.__file__, *sys.path)"]
    paths = subprocess.run(where, check=True, capture_output=True, text=True, cwd=tmp_path, env=environment).stdout
    assert str(ROOT / "server") not in paths

    source = tmp_path / "shop.py"
    source.write_text("class Shop:\n    def __init__(self, name):\n        self.name = \n", encoding="utf-8")
    command = [str(python), "-m", "foretoken", "complete", f"{source}:3:21", "--json"]
    answer = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment)
    assert answer.returncode in (0, NO_SUGGESTION), answer.stderr
    outcome = json.loads(answer.stdout)
    assert outcome["timings"]["prompt_n"] > 0
    assert outcome["timings"]["predicted_n"] > 0
