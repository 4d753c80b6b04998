"""C#, PHP and Swift: namespaces and modules."""

import pytest

from foretoken.syntax.resolve.resolve import siblings
from workspace_files import WorkspaceFiles, defined_in, leads

WORKSPACE = """
-- Core/Engine.cs --
> Acme.Core !package
= Engine
-- Core/Wheel.cs --
> Acme.Core !package
= Wheel, Turn
-- App/Main.cs --
> Acme.App !package
-- composer.json --
{"autoload": {"psr-4": {"Acme\\\\": "src/", "Acme\\\\Deep\\\\": ["deep/", "more"]}}, "autoload-dev": {"psr-0": {"Old\\\\Kit": "legacy"}}}
-- src/User.php --
> Acme !package
= User
-- src/Model/Order.php --
-- src/Deep/Thing.php --
-- more/Thing.php --
-- legacy/Old/Kit/Bag.php --
-- inc/helpers.php --
> Acme\\Fn !package
= help
-- public/index.php --
-- elsewhere/Vendor/Tool.php --
-- src/Bridge/Monolog/Logger.php --
> Acme\\Bridge\\Monolog !package
= Logger
-- Sources/Kit/Model.swift --
-- Sources/Kit/Deep/More.swift --
-- Sources/App/main.swift --
-- Tests/KitTests/ModelTests.swift --
"""


@pytest.mark.parametrize(
    ("path", "written", "found"),
    [
        ("App/Main.cs", "Acme.Core", ["Core/Engine.cs", "Core/Wheel.cs"]),
        ("App/Main.cs", "Acme.Core.Wheel as W", ["Core/Wheel.cs"]),
        ("App/Main.cs", "System.Linq", []),
        ("public/index.php", "Acme\\User", ["src/User.php"]),
        ("public/index.php", "\\Acme\\User", ["src/User.php"]),
        ("public/index.php", "Acme\\Model {Order}", ["src/Model/Order.php"]),
        ("public/index.php", "Acme\\Deep\\Thing", ["more/Thing.php"]),
        ("public/index.php", "Old\\Kit\\Bag", ["legacy/Old/Kit/Bag.php"]),
        ("public/index.php", "Acme\\Fn\\help", ["inc/helpers.php"]),  # a function, by its namespace
        ("public/index.php", "Some\\Vendor\\Tool", ["elsewhere/Vendor/Tool.php"]),  # by its path alone
        ("public/index.php", "../inc/helpers.php", ["inc/helpers.php"]),
        ("public/index.php", "inc/helpers.php", ["inc/helpers.php"]),
        ("public/index.php", "/inc/helpers.php", ["inc/helpers.php"]),
        ("public/index.php", "Monolog\\Logger", []),
        ("public/index.php", "../../etc/passwd.php", []),
        ("Sources/App/main.swift", "Kit", ["Sources/Kit/Deep/More.swift", "Sources/Kit/Model.swift"]),
        ("Tests/KitTests/ModelTests.swift", "Kit", ["Sources/Kit/Deep/More.swift", "Sources/Kit/Model.swift"]),
        ("Sources/App/main.swift", "Foundation", []),
    ],
)
def test_namespaces(path: str, written: str, found: list[str]) -> None:
    assert leads(WorkspaceFiles(WORKSPACE), path, written) == found


def test_a_name_of_a_namespace() -> None:
    assert defined_in(WorkspaceFiles(WORKSPACE), "App/Main.cs", "Acme.Core", "Turn") == ["Core/Wheel.cs"]


@pytest.mark.parametrize(
    ("path", "language", "found"),
    [
        ("Core/Engine.cs", "csharp", ["Core/Wheel.cs"]),
        ("Sources/Kit/Deep/More.swift", "swift", ["Sources/Kit/Model.swift"]),
        ("src/User.php", "php", []),
        ("App/Main.cs", "csharp", []),
    ],
)
def test_siblings(path: str, language: str, found: list[str]) -> None:
    assert list(siblings(path, language, WorkspaceFiles(WORKSPACE))) == found
