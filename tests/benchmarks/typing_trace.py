"""What each key costs while a recorded trace is typed: Foretoken's anchored infill against llama-server.

The trace (``traces/typing.jsonl``, made by ``record_trace.py``; SHA256 below names it) is replayed, one request an
event. Ours goes through the session, the prompt room and the generator, in this process. llama-server has the same
GGUF, the same number of threads, the same repository context in front, and windows of the same size:

- ``llama.vim``: ``/infill`` as llama.vim calls it, whose windows are counted in lines from the cursor
- ``spm``: the same with --spm-infill, where the prefix comes last; the windows are cut as ours, so that their heads stay
- ``completion psm``, ``completion spm``, ``completion middle``: the same prompts written by us and sent to
  ``/completion``, with the windows cut as ours; in ``middle`` the line so far stands behind FIM_MIDDLE. No plugin asks
  so. They are here because llama-server keeps checkpoints of a recurrent state for ``/completion`` alone: with
  ``/infill`` it evaluates the whole prompt at each key, whatever the order.

A key's tokens are those evaluated for its prompt; ours include the ones that healing generates again. ``ms`` is the
time until the first token: ours by the caller's clock, with tokenizing; llama-server's by its own (prompt_ms), without
tokenizing, HTTP and the queue, which is to its favour. Background is what our server prefills between keys; here each
key waits until it is done, as if the person paused long enough. llama-server gets the same windows, not the same
stop rule: it generates SUGGESTED tokens at most. The trace's first event, before which nothing is known, is not counted.
Moves (a jump, the other file) are no keys, but plugins ask there too: they have rows of their own.
"""

import argparse
import hashlib
import json
import os
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any
from unittest import mock

import llama_server
from in_process import Answer, Runtime

from foretoken.features.inline_completion import infill_prompt, stop_rule
from foretoken.features.quick_window import quick_room
from foretoken.features.reanchor import fresh_anchor, prefill_request
from foretoken.models.resolve import resolve_model
from foretoken.prompt import infill as infill_room
from foretoken.prompt.window import block_lines, prefix_blocks, suffix_blocks
from foretoken.session.documents import ContentChange
from foretoken.session.session import Session
from foretoken.session.snapshot import Snapshot
from foretoken.text.generation import GenerateRequest, ModelInfo, Timings
from foretoken.text.pieces import Piece, Special, Text
from foretoken.text.position import Position, PositionEncoding

TRACE = Path(__file__).parent / "traces" / "typing.jsonl"
SHA256 = "1f6a7d6b9d1af880d1d5a335c844329204406905b24960208f348a26d9e62385"
ROOT = "file:///project"
PREFIX = 600  # tokens
SUFFIXES = (600, 150)
SUGGESTED = 8
VARIANTS = ("ours", "llama.vim", "spm", "completion psm", "completion spm", "completion middle")
DEFAULT = ("ours", "llama.vim", "spm", "completion spm", "completion middle")
MOVES = ("jump", "switch")  # the cursor moved and nothing was typed
KINDS = (
    *("within line", "auto-closed", "new line", "backspace", "accept"),
    *("jump", "switch", "auto-import", "format-on-save"),
)


@dataclass(frozen=True, slots=True)
class Key:
    """One request of the trace. shown: prompt tokens altogether."""

    kind: str
    tokens: int
    shown: int
    first_ms: float
    ms: float
    background_tokens: int = 0
    background_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Windows:
    """How much stands around the cursor, in characters, which ours counts, and in lines, which llama.vim counts."""

    prefix: int
    suffix: int
    prefix_lines: int
    suffix_lines: int

    @property
    def n_prompt(self) -> int:
        """What a model's file would say so that ``prompt.infill`` gives these windows: it keeps a quarter of its room
        to what is typed."""
        return int((self.prefix + self.suffix) * 4 / 3 / infill_room.CHARS_PER_TOKEN)

    @property
    def block(self) -> int:
        return block_lines(int(self.n_prompt * infill_room.CHARS_PER_TOKEN))


