"""What a model process is known by: windows that want the same thing share one, others never do."""

import hashlib
import json
import os
import platform
import sys
from pathlib import Path

from foretoken import __version__
from foretoken.engine.options import RuntimeOptions

# Variables of llama.cpp's backends and of OpenMP: they decide where a model is loaded, and how it is computed.
BACKENDS = ("CUDA_", "GGML_", "GOMP_", "HIP_", "LLAMA_", "OMP_", "ROCR_", "VK_")
INSTALLING = "LLAMA_CPP_"  # these say where it comes from, and nothing to a process that runs


def runtime_key(options: RuntimeOptions) -> str:
    """The same for the same model, run in the same way, by the same installation on the same machine; 24 characters.

    The machine and the installation are in it because a home folder, and with it the runtime folder, may be shared
    between machines or containers.
    """
    parts = {
        "version": __version__,
        "installation": sys.prefix,
        "machine": platform.node(),
        "environment": sorted((name, value) for name, value in os.environ.items() if _counts(name)),
        "model": _file(options.model),
        "lora": [_file(path) for path in options.lora],
        "n_ctx": options.n_ctx,
        "threads": options.threads,
        "gpu_layers": options.gpu_layers,
        "mtp": options.mtp,
        "lookup": options.lookup,
        "cache_type": options.cache_type,
        "states": str(options.states) if options.states else None,
        "state_mib": options.state_mib,
    }
    return hashlib.blake2b(json.dumps(parts).encode("utf-8", "replace"), digest_size=12).hexdigest()


def _counts(name: str) -> bool:
    return name.startswith(BACKENDS) and not name.startswith(INSTALLING)


def _file(path: Path) -> list[object]:
    """A file that was replaced is another one."""
    try:
        whole = path.resolve()
        found = whole.stat()
    except OSError:
        return [str(path)]
    return [str(whole), found.st_size, found.st_mtime_ns]
