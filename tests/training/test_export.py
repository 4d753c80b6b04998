"""An exported file computes through llama.cpp what the PyTorch model computes."""

from pathlib import Path

import numpy as np
import pytest
import torch

from training.export import export
from training.gguf_model import GgufModel
from training.model import Config, Model
from training.tokenizer import SPECIALS, Vocabulary
from training.tokenizer import train as train_tokenizer
from training.verify import ODD_TEXTS

TEXT = Path(__file__).read_text(encoding="utf-8")
TOLERANCE = {"f32": 1e-3, "f16": 0.2, "q8_0": np.inf}
"""Of the largest difference; a quantised file is judged by the mean."""


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return Vocabulary(train_tokenizer([TEXT], 512))


@pytest.fixture(scope="module", params=[2, 4], ids=["attention every 2nd", "attention every 4th"])
def model(request: pytest.FixtureRequest, vocabulary: Vocabulary) -> Model:
    torch.manual_seed(request.param)
    made = Model(
        Config(
            vocabulary=vocabulary.size,
            width=96,
            layers=4,
            attention_interval=request.param,
            feed_forward=160,
            gdn_heads=2,
            heads=3,
        )
    )
    with torch.no_grad():
        for name, parameter in made.named_parameters():
            # Every tensor must matter and be told from every other: a swapped pair has to show.
            if parameter.ndim == 1:
                parameter.add_(torch.randn_like(parameter) * 0.2)
            elif "token_embd" in name:
                parameter.normal_(std=0.15)
            elif not parameter.any():
                parameter.normal_(std=0.1)
    return made.eval()


@pytest.mark.parametrize("kind", ["f32", "f16", "q8_0"])
def test_logits(model: Model, vocabulary: Vocabulary, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "model.gguf"
    export(model, vocabulary, path, kind, ["python"])
    assert not list(tmp_path.glob("*.new"))
    ids = vocabulary.encode(TEXT)[:300]
    with torch.no_grad():
        hidden = model(torch.tensor([ids]))
        expected = model.logits(hidden)[0].numpy()
        drafted = model.logits(model.draft(torch.tensor([ids[1:]]), hidden[:, :-1]))[0].numpy()
    assert expected.std() > 0.5
    file = GgufModel(path, exact=True)
    try:
        at_once = file.evaluate(ids)
        mtp = file.draft(ids[1:], file.hidden(len(ids))[:-1])
        file.forget()
        one_by_one = np.concatenate([file.evaluate([token_id], i) for i, token_id in enumerate(ids)])
        for got, wanted in ((at_once, expected), (one_by_one, expected), (mtp, drafted)):
            assert np.abs(got - wanted).max() < TOLERANCE[kind]
            assert (got.argmax(-1) == wanted.argmax(-1)).mean() > (0.8 if kind == "q8_0" else 0.97)
    finally:
        file.close()


def test_tokenizers_agree(model: Model, vocabulary: Vocabulary, tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    export(model, vocabulary, path, "f32", ["python"])
    file = GgufModel(path)
    try:
        for text in (*ODD_TEXTS, TEXT):
            assert file.encode(text) == vocabulary.encode(text)
        assert [file.special(text) for text in SPECIALS] == [vocabulary.special_ids[text] for text in SPECIALS]
    finally:
        file.close()