def windows(runtime: Runtime, texts: Sequence[str], suffix: int) -> Windows:
    """PREFIX and ``suffix`` tokens in the mean over ``texts``. A prefix window begins at a block, so half a block is
    added to it."""
    chars = sum(map(len, texts))
    tokens = sum(len(runtime.model.vocabulary.tokenize(text)) for text in texts)
    lines = sum(text.count("\n") for text in texts)
    per_token, per_line = chars / tokens, chars / lines
    found = Windows(
        int(PREFIX * per_token),
        int(suffix * per_token),
        round(PREFIX * per_token / per_line),
        round(suffix * per_token / per_line),
    )
    return replace(found, prefix=found.prefix + int(found.block * per_line / 2))


class Editor:
    """The replayed trace: a session as the language server keeps it."""

    def __init__(self, trace: list[dict[str, Any]]) -> None:
        self._head, self._events = trace[0], trace[1:]
        self.session = Session()
        self.session.documents.encoding = PositionEncoding.UTF_32
        self.session.folders.add(ROOT, "project")
        self.uris = [f"{ROOT}/{file['path']}" for file in self._head["files"]]
        for uri, file in zip(self.uris, self._head["files"], strict=True):
            self.session.open_document(uri, "python", 0, file["text"])
        self.context = [(file["path"], file["text"]) for file in self._head["context"]]

    def keys(self, room: Callable[[], int | None] = lambda: None) -> Iterator[tuple[str, Snapshot]]:
        """The events. room: what an anchor may show that is fixed for one (``features.quick_window``)."""
        for version, event in enumerate(self._events, start=1):
            uri = self.uris[event["file"]]
            changes = [
                ContentChange(text, Position(start, start_character), Position(end, end_character))
                for start, start_character, end, end_character, text in event["changes"]
            ]
            if changes:
                self.session.change_document(uri, version, changes)
            at = Position(*event["cursor"])
            yield event["kind"], self.session.snapshot(uri, at, automatic=True, room=room())


def background_requests(
    session: Session, snapshot: Snapshot, model: ModelInfo
) -> Iterator[tuple[GenerateRequest, Callable[[Timings], None]]]:
    """What the language server prefills after this key, while nobody waits (``lsp.reanchoring``), and what is to be
    told the session when it is done."""
    found = fresh_anchor(snapshot, model)
    if found is None:
        return
    cancel = session.prepare_anchor(snapshot, *found)
    request = prefill_request(snapshot, found[0], model)
    if cancel is not None and request is not None:
        yield request, lambda timings: session.anchor_prepared(snapshot.document.uri, cancel, timings)


def with_context(prompt: Sequence[Piece], context: Sequence[tuple[str, str]]) -> tuple[Piece, ...]:
    """The prompt with other files before the first file's FILE_SEP."""
    at = prompt.index(Special.FILE_SEP)
    files = [piece for path, text in context for piece in (Special.FILE_SEP, Text(f"{path}\n{text}"))]
    return (*prompt[:at], *files, *prompt[at:])


def ours(runtime: Runtime, trace: list[dict[str, Any]], window: Windows) -> list[Key]:
    editor, found = Editor(trace), []
    info = replace(runtime.generator.info, n_prompt=window.n_prompt)
    share = window.prefix / (window.prefix + window.suffix)
    runtime.forget()
    rate = 0.0

    def room() -> int | None:
        return quick_room(rate, info)

    with mock.patch.object(infill_room, "PREFIX_SHARE", share):
        for kind, snapshot in editor.keys(room):
            prompt = infill_prompt(snapshot, info)
            assert prompt is not None
            request = GenerateRequest(with_context(prompt, editor.context), SUGGESTED, "trace", stop_rule(snapshot))
            answer = runtime.answer(request)
            later: list[Answer] = []
            for each, done in background_requests(editor.session, snapshot, info):
                later.append(runtime.answer(replace(each, prompt=with_context(each.prompt, editor.context))))
                done(later[-1].timings)
            timings = answer.timings
            rate = timings.prefill_rate
            found.append(
                Key(
                    kind,
                    timings.prompt_n + answer.healed_n,
                    timings.prompt_n + timings.cache_n,
                    answer.first_ms,
                    answer.ms,
                    sum(each.timings.prompt_n for each in later),
                    sum(each.ms for each in later),
                )
            )
    return found


