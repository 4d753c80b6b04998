"""Drafts from the context: what they cost, and how many tokens a call of the model yields with them.

No model runs: the answer is known, and a call evaluates the chosen token with its draft and yields the accepted tokens
and one more. The baseline is a loop without drafts: one token a call. Texts are the standard library's source files,
tokenized as the model does.

Lookup: the second half of each file is generated after the first. Original: each file is rewritten with a share of its
lines changed, by turns at random a name, a literal, a new line, a line deleted; or with three names changed everywhere.
After a draft that was not wholly accepted the next one has at most R tokens, otherwise L.
"""

import argparse
import itertools
import keyword
import random
import re
import statistics
import sysconfig
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from foretoken.models.resolve import resolve_model
from foretoken.runtime.library import load_library
from foretoken.runtime.lookup import Guess, Lookup
from foretoken.runtime.original import OriginalDraft, line_end_ids

load_library()

from foretoken.runtime.model import load_model  # noqa: E402
from foretoken.runtime.vocabulary import Vocabulary  # noqa: E402

FILES = (
    "argparse ast asyncio/base_events bdb calendar cmd codecs collections/__init__ configparser csv dataclasses difflib "
    "doctest email/message enum fractions ftplib heapq http/client imaplib inspect json/decoder logging/__init__ mailbox"
).split()
LINES = 1200  # of each file, at most
HISTORIES = (8_000, 262_000)
SHARES = (0.01, 0.05, 0.10, 0.20)
NEW_NAMES = "count total buffer user_name handle chunk_size loaded worker retry_limit visible".split()
NEW_LINES = ("{0} = self.{1}({0})", "log.debug('{0} %s', {1})", "if {0} is None:", "# {0} is kept for {1}")
BINS = (0, 1, 2, 3, 4, 5, 6, 8, 12, 16, 24, 32)
ROUNDS = 5


class Tally:
    """Drafts by their ``match``: how many, how often their first token and how many of their tokens were accepted."""

    def __init__(self) -> None:
        self.rows: dict[int, list[tuple[int, int]]] = defaultdict(list)

    def add(self, guess: Guess, accepted: int) -> None:
        if guess.token_ids:
            self.rows[max(low for low in BINS if low <= guess.match)].append((accepted, len(guess.token_ids)))

    def show(self, title: str) -> None:
        print(f"  {title}: match, drafts, first token accepted, each next one accepted, tokens accepted")
        for low, rows in sorted(self.rows.items()):
            first = sum(accepted > 0 for accepted, _ in rows) / len(rows)
            # A draft ends at its first refusal: of the tokens after the first that were tried, those accepted.
            later = sum(accepted - 1 for accepted, _ in rows if accepted)
            tried = sum(min(accepted, length - 1) for accepted, length in rows if accepted)
            next_one = f"{later / tried:6.3f}" if tried else "     -"
            mean = statistics.mean(accepted for accepted, _ in rows)
            print(f"    {low:3d}{'+' if low == BINS[-1] else ' '} {len(rows):7d} {first:6.3f} {next_one} {mean:6.2f}")


def sources() -> list[list[str]]:
    """The files' lines."""
    folder = Path(sysconfig.get_path("stdlib"))
    texts = ((folder / f"{name}.py").read_text(encoding="utf-8") for name in FILES)
    return [text.splitlines(keepends=True)[:LINES] for text in texts]


def accepted_tokens(draft: Sequence[int], answer: Sequence[int], at: int) -> int:
    """How many of ``draft`` are the answer's from ``at`` on."""
    count = 0
    for drafted, chosen in zip(draft, itertools.islice(answer, at, None), strict=False):
        if drafted != chosen:
            break
        count += 1
    return count


