"""Anchoring: one fresh anchor at a time is prepared, follows the edits, and takes over when it is ready."""

from foretoken.session.anchor import Anchor, Cause, fix_anchor
from foretoken.session.anchoring import MOST_DRIFT, RETRY_AFTER, Anchoring
from foretoken.text.cancel import CancelToken


class Typist:
    """A document's text, its cursor and its anchors. room: as ``Anchoring.at`` has it."""

    def __init__(self, text: str, offset: int, room: int | None = None) -> None:
        self.text, self.offset, self.room, self.anchoring = text, offset, room, Anchoring()
        self.ask()

    def replace(self, start: int, end: int, inserted: str) -> None:
        self.text = self.text[:start] + inserted + self.text[end:]
        self.anchoring.edit(start, end, inserted)
        if end <= self.offset:
            self.offset += len(inserted) - (end - start)

    def type(self, typed: str) -> Anchor:
        for ch in typed:
            self.replace(self.offset, self.offset, ch)
        return self.ask()

    def ask(self) -> Anchor:
        return self.anchoring.at(self.text, self.offset, room=self.room)[0]

    def prepare(self, cause: Cause = Cause.STALE) -> CancelToken | None:
        return self.anchoring.prepare(fix_anchor(self.text, self.offset), cause)


def prepared(typist: Typist, cause: Cause = Cause.STALE) -> CancelToken:
    cancel = typist.prepare(cause)
    assert cancel is not None
    return cancel


def test_the_old_one_serves_until_the_fresh_one_is_ready() -> None:
    typist = Typist("a\n\nz\n", 2)
    typist.type("one\ntwo")
    cancel = prepared(typist, Cause.LONG)
    assert typist.type(" + 2").start == 2
    assert typist.anchoring.prepared(cancel, ready=True) is Cause.LONG
    anchor = typist.ask()
    assert (anchor.start, anchor.prefix, anchor.suffix) == (6, "a\none\n", "\nz\n")
    assert typist.text[anchor.start : anchor.end] == "two + 2"


def test_edits_during_the_work_keep_its_place() -> None:
    typist = Typist("a\n\nz\n", 2)
    typist.type("one\ntwo")
    cancel = prepared(typist)
    typist.replace(0, 0, "import x\n")
    typist.type("!")
    typist.anchoring.prepared(cancel, ready=True)
    anchor = typist.ask()
    assert typist.text[anchor.start : anchor.end] == "two!"
    assert anchor.prefix == "a\none\n" and anchor.stale


def test_one_at_a_time_until_it_is_outdated_itself() -> None:
    typist = Typist("a\n\nz\n", 2)
    first = prepared(typist)
    typist.type("one\n")
    assert typist.prepare() is None and not first.cancelled
    typist.replace(0, 0, "import x\n")
    second = prepared(typist)
    assert first.reason == "superseded" and not second.cancelled
    assert typist.anchoring.prepared(first, ready=True) is None
    assert typist.anchoring.prepared(second, ready=True) is Cause.STALE


def test_it_is_given_up_when_the_cursor_leaves_or_an_edit_breaks_it() -> None:
    typist = Typist("a\n\nz\n", 2)
    left = prepared(typist)
    typist.offset = 0
    typist.ask()
    assert left.reason == "superseded"

    typist = Typist("a\n\nz\n", 2)
    typist.type("one\n")
    broken = prepared(typist)
    typist.replace(typist.offset - 1, typist.offset, "")
    assert broken.reason == "superseded"
    assert typist.ask().start == 2


def test_it_takes_over_early_where_the_old_one_is_lost() -> None:
    typist = Typist("a\n\nz\n", 2)
    typist.type("one\ntwo")
    cancel = prepared(typist)
    typist.replace(0, 4, "b\nO")  # over the old anchor's start, before the fresh one's line
    anchor, cause = typist.anchoring.at(typist.text, typist.offset)
    assert cause is Cause.EDIT
    assert anchor.prefix == "a\none\n" and typist.text[anchor.start : anchor.end] == "two"
    assert cancel.cancelled


def test_what_failed_is_not_tried_again_until_something_changed() -> None:
    typist = Typist("a\n\nz\n", 2)
    typist.anchoring.prepared(prepared(typist), ready=False)
    typist.type("one")
    assert typist.prepare() is None
    typist.type("\n")
    assert typist.prepare() is not None


def test_a_new_text_or_none_ends_the_work() -> None:
    typist = Typist("a\n\nz\n", 2)
    cancel = prepared(typist)
    typist.anchoring.forget("closed")
    assert cancel.reason == "closed" and typist.anchoring.anchor is None
    assert typist.anchoring.at(typist.text, 0)[1] is Cause.EDIT


def test_coming_back_finds_the_former_one() -> None:
    typist = Typist("a\n\nz\n", 2)
    first = typist.type("one")
    typist.offset = len(typist.text)
    typist.type("# y")
    typist.offset = 5
    anchor, cause = typist.anchoring.at(typist.text, typist.offset)
    assert cause is Cause.BACK
    assert (anchor.start, anchor.prefix, anchor.suffix) == (2, first.prefix, first.suffix) and anchor.stale
    assert typist.type("!").prefix == first.prefix and len(typist.anchoring.former) == 1
    typist.offset = len(typist.text)
    assert typist.anchoring.at(typist.text, typist.offset)[1] is Cause.BACK


def test_not_where_much_was_edited_elsewhere() -> None:
    typist = Typist("a\n\nz\n", 2)
    typist.offset = len(typist.text)
    typist.ask()
    typist.replace(typist.offset, typist.offset, "y" * (MOST_DRIFT + 1))
    typist.offset = 2
    assert typist.anchoring.at(typist.text, typist.offset)[1] is Cause.JUMP


