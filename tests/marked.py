"""Marked fixtures: source text with a ``<CURSOR>`` in it."""

from foretoken.session.anchor import Anchor, fix_anchor
from foretoken.session.settings import Settings
from foretoken.session.snapshot import Snapshot
from foretoken.text.document import Document

MARK = "<CURSOR>"


def cursor(marked: str) -> tuple[str, int]:
    """The text without its one cursor mark, and the mark's offset in code points."""
    assert marked.count(MARK) == 1, f"exactly one {MARK} wanted"
    offset = marked.index(MARK)
    return marked.replace(MARK, ""), offset


def snapshot(
    marked: str,
    *,
    language_id: str = "python",
    path: str = "pkg/mod.py",
    repo_name: str = "repo",
    automatic: bool = True,
    anchor: Anchor | None = None,
    settings: Settings | None = None,
) -> Snapshot:
    """A Snapshot of one open document, anchored at the cursor's line."""
    text, offset = cursor(marked)
    return Snapshot(
        document=Document.of("file:///w/repo/" + path, language_id, 1, text),
        offset=offset,
        anchor=anchor or fix_anchor(text, offset),
        settings=settings or Settings(),
        repo_name=repo_name,
        path=path,
        automatic=automatic,
    )