def timed(action: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Seconds, the median of some rounds."""
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        action()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def lookup_costs(texts: list[tuple[int, ...]]) -> None:
    print("lookup: cost")
    endless = list(itertools.islice(itertools.cycle(itertools.chain.from_iterable(texts)), max(HISTORIES) + 2000))
    for size in HISTORIES:
        history = tuple(endless[:size])
        whole = timed(lambda: Lookup().sync(history))
        lookup = Lookup()
        lookup.sync(history)
        keys = itertools.cycle((history[:-3] + (1, 2, 3, 4), history[:-2] + (7, 8, 9)))
        prompts = list(itertools.islice(keys, ROUNDS * 4))
        key = timed(lambda: lookup.sync(prompts.pop()), ROUNDS * 4)
        lookup.sync(history)
        began = time.perf_counter()
        for token_id in endless[size : size + 1000]:
            lookup.append(token_id)
        append = (time.perf_counter() - began) / 1000
        spent = 0.0
        for token_id in endless[size + 1000 : size + 2000]:
            lookup.append(token_id)
            began = time.perf_counter()
            lookup.draft(16)
            spent += time.perf_counter() - began
        print(
            f"  {size:7d} tokens: all new {whole * 1e3:6.2f} ms ({whole / size * 1e6:.2f} us a token), the last few new "
            f"{key * 1e3:.3f} ms, append {append * 1e6:.2f} us, draft {spent * 1e3:.1f} us"
        )


def lookup_yield(texts: list[tuple[int, ...]], limit: int, min_match: int, tally: Tally) -> None:
    tokens = calls = drafted = accepted = 0
    for ids in texts:
        at = len(ids) // 2
        tokens += len(ids) - 1 - at
        lookup = Lookup(min_match)
        lookup.sync(ids[: at + 1])
        while at < len(ids) - 1:
            guess = lookup.draft(limit)
            count = accepted_tokens(guess.token_ids, ids, at + 1)
            tally.add(guess, count)
            for token_id in ids[at + 1 : at + 2 + count]:
                lookup.append(token_id)
            at += count + 1
            calls, drafted, accepted = calls + 1, drafted + len(guess.token_ids), accepted + count
    print(
        f"  at most {limit:2d} tokens, match >= {min_match}: {tokens / calls:.2f} tokens a call (no draft: 1), "
        f"{drafted / calls:.2f} drafted a call, {accepted / drafted:.2f} of them accepted"
    )


def rewrite(
    original: Sequence[int], answer: Sequence[int], ends: frozenset[int], again: int, limit: int, tally: Tally
) -> tuple[int, float]:
    """Calls to write ``answer``, and the drafts' own seconds."""
    began = time.perf_counter()
    draft = OriginalDraft(original, ends)
    spent = time.perf_counter() - began
    draft_limit, at, calls, new = limit, 0, 0, answer[:1]
    while True:
        began = time.perf_counter()
        for token_id in new:
            draft.follow(token_id)
        guess = draft.draft(draft_limit)
        spent += time.perf_counter() - began
        if at >= len(answer) - 1:
            return calls, spent
        count = accepted_tokens(guess.token_ids, answer, at + 1)
        tally.add(guess, count)
        new = answer[at + 1 : at + 2 + count]
        at, calls = at + count + 1, calls + 1
        draft_limit = limit if count == len(guess.token_ids) else again


def changed(lines: list[str], share: float, seed: int) -> tuple[str, int]:
    """The file with that share of its lines changed, and how many were."""
    chance, found, edits = random.Random(seed), [], 0
    for line in lines:
        if not line.strip() or chance.random() >= share:
            found.append(line)
            continue
        edits += 1
        kind, name = chance.choice(("name", "literal", "insert", "delete")), chance.choice(NEW_NAMES)
        words = [m for m in re.finditer(r"\b[^\W\d]\w*\b", line) if not keyword.iskeyword(m.group())]
        literals = list(re.finditer(r"\b\d+\b|'[^'\n]*'|\"[^\"\n]*\"", line))
        if kind == "delete":
            continue
        if kind == "literal" and literals:
            place = chance.choice(literals)
            quote = place.group()[0]
            value = str(chance.randrange(1000)) if quote.isdigit() else quote + name + quote
        elif kind != "insert" and words:
            place, value = chance.choice(words), name
        else:
            indent = line[: len(line) - len(line.lstrip())]
            found += [indent + chance.choice(NEW_LINES).format(name, chance.choice(NEW_NAMES)) + "\n", line]
            continue
        found.append(line[: place.start()] + value + line[place.end() :])
    return "".join(found), edits


def renamed(lines: list[str], seed: int) -> tuple[str, int]:
    """The file with three of its names changed everywhere, and how many places that are."""
    text, chance, places = "".join(lines), random.Random(seed), 0
    counts = defaultdict(int)
    for word in re.findall(r"\b[^\W\d]\w{3,}\b", text):
        counts[word] += not keyword.iskeyword(word)
    names = [word for word, count in counts.items() if 8 <= count <= 40]
    for old, new in zip(chance.sample(names, 3), chance.sample(NEW_NAMES, 3), strict=True):
        text, count = re.subn(rf"\b{old}\b", new, text)
        places += count
    return text, places


def original_yield(
    vocabulary: Vocabulary,
    files: list[list[str]],
    edited: Iterable[tuple[str, int]],
    again: int,
    limit: int,
    tally: Tally,
) -> str:
    ends = line_end_ids(vocabulary.pieces)
    each, tokens, calls, edits, seconds = [], 0, 0, 0, 0.0
    for lines, (text, count) in zip(files, edited, strict=True):
        answer = vocabulary.tokenize(text)
        needed, spent = rewrite(vocabulary.tokenize("".join(lines)), answer, ends, again, limit, tally)
        each.append(len(answer) / needed)
        tokens, calls, edits, seconds = tokens + len(answer), calls + needed, edits + count, seconds + spent
    more = (calls - tokens / (limit + 1)) / edits
    return (
        f"{statistics.mean(each):6.2f} (least {min(each):5.2f}), {more:.2f} calls more an edit, "
        f"{seconds / tokens * 1e6:.1f} us a token"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="", help="GGUF file whose vocabulary is used (default: the shipped model)")
    arguments = parser.parse_args()
    vocabulary = load_model(resolve_model(arguments.model), 0, lambda _done: True).vocabulary
    files = sources()
    texts = [vocabulary.tokenize("".join(lines)) for lines in files]
    print(f"{len(files)} files, {sum(map(len, files))} lines, {sum(map(len, texts))} tokens")
    lookup_costs(texts)
    print("lookup: yield")
    for limit in (3, 16):
        every = Tally()
        for min_match in (1, 2, 3, 4, 6):
            tally = Tally()
            lookup_yield(texts, limit, min_match, tally)
            if min_match == 1:
                every = tally
        every.show(f"acceptance, at most {limit} tokens")
    print("original: tokens a call, mean over the files (no draft: 1)")
    for share in SHARES:
        edited = [changed(lines, share, seed) for seed, lines in enumerate(files)]
        shown = Tally()
        for again, limit in itertools.product((1, 2, 3, 5), (16, 32, 48)):
            tally = Tally()
            figures = original_yield(vocabulary, files, edited, again, limit, tally)
            print(f"  {share:4.0%} of lines changed, R={again} L={limit}: {figures}")
            if (again, limit) == (3, 48):
                shown = tally
        shown.show(f"acceptance at {share:.0%}, R=3 L=48")
    edited = [renamed(lines, seed) for seed, lines in enumerate(files)]
    print(f"  three names everywhere, R=3 L=48: {original_yield(vocabulary, files, edited, 3, 48, Tally())}")


if __name__ == "__main__":
    main()
