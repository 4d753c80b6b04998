"""What is known of one file, as plain values. Offsets are code points into the file's text; lines count from 0."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Definition:
    """Something with a name that other code can use.

    kind: tree-sitter's word behind ``@definition.``: class, function, method, interface, enum, enum_member, struct, trait,
    module, namespace, type, constant, variable, field, property, macro, constructor, section, key, ...
    start, end: all of it, decorators and modifiers included. body_start, body_end: what stands between its head and its
    end; equal where there is no body. parent: the place in the file's list of the definition around it; None at the top.
    signature: its head on one line, without the body. doc: the first line of its docstring or documentation comment.
    """

    name: str
    kind: str
    start: int
    end: int
    name_start: int
    line: int
    body_start: int
    body_end: int
    parent: int | None
    signature: str
    doc: str


@dataclass(frozen=True, slots=True)
class Reference:
    """A use of a name. kind: call, type, base, member, import, decorator, or other."""

    name: str
    kind: str
    start: int
    line: int


@dataclass(frozen=True, slots=True)
class ImportedName:
    """name: as the other file calls it, ``*`` for everything. alias: as this file calls it, empty when it is the same."""

    name: str
    alias: str = ""


@dataclass(frozen=True, slots=True)
class Import:
    """A file's wish for another.

    module: as written, without quotes, a relative import's dots included. names: empty when it is the module itself that is
    wanted; alias is then its local name. kind: module, system (C's ``<...>``), reexport (``export ... from``, ``pub use``),
    or package (the file's own package clause, which is no import but says where it belongs).
    """

    module: str
    names: tuple[ImportedName, ...]
    alias: str
    kind: str
    start: int
    end: int
    line: int


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One place where a word stands as a word. role: definition, a reference's kind, comment, or string."""

    start: int
    line: int
    role: str
