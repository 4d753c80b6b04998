"""From load options to a generator that is ready."""

import logging
from collections.abc import Callable
from dataclasses import replace

from foretoken.models.resolve import ModelUnavailable
from foretoken.runtime.adapters import Adapter, check_adapter_file
from foretoken.runtime.context import Context
from foretoken.runtime.counters import Counters
from foretoken.runtime.generate import Generator
from foretoken.runtime.library import PINNED
from foretoken.runtime.model import load_model
from foretoken.runtime.options import MIB, LoadOptions
from foretoken.runtime.state_files import StateFiles, model_key, prune
from foretoken.runtime.tuning import Speculation
from foretoken.runtime.warm import WarmStart

log = logging.getLogger(__name__)


def assemble(options: LoadOptions, counters: Counters, progress: Callable[[float], bool]) -> Generator:
    """Load the model and what belongs to it. Raises ModelUnavailable, AdapterError or LoadCancelled."""
    if options.states is not None:
        prune(options.states, options.state_mib * MIB)
    for path in options.lora:
        check_adapter_file(path)
    tuning = options.tuning
    model = load_model(options.model, options.gpu_layers, progress, tuning.mtp is not Speculation.OFF)
    try:
        context = Context(model, options.n_ctx, options.threads, tuning)
    except ModelUnavailable:
        if tuning.sequences or not model.hybrid:
            raise
        # Two sequences do; the others only keep states ready, each with its recurrent memory.
        log.warning("there is no room for spare sequences; going on without")
        tuning = replace(tuning, sequences=2)
        context = Context(model, options.n_ctx, options.threads, tuning)
    generator = Generator(model, context, counters, tuning)
    if options.lora:
        generator.adapt([Adapter(path) for path in options.lora])
    generator.warm = WarmStart(generator.state, _files(options, context), counters)
    return generator


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
