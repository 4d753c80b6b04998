"""From load options to a generator that is ready."""

import logging
from collections.abc import Callable
from dataclasses import replace

from llama_cpp import llama_cpp as binding

from foretoken.models.check_header import sound_header
from foretoken.models.gguf_header import Header
from foretoken.models.memory import available_memory, free_swap
from foretoken.models.resolve import ModelUnavailable, model_bytes
from foretoken.runtime.adapters import Adapter, check_adapter_file
from foretoken.runtime.context import Context
from foretoken.runtime.counters import Counters
from foretoken.runtime.first_row import check_first_row
from foretoken.runtime.fit import Fit, choose, frugal, smaller, smaller_window, surely_fits
from foretoken.runtime.generate import Generator
from foretoken.runtime.library import PINNED
from foretoken.runtime.model import Model, load_model
from foretoken.runtime.options import MIB, LoadOptions
from foretoken.runtime.state_files import StateFiles, model_key, prune
from foretoken.runtime.tuning import Speculation, Tuning
from foretoken.runtime.warm import WarmStart

log = logging.getLogger(__name__)


def assemble(options: LoadOptions, counters: Counters, progress: Callable[[float], bool]) -> Generator:
    """Load the model and what belongs to it. Raises ModelUnavailable, AdapterError or LoadCancelled.

    Where memory is short it has fewer sequences, or a smaller window, and ``info.notice`` says so.
    """
    if options.states is not None:
        prune(options.states, options.state_mib * MIB)
    for path in options.lora:
        check_adapter_file(path)
    header = sound_header(options.model)
    fit = _fit(options, header)
    mtp = fit.options.tuning.mtp is not Speculation.OFF
    model = load_model(options.model, options.gpu_layers, progress, mtp, header)
    context, tuning, notice = open_context(model, fit.options)
    generator = Generator(model, context, counters, tuning)
    if options.lora:
        generator.adapt([Adapter(path) for path in options.lora])
    check_first_row(model, context)
    generator.warm = WarmStart(generator.kept, _files(options, context), counters)
    notice = " ".join(filter(None, (fit.notice, notice)))
    if notice:
        log.warning("%s", notice)
    generator.info = replace(generator.info, notice=notice)
    return generator


def open_context(model: Model, options: LoadOptions) -> tuple[Context, Tuning, str]:
    """The model's context, how it is tuned, and a sentence for the user when its window is smaller than ``options`` has
    it. Raises ModelUnavailable when not even the smallest one has room."""
    tuning, n_ctx = options.tuning, options.n_ctx
    while True:
        try:
            context = Context(model, n_ctx, options.threads, tuning)
        except ModelUnavailable:
            if model.hybrid and tuning != frugal(tuning):
                # Each of them has its own recurrent memory.
                log.warning("there is no room for spare sequences; going on without")
                tuning = frugal(tuning)
                continue
            less = smaller(min(n_ctx, model.n_ctx_train or n_ctx))
            if less is None:
                raise
            log.warning("there is no room for a window of %d tokens; trying %d", n_ctx, less)
            n_ctx = less
            continue
        return context, tuning, smaller_window(context.n_ctx, options.n_ctx) if n_ctx < options.n_ctx else ""


def _fit(options: LoadOptions, header: Header) -> Fit:
    """On a graphics device the memory is its own, and llama.cpp says when there is not enough of it."""
    if options.gpu_layers != 0 and binding.llama_supports_gpu_offload():
        return Fit(options)
    weights = model_bytes(options.model)
    if surely_fits(options, header, weights):
        return Fit(options)
    return choose(options, header, weights, available_memory(), free_swap())


def _files(options: LoadOptions, context: Context) -> StateFiles | None:
    if options.states is None:
        return None
    # States are of use only to a process that would have computed the same, in the same form.
    how = (PINNED, options.tuning.cache_k, options.tuning.cache_v, context.flash_attention)
    try:
        adapters = [model_key(path) for path in options.lora]
        files = StateFiles(options.states, options.state_mib * MIB, model_key(options.model, *how, *adapters))
    except OSError as error:
        log.warning("no states are kept on disk: %s", error)
        return None
    return files if options.state_mib else None
