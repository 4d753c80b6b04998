"""No test finds, or leaves behind, a model process or an index of the person who runs the tests: without a folder no model
process is shared, and indexes lie in a folder of the tests' own.

Tests of sharing set a folder of their own.
"""

from collections.abc import Iterator

import pytest

from foretoken.engine.runtime_folder import FOLDER_VARIABLE, OFF
from foretoken.index.folders import FOLDER_VARIABLE as INDEX_VARIABLE


@pytest.fixture(autouse=True, scope="session")
def nothing_shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(FOLDER_VARIABLE, OFF)
        patch.setenv(INDEX_VARIABLE, str(tmp_path_factory.mktemp("indexes")))
        yield
