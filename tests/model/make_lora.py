"""Tiny LoRA adapters for the made models, strong enough to change what they write.

The form is that of llama.cpp's convert_lora_to_gguf.py, read by src/llama-adapter.cpp: two tensors for each matrix,
A (rank, rows in) and B (rows out, rank), of which the product times alpha / rank is added to it.
"""

from pathlib import Path

import gguf
import numpy as np

from model.make_gguf import Shape

RANK = 4


def write_lora(path: Path, shape: Shape, seed: int = 11, strength: float = 2.0) -> Path:
    """Write an adapter for every model of ``shape`` to ``path`` and return it.

    It adds to the matrix that ends the attention of each layer of the trunk; the MTP block stays as it is.
    strength: of what is added, against the matrix itself; 0 changes nothing.
    """
    writer = gguf.GGUFWriter(str(path), shape.architecture)
    writer.add_type(gguf.GGUFType.ADAPTER)
    writer.add_string(gguf.Keys.Adapter.TYPE, "lora")
    writer.add_float32(gguf.Keys.Adapter.LORA_ALPHA, float(RANK))
    random = np.random.default_rng(seed)
    for number, kind in enumerate(shape.kinds):
        rows_in = shape.sizes.values if kind == "r" else shape.sizes.n_head * shape.sizes.head
        name = f"blk.{number}.{'ssm_out' if kind == 'r' else 'attn_output'}.weight"
        down = random.normal(0, 1 / np.sqrt(rows_in), (RANK, rows_in))
        up = random.normal(0, strength / np.sqrt(RANK), (shape.sizes.n_embd, RANK))
        writer.add_tensor(f"{name}.lora_a", down.astype(np.float32))
        writer.add_tensor(f"{name}.lora_b", up.astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
