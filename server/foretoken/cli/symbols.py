"""Print what is known of one file: its definitions, and if asked what it uses and imports.

The file is read as it is on disk; no index and no model are needed. Secret values are blanked out first. A language
without a grammar has text-level facts only: how often each word stands in it.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from foretoken.cli.command import OK, WRONG_USAGE, CommandError
from foretoken.cli.reading import STDIN, read_named
from foretoken.cli.wording import counted
from foretoken.index.analyse import analyse
from foretoken.index.language import language_of
from foretoken.syntax.facts import Definition, Import, Reference
from foretoken.syntax.grammar import grammar
from foretoken.syntax.languages import language_name
from foretoken.syntax.references import references
from foretoken.syntax.tree import TooSlow, parse
from foretoken.text.decoding import decode
from foretoken.trust.kinds import left_by_bytes, left_by_name
from foretoken.trust.left import Reason
from foretoken.trust.secrets import mask

EXAMPLES = """examples:
  foretoken symbols src/app.py
  foretoken symbols src/app.py --imports --references
  foretoken symbols src/app.py --json | jq -r '.definitions[] | select(.kind == "class") | .name'
  git show HEAD:a.go | foretoken symbols - --language go
"""
PARSE_SECONDS = 10.0
_WORDS = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="a file; - is standard input")
    parser.add_argument("--language", metavar="ID", help="LSP language id (default: by the file's name and first line)")
    parser.add_argument("--imports", action="store_true", help="also what it imports")
    parser.add_argument("--references", action="store_true", help="also the uses of names in it")
    parser.add_argument("--json", action="store_true", help="print everything as one JSON object")


def run(args: argparse.Namespace) -> int:
    if args.file == STDIN and not args.language:
        raise CommandError("standard input has no file name: say --language, such as --language python", WRONG_USAGE)
    text = mask(_text(args.file))
    language = args.language or language_of(args.file, text)
    facts = analyse(text, language, PARSE_SECONDS)
    uses: tuple[Reference, ...] = ()
    problem = facts.note
    if grammar(language) is None:
        problem = f"there is no grammar for {language_name(language)}: its words alone are known"
    elif not problem:
        try:
            tree = parse(text, language, PARSE_SECONDS)
        except TooSlow as error:
            tree, problem = None, str(error)
        if tree is not None:
            uses = references(tree) if args.references else ()
            problem = "some of it is not understood by the grammar" if tree.has_error else ""
    words = {} if grammar(language) is not None else {word: count for word, (_, count) in facts.uses.items()}
    if args.json:
        report: dict[str, Any] = {
            "file": args.file, "language": language, "lines": facts.lines, "problem": problem,
            "definitions": [asdict(definition) for definition in facts.definitions],
        }  # fmt: skip
        report |= {"imports": [asdict(value) for value in facts.imports]} if args.imports else {}
        report |= {"references": [asdict(use) for use in uses]} if args.references else {}
        report |= {"words": words} if words else {}
        print(json.dumps(report, ensure_ascii=False, indent=2))
        return OK
    _show_definitions(facts.definitions)
    if args.imports:
        _show_imports(facts.imports)
    if args.references:
        _show_references(uses)
    for word, count in sorted(words.items(), key=lambda item: (-item[1], item[0]))[:_WORDS]:
        print(f"{count:>6} x {word}")
    print(
        f"{language_name(language)}, {counted(facts.lines, 'line')}{f'; {problem}' if problem else ''}", file=sys.stderr
    )
    return OK


def _text(file: str) -> str:
    if file != STDIN:
        left = left_by_name(Path(file).name)
        if left is not None and left.reason is Reason.SECRET:
            raise CommandError(f"{file} is not looked into: it {left.reason}")
    data = read_named(file)
    if left_by_bytes(data) is not None:
        raise CommandError(f"{file} is a binary file")
    return decode(data).text


def _show_definitions(definitions: Sequence[Definition]) -> None:
    width = len(str(max((each.line + 1 for each in definitions), default=0)))
    depths: list[int] = []
    rows = []
    for definition in definitions:
        depths.append(depths[definition.parent] + 1 if definition.parent is not None else 0)
        rows.append((definition, "  " * depths[-1]))
    for definition, indent in rows:
        line = (
            f"{definition.line + 1:>{width}}  {definition.kind:<11} {indent}{definition.signature or definition.name}"
        )
        _print(line, f"  {definition.doc}" if definition.doc else "")


def _show_imports(imports: Sequence[Import]) -> None:
    print("imports:" if imports else "imports: none")
    for value in imports:
        names = ", ".join(f"{name.name} as {name.alias}" if name.alias else name.name for name in value.names)
        alias = f" as {value.alias}" if value.alias else ""
        print(f"  {value.line + 1:>5}  {value.kind} {value.module}{alias}{f': {names}' if names else ''}")


def _show_references(uses: Sequence[Reference]) -> None:
    print("references:" if uses else "references: none")
    for use in uses:
        print(f"  {use.line + 1:>5}  {use.kind:<9} {use.name}")


def _print(line: str, doc: str) -> None:
    """The documentation is dimmed, where there is a terminal."""
    if not sys.stdout.isatty():
        print(line + (f"  # {doc.strip()}" if doc else ""))
        return
    from rich.console import Console
    from rich.text import Text

    Console().print(Text.assemble(line, (doc, "bright_black")), overflow="ellipsis", no_wrap=True, highlight=False)
