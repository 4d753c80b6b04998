"""The quick window: how little of the file a key shows the model when its anchor had to be fixed while it waits.

A new anchor's prompt is evaluated from the file's first token on: after a jump, at a document's first key, after an
edit across the old one's border. No client says that the cursor moved before a key is typed, so a whole window cannot
be ready by then. The key's prompt therefore shows what stands next to the cursor, and the whole window is prepared in
the background (``features.reanchor``).
"""

from foretoken.prompt.infill import CHARS_PER_TOKEN, room_for_typed
from foretoken.text.generation import ModelInfo

# An answer should come within 50 ms of its key, before the next one is typed and while it still seems to come with it.
# What healing, the first generated tokens and the way to the editor take is left to them.
QUICK_SECONDS = 0.03
LEAST_TOKENS = 96  # fewer do not show the block that the cursor stands in
UNKNOWN_TOKENS = 128  # where no prompt was evaluated yet: 30 ms at 4,000 tokens a second, a small model on a processor


def quick_room(prefill_rate: float, model: ModelInfo | None) -> int | None:
    """``Anchor.room``, in characters, for an anchor that a key must wait for; None where the model's whole window takes
    no longer.

    prefill_rate: ``Engine.prefill_rate``. model: None while it is loaded.
    """
    n_tokens = max(int(prefill_rate * QUICK_SECONDS), LEAST_TOKENS) if prefill_rate > 0 else UNKNOWN_TOKENS
    room = int(n_tokens * CHARS_PER_TOKEN)
    if model is None:
        return room
    n_prompt = model.n_prompt or model.n_ctx
    return room if room < int(n_prompt * CHARS_PER_TOKEN) - room_for_typed(n_prompt) else None
