"""Our definitions against universal-ctags', on the files of one language under a folder.

Both read the same files. A definition is one (file, name, line): what both find, what one alone finds, and what both find
on lines that differ by three at most. The kinds beside them say what the other side calls the same, and what the
differences are made of; examples are drawn evenly over the files. Locals, parameters and imported names are left out.
"""

import argparse
import json
import re
import subprocess
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from foretoken.syntax.definitions import definitions
from foretoken.syntax.imports import imports
from foretoken.syntax.languages import language_for_path
from foretoken.syntax.tree import TooSlow, parse
from foretoken.text.line_index import LineIndex

# Our language -> ctags' language and those of its kinds that are definitions which others can use.
CTAGS = {
    "python": ("Python", "cfmv"),
    "typescript": ("TypeScript", "CGacefgimnpv"),
    "typescriptreact": ("TypeScript", "CGacefgimnpv"),
    "javascript": ("JavaScript", "CGMScfgmpv"),
    "javascriptreact": ("JavaScript", "CGMScfgmpv"),
    "rust": ("Rust", "MPcefgimnstv"),
    "go": ("Go", "Macfimnpstv"),
    "java": ("Java", "acefgimp"),
    "c": ("C", "defgmpstuvx"),
    "cpp": ("C++", "Acdefgmnpstuvx"),
    "csharp": ("C#", "Ecdefgimnpst"),
    "ruby": ("Ruby", "ACSacfm"),
    "php": ("PHP", "cdfintv"),
    "shellscript": ("Sh", "af"),
    "lua": ("Lua", "f"),
    "kotlin": ("Kotlin", "*"),
    "json": ("JSON", "*"),
    "yaml": ("Yaml", "*"),
    "html": ("HTML", "*"),
    "css": ("CSS", "*"),
    "markdown": ("Markdown", "*"),
    "sql": ("SQL", "*"),
}
# What ctags calls a thing that has no name.
_NAMELESS = re.compile(r"__anon|anon|AnonymousFunction|AnonymousClass")
_NEAR = 3
# Kinds of ours whose bodies run: what stands in them is local.
_FUNCTIONS = frozenset({"function", "method", "constructor", "property", "constant", "variable"})


class Found(NamedTuple):
    name: str
    line: int  # from 1
    kind: str
    scope: str


def theirs(paths: list[Path], language: str) -> dict[str, list[Found]]:
    """ctags' definitions of each file."""
    name, kinds = CTAGS[language]
    command = ["ctags", "--output-format=json", "--fields=+nKSe", "--sort=no", "-f", "-", "-L", "-"]
    command += [f"--language-force={name}", f"--kinds-{name}={kinds}"]
    done = subprocess.run(
        command, input="\n".join(map(str, paths)), capture_output=True, encoding="utf-8", errors="replace"
    )
    if done.returncode:
        raise SystemExit(f"ctags: {done.stderr.strip()}")
    found: dict[str, list[Found]] = defaultdict(list)
    for line in done.stdout.split("\n"):
        if not line:
            continue
        tag = json.loads(line)
        if tag["_type"] == "tag" and not _NAMELESS.match(tag["name"]) and tag["kind"] != "unknown":
            found[tag["path"]].append(Found(_bare(tag["name"]), tag["line"], tag["kind"], tag.get("scope", "")))
    return found


class Ours(NamedTuple):
    """bodies: (first, last) line of the functions' bodies, whose locals are left out. imports: lines that import."""

    found: list[Found]
    bodies: list[tuple[int, int]]
    imports: frozenset[int]


def ours(path: Path, language: str) -> Ours:
    """Our definitions of a file; none of one in which the grammar finds no structure."""
    text = _text(path)
    try:
        tree = parse(text, language)
    except TooSlow:
        return Ours([], [], frozenset())
    assert tree is not None, f"no grammar for {language}"
    found = definitions(tree)
    named = [
        Found(_bare(one.name), one.line + 1, one.kind, found[one.parent].name if one.parent is not None else "")
        for one in found
    ]
    lines = LineIndex.of(text)
    bodies = [
        (lines.line_at(one.body_start)[0] + 1, lines.line_at(one.body_end)[0] + 1)
        for one in found
        if one.kind in _FUNCTIONS and one.body_end > one.body_start
    ]
    brought = frozenset(line + 1 for one in imports(tree) for line in range(one.line, lines.line_at(one.end)[0] + 1))
    return Ours(named, bodies, brought)


