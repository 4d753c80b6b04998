"""Source in other languages than Python: paths, tests, comments that go."""

import pytest

from training.languages import compiled, is_test, main_language, source_path, strip_notices


@pytest.mark.parametrize(
    "path", ["src/a.ts", "lib/a.js", "a.go", "src/lib.rs", "src/a.c", "a.hpp", "src/main/java/A.java"]
)
def test_source(path: str) -> None:
    assert source_path(path)


@pytest.mark.parametrize(
    "path",
    [
        "a.py",
        "dist/a.js",
        "src/a.d.ts",
        "a.min.js",
        "vendor/x/a.go",
        "third_party/a.c",
        "x/testdata/a.go",
        "debian/a.c",
    ],
)
def test_not_source(path: str) -> None:
    assert not source_path(path)


def test_tests() -> None:
    for path in ("a/tests/x.rs", "x_test.go", "a.test.ts", "a.spec.js", "src/test/java/ATest.java", "__tests__/a.js"):
        assert is_test(path), path
    for path in ("src/latest.rs", "contest.c", "attest/a.go"):
        assert not is_test(path), path


def test_main_language() -> None:
    assert main_language([("a.c", 10), ("a.h", 100), ("b.cc", 20)]) == "c++"
    assert main_language([("a.c", 30), ("a.h", 100), ("b.cc", 20)]) == "c"
    assert main_language([("a.ts", 30), ("lib/a.js", 20)]) == "typescript"
    assert main_language([("a.h", 30)]) is None


def test_notices_go_and_other_comments_stay() -> None:
    text = (
        "/* Sorting.\n * SPDX-License-Identifier: MIT */\n\n"
        "// Copyright 2020 Somebody\n// All rights reserved.\n"
        "/**\n * Sorts a list.\n * @author Jane Doe\n */\nint x; // the license field\n"
        'char *s = "/* Copyright 2020 */";\n'
    )
    assert strip_notices(text) == (
        '/**\n * Sorts a list.\n */\nint x; // the license field\nchar *s = "/* Copyright 2020 */";\n'
    )


def test_only_the_first_comment_goes_for_speaking_of_licences() -> None:
    assert strip_notices("// See LICENSE.\nint x;\n") == "int x;\n"
    assert strip_notices("int x;\n// Reads the license.\nint y;\n") == "int x;\n// Reads the license.\nint y;\n"


def test_addresses_are_hidden() -> None:
    assert strip_notices('x = "jane@mail.example.org"\n') == 'x = "user@example.com"\n'


def test_compiled_javascript_is_known() -> None:
    assert compiled("a\n//# sourceMappingURL=a.js.map\n")
    assert compiled('Object.defineProperty(exports, "__esModule", { value: true });\n')
    assert not compiled("export const source = 1;\n")
