"""Precedence, what is left out and how it is named, and reloading."""

import os
from pathlib import Path
from typing import Any

import pytest

from foretoken.session.settings import Settings
from foretoken.session.settings_file import MAX_FILE_BYTES, user_settings_file
from foretoken.session.settings_sources import SettingsSources


class Places:
    """A user file and a workspace of their own."""

    def __init__(self, root: Path) -> None:
        self.user = root / "home" / "config.toml"
        self.workspace = root / "workspace"
        self.workspace.mkdir()
        self.user.parent.mkdir()
        self.workspace_file = self.workspace / ".foretoken.toml"
        self.sources = SettingsSources(self.user)

    def load(self, user: str = "", workspace: str = "", editor: dict[str, Any] | None = None) -> Settings:
        self.user.write_text(user, encoding="utf-8")
        self.workspace_file.write_text(workspace, encoding="utf-8")
        settings, self.problems = self.sources.load(self.workspace, editor)
        return settings

    @property
    def messages(self) -> list[str]:
        return [problem.message for problem in self.problems]


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(tmp_path)


def test_without_any_source_the_defaults_hold(places: Places) -> None:
    settings, problems = places.sources.load(None, None)
    assert settings == Settings() and problems == []
    assert set(places.sources.origins.values()) == {"default"}


def test_each_later_source_wins_key_by_key(places: Places) -> None:
    settings = places.load(
        user="[inline]\nmax_lines = 2\nmax_tokens = 20\nmin_probability = 0.2\n",
        workspace="[inline]\nmax_lines = 3\nmax_tokens = 30\n",
        editor={"inline": {"max_lines": 4}},
    )
    inline = settings.inline
    assert (inline.max_lines, inline.max_tokens, inline.min_probability, inline.enabled) == (4, 30, 0.2, True)
    origins = places.sources.origins
    assert origins["inline.max_lines"] == "editor"
    assert origins["inline.max_tokens"] == str(places.workspace_file)
    assert origins["inline.min_probability"] == str(places.user)
    assert origins["inline.enabled"] == "default"
    assert places.problems == []


def test_an_unknown_setting_is_named_with_what_was_meant_and_the_rest_applies(places: Places) -> None:
    settings = places.load(user="[inline]\nmax_line = 2\nmax_tokens = 20\n")
    assert settings.inline.max_tokens == 20
    assert places.messages == ["unknown setting 'inline.max_line': did you mean inline.max_lines?"]
    assert places.problems[0].source == str(places.user)


def test_an_unknown_setting_that_resembles_nothing_lists_the_known_ones(places: Places) -> None:
    places.load(user="[log]\nzzz = 2\n")
    assert places.messages == ["unknown setting 'log.zzz'; known are log.level"]


def test_an_unknown_section_is_named(places: Places) -> None:
    assert places.load(user="[inlin]\nmax_lines = 2\n") == Settings()
    assert places.messages == ["unknown section 'inlin': did you mean inline?"]


def test_the_editors_way_to_write_names_is_recognised(places: Places) -> None:
    places.load(editor={"inline": {"maxLines": 2}})
    assert places.messages == ["unknown setting 'inline.maxLines': did you mean inline.max_lines?"]
    assert places.problems[0].source == "editor"


@pytest.mark.parametrize(
    "toml, message",
    [
        ('max_lines = "3"', "inline.max_lines: expected a whole number, found '3'"),
        ("max_lines = 99", "inline.max_lines: expected at most 64, found 99"),
        ("enabled = 1", "inline.enabled: expected true or false, found 1"),
        ("min_probability = 1.5", "inline.min_probability: expected at most 1, found 1.5"),
        ("max_lines = 0", "inline.max_lines: expected at least 1, found 0"),
        ('min_probability = "x"', "inline.min_probability: expected a number, found 'x'"),
        ("disabled_languages = 3", "inline.disabled_languages: expected a list of texts, found 3"),
        ('disabled_languages = ["go", 3]', "inline.disabled_languages: expected text, found ['go', 3]"),
    ],
)
def test_a_wrong_value_is_named_with_what_was_expected(places: Places, toml: str, message: str) -> None:
    settings = places.load(user=f"[inline]\nmax_tokens = 20\n{toml}\n")
    assert places.messages == [message]
    assert settings == Settings(inline=settings.inline.model_copy(update={})) and settings.inline.max_tokens == 20
    assert settings.inline.model_copy(update={"max_tokens": 96}) == Settings().inline


def test_a_wrong_value_leaves_the_earlier_source_in_force(places: Places) -> None:
    settings = places.load(user="[inline]\nmax_lines = 2\n", workspace="[inline]\nmax_lines = 0\n")
    assert settings.inline.max_lines == 2
    assert places.sources.origins["inline.max_lines"] == str(places.user)


def test_a_list_is_accepted_from_toml_and_from_json(places: Places) -> None:
    assert places.load(user='[inline]\ndisabled_languages = ["go"]\n').inline.disabled_languages == ("go",)
    assert places.load(editor={"inline": {"disabled_languages": ["c"]}}).inline.disabled_languages == ("c",)
    assert places.problems == []


@pytest.mark.parametrize("line", ['path = "evil.gguf"', "threads = 64", "n_ctx = 1000000"])
def test_a_workspace_may_not_choose_the_model(places: Places, line: str) -> None:
    settings = places.load(workspace=f"[model]\n{line}\n[inline]\nmax_lines = 3\n")
    assert settings.model == Settings().model and settings.inline.max_lines == 3
    (message,) = places.messages
    assert message.startswith(f"model.{line.split()[0]} may not be set by a workspace")
    assert places.problems[0].source == str(places.workspace_file)


