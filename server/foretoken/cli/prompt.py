"""Print what the model is asked for a place in a file.

The model is started, because how long its prompt may be is for it to say; its answer is not asked for. With --tokens,
or when it cannot be started, the prompt is made without it. Special tokens are shown by their role, such as
⟨FIM_PREFIX⟩; what you see between them is plain text. How many model tokens it is goes to standard error.
"""

import argparse
import asyncio
import sys

from foretoken.cli.command import OK, WRONG_USAGE, CommandError
from foretoken.cli.engine_session import loaded_engine
from foretoken.cli.source_file import parse_location, read_source, settings_for, snapshot_at
from foretoken.features.gates import gate
from foretoken.features.inline_completion import infill_prompt, max_tokens
from foretoken.postprocess.suggestion import Reason
from foretoken.prompt.infill import infill
from foretoken.session.snapshot import Snapshot
from foretoken.text.pieces import Prompt, Text, symbolic

EXAMPLES = """examples:
  foretoken prompt src/app.py:12:5                # what the model that you use is asked
  foretoken prompt src/app.py:12:5 --tokens 500   # without a model: what is left of it in a small window
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("location", metavar="FILE:LINE:COL", help="counted from 1; COL in characters")
    parser.add_argument(
        "--tokens", type=int, metavar="N", help="room for the prompt; no model is started (default: the model's own)"
    )
    parser.add_argument("--language", metavar="ID", help="LSP language id (default: by the file's name)")


def run(args: argparse.Namespace) -> int:
    location = parse_location(args.location)
    if args.tokens is not None and args.tokens < 1:
        raise CommandError("--tokens must be at least 1", WRONG_USAGE)
    text = read_source(location.file)
    settings = settings_for(location.file)
    snapshot = snapshot_at(location, text, args.language, settings)
    if args.tokens is not None:
        prompt, report = infill(snapshot, args.tokens), f"made for {args.tokens} model tokens, not counted"
    else:
        prompt, report = asyncio.run(_prompt_of_the_model(snapshot))
    print(symbolic(prompt))
    sys.stdout.flush()
    print(report, file=sys.stderr)
    return OK


async def _prompt_of_the_model(snapshot: Snapshot) -> tuple[Prompt, str]:
    """The prompt, and a line about it."""
    room = snapshot.settings.model.n_ctx - snapshot.settings.inline.max_tokens
    prompt: Prompt | None
    try:
        async with loaded_engine(snapshot.settings) as (engine, model):
            prompt = infill_prompt(snapshot, model)
            texts = [piece.text for piece in prompt or () if isinstance(piece, Text)]
            count = sum(await engine.count_tokens(texts)) + len(prompt or ()) - len(texts)
    except CommandError as error:
        reason = str(error).splitlines()[0]
        return infill(snapshot, max(room, 1)), f"made for {room} model tokens, by the settings alone: {reason}"
    if prompt is None:
        raise CommandError(f"nothing is asked: {Reason.LINE_TOO_LONG.value}")
    report = f"{count} model tokens of {model.name}"
    room = model.n_ctx - max_tokens(snapshot, model)
    if count > room:
        report += f", which takes {room}: what is farthest from the cursor is left out"
    refusal = gate(snapshot, model)
    if refusal is not None:
        report += f"; it is not asked here: {refusal.detail or refusal.reason.value}"
    return prompt, report