def test_the_one_before_an_adopted_one_serves_where_that_is_taken_back() -> None:
    typist = Typist("a\n\nz\n", 2)
    before = typist.type("one\n")
    typist.anchoring.prepared(prepared(typist), ready=True)
    assert typist.ask().start == 6
    typist.replace(5, 6, "")  # backspace over the line's start
    anchor, cause = typist.anchoring.at(typist.text, typist.offset)
    assert (cause, anchor.start, anchor.prefix, anchor.stale) == (Cause.BACK, 2, before.prefix, False)


def test_only_the_last_few_are_kept_and_none_of_another_text() -> None:
    typist = Typist("a\nb\nc\nd\ne\n", 0)
    for offset in (2, 4, 6, 8):
        typist.offset = offset
        typist.ask()
    assert [anchor.start for anchor in typist.anchoring.former] == [6, 4]
    typist.anchoring.forget("closed")
    assert typist.anchoring.former == ()


ROOM = 4


def quick(text: str = "a\nb\n\ny\nz\n", offset: int = 4) -> Typist:
    """Whoever types gets quick anchors."""
    typist = Typist(text, offset, ROOM)
    assert typist.anchoring.anchor is not None and typist.anchoring.anchor.room == ROOM
    return typist


def test_a_quick_one_serves_until_the_whole_one_is_ready() -> None:
    typist = quick()
    cancel = prepared(typist, Cause.QUICK)
    anchor = typist.type("one\ntwo")
    assert (anchor.start, anchor.room) == (4, ROOM)
    assert typist.anchoring.prepared(cancel, ready=True) is Cause.QUICK
    anchor = typist.ask()
    assert (anchor.start, anchor.room, anchor.stale) == (4, None, False)
    assert typist.text[anchor.start : anchor.end] == "one\ntwo"


def test_neither_a_new_line_nor_an_edit_elsewhere_starts_the_work_for_it_again() -> None:
    typist = quick()
    cancel = prepared(typist, Cause.QUICK)
    typist.type("one\n")
    assert typist.prepare(Cause.QUICK) is None
    typist.replace(0, 0, "import x\n")
    typist.ask()
    assert typist.prepare(Cause.QUICK) is None and not cancel.cancelled
    typist.anchoring.prepared(cancel, ready=True)
    assert typist.ask().stale  # and is renewed as any other


def test_a_jump_supersedes_it_and_is_quick_again() -> None:
    typist = quick()
    cancel = prepared(typist, Cause.QUICK)
    typist.offset = 0
    anchor, cause = typist.anchoring.at(typist.text, typist.offset, room=ROOM)
    assert (anchor.start, anchor.room, cause) == (0, ROOM, Cause.JUMP)
    assert cancel.reason == "superseded" and typist.prepare(Cause.QUICK) is not None


def test_the_work_goes_on_behind_a_quick_one_where_the_old_one_is_lost() -> None:
    typist = quick()
    typist.type("one\ntwo")
    cancel = prepared(typist, Cause.LONG)
    typist.replace(2, 6, "b\nO")  # over the old anchor's start, before the fresh one's line
    anchor, cause = typist.anchoring.at(typist.text, typist.offset, room=ROOM)
    assert (anchor.room, cause) == (ROOM, Cause.EDIT) and not cancel.cancelled
    typist.anchoring.prepared(cancel, ready=True)
    anchor = typist.ask()
    assert anchor.room is None and typist.text[anchor.start : anchor.end] == "two"


def test_who_wants_all_at_once_gets_it() -> None:
    typist = quick()
    typist.type("one\n")
    anchor, cause = typist.anchoring.at(typist.text, typist.offset)
    assert (anchor.start, anchor.room, cause) == (8, None, Cause.QUICK)
    assert typist.ask() is anchor  # and who types goes on with it

    typist = quick()
    cancel = prepared(typist, Cause.QUICK)
    typist.type("one\n")
    anchor, cause = typist.anchoring.at(typist.text, typist.offset)
    assert (anchor.start, anchor.room, cause) == (4, None, Cause.QUICK)  # what was being prepared
    assert cancel.cancelled


def test_quick_ones_do_not_take_the_places_of_those_to_come_back_to() -> None:
    typist = quick()
    whole = prepared(typist, Cause.QUICK)
    typist.anchoring.prepared(whole, ready=True)
    for offset in (0, len(typist.text), 6, 8):
        typist.offset = offset
        assert typist.ask().room == ROOM
    assert [anchor.start for anchor in typist.anchoring.former] == [4]
    typist.offset = 4
    anchor, cause = typist.anchoring.at(typist.text, typist.offset, room=ROOM)
    assert (anchor.room, cause) == (None, Cause.BACK)


def test_what_failed_is_tried_again_after_a_while() -> None:
    typist = Typist("a\n\nz\n", 2)
    typist.replace(0, 1, "b")
    typist.anchoring.prepared(prepared(typist), ready=False)
    assert [typist.prepare() is None for _ in range(RETRY_AFTER + 1)] == [True] * RETRY_AFTER + [False]


def test_much_that_was_edited_elsewhere_is_not_said_for_long() -> None:
    """Where a quick anchor may be fixed, the old one does not go on with what was deleted."""
    deleted = "x = 1\n" * 100
    slow, quickly = Typist(deleted + "\nz\n", len(deleted)), Typist(deleted + "\nz\n", len(deleted), room=100)
    for typist in (slow, quickly):
        typist.replace(0, len(deleted) - 6, "")
        typist.ask()
    assert len(deleted) - 6 > MOST_DRIFT
    assert slow.anchoring.anchor.prefix == deleted
    assert quickly.anchoring.anchor.prefix == "x = 1\n"
