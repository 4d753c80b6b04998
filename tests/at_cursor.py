"""``check`` for what stands around a cursor, in any language."""

from foretoken.syntax.at_cursor import around
from foretoken.syntax.tree import parse
from marked import cursor


def check(language_id: str, marked: str) -> str:
    """What ``around`` finds at the ``<CURSOR>``, on one line: role, the statement's text, the block's first and last line
    (from 1), the scope's names; ``-`` for what there is not."""
    text, offset = cursor(marked)
    tree = parse(text, language_id)
    assert tree is not None
    found = around(tree, offset)
    statement = " ".join(text[slice(*found.statement)].split()) if found.statement else "-"
    if len(statement) > 40:
        statement = f"{statement[:18]}...{statement[-18:]}"
    block = "-"
    if found.block:
        first, last = (
            text.count("\n", 0, place) + 1 for place in (found.block[0], max(found.block[1] - 1, found.block[0]))
        )
        block = f"{first}-{last}"
    scope = ".".join(definition.name for definition in found.scope) or "-"
    return f"{found.role} | {statement} | {block} | {scope}"