def _text(path: Path) -> str:
    # ctags, too, ends its lines at line feeds alone; a lone carriage return is as good as a blank to the grammars.
    return path.read_bytes().decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", " ")


def _bare(name: str) -> str:
    """Without what only one side counts to a name: blanks, quotes, C++'s and Lua's qualifiers."""
    name = "".join(name.split()).strip("\"'`")
    return re.split(r"::|[.:](?=\w+$)", name)[-1] if re.search(r"\w$", name) else name


class Comparison:
    """Counts over all files. ``only`` and ``near`` hold (path, one) for examples."""

    def __init__(self) -> None:
        self.agree: Counter[tuple[str, str]] = Counter()
        self.near: list[tuple[Path, Found, Found]] = []
        self.only_ours: list[tuple[Path, Found]] = []
        self.only_theirs: list[tuple[Path, Found]] = []

    def add(self, path: Path, mine: Ours, other: Iterable[Found]) -> None:
        left: dict[tuple[str, int], list[Found]] = defaultdict(list)
        for one in other:
            left[one.name, one.line].append(one)
        alone = []
        for one in mine.found:
            if same := left.get((one.name, one.line)):
                self.agree[one.kind, same.pop(0).kind] += 1
            else:
                alone.append(one)
        for one in alone:
            close = sorted(range(-_NEAR, _NEAR + 1), key=abs)
            key = next((key for step in close if left.get(key := (one.name, one.line + step))), None)
            if key:
                self.near.append((path, one, left[key].pop(0)))
            else:
                self.only_ours.append((path, one))
        for one in (one for rest in left.values() for one in rest):
            if any(first < one.line <= last for first, last in mine.bodies):
                one = one._replace(kind=f"{one.kind}, within a function")
            elif one.line in mine.imports:
                one = one._replace(kind=f"{one.kind}, imported")
            self.only_theirs.append((path, one))

    def report(self, examples: int) -> None:
        agree, near = sum(self.agree.values()), len(self.near)
        mine, other = agree + near + len(self.only_ours), agree + near + len(self.only_theirs)
        print(f"both {agree}, near {near}, only ours {len(self.only_ours)}, only theirs {len(self.only_theirs)}")
        print(
            f"of theirs we find {(agree + near) / max(other, 1):.2%}, of ours they find {(agree + near) / max(mine, 1):.2%}"
        )
        local = sum(one.kind.endswith((", within a function", ", imported")) for _, one in self.only_theirs)
        print(f"without what is local or imported: {(agree + near) / max(other - local, 1):.2%} of theirs")
        print("\nboth (ours = theirs):", ", ".join(f"{a} = {b} {n}" for (a, b), n in self.agree.most_common(30)))
        for title, found in (("only ours", self.only_ours), ("only theirs", self.only_theirs)):
            print(f"\n{title}:")
            kinds: dict[str, list[tuple[Path, Found]]] = defaultdict(list)
            for path, one in found:
                kinds[one.kind].append((path, one))
            for kind, many in sorted(kinds.items(), key=lambda item: -len(item[1])):
                print(f"  {kind} {len(many)}")
                for path, one in many[:: max(len(many) // examples, 1)][:examples]:
                    print(f"      {path}:{one.line} {one.name}{' in ' + one.scope if one.scope else ''}")
        for path, one, same in self.near[:: max(near // examples, 1)][:examples]:
            print(f"  near: {path}:{one.line} {one.name}, to ctags line {same.line}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--language", required=True, choices=sorted(CTAGS), help="LSP's language id")
    parser.add_argument("--also", default=[], nargs="*", help="further extensions of this language's, such as .h")
    parser.add_argument("--without", default=r"$^", help="paths to leave out, a regular expression")
    parser.add_argument("--examples", type=int, default=5, help="examples of each kind")
    options = parser.parse_args()
    paths = [
        path
        for path in sorted(options.folder.rglob("*"))
        if (language_for_path(path.name) == options.language or path.suffix in options.also)
        and path.is_file()
        and not re.search(options.without, str(path))
    ]
    started = time.perf_counter()
    other = theirs(paths, options.language)
    their_time = time.perf_counter() - started
    comparison = Comparison()
    started = time.perf_counter()
    for path in paths:
        comparison.add(path, ours(path, options.language), other.get(str(path), ()))
    lines = sum(path.read_bytes().count(b"\n") for path in paths)
    print(f"{len(paths)} files, {lines} lines; ctags {their_time:.1f} s, ours {time.perf_counter() - started:.1f} s")
    comparison.report(options.examples)


if __name__ == "__main__":
    main()
