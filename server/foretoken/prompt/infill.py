"""The infill prompt: Qwen's repository-level fill-in-the-middle form, anchored.

    REPO_NAME repo \\n FILE_SEP path \\n FIM_PREFIX file up to the anchor FIM_SUFFIX what follows FIM_MIDDLE typed since

What was typed since the anchor stands behind FIM_MIDDLE, so that typing only appends (DESIGN: anchored infill). The
order of the parts is Qwen2.5-Coder's (its technical report, section 3.2.2). No secret is in it: placeholders stand for
them (``prompt.redacted``).
"""

from functools import lru_cache

from foretoken.prompt.redacted import redacted, unix
from foretoken.prompt.window import Block, block_lines, prefix_blocks, suffix_blocks
from foretoken.session.snapshot import Snapshot
from foretoken.text.pieces import Piece, Prompt, Special, Text
from foretoken.trust.secrets import redact

# Measured on Python source: 3.3 characters a token with 4,096 tokens, 3.6 with 8,192. Low on purpose; where it is
# still too high the runtime drops the pieces that are marked for it.
CHARS_PER_TOKEN = 3.0
PREFIX_SHARE = 0.7


def fits(snapshot: Snapshot, n_prompt: int) -> bool:
    """Whether what was typed since the anchor leaves half of the prompt to what stands around it."""
    return snapshot.offset - snapshot.anchor.start <= n_prompt * CHARS_PER_TOKEN / 2


def room_for_typed(n_prompt: int) -> int:
    """How many characters may be typed since the anchor before the window around it shrinks."""
    return int(n_prompt * CHARS_PER_TOKEN) // 4


def infill(snapshot: Snapshot, n_prompt: int) -> Prompt:
    """Pieces for a completion at the snapshot's cursor.

    n_prompt: how many model tokens the prompt may have. Blocks far from the cursor are marked droppable, the farthest
    first; the cursor's own neighbourhood and what was typed never are. Secrets are replaced by placeholders.
    """
    anchor = snapshot.anchor
    written = snapshot.document.text[anchor.start : snapshot.offset]
    before, typed, after = redacted(anchor, written, int(n_prompt * CHARS_PER_TOKEN))
    repo_name, path = _shown_names(snapshot.repo_name, snapshot.path)
    header: list[Piece] = []
    if repo_name:
        header += [Special.REPO_NAME, Text(f"{repo_name}\n")]
    header += [Special.FILE_SEP, Text(f"{path}\n")]

    lines = block_lines(int(n_prompt * CHARS_PER_TOKEN))
    budget = _file_room(snapshot, n_prompt)
    if anchor.room is not None and anchor.room < budget:
        budget, lines = anchor.room, 1  # the head of a quick window need not stay: the whole one soon takes its place
    # A side that needs less than its share leaves the rest to the other.
    for_suffix = max(int(budget * (1 - PREFIX_SHARE)), budget - len(before))
    suffix = suffix_blocks(after, for_suffix, lines)
    prefix = prefix_blocks(before, budget - sum(len(block.text) for block in suffix), lines)
    farthest = max((block.distance for block in prefix + suffix), default=0)

    def pieces(blocks: list[Block]) -> list[Piece]:
        return [Text(b.text, farthest - b.distance if b.distance else None) for b in blocks]

    return (
        *header,
        Special.FIM_PREFIX,
        *pieces(prefix),
        Special.FIM_SUFFIX,
        *pieces(suffix),
        Special.FIM_MIDDLE,
        Text(typed),
    )


def shortened(snapshot: Snapshot, n_prompt: int) -> bool:
    """Whether the anchor's own room leaves out of the prompt what the model would take."""
    anchor = snapshot.anchor
    in_file = len(anchor.prefix) + len(anchor.suffix)
    return anchor.room is not None and anchor.room < min(_file_room(snapshot, n_prompt), in_file)


def _file_room(snapshot: Snapshot, n_prompt: int) -> int:
    """How many characters of the file around what was typed a prompt of ``n_prompt`` tokens holds."""
    # In steps: a window that shrank with each typed character would move, and the state behind its head be lost.
    step = max(room_for_typed(n_prompt), 1)
    typed = len(unix(snapshot.document.text[snapshot.anchor.start : snapshot.offset]))
    for_typed = (typed // step + 1) * step
    names = sum(map(len, _shown_names(snapshot.repo_name, snapshot.path)))
    return max(0, int(n_prompt * CHARS_PER_TOKEN) - for_typed - names)


@lru_cache(maxsize=16)
def _shown_names(repo_name: str, path: str) -> tuple[str, str]:
    """The names of the folder and the file as a prompt says them, with placeholders for secrets. They are the same for
    every key in a file, so they are looked at once."""
    shown = redact(f"{repo_name}\n{path}").text.partition("\n")
    return shown[0], shown[2]


def without_typed(prompt: Prompt) -> Prompt:
    """The prompt up to where what was typed begins: the same for every key that its anchor serves."""
    return prompt[: prompt.index(Special.FIM_MIDDLE) + 1]
