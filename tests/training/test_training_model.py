"""The PyTorch model: backends agree, and packed examples do not see each other."""

import pytest
import torch

from training.backend import Backend
from training.loss import losses
from training.model import Config, Model
from training.packing import Packing

SMALL = Config(
    vocabulary=96, width=64, layers=3, attention_interval=2, feed_forward=96, gdn_heads=2, heads=2, kv_heads=1
)
SEGMENTS = torch.tensor([[0] * 9 + [1] * 20 + [2] * 13, [0] * 30 + [1] * 12])


@pytest.fixture(autouse=True)
def seeded(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORETOKEN_KERNELS", str(tmp_path_factory.getbasetemp() / "kernels"))


def model(backend: Backend = Backend()) -> Model:
    torch.manual_seed(3)
    made = Model(SMALL, backend)
    with torch.no_grad():  # the residual branches begin at zero: nothing would be compared
        for parameter in made.parameters():
            if parameter.ndim == 2 and not parameter.any():
                parameter.normal_(std=0.1)
    return made


def test_backends_agree() -> None:
    torch.manual_seed(0)
    ids = torch.randint(96, SEGMENTS.shape)
    batch = (ids, SEGMENTS, torch.rand(SEGMENTS.shape))
    results = []
    for backend in (Backend(), Backend("cpu", "compiled", "spans", "compiled", "compiled")):
        made = model(backend)
        trunk, mtp = losses(made, batch, 0.5)
        (trunk + mtp).backward()
        results.append((trunk, mtp, {name: p.grad for name, p in made.named_parameters()}))
    torch.testing.assert_close(results[0][:2], results[1][:2], rtol=3e-3, atol=3e-3)
    for name, gradient in results[0][2].items():
        difference = (gradient - results[1][2][name]).norm()
        assert gradient.norm() > 1e-3, name
        assert difference <= 0.1 * gradient.norm() + 1e-4, name  # bfloat16 products


@pytest.mark.parametrize("attention", ["masked", "spans"])
def test_packed_examples_do_not_see_each_other(attention: str) -> None:
    made = model(Backend(attention=attention)).eval()
    ids = torch.randint(96, (1, 42))
    packed = made(ids, Packing(SEGMENTS[:1], attention == "masked"))
    for part in (slice(0, 9), slice(9, 29), slice(29, 42)):
        torch.testing.assert_close(packed[:, part], made(ids[:, part]), rtol=1e-4, atol=1e-4)


def test_a_later_token_changes_nothing_before_it() -> None:
    made = model().eval()
    ids = torch.randint(96, (1, 30))
    other = ids.clone()
    other[0, 20] = (other[0, 20] + 1) % 96
    torch.testing.assert_close(made(ids)[:, :20], made(other)[:, :20])
    assert not torch.allclose(made(ids)[:, 20:], made(other)[:, 20:])


def test_the_mtp_loss_leaves_out_the_end_of_an_example() -> None:
    made = model().eval()
    ids = torch.randint(96, (1, 42))
    segments = torch.tensor([[0] * 20 + [1] * 22])
    weights = torch.zeros(1, 42)
    weights[0, 20:22] = 1.0  # as targets they belong to the second example, of drafts that the first would make
    _, over_the_end = losses(made, (ids, segments, weights), 1.0)
    _, inside = losses(made, (ids, torch.zeros_like(segments), weights), 1.0)
    assert over_the_end == 0 and inside > 1


def test_torch_compile_takes_a_block_whole() -> None:
    made = model()
    torch._dynamo.reset()
    torch._dynamo.utils.counters.clear()
    for block in [*made.blocks, made.mtp.block]:
        block.compile(backend="eager", fullgraph=True)  # raises where the graph would break
    ids = torch.randint(96, SEGMENTS.shape)
    trunk, mtp = losses(made, (ids, SEGMENTS, torch.ones(SEGMENTS.shape)), 1.0)
    assert trunk.isfinite() and mtp.isfinite()
    assert torch._dynamo.utils.counters["stats"]["unique_graphs"] > 0
