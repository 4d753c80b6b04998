"""Python's imports, in the layouts that projects have."""

import pytest

from workspace_files import WorkspaceFiles, defined_in, leads

PLAIN = """
-- app/__init__.py --
-- app/core.py --
-- app/types.py --
-- app/ui/__init__.py --
-- app/ui/button.py --
-- app/ui/button.pyi --
-- app/native.pyi --
-- app/both/__init__.py --
-- app/both.py --
-- plugins/first/hook.py --
-- plugins/second/deep/hook.py --
-- scripts/run.py --
-- scripts/helper.py --
-- scripts/types.py --
-- test/conftest.py --
-- test/test_core.py --
-- test/tools.py --
-- setup.py --
"""


@pytest.mark.parametrize(
    ("path", "written", "found"),
    [
        ("app/ui/button.py", "app.core", ["app/core.py"]),
        ("app/ui/button.py", "app.core as c", ["app/core.py"]),
        ("app/ui/button.py", "app", ["app/__init__.py"]),
        ("app/ui/button.py", "app {core, VERSION}", ["app/core.py", "app/__init__.py"]),
        ("app/core.py", ".ui {button, Button}", ["app/ui/button.py", "app/ui/button.pyi", "app/ui/__init__.py"]),
        ("app/ui/button.py", "..core {Engine}", ["app/core.py"]),
        ("app/ui/button.py", ".. {core}", ["app/core.py", "app/__init__.py"]),
        ("app/ui/__init__.py", ". {button}", ["app/ui/button.py", "app/ui/button.pyi", "app/ui/__init__.py"]),
        ("app/ui/__init__.py", ".button {*}", ["app/ui/button.py", "app/ui/button.pyi"]),
        ("app/core.py", "app.native", ["app/native.pyi"]),
        ("app/core.py", ".both", ["app/both/__init__.py"]),  # a package hides the module beside it
        ("scripts/run.py", "helper", ["scripts/helper.py"]),  # a script's own folder
        ("scripts/run.py", "app.core", ["app/core.py"]),
        ("scripts/run.py", "plugins.first.hook", ["plugins/first/hook.py"]),  # no __init__.py on the way
        ("scripts/run.py", "plugins.first {hook}", ["plugins/first/hook.py"]),
        ("scripts/run.py", "plugins.second.deep {hook, nothing}", ["plugins/second/deep/hook.py"]),
        ("test/test_core.py", "tools {x}", ["test/tools.py"]),
        ("test/test_core.py", "test.tools {x}", ["test/tools.py"]),
        ("test/test_core.py", "conftest", ["test/conftest.py"]),
        # what leads nowhere
        ("app/core.py", "types", []),  # the standard library's, not app/types.py
        ("scripts/run.py", "types", []),
        ("app/core.py", "core", []),  # Python 2's implicit relative import
        ("app/core.py", "numpy", []),
        ("app/core.py", "app.missing", []),
        ("app/core.py", "... {app}", []),  # above the workspace
        ("setup.py", ".. {app}", []),
        ("setup.py", ". {app}", ["app/__init__.py"]),
        ("app/core.py", "app..core", []),
    ],
)
def test_packages_modules_and_namespaces(path: str, written: str, found: list[str]) -> None:
    assert leads(WorkspaceFiles(PLAIN), path, written) == found


@pytest.mark.parametrize(
    "configuration",
    [
        '-- pyproject.toml --\n[tool.setuptools.package-dir]\n"" = "code"',
        '-- pyproject.toml --\n[tool.setuptools.packages.find]\nwhere = ["code"]',
        '-- pyproject.toml --\n[tool.hatch.build.targets.wheel]\npackages = ["code/one"]',
        '-- pyproject.toml --\n[tool.poetry]\npackages = [{include = "one", from = "code"}]',
        '-- pyproject.toml --\n[tool.pytest.ini_options]\npythonpath = ["code"]',
        '-- pyproject.toml --\n[tool.pyright]\nextraPaths = ["./code/"]',
        '-- pyproject.toml --\n[tool.uv.build-backend]\nmodule-root = "code"',
        "-- setup.cfg --\n[options]\npackage_dir =\n    = code",
        "-- setup.cfg --\n[options.packages.find]\nwhere = code",
        '-- setup.py --\nsetup(packages=find_packages("code"), package_dir={"": "code"})',
        '-- pyrightconfig.json --\n{"extraPaths": ["code"],} // more',
    ],
)
def test_source_roots_from_configuration(configuration: str) -> None:
    # "one" is a folder without __init__.py, so that only the configuration tells where it begins.
    files = WorkspaceFiles(f"{configuration}\n-- code/one/core.py --\n-- tests/test_core.py --\n")
    assert leads(files, "tests/test_core.py", "one.core") == ["code/one/core.py"]
    assert leads(files, "code/one/core.py", "one.core") == ["code/one/core.py"]


def test_a_package_in_a_folder_of_another_name() -> None:
    files = WorkspaceFiles(
        '-- pyproject.toml --\n[tool.setuptools.package-dir]\nmine = "lib"\n-- lib/core.py --\n-- t.py --'
    )
    assert leads(files, "t.py", "mine.core") == ["lib/core.py"]


