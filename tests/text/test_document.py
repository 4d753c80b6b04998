"""Document: frozen versions, and texts that JSON can carry but UTF-8 cannot."""

import pytest

from foretoken.text.document import Document
from foretoken.text.edit import TextEdit
from foretoken.text.position import Position, PositionEncoding


def document(text: str) -> Document:
    return Document.of("file:///a.py", "python", 1, text)


def test_edits_follow_one_another() -> None:
    """Each edit speaks of the text that the one before it left."""
    changed = document("abc").apply([TextEdit(0, 1, "xyz"), TextEdit(3, 4, "")], version=2)
    assert (changed.text, changed.version) == ("xyzc", 2)


def test_a_change_leaves_the_old_version_as_it_was() -> None:
    old = document("a\nb\n")
    old.apply([TextEdit(0, 4, "")])
    assert old.text == "a\nb\n"
    assert old.lines.lengths == [2, 2, 0]


@pytest.mark.parametrize("edit", [TextEdit(2, 1, ""), TextEdit(0, 4, ""), TextEdit(-1, 0, "")])
def test_an_impossible_edit_is_refused(edit: TextEdit) -> None:
    with pytest.raises(ValueError, match="edit from"):
        document("abc").apply([edit])


@pytest.mark.parametrize("encoding", list(PositionEncoding))
def test_a_lone_surrogate_is_replaced_by_a_character_as_long(encoding: PositionEncoding) -> None:
    found = document("a\ud800b\n")
    assert found.text == "a\ufffdb\n"
    units = {PositionEncoding.UTF_8: 4, PositionEncoding.UTF_16: 2, PositionEncoding.UTF_32: 2}[encoding]
    assert found.lines.offset_at(Position(0, units), encoding) == 2
    assert found.apply([TextEdit(0, 1, "\udfff")]).text == "\ufffd\ufffdb\n"
