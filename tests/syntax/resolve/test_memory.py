"""What the resolvers remember: a configuration file is read for the first import, until the memory is emptied."""

from collections import Counter

import pytest

from foretoken.syntax.languages import language_for_path
from foretoken.syntax.resolve.resolve import resolve
from workspace_files import WorkspaceFiles, wish


class CountedFiles(WorkspaceFiles):
    def __init__(self, written: str) -> None:
        super().__init__(written)
        self.read: Counter[str] = Counter()

    def text(self, path: str) -> str | None:
        self.read[path] += 1
        return super().text(path)


@pytest.mark.parametrize(
    ("configuration", "before", "after", "path", "written"),
    [
        ("pyproject.toml", '[tool.pytest.ini_options]\npythonpath = ["one"]', "", "t/t.{}.py", "m.x"),
        ("setup.cfg", "[options.packages.find]\nwhere = one", "", "t/t.{}.py", "m.x"),
        ("tsconfig.json", '{"compilerOptions": {"baseUrl": "one"}}', "{}", "t/t{}.ts", "m/x"),
        ("one/package.json", '{"name": "p"}', "{}", "t/t{}.ts", "p/m/x"),
        ("one/package.json", '{"main": "m/x.js"}', "{}", "t/t{}.ts", "../one"),
        ("go.mod", "module e.x/y", "", "t/t{}.go", "e.x/y/one/m"),
        ("composer.json", '{"autoload": {"psr-4": {"p\\\\": "one/m"}}}', "{}", "t/t{}.php", "p\\x"),
        ("compile_flags.txt", "-Ione/m", "", "t/t{}.c", "x.h !system"),
        ("one/Cargo.toml", '[package]\nname = "p"\n[lib]\npath = "m/x.rs"', "", "t/t{}.rs", "p {X}"),
    ],
)
def test_a_configuration_file_is_read_for_the_first_import_alone(
    configuration: str, before: str, after: str, path: str, written: str
) -> None:
    files = CountedFiles(
        f"-- {configuration} --\n{before}\n"
        + "".join(f"-- one/m/x.{end} --\n" for end in ("py", "ts", "go", "php", "rs"))
    )
    files.add("one/m/x.h" if path.endswith(".c") else "one/m/y.h")
    files.add("two/x.h")
    imported = wish(written)
    language = language_for_path(path)
    first = resolve(imported, path.format(0), language, files)
    read = files.read.copy()
    assert first and set(read) == {configuration}
    assert all(resolve(imported, path.format(number), language, files) == first for number in range(20))
    assert files.read == read
    files.texts[configuration] = after
    assert resolve(imported, path.format(1), language, files) == first  # the owner has not said yet that it changed
    files.memory.clear()
    assert resolve(imported, path.format(1), language, files) != first