@pytest.mark.parametrize("root", ["src", "lib", "python", "deep/inside/nothing/configured"])
def test_source_roots_by_the_folders_alone(root: str) -> None:
    files = WorkspaceFiles(f"-- {root}/one/__init__.py --\n-- {root}/one/core.py --\n-- tests/unit/test_core.py --\n")
    assert leads(files, "tests/unit/test_core.py", "one.core") == [f"{root}/one/core.py"]


@pytest.mark.parametrize("root", ["src", "lib", "python"])
def test_customary_roots_hold_namespaces_too(root: str) -> None:
    files = WorkspaceFiles(f"-- {root}/one/core.py --\n-- tests/test_core.py --\n")
    assert leads(files, "tests/test_core.py", "one.core") == [f"{root}/one/core.py"]


def test_the_configuration_of_the_own_project_goes_first() -> None:
    project = '-- {0}/pyproject.toml --\n[tool.pytest.ini_options]\npythonpath = ["code"]\n-- {0}/code/one/core.py --\n-- {0}/t/t.py --\n'
    files = WorkspaceFiles(project.format("a") + project.format("b"))
    assert leads(files, "a/t/t.py", "one.core") == ["a/code/one/core.py"]
    assert leads(files, "b/t/t.py", "one.core") == ["b/code/one/core.py"]


def test_the_nearest_of_two_packages_of_one_name() -> None:
    files = WorkspaceFiles(
        "".join(f"-- {app}/{name} --\n" for app in "ab" for name in ("lib/__init__.py", "lib/x.py", "t/t.py"))
    )
    assert leads(files, "a/t/t.py", "lib.x") == ["a/lib/x.py"]
    assert leads(files, "b/t/t.py", "lib.x") == ["b/lib/x.py"]


def test_a_package_in_two_roots_is_found_in_the_one_that_has_the_module() -> None:
    files = WorkspaceFiles("-- a/one/__init__.py --\n-- a/one/x.py --\n-- b/one/__init__.py --\n-- b/one/y.py --\n")
    assert leads(files, "a/one/x.py", "one.y") == ["b/one/y.py"]


REEXPORTS = """
-- lib/__init__.py --
> .core {Engine, Wheel as Round}
> .extra {*}
> . {tools}
> lib.circle {Never}
> .deep.far as far
> .core {Twice}
> .more {Deeper as Twice}
= VERSION
-- lib/core.py --
= Engine, Twice
> .parts {Wheel}
-- lib/parts.py --
= Wheel
-- lib/extra.py --
= Bonus, _hidden
> .more {*}
-- lib/more.py --
= Deeper
-- lib/tools.py --
-- lib/circle.py --
> lib {Never}
> lib {*}
-- lib/deep/__init__.py --
-- lib/deep/far.py --
-- lib/stub.py --
= Real
-- lib/stub.pyi --
= Real, Typed
"""


@pytest.mark.parametrize(
    ("written", "name", "found"),
    [
        ("lib {VERSION}", "VERSION", ["lib/__init__.py"]),
        ("lib {Engine}", "Engine", ["lib/core.py"]),
        ("lib {Round}", "Round", ["lib/parts.py"]),  # renamed on the way, and handed on twice
        ("lib {Bonus}", "Bonus", ["lib/extra.py"]),
        ("lib {Deeper}", "Deeper", ["lib/more.py"]),
        ("lib {_hidden}", "_hidden", []),  # a star leaves it out
        ("lib {tools}", "tools", ["lib/tools.py"]),
        ("lib {far}", "far", ["lib/deep/far.py"]),
        ("lib {Never}", "Never", []),  # a circle
        ("lib {Twice}", "Twice", ["lib/more.py"]),  # what is bound last counts
        ("lib {Absent}", "Absent", []),
        ("lib.stub {Real}", "Real", ["lib/stub.py", "lib/stub.pyi"]),
        ("lib.stub {Typed}", "Typed", ["lib/stub.pyi"]),
        ("lib.core as core", "Wheel", ["lib/parts.py"]),  # core.Wheel
        ("lib.deep {far}", "far", ["lib/deep/far.py"]),
        ("elsewhere {Engine}", "Engine", []),
    ],
)
def test_names_through_reexports(written: str, name: str, found: list[str]) -> None:
    assert defined_in(WorkspaceFiles(REEXPORTS), "main.py", written, name) == found


def test_a_long_chain_of_reexports_ends() -> None:
    chain = (
        "".join(f"-- p/m{n}.py --\n> .m{n + 1} {{*}}\n" for n in range(5_000))
        + "-- p/m5000.py --\n= X\n-- p/m40.py --\n= Y\n"
    )
    files = WorkspaceFiles(chain)
    assert defined_in(files, "main.py", "p.m0 {Y}", "Y") == ["p/m40.py"]
    assert defined_in(files, "main.py", "p.m0 {X}", "X") == []
