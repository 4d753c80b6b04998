"""What a key costs the syntax tree of a large file: SyntaxTree.edited for each key, against a fresh parse of the same text.

For each language a file of --lines lines is put together from whole files of FOLDER (``million_lines.py`` makes one), the
largest first. At --places random line ends a whole statement is typed letter by letter, twice: *closed*, as most editors do,
where an opening bracket or quote brings its other half and typing that steps over it; and *plain*, where each character is
as typed, so that until the other half comes the rest of the file looks like a string or a block that does not end. After
each statement the file is as before. *undone*: the statement is taken away in one edit. A key has --limit milliseconds at
most: what is not parsed by then is *left*, and the next key's parse takes its edits with it. Milliseconds of the processor,
so that other work on the machine counts less; nothing here waits. The aim at 5,000 lines is 2 for a key. *errors*: the
places that the grammar does not understand in the file as it was; each is looked at anew at every key.
"""

import argparse
import gc
import random
import statistics
import time
from collections import defaultdict
from pathlib import Path

from index_load import head, percentile, row

from foretoken.index.language import language_of
from foretoken.syntax.tree import SyntaxTree, TooSlow, parse
from foretoken.text.edit import TextEdit
from foretoken.trust.left import Left
from foretoken.trust.workspace_files import WorkspaceFiles

STATEMENTS = {
    "python": 'result = self.render(names["first"], value, key=\'a b\')  # "it\'s"',
    "typescript": 'const found = items.map((item) => ({ name: item["name"], text: `a ${item.id}` }));',
    "javascript": 'const found = items.filter((item) => item["name"] === \'first\').join("; ");',
    "rust": 'let found: Vec<String> = items.iter().map(|item| format!("{}: {}", item.name, "x")).collect();',
    "go": 'if found, ok := names["first"]; ok { fmt.Printf("%s: %d\\n", found, len(items)) }',
    "java": 'Map<String, List<Integer>> found = items.stream().collect(grouping(item -> item.name("a")));',
    "c": "if (found[0] == 'x') { printf(\"%s: %d\\n\", names[i], count(items, sizeof(items))); }",
    "cpp": "auto found = std::find_if(items.begin(), items.end(), [&](auto& item) { return item[\"a\"] == 'x'; });",
}
PAIRS = {"(": ")", "[": "]", "{": "}", '"': '"', "'": "'", "`": "`"}
FRESH = 5


def keys(statement: str, closed: bool) -> list[tuple[int, str]]:
    """What each key does, as (characters from the statement's start, text to put there); "" = it only steps."""
    if not closed:
        return list(enumerate(statement))
    found: list[tuple[int, str]] = []
    ends: list[str] = []  # what was brought and is still ahead
    for at, character in enumerate(statement):
        if ends and character == ends[-1]:
            ends.pop()
            found.append((at, ""))
        elif (
            character in PAIRS
            and not (ends and ends[-1] in "\"'`")
            and not (character in "'\"`" and at and statement[at - 1].isalnum())
        ):
            ends.append(PAIRS[character])
            found.append((at, character + PAIRS[character]))
        else:
            found.append((at, character))
    return found


def type_statement(
    tree: SyntaxTree, at: int, statement: str, closed: bool, limit: float, times: dict[str, list[float]]
) -> None:
    """Type it on a line of its own behind offset ``at``, then take it away. limit: seconds for a key."""
    text = tree.text
    before, way = text, "closed" if closed else "plain"
    line_start = text.rfind("\n", 0, at) + 1
    indent = text[line_start : len(text) - len(text[line_start:].lstrip(" \t"))][: at - line_start]
    edits: list[TextEdit] = []  # since the tree was made
    for offset, put in [(0, "\n" + indent), *((1 + len(indent) + o, t) for o, t in keys(statement, closed))]:
        if not put:
            continue
        place = at + offset
        text = text[:place] + put + text[place:]
        edits.append(TextEdit(place, place, put))
        began = time.thread_time()
        try:
            tree = tree.edited(edits, text, limit)
            edits = []
        except TooSlow:
            times["left"].append(limit)
        times[way].append(time.thread_time() - began)
    began = time.thread_time()
    tree.edited([*edits, TextEdit(at, at + len(text) - len(before), "")], before)
    times["undone"].append(time.thread_time() - began)


def errors(tree: SyntaxTree) -> int:
    """How many places the grammar does not understand."""
    found, nodes = 0, [tree.root]
    while nodes:
        node = nodes.pop()
        if node.type == "ERROR" or node.is_missing:
            found += 1
        elif node.has_error:
            nodes += node.children
    return found


def measure(text: str, language: str, places: int, limit: float, chance: random.Random) -> dict[str, list[float]]:
    times: dict[str, list[float]] = defaultdict(list)
    for _ in range(FRESH):
        began = time.thread_time()
        tree = parse(text, language)
        times["fresh"].append(time.thread_time() - began)
    assert tree is not None
    ends = [at for at, character in enumerate(text) if character == "\n"]
    for at in chance.sample(ends, min(places, len(ends))):
        type_statement(tree, at, STATEMENTS[language], True, limit, times)
        type_statement(tree, at, STATEMENTS[language], False, limit, times)
    return times


def large_text(found: list[tuple[int, str]], lines: int) -> str:
    """Whole files, the largest first, that have about so many lines together."""
    parts: list[str] = []
    left = lines
    for count, text in sorted(found, reverse=True):
        if count <= left + lines // 50:
            parts.append(text if text.endswith("\n") else text + "\n")
            left -= count
        if left <= 0:
            break
    return "".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--lines", type=int, default=5000)
    parser.add_argument("--places", type=int, default=50)
    parser.add_argument("--limit", type=float, default=100, metavar="MS")
    parser.add_argument("--seed", type=int, default=6)
    parser.add_argument("--languages", nargs="+", default=list(STATEMENTS), choices=list(STATEMENTS))
    arguments = parser.parse_args()
    files, found = WorkspaceFiles(arguments.folder), defaultdict(list)
    for file in files.walk():
        read = files.read(file.path)
        if not isinstance(read, Left) and (language := language_of(file.path, read.text)) in arguments.languages:
            found[language].append((read.text.count("\n"), read.text.replace("\r\n", "\n")))
    print(
        f"{arguments.lines:,} lines; {arguments.places} places; seed {arguments.seed}; at most {arguments.limit:g} for a key; milliseconds\n"
    )
    head("language", "lines", "KiB", "keys", "closed: p50", "p95", "p99", "max", "plain: p50", "p95", "p99",
         "max", "left", "undone: max", "fresh parse", "errors")  # fmt: skip
    for language in arguments.languages:
        text = large_text(found[language], arguments.lines)
        gc.collect()
        gc.freeze()
        tree = parse(text, language)
        assert tree is not None
        times = measure(text, language, arguments.places, arguments.limit / 1000, random.Random(arguments.seed))
        ms = {way: [1000 * each for each in values] for way, values in times.items()}
        cells = [f"{figure:.2f}" for way in ("closed", "plain") for figure in
                 (*(percentile(ms[way], part) for part in (0.5, 0.95, 0.99)), max(ms[way]))]  # fmt: skip
        row(language, f"{text.count(chr(10)):,}", len(text.encode()) >> 10, len(ms["closed"]) + len(ms["plain"]), *cells,
            len(times["left"]), f"{max(ms['undone']):.2f}", f"{statistics.median(ms['fresh']):.1f}", errors(tree))  # fmt: skip


if __name__ == "__main__":
    main()
