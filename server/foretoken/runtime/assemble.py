"""From load options to a generator that is ready."""

from collections.abc import Callable

from foretoken.runtime.adapters import Adapter
from foretoken.runtime.context import Context
from foretoken.runtime.counters import Counters
from foretoken.runtime.generate import Generator
from foretoken.runtime.library import PINNED
from foretoken.runtime.model import load_model
from foretoken.runtime.options import MIB, LoadOptions
from foretoken.runtime.state_files import StateFiles, model_key
from foretoken.runtime.tuning import Speculation
from foretoken.runtime.warm import WarmStart


def assemble(options: LoadOptions, counters: Counters, progress: Callable[[float], bool]) -> Generator:
    """Load the model and what belongs to it. Raises ModelUnavailable, AdapterError or LoadCancelled."""
    tuning = options.tuning
    model = load_model(options.model, options.gpu_layers, progress, tuning.mtp is not Speculation.OFF)
    context = Context(model, options.n_ctx, options.threads, tuning)
    files = None
    if options.states is not None and options.state_mib > 0:
        # States are of use only to a process that would have computed the same.
        how = (PINNED, tuning.cache_k, tuning.cache_v, *(model_key(path) for path in options.lora))
        files = StateFiles(options.states, options.state_mib * MIB, model_key(options.model, *how))
    generator = Generator(model, context, counters, tuning)
    if options.lora:
        generator.adapt([Adapter(path) for path in options.lora])
    generator.warm = WarmStart(generator.state, files, counters)
    return generator
