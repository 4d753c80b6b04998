"""Print one suggestion for a place in a file, as an editor would get it, or say why there is none.

The suggestion goes to standard output, everything else to standard error. Exit code 0: a suggestion; 3: none, and
the reason is named; 1: it could not be asked for.
"""

import argparse
import asyncio
import json
import sys
from dataclasses import asdict

from foretoken.cli.command import OK, WRONG_USAGE, CommandError
from foretoken.cli.engine_session import loaded_engine
from foretoken.cli.reading import STDIN
from foretoken.cli.source_file import parse_location, read_source, settings_for, snapshot_at
from foretoken.features.inline_completion import InlineAnswer, inline_completion
from foretoken.postprocess.suggestion import Suggestion
from foretoken.session.settings import InlineSettings
from foretoken.session.snapshot import Snapshot
from foretoken.text.cancel import CancelToken
from foretoken.text.edit import TextEdit
from foretoken.text.generation import ModelInfo

EXAMPLES = """examples:
  foretoken complete src/app.py:12:5                # line 12, before its fifth character
  foretoken complete src/app.py:12:5 --lines 1      # only the rest of the line
  foretoken complete src/app.py:12:5 --json | jq .timings
  git show HEAD:a.py | foretoken complete -:3:1 --language python
"""

SILENT = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "location", metavar="FILE:LINE:COL", help="counted from 1; COL in characters; FILE - is standard input"
    )
    parser.add_argument("--lines", type=int, metavar="N", help="at most N lines (default: the setting)")
    parser.add_argument("--language", metavar="ID", help="LSP language id (default: by the file's name)")
    parser.add_argument("--json", action="store_true", help="print everything as one JSON object")


def run(args: argparse.Namespace) -> int:
    location = parse_location(args.location)
    if location.file == STDIN and not args.language:
        raise CommandError("standard input has no file name: say --language, such as --language python", WRONG_USAGE)
    text = read_source(location.file)
    settings = settings_for(location.file)
    if args.lines is not None:
        settings = settings.model_copy(update={"inline": _with_lines(settings.inline, args.lines)})
    snapshot = snapshot_at(location, text, args.language, settings)
    answer, model = asyncio.run(_ask(snapshot))
    if args.json:
        print(json.dumps(_as_json(answer, model), ensure_ascii=False, indent=2))
    else:
        _show(snapshot, answer, model)
    if not settings.inline.automatic:
        print("not shown while typing: inline.automatic is false", file=sys.stderr)
    return OK if isinstance(answer.outcome, Suggestion) else SILENT


def _with_lines(inline: InlineSettings, lines: int) -> InlineSettings:
    low, high = 1, 64
    if not low <= lines <= high:
        raise CommandError(f"--lines must be {low} to {high}", WRONG_USAGE)
    return inline.model_copy(update={"max_lines": lines})


async def _ask(snapshot: Snapshot) -> tuple[InlineAnswer, ModelInfo]:
    async with loaded_engine(snapshot.settings) as (engine, model):
        return await inline_completion(snapshot, engine, CancelToken()), model


def _show(snapshot: Snapshot, answer: InlineAnswer, model: ModelInfo) -> None:
    if isinstance(answer.outcome, Suggestion):
        if sys.stdout.isatty():
            _draw(snapshot, answer.outcome)
        else:
            print(answer.outcome.text)
        report = f"probability {answer.outcome.probability:.2f}"
    else:
        report = f"no suggestion: {answer.outcome.reason.value}"
        report += f" ({answer.outcome.detail})" if answer.outcome.detail else ""
    report += f"; {answer.total_ms:.0f} ms"
    if answer.timings is not None:
        timings = answer.timings
        report += (
            f"; tokens: {timings.prompt_n} evaluated in {timings.prompt_ms:.0f} ms, {timings.cache_n} reused, "
            f"{timings.predicted_n} generated in {timings.predicted_ms:.0f} ms"
        )
    print(f"{report}; {model.name}", file=sys.stderr)


def _draw(snapshot: Snapshot, suggestion: Suggestion) -> None:
    from rich.console import Console

    from foretoken.cli.code_picture import CodePicture

    ghost = TextEdit(suggestion.start, suggestion.end, suggestion.text)
    document = snapshot.document
    Console().print(CodePicture(document.text, snapshot.offset, ghost, document.language_id, height=12))


def _as_json(answer: InlineAnswer, model: ModelInfo) -> dict[str, object]:
    """start, end: offsets in characters that the suggestion replaces."""
    outcome = answer.outcome
    if isinstance(outcome, Suggestion):
        found: dict[str, object] = {"suggestion": asdict(outcome), "refusal": None}
    else:
        refusal = {"reason": outcome.reason.name, "sentence": outcome.reason.value, "detail": outcome.detail}
        found = {"suggestion": None, "refusal": refusal}
    timings = asdict(answer.timings) if answer.timings else None
    return found | {"total_ms": round(answer.total_ms, 2), "timings": timings, "model": asdict(model)}