def test_a_workspace_may_not_have_source_text_logged(places: Places) -> None:
    assert places.load(workspace='[log]\nlevel = "debug"\n').log.level == "info"
    assert len(places.problems) == 1


def test_the_user_and_the_editor_may_choose_the_model(places: Places) -> None:
    assert places.load(user='[model]\npath = "a.gguf"\n').model.path == "a.gguf"
    assert places.load(editor={"model": {"path": "b.gguf"}}).model.path == "b.gguf"
    assert places.problems == []


@pytest.mark.parametrize(
    "toml, where",
    [("[inline]\nmax_lines = \n", "line 2, column 13"), ("[inline]\n\n[log", "line 3"), ('x = """\n\n', "line 2")],
)
def test_broken_toml_is_named_with_its_line_and_ignored(places: Places, toml: str, where: str) -> None:
    settings = places.load(user=toml, workspace="[inline]\nmax_lines = 3\n")
    assert settings.inline.max_lines == 3
    (message,) = places.messages
    assert message.startswith(where) and message.endswith("; the file is ignored")


def test_a_file_that_is_not_utf_8_is_named_with_its_line(places: Places) -> None:
    places.user.write_bytes(b"[inline]\nmax_lines = 2 # \xff\n")
    settings, problems = places.sources.load(None, None)
    assert settings == Settings()
    assert problems[0].message == "line 2 is not UTF-8; the file is ignored"


def test_a_byte_order_mark_is_no_mistake(places: Places) -> None:
    places.user.write_bytes(b"\xef\xbb\xbf[inline]\nmax_lines = 2\n")
    settings, problems = places.sources.load(None, None)
    assert settings.inline.max_lines == 2 and problems == []


@pytest.mark.parametrize("toml", ["a = " + "[" * 100_000, "[inline]\nmax_lines = 3\n" + "#" * MAX_FILE_BYTES])
def test_a_hostile_file_is_ignored(places: Places, toml: str) -> None:
    assert places.load(workspace=toml) == Settings()
    assert places.messages[0].endswith("; the file is ignored") and len(places.problems) == 1


def test_a_folder_in_place_of_a_file_is_named(places: Places) -> None:
    places.workspace_file.mkdir()
    places.user.mkdir()
    settings, problems = places.sources.load(places.workspace, None)
    assert settings == Settings()
    assert [problem.message for problem in problems] == ["is a folder, not a file; it is ignored"] * 2
    assert [problem.source for problem in problems] == [str(places.user), str(places.workspace_file)]


@pytest.mark.parametrize("editor", [{"inline": None}, {"inline": {"max_lines": None}}, {}, {"foretoken": {}}])
def test_null_means_not_set(places: Places, editor: dict[str, Any]) -> None:
    assert places.load(user="[inline]\nmax_lines = 2\n", editor=editor).inline.max_lines == 2
    assert places.problems == []


def test_an_outer_foretoken_key_is_allowed(places: Places) -> None:
    assert places.load(editor={"foretoken": {"inline": {"max_lines": 2}}}).inline.max_lines == 2
    assert places.problems == []


@pytest.mark.parametrize("editor", [[1], "x", {"inline": 3}, {"inline": [1]}])
def test_what_is_no_table_is_named(places: Places, editor: Any) -> None:
    assert places.load(editor=editor) == Settings()
    assert "expected a table of settings" in places.messages[0]


def test_a_long_value_is_shortened_and_control_characters_do_not_reach_the_user(places: Places) -> None:
    places.load(editor={"log": {"level": "\x1b[2J" + "x" * 500}})
    assert "\x1b" not in places.messages[0] and len(places.messages[0]) < 200


def test_changed_says_when_to_load_again(places: Places) -> None:
    places.sources.load(places.workspace, None)
    assert not places.sources.changed()
    places.workspace_file.write_text("[inline]\nmax_lines = 3\n")  # it appears
    assert places.sources.changed()
    settings, _ = places.sources.load(places.workspace, None)
    assert settings.inline.max_lines == 3 and not places.sources.changed()

    stat = places.workspace_file.stat()
    places.workspace_file.write_text("[inline]\nmax_lines = 4\n")  # the same size, a later time
    os.utime(places.workspace_file, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1_000_000))
    assert places.sources.changed()
    places.sources.load(places.workspace, None)

    places.workspace_file.unlink()  # it vanishes
    assert places.sources.changed()
    places.sources.load(places.workspace, None)
    assert not places.sources.changed()


def test_the_files_of_the_last_load_stand_until_the_next_is_done(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``changed()`` runs in a thread: what it goes through must not be refilled under it."""
    places.load(user="[inline]\nmax_lines = 2\n")
    before, seen = places.sources.files(), []

    def look(path: Path) -> dict[str, Any]:
        seen.append((places.sources.files(), places.sources.changed()))
        return {}

    monkeypatch.setattr("foretoken.session.settings_sources.read_toml", look)
    places.sources.load(None, None)
    assert seen == [(before, False)] and places.sources.files() == before[:1]


def test_the_user_file_is_watched_too(places: Places) -> None:
    places.sources.load(None, None)
    places.user.write_text("[inline]\nmax_lines = 3\n")
    assert places.sources.changed()


def test_the_user_file_lies_where_the_platform_wants_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    path = user_settings_file()
    assert path.name == "config.toml" and path.parent.name == "foretoken"
