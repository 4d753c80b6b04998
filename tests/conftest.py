"""No test finds, or leaves behind, a model process of the person who runs the tests: without a folder nothing is shared.

Tests of sharing set a folder of their own.
"""

import pytest

from foretoken.engine.runtime_folder import FOLDER_VARIABLE, OFF


@pytest.fixture(autouse=True, scope="session")
def nothing_shared() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(FOLDER_VARIABLE, OFF)
        yield
