"""Java's, Kotlin's and Scala's imports."""

import pytest

from foretoken.syntax.resolve.resolve import siblings
from workspace_files import WorkspaceFiles, defined_in, leads

WORKSPACE = """
-- core/src/main/java/com/acme/Engine.java --
> com.acme !package
= Engine, start, Part
-- core/src/main/java/com/acme/Wheel.java --
> com.acme !package
= Wheel
-- core/src/main/java/com/acme/util/Text.java --
> com.acme.util !package
= Text, trim, Inner
-- core/src/main/java/com/acme/util/Lists.java --
> com.acme.util !package
= Lists
-- core/src/test/java/com/acme/EngineTest.java --
> com.acme !package
-- other/src/main/java/com/acme/util/Text.java --
> com.acme.util !package
= Text
-- other/src/main/java/com/acme/Other.java --
> com.acme !package
-- app/src/kotlin/everything.kt --
> com.acme.app !package
= run, App, Config
-- app/src/kotlin/Main.kt --
> com.acme.app !package
-- app/src/scala/Model.scala --
> com.acme.data !package
= Model, User, Order
-- app/src/scala/Use.scala --
> com.acme.data !package
-- app/src/scala/Nested.scala --
> com.acme.data !package
> other !package
-- app/src/scala/inner/Deep.scala --
> com.acme.data.deep !package
= Deep
-- Default.java --
= Default
"""
MAIN = "core/src/main/java/com/acme/"
OTHER = "other/src/main/java/com/acme/"
KOTLIN = "app/src/kotlin/everything.kt"
MODEL = "app/src/scala/Model.scala"


@pytest.mark.parametrize(
    ("path", "written", "found"),
    [
        (MAIN + "Wheel.java", "com.acme.Engine", [MAIN + "Engine.java"]),
        (MAIN + "Wheel.java", "com.acme.util.Text", [MAIN + "util/Text.java"]),  # the nearest of two
        (OTHER + "Other.java", "com.acme.util.Text", [OTHER + "util/Text.java"]),
        (MAIN + "Wheel.java", "com.acme.Engine.Part", [MAIN + "Engine.java"]),  # a nested class
        (MAIN + "Wheel.java", "com.acme.util.Text.Inner.deeper", [MAIN + "util/Text.java"]),
        (MAIN + "Wheel.java", "com.acme.util.Text {trim}", [MAIN + "util/Text.java"]),  # import static
        (MAIN + "Wheel.java", "com.acme.util.Text {*}", [MAIN + "util/Text.java"]),
        (MAIN + "Wheel.java", "com.acme.util.Text.*", [MAIN + "util/Text.java"]),
        (
            MAIN + "Wheel.java",
            "com.acme.util {*}",
            [MAIN + "util/Lists.java", MAIN + "util/Text.java", OTHER + "util/Text.java"],
        ),
        ("core/src/test/java/com/acme/EngineTest.java", "com.acme.Wheel", [MAIN + "Wheel.java"]),
        ("app/src/kotlin/Main.kt", "com.acme.app.run", [KOTLIN]),  # a function, by its package clause
        ("app/src/kotlin/Main.kt", "com.acme.app.App as Application", [KOTLIN]),
        ("app/src/kotlin/Main.kt", "com.acme.app.Config.Key", [KOTLIN]),
        ("app/src/kotlin/Main.kt", "com.acme.Engine", [MAIN + "Engine.java"]),  # across languages
        (MAIN + "Wheel.java", "com.acme.app.App", [KOTLIN]),
        ("app/src/scala/Use.scala", "com.acme.data {User, Order as O}", [MODEL]),
        ("app/src/scala/Use.scala", "deep {Deep}", ["app/src/scala/inner/Deep.scala"]),  # seen from the own package
        ("app/src/scala/Nested.scala", "deep {Deep}", ["app/src/scala/inner/Deep.scala"]),
        ("app/src/scala/Use.scala", "data.deep.Deep", ["app/src/scala/inner/Deep.scala"]),
        (MAIN + "Wheel.java", "Default", ["Default.java"]),
        (MAIN + "Wheel.java", "java.util.List", []),
        (MAIN + "Wheel.java", "java.util {*}", []),
        (MAIN + "Wheel.java", "com.acme.Missing", []),
        (MAIN + "Wheel.java", "org.other.acme.Engine", []),
        (MAIN + "Wheel.java", "com..Engine", []),
        (MAIN + "Wheel.java", "com.acme.Engine.", [MAIN + "Engine.java"]),  # while one types
        (MAIN + "Wheel.java", ".Default", []),
        (MAIN + "Wheel.java", "com.acme !package", []),
    ],
)
def test_classes_and_packages(path: str, written: str, found: list[str]) -> None:
    assert leads(WorkspaceFiles(WORKSPACE), path, written) == found


@pytest.mark.parametrize(
    ("path", "written", "name", "found"),
    [
        (MAIN + "Wheel.java", "com.acme.util {*}", "Lists", [MAIN + "util/Lists.java"]),
        (MAIN + "Wheel.java", "com.acme.util.Text {trim}", "trim", [MAIN + "util/Text.java"]),
        ("app/src/kotlin/Main.kt", "com.acme.app.run", "run", [KOTLIN]),
        (MAIN + "Wheel.java", "com.acme.util {*}", "Absent", []),
    ],
)
def test_names(path: str, written: str, name: str, found: list[str]) -> None:
    assert defined_in(WorkspaceFiles(WORKSPACE), path, written, name) == found


def test_the_files_of_a_package_see_each_other_the_nearest_first() -> None:
    files = WorkspaceFiles(WORKSPACE)
    assert list(siblings(MAIN + "Engine.java", "java", files)) == [
        MAIN + "Wheel.java",
        "core/src/test/java/com/acme/EngineTest.java",
        OTHER + "Other.java",
    ]
    assert list(siblings("app/src/scala/Use.scala", "scala", files)) == [MODEL, "app/src/scala/Nested.scala"]
