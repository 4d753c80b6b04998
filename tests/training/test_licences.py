"""What may be trained on: an allow-list, read from METADATA."""

import email

import pytest

from training.licences import permissive


@pytest.mark.parametrize(
    "metadata",
    [
        "License-Expression: MIT",
        "License-Expression: Apache-2.0 AND Apache-2.0 WITH LLVM-exception AND BSD-3-Clause",
        "License-Expression: MIT OR GPL-3.0-only",
        "License: BSD-3-Clause",
        "License: Apache 2.0 License",
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
        "License: Ours",
        "License: MIT\nClassifier: License :: OSI Approved :: GNU General Public License (GPL)",
        "Classifier: License :: OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)",
        "Classifier: License :: OSI Approved",
    ],
)
def test_refused(metadata: str) -> None:
    assert permissive(email.message_from_string(metadata)) is None
