"""Begin a larger model with the weights of a smaller one, computing nearly the same at first.

Known as growing or function-preserving initialisation (Chen, Goodfellow, Shlens, "Net2Net",
arXiv 1511.05641). New width starts as good as silent, and new layers start as the identity because
the maps that end a residual branch start at zero.
"""

import torch

from training.model import Config, Model


def layer_map(old: Config, new: Config) -> dict[int, int]:
    """Which layer of the old model each layer of the new one begins as; the kinds agree. The rest is new."""
    found, last = {}, -1
    for layer in range(new.layers):
        following = last + 1
        if following < old.layers and old.is_attention(following) == new.is_attention(layer):
            found[layer] = last = following
    return found


@torch.no_grad()
def grow(model: Model, state: dict) -> None:
    """Copy a checkpoint's weights into the upper left corner of the model's.

    Heads must be the same. Raises ValueError where a tensor does not fit.
    """
    old, new = Config(**state["config"]), model.config
    layers = layer_map(old, new)
    scale = (old.width / new.width) ** 0.5  # the mean of the squares is over more numbers, the new ones near zero
    for name, value in model.state_dict().items():
        source = name
        if name.startswith("blocks."):
            _, number, rest = name.split(".", 2)
            if int(number) not in layers:
                continue
            source = f"blocks.{layers[int(number)]}.{rest}"
        given = state["model"][source]
        if any(a > b for a, b in zip(given.shape, value.shape, strict=True)):
            raise ValueError(f"{name}: {tuple(given.shape)} does not fit into {tuple(value.shape)}")
        if given.shape == value.shape:
            value.copy_(given)
        elif value.ndim == 1:
            value.fill_(scale)
            value[: len(given)] = given * scale
        elif name == "mtp.eh_proj.weight":  # its input is two states side by side
            value[:] = 0
            for side in (0, 1):
                value[: old.width, side * new.width : side * new.width + old.width] = given[
                    :, side * old.width : (side + 1) * old.width
                ]
        else:
            rows, columns = given.shape
            if name.startswith("token_embd"):
                value[:] *= 0.1
            elif rows < value.shape[0] and columns < value.shape[1]:
                value[:rows, columns:] *= 0.1
            value[:rows, :columns] = given
            value[:rows, columns:] *= 0.1
