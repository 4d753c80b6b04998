"""Compile and call `kernels.cpp`: the parts of a training step that are slow in PyTorch on a processor.

Compiled on first use with the C++ compiler of the machine (`CXX`, else `c++` or `g++`), for
this very processor, into the folder named by `FORETOKEN_KERNELS` (default `.training/kernels`). Everything
works on one thread and on float32 tensors on the processor.
"""

import ctypes
import functools
import hashlib
import os
import platform
import shlex
import shutil
import subprocess
from pathlib import Path

import torch
from torch import Tensor

SOURCE = Path(__file__).with_suffix(".cpp")
FLAGS = ["-O3", "-march=native", "-ffast-math", "-std=c++17", "-shared", "-fPIC"]
HEAD_SIZE = 64
SPAN = 32


def compiler() -> list[str] | None:
    """The C++ compiler's command, None where there is none."""
    if "CXX" in os.environ:
        return shlex.split(os.environ["CXX"])
    found = next(filter(None, map(shutil.which, ("c++", "g++", "clang++"))), None)
    return [found] if found else None


def _model_name() -> str:
    """The processor's name where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    return " ".join(sorted({line for line in lines if line.startswith(("model name", "flags"))}))


@functools.cache
def library() -> ctypes.CDLL:
    """The compiled kernels. Raises RuntimeError, with what to do, when they cannot be built."""
    command = compiler()
    if command is None:
        raise RuntimeError(
            "no C++ compiler found: install one (g++), or choose delta_rule, cross_entropy and elementwise "
            '= "torch" in the [backend] table of the configuration'
        )
    # For this very processor: a folder that was copied to another one must not be used there.
    machine = f"{platform.machine()} {platform.processor()} {torch.backends.cpu.get_cpu_capability()} {_model_name()}"
    key = hashlib.sha256(SOURCE.read_bytes() + " ".join([*command, *FLAGS, machine]).encode()).hexdigest()[:16]
    folder = Path(os.environ.get("FORETOKEN_KERNELS", ".training/kernels"))
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{key}.so"
    if not target.exists():
        temporary = target.with_suffix(f".{os.getpid()}")
        done = subprocess.run([*command, *FLAGS, str(SOURCE), "-o", str(temporary)], capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)} failed on {SOURCE}:\n{done.stderr}")
        os.replace(temporary, target)
    loaded = ctypes.CDLL(str(target.resolve()))
    loaded.cross_entropy.restype = ctypes.c_double
    return loaded


def _pointer(tensor: Tensor | None) -> ctypes.c_void_p:
    if tensor is None:
        return ctypes.c_void_p()
    if not tensor.is_contiguous() or tensor.device.type != "cpu":
        raise ValueError("the compiled kernels take contiguous tensors on the processor")
    return ctypes.c_void_p(tensor.data_ptr())


def _sizes(*numbers: int) -> list[ctypes.c_int64]:
    return [ctypes.c_int64(number) for number in numbers]


class DeltaRule(torch.autograd.Function):
    """Gated delta rule with its own normalisation of q and k. See `delta_rule.gated_delta_rule`."""

    @staticmethod
    def forward(ctx, qkv: Tensor, g: Tensor, beta: Tensor, epsilon: float) -> Tensor:
        """qkv [B, T, 3, H, 64], g and beta [B, T, H] to [B, T, H, 64]."""
        rows, length, _, heads, size = qkv.shape
        if size != HEAD_SIZE:
            raise ValueError(f"the compiled delta rule is for heads of {HEAD_SIZE}, not {size}")
        qkv, g, beta = qkv.contiguous(), g.contiguous(), beta.contiguous()
        out = qkv.new_empty(rows, length, heads, size)
        kept = qkv.new_empty(rows, heads, -(-length // SPAN), size, size)
        ctx.numbers = [*_sizes(rows, length, heads), ctypes.c_float(epsilon)]
        library().delta_forward(*map(_pointer, (qkv, g, beta, out, kept)), *ctx.numbers)
        ctx.save_for_backward(qkv, g, beta, kept)
        return out

    @staticmethod
    def backward(ctx, d_out: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        """Gradients of qkv, g and beta."""
        qkv, g, beta, kept = ctx.saved_tensors
        d_qkv, d_g, d_beta = map(torch.empty_like, (qkv, g, beta))
        given = (qkv, g, beta, kept, d_out.contiguous(), d_qkv, d_g, d_beta)
        library().delta_backward(*map(_pointer, given), *ctx.numbers)
        return d_qkv, d_g, d_beta, None


class Convolution(torch.autograd.Function):
    """Causal depthwise convolution that stays inside an example, then SiLU."""

    @staticmethod
    def forward(ctx, x: Tensor, weight: Tensor, reach: Tensor) -> Tensor:
        """x [B, T, C], weight [C, taps], reach [B, T] int32 (positions of the example before each) to [B, T, C]."""
        x, taps = x.contiguous(), weight.T.contiguous()
        inner, out = torch.empty_like(x), torch.empty_like(x)
        ctx.numbers = _sizes(x.shape[0] * x.shape[1], x.shape[2], taps.shape[0])
        library().convolve_forward(*map(_pointer, (x, taps, reach, inner, out)), *ctx.numbers)
        ctx.save_for_backward(x, taps, reach, inner)
        return out

    @staticmethod
    def backward(ctx, d_out: Tensor) -> tuple[Tensor, Tensor, None]:
        """Gradients of x and weight."""
        x, taps, reach, inner = ctx.saved_tensors
        d_x, d_taps = torch.zeros_like(x), torch.zeros_like(taps)
        given = (x, taps, reach, inner, d_out.contiguous(), d_x, d_taps)
        library().convolve_backward(*map(_pointer, given), *ctx.numbers)
        return d_x, d_taps.T, None


class Norm(torch.autograd.Function):
    """RMS norm with a gain, and optionally times silu(gate); the result is bfloat16."""

    @staticmethod
    def forward(ctx, x: Tensor, gain: Tensor, gate: Tensor | None, epsilon: float) -> Tensor:
        """x [..., C] float32, gain [C], gate [..., C] bfloat16 to [..., C]."""
        x, gate = x.contiguous(), None if gate is None else gate.contiguous()
        y, factor = torch.empty_like(x, dtype=torch.bfloat16), x.new_empty(x.shape[:-1])
        ctx.numbers = _sizes(factor.numel(), x.shape[-1])
        given = map(_pointer, (x, gain, gate, y, factor))
        library().norm_forward(*given, *ctx.numbers, ctypes.c_float(epsilon))
        ctx.save_for_backward(x, gain, gate, factor)
        return y

    @staticmethod
    def backward(ctx, d_y: Tensor) -> tuple[Tensor, Tensor, Tensor | None, None]:
        """Gradients of x, gain and gate."""
        x, gain, gate, factor = ctx.saved_tensors
        d_x, d_gain = torch.empty_like(x), torch.zeros_like(gain)
        d_gate = None if gate is None else torch.empty_like(gate)
        given = (x, gain, gate, factor, d_y.contiguous(), d_x, d_gain, d_gate)
        library().norm_backward(*map(_pointer, given), *ctx.numbers)
        return d_x, d_gain, d_gate, None


class SwiGlu(torch.autograd.Function):
    """silu(gate) * up, in bfloat16."""

    @staticmethod
    def forward(ctx, gate: Tensor, up: Tensor) -> Tensor:
        """Three tensors of one shape."""
        y = torch.empty_like(gate)
        library().swiglu_forward(*map(_pointer, (gate, up, y)), *_sizes(y.numel()))
        ctx.save_for_backward(gate, up)
        return y

    @staticmethod
    def backward(ctx, d_y: Tensor) -> tuple[Tensor, Tensor]:
        """Gradients of gate and up."""
        gate, up = ctx.saved_tensors
        d_gate, d_up = torch.empty_like(gate), torch.empty_like(up)
        given = (gate, up, d_y.contiguous(), d_gate, d_up)
        library().swiglu_backward(*map(_pointer, given), *_sizes(gate.numel()))
        return d_gate, d_up


def cross_entropy(logits: Tensor, targets: Tensor, weights: Tensor) -> float:
    """Sum of weight * -log p(target) over rows of bfloat16 logits [N, V], which become its gradient."""
    if logits.dtype != torch.bfloat16:
        raise ValueError("the compiled cross-entropy takes bfloat16 logits")
    return library().cross_entropy(*map(_pointer, (logits, targets, weights)), *_sizes(*logits.shape))
