"""Whatever is typed and edited: prompts only grow while an anchor serves, and a prepared one continues what was
evaluated for it.
"""

from dataclasses import dataclass, field, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from foretoken.prompt.infill import infill, room_for_typed, without_typed
from foretoken.session.anchor import Anchor, Cause, fix_anchor
from foretoken.session.anchoring import Anchoring
from foretoken.session.snapshot import Snapshot
from foretoken.text.cancel import CancelToken
from foretoken.text.pieces import Prompt, Text
from marked import snapshot

N_PROMPT = 448
TEXT = "import os\n\n\ndef f(a):\n    return a\n\n\nprint(f(1))\n"

KEYS = st.sampled_from(["x", " ", "(", "()", "\n    ", ")", "back", "over", "down", "up"])
OUTSIDE = st.tuples(
    st.sampled_from(["top", "bottom"]), st.integers(0, 40), st.integers(0, 4), st.sampled_from(["y", "y\n"])
)
WORK = st.sampled_from(["prepare", "prepare", "ready", "failed", "ask"])
SOME = st.lists(st.one_of(KEYS, KEYS, OUTSIDE, WORK), max_size=20)
TYPED = st.lists(st.one_of(KEYS, OUTSIDE), max_size=8)
STEPS = st.tuples(SOME, st.just(["prepare"]), TYPED, st.just(["ready"]), TYPED).map(lambda parts: sum(parts, []))


@dataclass
class Scene:
    """A document as it is edited. promised: what was evaluated for the anchor that is being prepared. room: of the
    anchors that a request fixes.
    """

    text: str = TEXT
    offset: int = 22
    anchoring: Anchoring = field(default_factory=Anchoring)
    cancel: CancelToken | None = None
    promised: Prompt = ()
    room: int | None = None

    def replace(self, start: int, end: int, inserted: str) -> None:
        self.text = self.text[:start] + inserted + self.text[end:]
        self.anchoring.edit(start, end, inserted)
        if end <= self.offset:
            self.offset += len(inserted) - (end - start)

    def key(self, key: str) -> None:
        if key == "back":
            self.replace(max(0, self.offset - 1), self.offset, "")
        elif key == "over":
            self.offset += self.text.startswith(")", self.offset)
        elif key == "up":
            self.offset = max(0, self.text.rfind("\n", 0, self.offset))
        elif key == "down":
            self.offset = min(len(self.text), self.text.find("\n", self.offset) % (len(self.text) + 1) + 1)
        else:
            self.replace(self.offset, self.offset, key)
            self.offset -= key == "()"

    def outside(self, side: str, at: int, removed: int, inserted: str) -> None:
        """Somewhere in the part of the file before the cursor's line, or behind it."""
        line = self.text.rfind("\n", 0, self.offset) + 1
        low, high = (0, line) if side == "top" else (min(self.offset + 1, len(self.text)), len(self.text))
        start = min(low + at, high)
        self.replace(start, min(start + removed, high), inserted)

    def view(self, anchor: Anchor) -> Snapshot:
        marked = self.text[: self.offset] + "<CURSOR>" + self.text[self.offset :]
        return snapshot(marked, anchor=anchor)

    def ask(self) -> tuple[Anchor, Prompt]:
        anchor, _ = self.anchoring.at(self.text, self.offset, room=self.room)
        return anchor, infill(self.view(anchor), N_PROMPT)


@settings(max_examples=500, deadline=None, derandomize=True)
@given(STEPS, st.sampled_from([None, 20]))
def test_random_typing(steps: list, room: int | None) -> None:
    scene = Scene(room=room)
    scene.ask()
    for step in steps:
        if step == "prepare":
            anchor, _ = scene.ask()
            cancel = scene.anchoring.prepare(fix_anchor(scene.text, scene.offset), Cause.STALE)
            if cancel is not None:
                fresh = fix_anchor(scene.text, scene.offset)
                scene.cancel, scene.promised = cancel, without_typed(infill(scene.view(fresh), N_PROMPT))
        elif step in ("ready", "failed"):
            if scene.cancel is not None and scene.anchoring.prepared(scene.cancel, step == "ready"):
                _continues_what_was_promised(scene)
            scene.cancel = None
        elif step == "ask":
            scene.ask()
        elif isinstance(step, tuple):
            scene.outside(*step)
        else:
            scene.key(step)
        preparation = scene.anchoring.preparation
        prepared = preparation.anchor if preparation is not None else None
        for anchor in (scene.anchoring.anchor, prepared, *scene.anchoring.former):
            _tells_the_truth(scene.text, anchor)


def _tells_the_truth(text: str, anchor: Anchor | None) -> None:
    """At its borders always; all around while it is not stale."""
    if anchor is None:
        return
    assert 0 <= anchor.start <= anchor.end <= len(text)
    assert anchor.start == 0 or text[anchor.start - 1] == "\n"
    if not anchor.stale:
        assert (anchor.prefix, anchor.suffix) == (text[: anchor.start], text[anchor.end :])


def _continues_what_was_promised(scene: Scene) -> None:
    """The adopted anchor's prompt is the one that was evaluated for it, and what was typed since its line's start."""
    adopted = scene.anchoring.anchor
    assert adopted is not None
    if adopted.start <= scene.offset < adopted.start + room_for_typed(N_PROMPT):
        typed = Text(scene.text[adopted.start : scene.offset])
        assert infill(scene.view(adopted), N_PROMPT) == (*scene.promised, typed)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(st.one_of(st.sampled_from(["x", " ", "(", "\n"]), OUTSIDE), max_size=40))
def test_a_prompt_only_grows_while_text_is_typed_whatever_happens_elsewhere(steps: list) -> None:
    scene = Scene()
    first, _ = scene.ask()
    for step in steps:
        if isinstance(step, tuple):
            scene.outside(*step)
        elif step == "\n" and scene.text.count("\n", scene.anchoring.anchor.start, scene.offset) > 20:
            continue
        else:
            scene.key(step)
        if scene.anchoring.anchor is None:
            return  # an edit touched its border
        anchor, prompt = scene.ask()
        assert replace(anchor, start=0, end=0, drift=0) == replace(first, start=0, end=0, drift=0)
        typed = scene.text[anchor.start : scene.offset]
        assert prompt == (*without_typed(prompt), Text(typed))
        assert without_typed(prompt) == without_typed(infill(Scene().view(first), N_PROMPT))


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.integers(20, 90), st.lists(st.sampled_from(["x", " ", "(", ")", "\n    "]), max_size=12), st.integers(0, 12))
def test_a_quick_anchors_prompt_only_grows_and_then_the_whole_one_takes_over(
    room: int, typed: list[str], ready_at: int
) -> None:
    """What is asked after the adoption is the prompt of a whole anchor that was fixed at once, and what was typed."""
    scene = Scene(text=TEXT * 2, room=room)
    first, quick = scene.ask()
    fresh = fix_anchor(scene.text, scene.offset)
    whole = without_typed(infill(scene.view(fresh), N_PROMPT))
    cancel = scene.anchoring.prepare(fresh, Cause.QUICK)
    assert first.room == room and cancel is not None and without_typed(quick) != whole
    for count, key in enumerate([*typed, ""]):
        if count == min(ready_at, len(typed)):
            assert scene.anchoring.prepared(cancel, ready=True) is Cause.QUICK
        scene.key(key)
        anchor, prompt = scene.ask()
        expected = without_typed(quick) if count < ready_at and count < len(typed) else whole
        assert prompt == (*expected, Text(scene.text[first.start : scene.offset]))
        assert (anchor.room is None) == (expected is whole)
