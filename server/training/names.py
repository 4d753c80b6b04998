"""What a stretch of Python source names and where, as offsets, and new names in the same style."""

import ast
import keyword
import random
import re
from collections import defaultdict
from dataclasses import dataclass

_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, order=True)
class Replacement:
    """Characters `start` to `end` of the stretch become `new`."""

    start: int
    end: int
    new: str


@dataclass(frozen=True)
class Change:
    """A stretch of source and everything that has to be replaced in it."""

    text: str
    replacements: tuple[Replacement, ...]


class Stretch:
    """Parsed source: where names stand, as offsets into `text`. Raises SyntaxError, ValueError."""

    def __init__(self, text: str) -> None:
        self.text = text
        indented = text[:1] in " \t"
        # An indented stretch becomes the body of something; offsets stay, but for that line.
        self.tree = ast.parse("if 1:\n" + text if indented else text)
        self._starts = [0] * (2 if indented else 1)
        self._starts += [match.end() for match in re.finditer("\n", text)]
        self.nodes = list(ast.walk(self.tree))
        self.functions = [node for node in self.nodes if isinstance(node, FUNCTIONS)]

    def start(self, node: ast.AST) -> int:
        """Where a node begins."""
        return self._starts[node.lineno - 1] + node.col_offset

    def end(self, node: ast.AST) -> int:
        """Where a node ends."""
        return self._starts[node.end_lineno - 1] + node.end_col_offset

    def name_of(self, node: ast.AST) -> int:
        """Where the name of a definition stands."""
        return self.text.index(node.name, self.start(node) + (len("class ") if isinstance(node, ast.ClassDef) else 4))

    def renamed(self, offsets: list[int], old: str, new: str) -> Change | None:
        """All of `offsets` renamed; None if one of them is somewhere else than the parser says
        (inside of f-strings, before Python 3.12)."""
        ends = [offset + len(old) for offset in offsets]
        if any(self.text[start:end] != old for start, end in zip(offsets, ends, strict=True)):
            return None
        return Change(self.text, tuple(sorted({Replacement(s, e, new) for s, e in zip(offsets, ends, strict=True)})))

    def calls(self, name: str) -> list[ast.Call]:
        """Calls of a function or method by its name."""
        return [
            node
            for node in self.nodes
            if isinstance(node, ast.Call)
            and (
                (isinstance(node.func, ast.Name) and node.func.id == name)
                or (isinstance(node.func, ast.Attribute) and node.func.attr == name and _on_self(node.func))
            )
        ]


def is_self(name: str) -> bool:
    """Whether a first parameter is that of a method."""
    return name in ("self", "cls")


def _on_self(node: ast.Attribute) -> bool:
    return isinstance(node.value, ast.Name) and is_self(node.value.id)


def local_uses(stretch: Stretch, function: Function) -> dict[str, list[int]]:
    """Parameters and variables of one function, keywords of calls to it in the stretch included."""
    found: dict[str, list[int]] = defaultdict(list)
    owned, refused = set(), {"self", "cls"}
    for node in ast.walk(function):
        if isinstance(node, ast.arg):
            found[node.arg].append(stretch.start(node))
            owned.add(node.arg)
        elif isinstance(node, ast.Name):
            found[node.id].append(stretch.start(node))
            if isinstance(node.ctx, ast.Store):
                owned.add(node.id)
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar | ast.FunctionDef | ast.ClassDef):
            refused.add(node.name or "")
        elif isinstance(node, ast.alias):
            refused |= {node.name, node.asname or ""}
        elif isinstance(node, ast.Global | ast.Nonlocal):
            refused |= set(node.names)
    arguments = function.args
    parameters = {a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}
    for call in stretch.calls(function.name):
        for named in call.keywords:
            if named.arg in parameters:
                found[named.arg].append(stretch.start(named))
    return {name: offsets for name, offsets in found.items() if name in owned - refused}


def member_uses(stretch: Stretch) -> dict[str, list[int]]:
    """Attributes and methods that are reached through `self` or `cls`, with the methods' definitions."""
    found: dict[str, list[int]] = defaultdict(list)
    for node in stretch.nodes:
        if isinstance(node, ast.Attribute) and _on_self(node):
            found[node.attr].append(stretch.end(node) - len(node.attr))
    for node in stretch.functions:
        if node.name in found and node.args.args and node.args.args[0].arg in ("self", "cls"):
            found[node.name].append(stretch.name_of(node))
    return {name: offsets for name, offsets in found.items() if not name.startswith("__")}


def definition_uses(stretch: Stretch) -> dict[str, list[int]]:
    """Functions and classes that the stretch defines outside of classes, with their uses."""
    found: dict[str, list[int]] = defaultdict(list)
    methods = {id(node) for outer in stretch.nodes if isinstance(outer, ast.ClassDef) for node in outer.body}
    for node in stretch.nodes:
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)) and id(node) not in methods:
            found[node.name].append(stretch.name_of(node))
    for node in stretch.nodes:
        if isinstance(node, ast.Name) and node.id in found:
            found[node.id].append(stretch.start(node))
    return found


def new_name(old: str, vocabulary: list[str], text: str, rng: random.Random) -> str | None:
    """A name in the style of `old` that `text` does not hold: one of its words exchanged, added or
    taken away, or all of it made of other identifiers' words."""
    core = old.strip("_")
    parts = [part.lower() for part in _PARTS.findall(core)]
    if not parts or not vocabulary:
        return None
    for _ in range(6):
        others = [part.lower() for part in _PARTS.findall(rng.choice(vocabulary)) if len(part) > 1]
        if not others:
            continue
        mixed = list(parts)
        way = rng.random()
        if way < 0.35:
            mixed[rng.randrange(len(mixed))] = rng.choice(others)
        elif way < 0.6:
            mixed.insert(rng.randint(0, len(mixed)), rng.choice(others))
        elif way < 0.7 and len(mixed) > 1:
            mixed.pop(rng.randrange(len(mixed)))
        else:
            mixed = others[: rng.randint(1, 3)]
        new = old.replace(core, _styled(mixed, core), 1)
        if new.isidentifier() and not keyword.iskeyword(new) and len(new) > 1 and not re.search(rf"\b{new}\b", text):
            return new
    return None


def _styled(parts: list[str], like: str) -> str:
    if like.isupper() and len(like) > 1:
        return "_".join(parts).upper()
    if "_" not in like and like[:1].isupper():
        return "".join(part.capitalize() for part in parts)
    if "_" not in like and any(letter.isupper() for letter in like):
        return parts[0] + "".join(part.capitalize() for part in parts[1:])
    return "_".join(parts)
