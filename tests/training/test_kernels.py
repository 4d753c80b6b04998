"""The compiled kernels compute what the plain PyTorch forms compute, gradients included."""

import sys
import types

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from training import kernels
from training.backend import Backend
from training.delta_rule import chunked, gated_delta_rule, stepwise
from training.loss import WeightedCrossEntropy
from training.model import Config, DeltaNet
from training.packing import Packing

EPSILON = 1e-6
RESET = -40.0


@pytest.fixture(autouse=True)
def folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORETOKEN_KERNELS", str(tmp_path_factory.getbasetemp() / "kernels"))
    torch.manual_seed(0)


def gradients(out: Tensor, inputs: list[Tensor], d_out: Tensor) -> list[Tensor]:
    return list(torch.autograd.grad(out, inputs, d_out))


def delta_inputs(rows: int, length: int, heads: int) -> list[Tensor]:
    qkv = torch.randn(rows, length, 3, heads, 64)
    g = -torch.rand(rows, length, heads) * 0.3
    g[:, length // 3] = RESET  # a new example begins there
    return [x.requires_grad_() for x in (qkv, g, torch.rand(rows, length, heads) * 0.9 + 0.05)]


@pytest.mark.parametrize("length", [1, 31, 150])
def test_delta_rule(length: int) -> None:
    inputs = delta_inputs(2, length, 3)
    d_out = torch.randn(2, length, 3, 64)
    plain = gated_delta_rule(*inputs, EPSILON, "torch")
    fast = gated_delta_rule(*inputs, EPSILON, "compiled")
    torch.testing.assert_close(fast, plain, rtol=1e-4, atol=1e-5)
    pairs = zip(gradients(fast, inputs, d_out), gradients(plain, inputs, d_out), strict=True)
    for ours, expected in pairs:
        torch.testing.assert_close(ours, expected, rtol=1e-3, atol=2e-5)


def test_a_step_that_writes_nothing_has_a_gradient() -> None:
    qkv, g, _ = delta_inputs(1, 20, 1)
    beta = torch.zeros(1, 20, 1, requires_grad=True)
    ours, plain = (
        gradients(gated_delta_rule(qkv, g, beta, EPSILON, kind), [beta], torch.ones(1, 20, 1, 64))[0]
        for kind in ("compiled", "torch")
    )
    assert plain.abs().max() > 0.01
    torch.testing.assert_close(ours, plain, rtol=1e-3, atol=1e-5)


def test_the_gpu_library_is_asked_for_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """The call of fla-core's kernel: names, layouts and dtypes as its 0.6.0 wants them. It runs on a GPU alone."""

    def chunk_gated_delta_rule(q: Tensor, k: Tensor, v: Tensor, g: Tensor, beta: Tensor, scale: float) -> tuple:
        assert q.shape == k.shape == v.shape == (2, 40, 3, 64) and g.shape == beta.shape == (2, 40, 3)
        assert q.dtype == k.dtype == v.dtype == torch.bfloat16 and g.dtype == beta.dtype == torch.float32
        assert q.is_contiguous() and k.is_contiguous() and v.is_contiguous()
        q, k, v = (x.float().transpose(1, 2) for x in (q, k, v))
        return stepwise(q * scale, k, v, g.transpose(1, 2), beta.transpose(1, 2)).transpose(1, 2), None

    library = types.ModuleType("fla.ops.gated_delta_rule")
    library.chunk_gated_delta_rule = chunk_gated_delta_rule
    for name in ("fla", "fla.ops"):
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    monkeypatch.setitem(sys.modules, library.__name__, library)
    inputs = delta_inputs(2, 40, 3)
    wanted = gated_delta_rule(*inputs, EPSILON, "torch")
    assert (gated_delta_rule(*inputs, EPSILON, "fla") - wanted).abs().max() < 0.02 * wanted.abs().max()


def test_the_chunked_form_is_the_recurrence() -> None:
    q, k, v = (torch.nn.functional.normalize(torch.randn(1, 2, 100, 16), dim=-1) for _ in range(3))
    g, beta = -torch.rand(1, 2, 100), torch.rand(1, 2, 100)
    torch.testing.assert_close(chunked(q, k, v, g, beta), stepwise(q, k, v, g, beta), rtol=1e-4, atol=1e-5)


def test_convolution_stays_inside_an_example() -> None:
    config = Config(width=64)
    segments = torch.tensor([[0] * 5 + [1] * 2 + [2] * 13, [0] * 1 + [1] * 19])
    x = torch.randn(2, 20, 3 * 128, requires_grad=True)
    d_out = torch.randn(2, 20, 3 * 128)
    results = []
    for kind in ("torch", "compiled"):
        torch.manual_seed(1)
        layer = DeltaNet(config, Backend(delta_rule=kind))
        out = layer.convolve(x, Packing(segments))
        results.append((out, *gradients(out, [x, layer.ssm_conv1d.weight], d_out)))
    for ours, expected in zip(*results, strict=True):
        torch.testing.assert_close(ours, expected, rtol=1e-4, atol=1e-5)
    # The second example of the first row, alone.
    alone = layer.convolve(x[:1, 5:7], Packing(torch.zeros(1, 2, dtype=torch.long)))
    torch.testing.assert_close(results[0][0][:1, 5:7], alone, rtol=1e-4, atol=1e-5)


CLOSED = torch.tensor([-3000.0, -300, -100, -90, -60, -5, 0, 5, 90, 300]).repeat(2, 13)
"""Inputs of a sigmoid up to where its exponential is infinite; enough of them for vector instructions."""


def test_a_closed_gate_is_closed() -> None:
    """And nothing else: an activation once made NaN of a division by infinity, forty million tokens into a run."""
    gate, d_y = CLOSED.bfloat16().requires_grad_(), torch.ones(2, 130).bfloat16()
    up, x, gain = (torch.randn(size, requires_grad=True) for size in ((2, 130), (2, 130), (130,)))
    short = up.detach().bfloat16().requires_grad_()
    normed = x * torch.rsqrt(x.square().mean(-1, keepdim=True) + EPSILON) * gain
    for ours, plain, inputs in (
        (kernels.SwiGlu.apply(gate, short), F.silu(gate) * short, [gate, short]),
        (kernels.Norm.apply(x, gain, gate, EPSILON), (normed * F.silu(gate)).bfloat16(), [x, gain, gate]),
    ):
        pairs = zip([ours, *gradients(ours, inputs, d_y)], [plain, *gradients(plain, inputs, d_y)], strict=True)
        for one, other in pairs:
            assert one.isfinite().all()
            assert (one - other).norm() < 0.02 * other.norm()


def test_a_convolution_of_large_numbers_is_finite() -> None:
    x, weight = CLOSED[None].clone().requires_grad_(), torch.ones(130, 4).requires_grad_()
    reach = torch.tensor([[0, 1]], dtype=torch.int32)
    ours = kernels.Convolution.apply(x, weight, reach)
    plain = F.silu(torch.stack([x[0, 0], x[0, 0] + x[0, 1]]))[None]
    d_out = torch.ones(1, 2, 130)
    torch.testing.assert_close(ours, plain)
    torch.testing.assert_close(gradients(ours, [x], d_out), gradients(plain, [x], d_out))
    assert gradients(kernels.Convolution.apply(x, weight, reach), [weight], d_out)[0].isfinite().all()


def test_cross_entropy() -> None:
    hidden, head = torch.randn(40, 32, requires_grad=True), torch.randn(300, 32, requires_grad=True)
    targets, weights = torch.randint(300, (40,)), torch.rand(40)
    logits = hidden.bfloat16().float() @ head.bfloat16().float().T
    expected = (torch.nn.functional.cross_entropy(logits, targets, reduction="none") * weights).sum()
    wanted = gradients(expected, [hidden, head], torch.ones(()))
    for compiled in (False, True):
        loss = WeightedCrossEntropy.apply(hidden, head, targets, weights, compiled)
        torch.testing.assert_close(loss, expected, rtol=2e-3, atol=2e-3)
        for ours, other in zip(gradients(loss, [hidden, head], torch.ones(())), wanted, strict=True):
            assert (ours - other).norm() < 0.01 * other.norm()  # bfloat16


def test_without_a_compiler_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernels, "compiler", lambda: None)
    kernels.library.cache_clear()
    with pytest.raises(RuntimeError, match='= "torch" in the .backend. table'):
        kernels.library()
    kernels.library.cache_clear()


def test_heads_of_another_size_are_refused() -> None:
    with pytest.raises(ValueError, match="heads of 64"):
        gated_delta_rule(torch.zeros(1, 2, 3, 1, 32), torch.zeros(1, 2, 1), torch.zeros(1, 2, 1), EPSILON, "compiled")
