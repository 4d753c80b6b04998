"""One token through the model before it is called ready: that it computes at all, and numbers."""

import numpy as np

from foretoken.models.resolve import ModelUnavailable
from foretoken.runtime.context import Context, DecodeError
from foretoken.runtime.health import leave
from foretoken.runtime.model import Model


def check_first_row(model: Model, context: Context) -> None:
    """Raises ModelUnavailable when the logits are not numbers. Ends the process where the model cannot be computed: the
    supervisor tries a few more, for a graphics device may come back."""
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
