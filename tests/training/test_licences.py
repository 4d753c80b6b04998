"""What may be trained on: an allow-list, read from METADATA."""

import email

import pytest

from training.licences import licence_of_text, permissive

MIT_TEXT = """The MIT License
  Permission is hereby granted, free of charge, to any person
  obtaining a copy of this software, to deal in it without restriction"""


@pytest.mark.parametrize(
    "metadata",
    [
        "License-Expression: MIT",
        "License-Expression: Apache-2.0 AND Apache-2.0 WITH LLVM-exception AND BSD-3-Clause",
        "License-Expression: MIT OR GPL-3.0-only",
        "License: BSD-3-Clause",
        "License: Apache 2.0 License",
        "License: Apache Software License (Apache 2.0)",
        f"License: {MIT_TEXT}",
        f"License: {MIT_TEXT}\nClassifier: License :: OSI Approved :: MIT License",
        "License: MIT License\nClassifier: License :: OSI Approved :: MIT License",
        "Classifier: License :: OSI Approved :: Apache Software License",
        "Classifier: License :: OSI Approved :: ISC License (ISCL)",
    ],
)
def test_permissive(metadata: str) -> None:
    assert permissive(email.message_from_string(metadata))


@pytest.mark.parametrize(
    "metadata",
    [
        "Name: silent",
        "License-Expression: MPL-2.0",
        "License-Expression: MIT AND MPL-2.0",
        "License-Expression: (MIT OR Apache-2.0) AND GPL-3.0-only",
        "License-Expression: GPL-3.0-only WITH GCC-exception-3.1",
        "License-Expression: LicenseRef-Ours",
        "License: GPL",
        f"License: {MIT_TEXT}\n  This one file is under the GNU General Public License.",
        "License: You may look at it,\n  but you may not do anything with it.",
        "License: Ours",
        "License: MIT\nClassifier: License :: OSI Approved :: GNU General Public License (GPL)",
        "Classifier: License :: OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)",
        "Classifier: License :: OSI Approved",
    ],
)
def test_refused(metadata: str) -> None:
    assert permissive(email.message_from_string(metadata)) is None


def test_a_text_is_known_by_its_wording() -> None:
    assert licence_of_text("Redistribution and use in source and binary\n forms, with or without modification") == "BSD"
    assert licence_of_text("Apache License\n  Version 2.0, January 2004") == "Apache-2.0"
    assert licence_of_text("simple, implied, compliant") is None


@pytest.mark.parametrize(
    ("field", "name"),
    [
        ("Apache Software License (Apache 2.0)", "Apache-2.0"),
        ("Apache-2.0", "Apache-2.0"),
        ("MIT License", "MIT"),
        ("MIT-0", "MIT-0"),
        ("BSD License", "BSD"),
    ],
)
def test_a_licence_has_one_spelling(field: str, name: str) -> None:
    assert permissive(email.message_from_string(f"License: {field}")) == name
