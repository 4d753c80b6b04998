"""Which licence a Debian copyright file gives to which file."""

import pytest

from training.dep5 import Copyright, spdx

TEXT = """Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: example

Files: *
Copyright: 2020 Somebody
License: Expat

Files: lib/*.c
       include/list?.h
Copyright: 2021 Somebody
License: BSD-3-clause
 Redistribution and use in source and binary forms ...

Files: lib/viral.c
Copyright: 2021 Somebody
License: GPL-2+

License: GPL-2+
 A copyleft licence.
"""


def test_the_last_stanza_that_matches_decides() -> None:
    copyrights = Copyright(TEXT)
    assert copyrights.licence("main.c") == "MIT"
    assert copyrights.licence("lib/deep/down.c") == "BSD-3-Clause"
    assert copyrights.licence("include/list2.h") == "BSD-3-Clause"
    assert copyrights.licence("include/list22.h") == "MIT"
    assert copyrights.licence("lib/viral.c") is None


def test_a_file_without_a_stanza_is_refused() -> None:
    assert Copyright(TEXT.replace("Files: *", "Files: src/*")).licence("main.c") is None


def test_prose_is_refused() -> None:
    with pytest.raises(ValueError, match="machine-readable"):
        Copyright("This package was debianized by somebody.\n\nLicense: MIT\n")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Expat", "MIT"),
        ("Apache-2", "Apache-2.0"),
        ("BSD-3-clause-Google", "BSD-3-Clause"),
        ("BSD-3-google", "BSD-3-Clause"),
        ("BSD-3-clause-no-military", None),
        ("MIT or Apache-2.0", "MIT OR Apache-2.0"),
        ("GPL-2+ or Expat", "MIT"),
        ("Expat, and BSD-2-clause", "MIT AND BSD-2-Clause"),
        ("Expat and GPL-2+", None),
        ("GPL-2+ and Expat or BSD-2-clause", None),
        ("MPL-2.0", None),
        ("LGPL-2.1+ or GPL-2+", None),
        ("BSD-4-clause", None),
        ("other", None),
        ("", None),
    ],
)
def test_short_names(name: str, expected: str | None) -> None:
    assert spdx(name) == expected
