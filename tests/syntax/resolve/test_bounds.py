"""How much of a configuration and of the workspace is looked at: what lies just within a bound is found, what lies beyond
it is not."""

import json

import pytest

from foretoken.syntax.facts import Import
from foretoken.syntax.resolve.files import remembered
from foretoken.syntax.resolve.resolve import resolve, siblings
from workspace_files import WorkspaceFiles, leads


def chain(length: int) -> WorkspaceFiles:
    """Configurations that each extend the next one, and the last one has the alias."""
    files = [f'-- {"tsconfig" if n == 0 else f"t{n}"}.json --\n{{"extends": "./t{n + 1}.json"}}' for n in range(length)]
    files.append(f'-- t{length}.json --\n{{"compilerOptions": {{"paths": {{"@a": ["./found.ts"]}}}}}}')
    return WorkspaceFiles("\n".join([*files, "-- main.ts --", "-- found.ts --"]))


@pytest.mark.parametrize(("length", "found"), [(11, ["found.ts"]), (12, [])])
def test_how_deep_configurations_extend_each_other(length: int, found: list[str]) -> None:
    assert leads(chain(length), "main.ts", "@a") == found


@pytest.mark.parametrize(("number", "found"), [(98, ["found.ts"]), (99, [])])
def test_how_many_configurations_are_read(number: int, found: list[str]) -> None:
    parts = ["-- tsconfig.json --", json.dumps({"extends": [f"./t{n}.json" for n in range(100)]})]
    for n in range(100):
        options = {"compilerOptions": {"paths": {"@a": ["./found.ts"]}}} if n == number else {}
        parts += [f"-- t{n}.json --", json.dumps(options)]
    files = WorkspaceFiles("\n".join([*parts, "-- main.ts --", "-- found.ts --"]))
    assert leads(files, "main.ts", "@a") == found


def with_paths(paths: dict[str, list[str]], spare: str = "") -> WorkspaceFiles:
    text = json.dumps({"spare": spare, "compilerOptions": {"paths": paths}})
    return WorkspaceFiles(f"-- tsconfig.json --\n{text}\n-- main.ts --\n-- found.ts --")


@pytest.mark.parametrize(("number", "found"), [(1_999, ["found.ts"]), (2_000, [])])
def test_how_many_aliases_there_are(number: int, found: list[str]) -> None:
    files = with_paths({f"@a{n}": ["./found.ts"] for n in range(3_000)})
    assert leads(files, "main.ts", f"@a{number}") == found


@pytest.mark.parametrize(("number", "found"), [(49, ["found.ts"]), (50, [])])
def test_how_many_places_an_alias_has(number: int, found: list[str]) -> None:
    files = with_paths({"@a": ["./found.ts" if n == number else f"./lost{n}.ts" for n in range(60)]})
    assert leads(files, "main.ts", "@a") == found


@pytest.mark.parametrize(("spare", "found"), [(900_000, ["found.ts"]), (1_000_000, [])])
def test_how_long_a_configuration_is(spare: int, found: list[str]) -> None:
    assert leads(with_paths({"@a": ["./found.ts"]}, "x" * spare), "main.ts", "@a") == found


@pytest.mark.parametrize(("length", "count"), [(996, 1), (997, 0)])
def test_how_long_a_module_is(length: int, count: int) -> None:
    name = "x" * length
    files = WorkspaceFiles(f"-- main.ts --\n-- {name}.ts --")
    imported = Import(f"././{name}"[-(length + 4) :], (), "", "module", 0, 0, 0)
    assert len(resolve(imported, "main.ts", "typescript", files)) == count


@pytest.mark.parametrize(("ending", "language"), [("java", "java"), ("cs", "csharp")])
def test_how_many_files_of_a_package_are_seen(ending: str, language: str) -> None:
    parts = [f"-- a/F{n}.{ending} --\n> a.b !package" for n in range(250)]
    files = WorkspaceFiles("\n".join([*parts, f"-- c/Main.{ending} --\n> c !package"]))
    whole = Import("a.b.*" if language == "java" else "a.b", (), "", "module", 0, 0, 0)
    assert len(resolve(whole, f"c/Main.{ending}", language, files)) == 200
    assert len(siblings(f"a/F0.{ending}", language, files)) == 200


@pytest.mark.parametrize(("number", "found"), [(4_999, ["src/Found.php"]), (5_000, [])])
def test_how_many_prefixes_of_php_there_are(number: int, found: list[str]) -> None:
    prefixes = {f"A{n}\\": "src/" if n == number else "lost/" for n in range(5_100)}
    text = json.dumps({"autoload": {"psr-4": prefixes}})
    files = WorkspaceFiles(f"-- composer.json --\n{text}\n-- main.php --\n-- src/Found.php --\n> B !package")
    assert leads(files, "main.php", f"A{number}\\Found") == found


@pytest.mark.parametrize(("number", "found"), [(10, ["lib/found.ts"]), (50, [])])
def test_how_many_targets_an_export_has(number: int, found: list[str]) -> None:
    targets = ["./found.ts" if n == number else f"./lost{n}.ts" for n in range(60)]
    text = json.dumps({"name": "kit", "exports": {"./x": targets}})
    files = WorkspaceFiles(f"-- lib/package.json --\n{text}\n-- lib/found.ts --\n-- main.ts --")
    assert leads(files, "main.ts", "kit/x") == found


@pytest.mark.parametrize(
    ("before", "spare", "found"),
    [(19_999, "", "two/x.h"), (20_000, "", "x.h"), (1, "x" * 3_900_000, "two/x.h"), (1, "x" * 4_000_000, "x.h")],
)
def test_how_many_commands_of_a_compilation_database_are_read(before: int, spare: str, found: str) -> None:
    entries: list[dict[str, object]] = [{"file": "src/b.c", "spare": spare}, *({} for _ in range(before - 1))]
    entries.append({"directory": "/home/me/p", "file": "/home/me/p/src/a.c", "arguments": ["cc", "-Itwo"]})
    files = WorkspaceFiles(
        f"-- compile_commands.json --\n{json.dumps(entries)}\n-- src/a.c --\n-- two/x.h --\n-- x.h --"
    )
    assert leads(files, "src/a.c", "x.h")[0] == found


@pytest.mark.parametrize(("before", "found"), [(999, ["odd/place/found.py"]), (1_000, [])])
def test_how_many_folders_of_a_python_project_are_read(before: int, found: list[str]) -> None:
    text = json.dumps({"extraPaths": [*(f"lost{n}" for n in range(before)), "odd/place"]})
    files = WorkspaceFiles(f"-- pyrightconfig.json --\n{text}\n-- app/main.py --\n-- odd/place/found.py --")
    assert leads(files, "app/main.py", "found") == found


def test_how_much_is_remembered() -> None:
    files = WorkspaceFiles("-- main.py --")
    for number in range(50_000):
        assert remembered(files, number, lambda number=number: number) == number
    assert len(files.memory) == 50_000
    assert remembered(files, "one more", lambda: 1) == 1
    assert len(files.memory) == 1
