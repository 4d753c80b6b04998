"""Session: documents, snapshots, who supersedes whom, notebooks, folders, settings."""

import pytest

from foretoken.session.anchor import Cause, fix_anchor
from foretoken.session.documents import ContentChange, OutOfSync, UnknownDocument
from foretoken.session.session import Session
from foretoken.session.settings import InlineSettings, Settings
from foretoken.text.cancel import CancelToken
from foretoken.text.generation import Timings
from foretoken.text.position import Position, PositionEncoding

A, B = "file:///w/a.py", "file:///w/b.py"


def session_with(text: str, uri: str = A) -> Session:
    session = Session()
    session.open_document(uri, "python", 1, text)
    return session


def insert(session: Session, version: int, line: int, character: int, text: str) -> None:
    here = Position(line, character)
    session.change_document(A, version, [ContentChange(text, here, here)])


def test_a_snapshot_does_not_follow_later_changes() -> None:
    session = session_with("x = \n")
    snapshot = session.snapshot(A, Position(0, 4), automatic=True)
    insert(session, 2, 0, 0, "y\n")
    session.update_settings(Settings(inline=InlineSettings(enabled=False)))
    assert snapshot.document.text == "x = \n"
    assert (snapshot.offset, snapshot.automatic, snapshot.settings.inline.enabled) == (4, True, True)


def test_positions_are_in_the_sessions_encoding() -> None:
    session = session_with("😀😀x\n")
    for encoding, character in (
        (PositionEncoding.UTF_8, 8),
        (PositionEncoding.UTF_16, 4),
        (PositionEncoding.UTF_32, 2),
    ):
        session.documents.encoding = encoding
        assert session.snapshot(A, Position(0, character), automatic=True).offset == 2
    assert session.snapshot(A, 2, automatic=True).offset == 2


def test_typing_keeps_the_anchor_and_a_jump_moves_it() -> None:
    session = session_with("def f():\n    \n\nx = 1\n")
    first = session.snapshot(A, Position(1, 4), automatic=True).anchor
    insert(session, 2, 1, 4, "ret")
    typed = session.snapshot(A, Position(1, 7), automatic=True).anchor
    assert (typed.start, typed.suffix) == (first.start, first.suffix)
    assert session.snapshot(A, Position(3, 5), automatic=True).anchor.start > typed.start


def test_every_change_of_a_message_moves_the_anchor() -> None:
    session = session_with("def f():\n    \n")
    session.snapshot(A, Position(1, 4), automatic=True)
    top, here = Position(0, 0), Position(1, 4)
    session.change_document(A, 2, [ContentChange("r", here, here), ContentChange("# x\n", top, top)])
    anchor = session.snapshot(A, Position(2, 5), automatic=True).anchor
    assert session.documents.get(A).document.text[anchor.start : anchor.end] == "    r"
    assert anchor.stale and session.counters.anchors == {"first": 1}


def test_who_asks_by_hand_while_nothing_is_automatic_gets_the_truth_at_once() -> None:
    session = session_with("x = \n")
    session.update_settings(Settings(inline=InlineSettings(automatic=False)))
    session.snapshot(A, Position(0, 4), automatic=False)
    insert(session, 2, 1, 0, "y\n")
    assert session.snapshot(A, Position(0, 4), automatic=False).anchor.suffix == "\ny\n"
    assert session.counters.anchors == {"first": 1, "stale": 1}


def test_anchors_that_a_request_fixed_are_counted_by_cause() -> None:
    session = session_with("a\nb\nc\n")
    session.snapshot(A, Position(0, 1), automatic=True)
    session.snapshot(A, Position(0, 1), automatic=True)
    session.snapshot(A, Position(2, 1), automatic=True)
    session.change_document(A, 2, [ContentChange("", Position(1, 0), Position(2, 0))])
    session.snapshot(A, Position(1, 1), automatic=True)
    insert(session, 3, 1, 1, "\nx" * 24)
    session.snapshot(A, Position(25, 1), automatic=True)
    assert session.counters.anchors == {"first": 1, "jump": 1, "edit": 1, "long": 1}


def test_an_anchor_is_prepared_for_the_newest_state_only() -> None:
    session = session_with("x = \n")
    snapshot = session.snapshot(A, Position(0, 4), automatic=True)
    fresh = fix_anchor("x = \n", 4)
    insert(session, 2, 0, 4, "y")
    assert session.prepare_anchor(snapshot, fresh, Cause.STALE) is None
    snapshot = session.snapshot(A, Position(0, 5), automatic=True)
    cancel = session.prepare_anchor(snapshot, fresh, Cause.STALE)
    assert cancel is not None
    session.anchor_prepared(A, cancel, Timings(prompt_n=7))
    assert session.prepare_anchor(snapshot, fresh, Cause.STALE) is None
    assert (session.counters.adopted, session.counters.prefilled) == ({"stale": 1}, 7)


@pytest.mark.parametrize("end", ["close", "reopen", "whole text", "lose"])
def test_what_is_prepared_ends_with_the_text(end: str) -> None:
    session = session_with("x = \n")
    snapshot = session.snapshot(A, Position(0, 4), automatic=True)
    cancel = session.prepare_anchor(snapshot, fix_anchor("x = \n", 4), Cause.STALE)
    assert cancel is not None
    if end == "close":
        session.close_document(A)
    elif end == "reopen":
        session.open_document(A, "python", 1, "y")
    elif end == "whole text":
        session.change_document(A, 2, [ContentChange("y")])
    else:
        session.documents.lose(A, "for the test")
    assert cancel.cancelled
    session.anchor_prepared(A, cancel, Timings())  # it may still come
    assert session.counters.adopted == {}


