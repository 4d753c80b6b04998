"""A line of code into tokens, and one token through the model, before it is called ready: that both can be done."""

import numpy as np

from foretoken.models.resolve import ModelUnavailable
from foretoken.runtime.context import Context, DecodeError
from foretoken.runtime.health import leave
from foretoken.runtime.model import Model

LINE = "def f(x):\n    return x + 1\n"


def check_first_row(model: Model, context: Context) -> None:
    """Raises ModelUnavailable when the line has no tokens, or when the logits are not numbers.

    Ends the process where the model cannot be computed: the supervisor tries a few more, for a graphics device may come
    back.
    """
    ids = model.vocabulary.tokenize(LINE)
    if not ids or not all(0 <= token_id < model.vocabulary.n_tokens for token_id in ids):
        raise ModelUnavailable(
            f"The model in {model.path} cannot spell a line of code: its vocabulary is damaged or missing. "
            "Download it again, or choose another model."
        )
    try:
        context.decode([0], 0, 1)
        finite = bool(np.isfinite(context.logits(1).max()))
    except DecodeError as error:
        leave(f"The model cannot be computed ({error}): memory ran out, or the graphics device was lost.")
    context.clear()
    if not finite:
        raise ModelUnavailable(
            f"The model in {model.path} computes nothing that is a number: its weights, or an adapter's, are damaged. "
            "Download them again."
        )
