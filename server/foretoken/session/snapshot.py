"""Snapshot: what one request sees. Frozen, so it may be used across awaits and threads."""

from dataclasses import dataclass

from foretoken.session.anchor import Anchor
from foretoken.session.settings import Settings
from foretoken.text.document import Document


@dataclass(frozen=True, slots=True)
class Snapshot:
    """offset: the cursor, in code points into ``document.text``.

    repo_name: the workspace folder's name, "" for a single file. path: the document's path relative to that folder
    with forward slashes, or its file name. automatic: the editor asked because the user typed. recent: the other
    open documents, the most recently used first.
    """

    document: Document
    offset: int
    anchor: Anchor
    settings: Settings
    repo_name: str
    path: str
    automatic: bool
    recent: tuple[Document, ...] = ()