def test_recent_documents_are_the_others_newest_first() -> None:
    session = session_with("a", A)
    for name in ("b", "c"):
        session.open_document(f"file:///w/{name}.py", "python", 1, name)
    session.snapshot(B, 0, automatic=True)
    assert [document.text for document in session.snapshot(A, 0, automatic=True).recent] == ["b", "c"]


def test_an_unknown_document_is_an_error() -> None:
    session = Session()
    with pytest.raises(UnknownDocument, match="not open"):
        session.snapshot(A, 0, automatic=True)
    with pytest.raises(UnknownDocument, match="not open"):
        session.change_document(A, 2, [ContentChange("x")])


def test_a_closed_document_takes_no_change() -> None:
    session = session_with("x")
    session.close_document(A)
    with pytest.raises(UnknownDocument):
        insert(session, 2, 0, 0, "y")
    assert len(session.documents) == 0


@pytest.mark.parametrize("heal", ["full change", "reopen", "save"])
def test_a_document_out_of_sync_is_refused_until_its_text_comes_whole(heal: str) -> None:
    session = session_with("one\ntwo\n")
    backwards = ContentChange("x", Position(1, 0), Position(0, 0))
    with pytest.raises(OutOfSync, match="ends at") as first:
        session.change_document(A, 2, [backwards])
    with pytest.raises(OutOfSync) as second:
        insert(session, 3, 0, 0, "y")
    assert (first.value.first, second.value.first) == (True, False)
    with pytest.raises(OutOfSync, match="paused"):
        session.snapshot(A, 0, automatic=True)
    assert session.documents.lost() == [A]
    if heal == "full change":
        session.change_document(A, 4, [ContentChange("whole")])
    elif heal == "reopen":
        session.open_document(A, "python", 4, "whole")
    else:
        session.save_document(A, "whole")
    assert session.snapshot(A, 0, automatic=True).document.text == "whole"
    insert(session, 5, 0, 5, "!")
    assert session.documents.get(A).document.text == "whole!"


def test_a_version_that_goes_backwards_is_not_applied() -> None:
    session = session_with("one")
    insert(session, 5, 0, 3, "!")
    with pytest.raises(OutOfSync, match="version 4 after version 5"):
        insert(session, 4, 0, 0, "x")
    assert session.documents.get(A).document.text == "one!"


def test_a_saved_text_changes_nothing_while_in_sync() -> None:
    session = session_with("one\n")
    session.save_document(A, "\ufeffone\n")
    assert session.documents.get(A).document.text == "one\n"


def test_lost_documents_are_not_shown_to_others() -> None:
    session = session_with("a", A)
    session.open_document(B, "python", 1, "b")
    session.documents.lose(B, "for the test")
    assert session.snapshot(A, 0, automatic=True).recent == ()


def test_the_newer_request_supersedes_the_older_of_the_same_document_only() -> None:
    session = session_with("x")
    first, other = session.begin(A), session.begin(B)
    second = session.begin(A)
    assert first.reason == "superseded"
    assert not second.cancelled and not other.cancelled
    session.end(A, first)  # comes late, and must not forget the newer one
    assert session.in_flight == 2
    session.end(A, second)
    assert session.in_flight == 1
    third = session.begin(A)
    assert third.reason is None and second.reason is None


def test_a_cancelled_request_is_no_longer_in_flight() -> None:
    session = session_with("x")
    token = session.begin(A, CancelToken())
    token.cancel("client")
    assert session.in_flight == 0
    session.begin(A)
    session.cancel_all("shutdown")
    assert session.in_flight == 0


def test_closing_a_document_cancels_its_request() -> None:
    session = session_with("x")
    token = session.begin(A)
    session.close_document(A)
    assert token.reason == "closed"


def test_spellings_of_one_uri_are_one_document() -> None:
    session = session_with("x", "file:///c%3A/w/a.py")
    assert session.snapshot("file:///C:/w/a.py", 0, automatic=True).document.text == "x"


def test_places_in_the_workspace() -> None:
    session = session_with("x", "file:///w/sub/a.py")
    assert session.folders.root is None
    assert session.folders.place("file:///w/sub/a.py") == ("", "a.py")
    session.folders.add("file:///w", "work")
    session.folders.add("file:///w/sub")
    snapshot = session.snapshot("file:///w/sub/a.py", 0, automatic=True)
    assert (snapshot.repo_name, snapshot.path) == ("sub", "a.py")
    session.folders.remove("file:///w/sub/")
    session.folders.remove("file:///w/sub")
    assert session.folders.place("file:///w/sub/a.py") == ("work", "sub/a.py")
    assert session.folders.root is not None and session.folders.root.name == "w"


def test_listeners_hear_of_settings_that_changed() -> None:
    session = Session()
    heard: list[Settings] = []
    session.on_settings(heard.append)
    session.update_settings(Settings())
    changed = Settings(inline=InlineSettings(max_lines=2))
    session.update_settings(changed)
    assert heard == [changed]


def test_a_quick_anchor_is_fixed_with_the_room_of_its_request() -> None:
    session = session_with("x = \n" * 9)
    assert session.snapshot(A, Position(1, 4), automatic=True, room=20).anchor.room == 20
    assert session.snapshot(A, Position(1, 4), automatic=True, room=30).anchor.room == 20
    assert session.snapshot(A, Position(1, 4), automatic=False).anchor.room is None
    assert session.snapshot(A, Position(4, 4), automatic=True, room=1000).anchor.room is None
    assert session.counters.anchors == {"first": 1, "quick": 1, "jump": 1}
