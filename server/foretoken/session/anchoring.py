"""Anchoring: the anchor that a document's requests use, the one that is being prepared, and the last ones before it."""

from dataclasses import dataclass, replace

from foretoken.session.anchor import Anchor, Cause, anchor_at, fix_anchor, lost_at, next_anchor
from foretoken.text.cancel import CancelToken

# The runtime keeps the states of a few places, so coming back with the same prompt costs little. What was edited
# elsewhere meanwhile is missing in it until a fresh anchor is ready, so that must not be much.
MOST_FORMER = 2
MOST_DRIFT = 400
# What could not be prepared is tried again after so many requests: a model process that died is back by then.
RETRY_AFTER = 20


@dataclass(frozen=True, slots=True)
class Preparation:
    """anchor: follows the edits like the one in use. cause: why it was wanted. cancel: ends the work for it."""

    anchor: Anchor
    cause: Cause
    cancel: CancelToken


class Anchoring:
    """For one document. Mutable, and of the event loop alone, like the Session that holds it."""

    __slots__ = ("anchor", "former", "preparation", "_why_none", "_failed", "_patience")

    def __init__(self) -> None:
        self.anchor: Anchor | None = None
        self.former: tuple[Anchor, ...] = ()
        self.preparation: Preparation | None = None
        self._why_none = Cause.FIRST
        self._failed: Anchor | None = None
        self._patience = 0

    def edit(self, start: int, end: int, inserted: str) -> None:
        """The text from ``start`` to ``end`` was replaced by ``inserted``."""
        before = self.anchor
        self.anchor = next_anchor(before, start, end, inserted)
        if before is not None and self.anchor is None:
            self._why_none = Cause.EDIT
        followed = (next_anchor(former, start, end, inserted) for former in self.former)
        self.former = tuple(former for former in followed if former is not None and former.drift <= MOST_DRIFT)
        if self.preparation is not None:
            moved = next_anchor(self.preparation.anchor, start, end, inserted)
            if moved is None:
                self.give_up("superseded")
            else:
                self.preparation = replace(self.preparation, anchor=moved)

    def forget(self, reason: str) -> None:
        """The text is another one now, or gone. reason: for the cancel token of what is being prepared."""
        if self.anchor is not None:
            self.anchor, self._why_none = None, Cause.EDIT
        self._failed, self.former = None, ()
        self.give_up(reason)

    def at(
        self, text: str, offset: int, keep_stale: bool = True, room: int | None = None
    ) -> tuple[Anchor, Cause | None]:
        """The anchor for a request at ``offset``, and why it was fixed or taken over now; no cause for the old one.

        It becomes the document's own. room: of a new one (see Anchor); None where all is wanted at once, so that a
        quick one does not serve either. Where the old one is lost a former one that serves here takes its place. So
        does what is being prepared, early, when all is wanted: the request then evaluates what of it is missing. Else
        the work for that goes on behind a quick one.
        """

        def serves(anchor: Anchor) -> bool:
            return self._lost(anchor, text, offset, keep_stale, room) is None

        lost = self._lost(self.anchor, text, offset, keep_stale, room)
        if lost is None:
            self.anchor = anchor_at(self.anchor, text, offset)
            return self.anchor, None
        coming = self.preparation.anchor if self.preparation is not None and serves(self.preparation.anchor) else None
        former = next((each for each in self.former if serves(each)), None)
        found = former if coming is None or room is not None else coming
        if found is not None and found is former:
            lost = Cause.BACK
            self.former = tuple(each for each in self.former if each is not former)
        self._use(anchor_at(found, text, offset) if found is not None else fix_anchor(text, offset, room))
        if coming is None or self.anchor.room is None:
            self.give_up("superseded")
        return self.anchor, lost

    def prepare(self, fresh: Anchor, cause: Cause) -> CancelToken | None:
        """The token for the work of making ``fresh`` ready; None when there is nothing to do.

        That is when an anchor is being prepared that says the truth, or that is to replace a quick one; or when
        preparing this very one has failed not long ago.
        """
        quick = self.anchor is not None and self.anchor.room is not None
        if self.preparation is not None and (quick or not self.preparation.anchor.stale):
            return None
        if self._failed is not None and same_prompt(self._failed, fresh) and self._patience > 0:
            self._patience -= 1
            return None
        self.give_up("superseded")
        self.preparation = Preparation(fresh, cause, CancelToken())
        return self.preparation.cancel

    def prepared(self, cancel: CancelToken, ready: bool) -> Cause | None:
        """The work for the token has ended. When it is ready its anchor is the document's own from now on; returns
        the cause for which it was wanted, None when it is not wanted any more or not ready.
        """
        done = self.preparation
        if done is None or done.cancel is not cancel:
            return None
        self.preparation = None
        if not ready:
            self._failed, self._patience = done.anchor, RETRY_AFTER
            return None
        self._use(done.anchor)
        self._failed = None
        return done.cause

    def give_up(self, reason: str) -> None:
        """Cancel what is being prepared."""
        if self.preparation is not None:
            cancel, self.preparation = self.preparation.cancel, None
            cancel.cancel(reason)

    def _use(self, anchor: Anchor) -> None:
        """The one that was in use becomes a former one, but for a quick one: to make that again costs as little."""
        if self.anchor is not None and self.anchor.room is None:
            self.former = (self.anchor, *self.former)[:MOST_FORMER]
        self.anchor = anchor

    def _lost(self, anchor: Anchor | None, text: str, offset: int, keep_stale: bool, room: int | None) -> Cause | None:
        if anchor is None:
            return self._why_none
        if anchor.room is not None and room is None:
            return Cause.QUICK
        # A quick one costs little, so nothing that was said long ago is said again while it is made.
        if anchor.stale and (not keep_stale or (room is not None and anchor.drift > MOST_DRIFT)):
            return Cause.STALE
        return lost_at(anchor, text, offset)


def same_prompt(one: Anchor, other: Anchor) -> bool:
    """Whether their prompts are equal up to what was typed."""
    return one.prefix == other.prefix and one.suffix == other.suffix