def llama_vim_windows(snapshot: Snapshot, window: Windows) -> tuple[str, str, str]:
    """Prefix, line and suffix as llama.vim takes them: lines around the cursor's; a line of white space alone counts
    as empty."""
    text, offset = snapshot.document.text, snapshot.offset
    lines = text.split("\n")
    number = text.count("\n", 0, offset)
    column = offset - text.rfind("\n", 0, offset) - 1
    line = lines[number] if lines[number].strip() else ""
    before = lines[max(number - window.prefix_lines, 0) : number]
    after = lines[number + 1 : number + 1 + window.suffix_lines]
    return "\n".join(before) + "\n", line[:column], line[column:] + "\n" + "\n".join(after) + "\n"


def steady_windows(snapshot: Snapshot, window: Windows) -> tuple[str, str, str]:
    """Prefix, line and suffix cut as ours: whole lines, and a head that stays where it is for a block of lines."""
    text, offset = snapshot.document.text, snapshot.offset
    start = text.rfind("\n", 0, offset) + 1
    before = prefix_blocks(text[:start], window.prefix, window.block)
    after = suffix_blocks(text[offset:], window.suffix, window.block)
    return "".join(block.text for block in before), text[start:offset], "".join(block.text for block in after)


def theirs(
    runtime: Runtime, arguments: argparse.Namespace, variant: str, trace: list[dict[str, Any]], window: Windows
) -> list[Key]:
    editor, found = Editor(trace), []
    cut = llama_vim_windows if variant == "llama.vim" else steady_windows
    flags = ["--spm-infill"] if variant == "spm" else []
    ids = runtime.model.vocabulary.specials
    with llama_server.LlamaServer(
        arguments.llama_server, runtime.model.path, arguments.n_ctx, arguments.threads, flags
    ) as server:
        for kind, snapshot in editor.keys():
            parts = cut(snapshot, window)
            if variant.startswith("completion"):
                pieces = written(variant, snapshot.path, *parts)
                prompt = [
                    ids[each] if isinstance(each, Special) else each.text
                    for each in with_context(pieces, editor.context)
                ]
                answer = server.complete(prompt, SUGGESTED)
            else:
                answer = server.infill(*parts, editor.context, SUGGESTED)
            shown = answer.prompt_n + answer.cache_n
            found.append(Key(kind, answer.prompt_n, shown, answer.prompt_ms, answer.ms))
    return found


def written(variant: str, path: str, prefix: str, line: str, suffix: str) -> tuple[Piece, ...]:
    """The prompt as ``/infill`` writes it, or with the line behind FIM_MIDDLE."""
    head = (Special.REPO_NAME, Text("project\n"), Special.FILE_SEP, Text(f"{path}\n"))
    before, after = (Special.FIM_PREFIX, Text(prefix)), (Special.FIM_SUFFIX, Text(suffix))
    if variant == "completion middle":
        return (*head, *before, *after, Special.FIM_MIDDLE, Text(line))
    before = (*before, Text(line))
    if variant == "completion spm":
        return (*head, *after, *before, Special.FIM_MIDDLE)
    return (*head, *before, *after, Special.FIM_MIDDLE)


def spread(values: Sequence[float]) -> dict[str, float]:
    slow = statistics.quantiles(values, n=20, method="inclusive")[-1] if len(values) > 1 else values[0]
    return {"mean": statistics.mean(values), "p50": statistics.median(values), "p95": slow, "max": max(values)}


