"""The schema: every field is documented and bounded, and the reference page is what it says."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from foretoken.cli.settings_reference import settings_reference
from foretoken.session.settings import InlineSettings, Settings
from foretoken.session.settings_sources import iter_fields, workspace_may_set

REFERENCE = Path(__file__).resolve().parents[2] / "server" / "SETTINGS.md"


def test_the_reference_page_is_up_to_date() -> None:
    assert REFERENCE.read_text(encoding="utf-8") == settings_reference(), (
        "run: foretoken settings --reference > server/SETTINGS.md"
    )


@pytest.mark.parametrize("key, info", iter_fields())
def test_every_setting_is_described_and_in_the_page(key: str, info: object) -> None:
    assert info.description and info.description.endswith(".")
    assert f"| `{key}` |" in settings_reference()


def test_settings_cannot_be_changed_in_place() -> None:
    with pytest.raises(ValidationError):
        Settings().inline.max_lines = 3


def test_a_quoted_number_is_not_a_number() -> None:
    with pytest.raises(ValidationError):
        InlineSettings(max_lines="3")


def test_what_chooses_a_file_or_writes_source_is_not_for_a_workspace() -> None:
    refused = {key for key, info in iter_fields() if not workspace_may_set(info)}
    assert {"model.path", "log.level"} <= refused
    assert "inline.max_lines" not in refused
