"""The infill prompt: Qwen's repository-level fill-in-the-middle form, anchored.

    REPO_NAME repo \\n FILE_SEP path \\n FIM_PREFIX file up to the anchor FIM_SUFFIX what follows FIM_MIDDLE typed since

What was typed since the anchor stands behind FIM_MIDDLE, so that typing only appends (DESIGN: anchored infill). The
order of the parts is Qwen2.5-Coder's (its technical report, section 3.2.2).
"""

from foretoken.prompt.window import Block, block_lines, prefix_blocks, suffix_blocks
from foretoken.session.snapshot import Snapshot
from foretoken.text.pieces import Piece, Prompt, Special, Text

# Measured on Python source: 3.3 characters a token with 4,096 tokens, 3.6 with 8,192. Low on purpose; where it is
# still too high the runtime drops the pieces that are marked for it.
CHARS_PER_TOKEN = 3.0
PREFIX_SHARE = 0.7


def fits(snapshot: Snapshot, n_prompt: int) -> bool:
    """Whether what was typed since the anchor leaves half of the prompt to what stands around it."""
    return snapshot.offset - snapshot.anchor.start <= n_prompt * CHARS_PER_TOKEN / 2


def infill(snapshot: Snapshot, n_prompt: int) -> Prompt:
    """Pieces for a completion at the snapshot's cursor.

    n_prompt: how many model tokens the prompt may have. Blocks far from the cursor are marked droppable, the farthest
    first; the cursor's own neighbourhood and what was typed never are.
    """
    anchor = snapshot.anchor
    document = snapshot.document.text
    typed = _unix(document[anchor.start : snapshot.offset])
    header: list[Piece] = []
    if snapshot.repo_name:
        header += [Special.REPO_NAME, Text(f"{snapshot.repo_name}\n")]
    header += [Special.FILE_SEP, Text(f"{snapshot.path}\n")]

    room = int(n_prompt * CHARS_PER_TOKEN)
    lines = block_lines(room)
    # In steps: a window that shrank with each typed character would move, and the state behind its head be lost.
    step = max(room // 4, 1)
    for_typed = (len(typed) // step + 1) * step
    budget = max(0, room - for_typed - len(snapshot.path) - len(snapshot.repo_name))
    before, after = _unix(document[: anchor.start]), _unix(anchor.suffix)
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


def _unix(text: str) -> str:
    """Models are trained on ``\\n``; editors put their own line ends into what they insert."""
    return text.replace("\r\n", "\n") if "\r" in text else text