def table(name: str, keys: Sequence[Key]) -> dict[str, Any]:
    """Prints a variant's rows and returns them."""
    rows = {"all": keys, "all but moves": [key for key in keys if key.kind not in MOVES]}
    rows |= {kind: [key for key in keys if key.kind == kind] for kind in KINDS}
    found: dict[str, Any] = {}
    for kind, some in rows.items():
        if not some:
            continue
        row = {
            "keys": len(some),
            "tokens": spread([key.tokens for key in some]),
            "first_ms": spread([key.first_ms for key in some]),
            "ms": spread([key.ms for key in some]),
            "background_tokens": statistics.mean(key.background_tokens for key in some),
            "background_ms": statistics.mean(key.background_ms for key in some),
            "prompt": statistics.mean(key.shown for key in some),
        }
        found[kind] = row
        cells = [f"{row['tokens'][part]:.1f}" for part in ("mean", "p50", "p95", "max")]
        cells += [f"{row['first_ms'][part]:.2f}" for part in ("mean", "p50", "p95", "max")]
        cells += [
            f"{row['ms']['p50']:.2f}",
            f"{row['background_tokens']:.1f}",
            f"{row['background_ms']:.2f}",
            f"{row['prompt']:.0f}",
        ]
        print(f"| {name} | {kind} | {len(some)} | " + " | ".join(cells) + " |", flush=True)
    return found


def ratio(rows: dict[str, dict[str, Any]], variant: str, kind: str, measure: Callable[[dict[str, Any]], float]) -> str:
    if kind not in rows["ours"] or kind not in rows[variant]:
        return "-"
    return f"{measure(rows[variant][kind]) / max(measure(rows['ours'][kind]), 1e-9):.1f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="", help="GGUF file (default: the shipped model)")
    parser.add_argument("--n-ctx", type=int, default=8192)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--trace", type=Path, default=TRACE)
    parser.add_argument("--keys", type=int, default=0, help="only so many events (default: all)")
    parser.add_argument("--suffixes", type=int, nargs="+", default=SUFFIXES, help="tokens of the suffix window")
    parser.add_argument("--variants", nargs="+", default=DEFAULT, choices=VARIANTS)
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    llama_server.add_argument(parser)
    arguments = parser.parse_args()
    data = arguments.trace.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    lines = [json.loads(line) for line in data.splitlines()]
    trace = lines[: arguments.keys + 1] if arguments.keys else lines
    runtime = Runtime(resolve_model(arguments.model), arguments.n_ctx, arguments.threads)
    info = runtime.generator.info
    print(f"{info.name} ({info.architecture}, {info.n_params / 1e6:.1f} M parameters), {arguments.threads} thread(s)")
    named = "" if digest == SHA256 else " (not the one that the page's figures are from)"
    print(f"trace {digest[:16]}{named}, {len(trace) - 1} keys; load average {os.getloadavg()[0]:.1f}")
    report: dict[str, Any] = {"trace": digest, "model": info.name, "threads": arguments.threads, "suffixes": {}}
    for suffix in arguments.suffixes:
        window = windows(runtime, [file["text"] for file in trace[0]["files"]], suffix)
        print(f"\nprefix {PREFIX} tokens, suffix {suffix} tokens: {asdict(window)}")
        print(
            "| variant | kind | keys | tokens mean | p50 | p95 | max | ms mean | p50 | p95 | max | whole ms p50", end=""
        )
        print(" | background tokens | ms | prompt |\n|" + "---|" * 15)
        rows: dict[str, dict[str, Any]] = {}
        for variant in arguments.variants:
            if variant == "ours":
                keys = ours(runtime, trace, window)
            else:
                keys = theirs(runtime, arguments, variant, trace, window)
            rows[variant] = table(variant, keys[1:])
        for variant in arguments.variants if "ours" in rows else ():
            if variant != "ours":
                tokens = ratio(rows, variant, "all", lambda row: row["tokens"]["mean"])
                all_ms = ratio(rows, variant, "all", lambda row: row["first_ms"]["mean"])
                new_line = ratio(rows, variant, "new line", lambda row: row["first_ms"]["p50"])
                whole = ratio(rows, variant, "new line", lambda row: row["ms"]["p50"])
                print(
                    f"{variant} / ours: {tokens} x tokens a key, {all_ms} x ms; at a new line (p50) {new_line} x ms to "
                    f"the first token, {whole} x ms to the end"
                )
        report["suffixes"][str(suffix)] = rows
    if arguments.json:
        arguments.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
