"""What other files' imports can see of a file, and whose imports see it: for resolving again no more than is needed."""

import json
import re
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field

from foretoken.index.analyse import WORD

_LAST_WORD = re.compile(r"\w+(?=\W*$)")


@dataclass(slots=True)
class ChangedExports:
    """names: defined, imported or handed on in one of two texts only. unnamed: something that is imported without its name
    (a star, a default) is handed on in one only. package: the package clause is another one."""

    names: set[str] = field(default_factory=set)
    unnamed: bool = False
    package: bool = False


def changed_exports(db: sqlite3.Connection, path: str, content: int) -> ChangedExports | None:
    """How the text with this id differs from the one that the file has now; None when it is the same."""
    changed = ChangedExports()
    row = db.execute("SELECT content FROM file WHERE path = ?", (path,)).fetchone()
    if row is None:
        return changed
    if row[0] == content:
        return None
    changed.names = _defined(db, row[0]) ^ _defined(db, content)
    for module, names, alias, kind in _imports(db, row[0]) ^ _imports(db, content):
        changed.package = changed.package or kind == "package"
        for original, local in json.loads(names):
            changed.unnamed = changed.unnamed or original in {"*", "default"}
            changed.names.update({original, local} - {"", "*"})
        if names == "[]" and (word := alias or _LAST_WORD.search(module)):
            changed.names.add(word if isinstance(word, str) else word[0])
    strange = {name for name in changed.names if not WORD.fullmatch(name)}  # the index of words does not hold these
    changed.names -= strange
    changed.unnamed = changed.unnamed or bool(strange)
    return changed


def importers_of_names(db: sqlite3.Connection, names: Iterable[str]) -> set[str]:
    """The files that import one of these names, or hand it on under another one to files that import that."""
    found: set[str] = set()
    todo = list(names)
    known = set(todo)
    while todo:
        name = todo.pop()
        # A name that is imported stands in the text, so that the words of the texts are an index of the imports.
        rows = db.execute(
            "SELECT path, names FROM name JOIN use ON use.name = name.id JOIN import ON import.content = use.content"
            " JOIN file ON file.content = use.content WHERE text = ? AND (instr(names, ?) OR instr(module, ?))",
            (name, json.dumps(name), name),
        )
        for path, imported in rows:
            found.add(path)
            for original, alias in json.loads(imported):
                if original == name and alias and alias not in known:
                    known.add(alias)
                    todo.append(alias)
    return found


def importers_of_file(db: sqlite3.Connection, path: str) -> set[str]:
    """The files that import a file, or import one that imports it, and so on."""
    rows = db.execute(
        "WITH RECURSIVE reach(id) AS (SELECT id FROM file WHERE path = ?"
        " UNION SELECT source FROM edge JOIN reach ON edge.target = reach.id)"
        " SELECT path FROM file JOIN reach ON file.id = reach.id",
        (path,),
    )
    return {row[0] for row in rows}


def _defined(db: sqlite3.Connection, content: int) -> set[str]:
    rows = db.execute(
        "SELECT DISTINCT text FROM symbol JOIN name ON name.id = symbol.name WHERE content = ?", (content,)
    )
    return {row[0] for row in rows}


def _imports(db: sqlite3.Connection, content: int) -> set[tuple[str, str, str, str]]:
    """Without their places in the text."""
    return set(db.execute("SELECT module, names, alias, kind FROM import WHERE content = ?", (content,)))
