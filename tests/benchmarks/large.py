"""A model of Qwen3.6-27B's size with random weights: what the runtime costs where such a model is run.

The dimensions are the real ones, the matrices 4-bit, the numbers random; what a call costs does not depend on them. For
windows of several lengths, nearly full: prompt and generated tokens a second, a call that verifies a draft, a step of
the MTP block, keeping and restoring a checkpoint in host memory, copying a sequence. The baseline of each figure is one
token's call in the same window. The file is 15 GB (written to --folder, and removed), and so is the memory.
"""

import argparse
import ctypes
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1]))

from in_process import Speculation, Tuning, load_model  # noqa: E402

from foretoken.runtime.context import Context  # noqa: E402
from foretoken.runtime.generate import open_mtp  # noqa: E402
from foretoken.runtime.kept import FIRST_SPARE, LIVE  # noqa: E402
from foretoken.runtime.model import Model  # noqa: E402
from model.gguf_layers import Q4_0  # noqa: E402
from model.make_gguf import WIDE, Shape, write_model  # noqa: E402

N_EMBD, N_FF, N_VOCAB = 5120, 17_408, 248_320
FREE = 512  # tokens of the window that stay free for what is measured at its end
ROUNDS = 9
DRAFT, LONG_DRAFT = 3, 48


def shape(layers: int, scale: int) -> Shape:
    sizes = replace(WIDE.sizes, n_embd=N_EMBD // scale, n_ff=N_FF // scale)
    return replace(WIDE, kinds=("rrra" * 16)[:layers], sizes=sizes, n_vocab=N_VOCAB // scale, quantized=Q4_0)


def median_ms(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


def measure(model: Model, n_ctx: int, threads: int) -> dict[str, float]:
    tuning = Tuning(mtp=Speculation.ON, n_draft=DRAFT, n_long_draft=LONG_DRAFT, sequences=4, n_ubatch=512)
    context = Context(model, n_ctx, threads, tuning)
    mtp = open_mtp(model, context, tuning)
    depth = min(n_ctx, context.n_ctx) - FREE
    row = [index % 200 for index in range(context.n_ubatch)]
    began, at = time.perf_counter(), 0
    while at < depth:
        some = row[: min(context.n_ubatch, depth - at)]
        context.decode(some, at, 0, LIVE)
        if mtp:
            mtp.observe(at, some, context.hidden(len(some)))
        at += len(some)
    prefill = depth / (time.perf_counter() - began)

    def step(count: int) -> Callable[[], None]:
        def call() -> None:
            nonlocal at
            context.decode(row[:count], at, count, LIVE)
            if mtp:
                mtp.observe(at, row[:count], context.hidden(count))
            at += count

        return call

    found = {"n_ctx": n_ctx, "depth": depth, "prefill_per_s": prefill}
    found["one_token_ms"] = median_ms(step(1))
    found["generated_per_s"] = 1000 / found["one_token_ms"]
    found["verify_draft_ms"] = median_ms(step(1 + DRAFT))
    found["verify_long_draft_ms"] = median_ms(step(1 + LONG_DRAFT), 3)
    if mtp:

        def draft() -> None:
            mtp.draft(7, DRAFT, 0.0)
            mtp.cut(at)

        found["mtp_draft_ms"] = median_ms(draft)
    size = context.state_size(LIVE)
    buffer = (ctypes.c_uint8 * size)()
    found["checkpoint_bytes"] = size
    context.save(LIVE, buffer, size)
    found["checkpoint_save_ms"] = median_ms(lambda: context.save(LIVE, buffer, size))
    found["checkpoint_restore_ms"] = median_ms(lambda: context.restore(LIVE, buffer, size, at))

    def copied_and_called() -> None:
        context.copy(LIVE, FIRST_SPARE)
        step(1)()

    found["copy_and_token_ms"] = median_ms(copied_and_called)
    if mtp:
        mtp.close()
    context.close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--windows", type=int, nargs="+", default=[8192, 32_768, 131_072], help="in tokens")
    parser.add_argument("--layers", type=int, default=64, help="fewer for a trial (default 64)")
    parser.add_argument("--scale", type=int, default=1, help="widths divided by this, for a trial (default 1)")
    parser.add_argument("--gpu-layers", type=int, default=-1, help="-1 = all")
    parser.add_argument("--threads", type=int, default=0, help="0 = all cores but one")
    parser.add_argument(
        "--folder", type=Path, help="where the file is written (default: the folder for temporary files)"
    )
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        began = time.perf_counter()
        path = write_model(Path(folder) / "large.gguf", shape(arguments.layers, arguments.scale), noise=0.15)
        written = time.perf_counter()
        model = load_model(path, arguments.gpu_layers, lambda _done: True, True)
        print(
            f"{model.n_params / 1e9:.2f} G parameters, {model.size_bytes / 1e9:.2f} GB, "
            f"{'GPU' if model.on_gpu else 'CPU'}; written in {written - began:.0f} s, "
            f"loaded in {time.perf_counter() - written:.0f} s",
            flush=True,
        )
        rows = []
        for n_ctx in arguments.windows:
            rows.append(measure(model, n_ctx, arguments.threads))
            print("  ".join(f"{name} {value:,.4g}" for name, value in rows[-1].items()), flush=True)
        model.close()
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
