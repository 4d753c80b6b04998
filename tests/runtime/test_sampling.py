"""How a token is chosen from logits: greedy, drawn with cuts, under a constraint, among healing's ids."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from foretoken.runtime.library import load_library

load_library()

from foretoken.runtime.constraints import Constraints  # noqa: E402
from foretoken.runtime.context import DecodeError  # noqa: E402
from foretoken.runtime.model import load_model  # noqa: E402
from foretoken.runtime.sampling import Sampler  # noqa: E402
from foretoken.runtime.vocabulary import Vocabulary  # noqa: E402
from foretoken.text.generation import Constraint, Grammar, Sampling  # noqa: E402

DRAWS = 4000
GREEDY = Sampling()


@pytest.fixture(scope="module")
def vocabulary(dense_gguf: Path) -> Iterator[Vocabulary]:
    model = load_model(dense_gguf, 0, lambda _done: True)
    yield model.vocabulary
    model.close()


@pytest.fixture(scope="module")
def constraints(vocabulary: Vocabulary) -> Constraints:
    return Constraints(vocabulary)


def row(*values: float) -> np.ndarray:
    logits = np.array(values, np.float32)
    logits.flags.writeable = False  # llama.cpp's memory
    return logits


def random_row(size: int, seed: int = 0) -> np.ndarray:
    return row(*np.random.default_rng(seed).normal(0, 2, size))


def softmax(logits: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    weights = np.exp((logits.astype(np.float64) - logits.max()) / temperature)
    return weights / weights.sum()


def draws(sampling: Sampling, logits: np.ndarray, *more: object) -> np.ndarray:
    """How often each id is drawn, as a share."""
    sampler = Sampler(len(logits), sampling)
    drawn = [sampler.choose(logits, *more).token_id for _ in range(DRAWS)]
    return np.bincount(drawn, minlength=len(logits)) / DRAWS


def agree(shares: np.ndarray, expected: np.ndarray) -> bool:
    """Within five standard errors, for each likely id and for each twentieth of the mass, likely ids first; and what
    must not come did not."""
    order = np.argsort(-expected, kind="stable")
    twentieth = np.minimum(expected[order].cumsum() * 20, 19).astype(int)
    likely = expected > 0.01
    got = np.append(np.bincount(twentieth, shares[order]), shares[likely])
    due = np.append(np.bincount(twentieth, expected[order]), expected[likely])
    near = np.abs(got - due) <= 5 * np.sqrt(due * np.maximum(1 - due, 0) / DRAWS) + 1e-9
    return bool(near.all() and not shares[expected == 0].any())


def cut(logits: np.ndarray, sampling: Sampling) -> np.ndarray:
    """The distribution as llama.cpp documents it, token by token."""
    order = sorted(range(len(logits)), key=lambda n: (-logits[n], n))
    if sampling.top_k:
        order = order[: sampling.top_k]
    kept, mass = [], 0.0
    shares = softmax(logits[order])
    for token_id, share in zip(order, shares, strict=True):
        kept.append(token_id)
        mass += share
        if mass >= sampling.top_p:
            break
    kept = [n for n in kept if np.exp(logits[n] - logits.max()) >= sampling.min_p]
    expected = np.zeros(len(logits))
    expected[kept] = softmax(logits[kept], sampling.temperature)
    return expected


def test_greedy_takes_the_first_of_the_best_and_says_how_probable_it_was():
    logits = row(0.0, 3.0, 1.0, 3.0)
    choice = Sampler(4, GREEDY).choose(logits)
    assert choice.token_id == 1 and not choice.forced
    assert choice.probability == pytest.approx(softmax(logits)[1])


@pytest.mark.parametrize("size", [5, 64, 1000, 4128])
@pytest.mark.parametrize("temperature", [0.3, 1.0, 2.5])
def test_without_cuts_the_draws_are_the_softmax(size: int, temperature: float):
    logits = random_row(size, size)
    expected = softmax(logits, temperature)
    shares = draws(Sampling(temperature, seed=1), logits)
    assert agree(shares, expected)
    assert not agree(shares, softmax(logits, temperature * 1.5))  # the comparison is sharp enough


@pytest.mark.parametrize(
    "sampling",
    [
        Sampling(1.0, top_k=1, seed=2),
        Sampling(0.7, top_k=5, seed=3),
        Sampling(1.0, top_p=0.5, seed=4),
        Sampling(1.5, top_p=0.9, seed=5),
        Sampling(1.0, top_p=0.0, seed=5),
        Sampling(0.8, min_p=0.2, seed=6),
        Sampling(1.0, min_p=1.0, seed=6),
        Sampling(1.0, top_k=8, top_p=0.8, seed=7),
        Sampling(2.0, top_k=20, top_p=0.95, min_p=0.3, seed=8),
        Sampling(1.0, top_p=0.7, min_p=0.05, seed=9),
        Sampling(1.0, top_k=10_000, seed=10),
        Sampling(1.0, top_p=0.999999, seed=11),
    ],
)
@pytest.mark.parametrize("scale", [0.05, 1.0, 4.0])
def test_the_cuts(sampling: Sampling, scale: float):
    logits = row(*(random_row(300, 5) * scale))
    expected = cut(logits, sampling)
    shares = draws(sampling, logits)
    assert agree(shares, expected)
    assert not shares[expected == 0].any()


def test_a_drawn_tokens_probability_is_the_models_own():
    logits = random_row(50)
    sampler = Sampler(50, Sampling(3.0, top_k=20, seed=1))
    for _ in range(50):
        choice = sampler.choose(logits)
        assert choice.probability == pytest.approx(softmax(logits)[choice.token_id], rel=1e-5)


def test_a_seed_makes_the_same_draws_and_none_makes_others():
    logits = random_row(1000)
    for sampling in (Sampling(1.0, seed=5), Sampling(1.0, top_k=100, seed=5)):
        one, two = (Sampler(1000, sampling) for _ in range(2))
        assert [one.choose(logits) for _ in range(50)] == [two.choose(logits) for _ in range(50)]
    one, two = (Sampler(1000, Sampling(1.0)) for _ in range(2))
    assert [one.choose(logits) for _ in range(50)] != [two.choose(logits) for _ in range(50)]


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_a_constraint_is_asked_and_the_probability_stays_the_models(
    vocabulary: Vocabulary, constraints: Constraints, temperature: float
):
    logits = random_row(vocabulary.n_tokens, 3)
    sampler = Sampler(vocabulary.n_tokens, Sampling(temperature, seed=3))
    matcher = constraints.start(Constraint(Grammar.REGEX, "(a|b|c)x"))
    letters = [vocabulary.pieces.index(letter) for letter in (b"a", b"b", b"c")]
    choice = sampler.choose(logits, matcher)
    assert choice.token_id in letters and choice.forced
    assert choice.probability == pytest.approx(softmax(logits)[choice.token_id], rel=1e-4)
    if not temperature:
        assert choice.token_id == max(letters, key=lambda n: logits[n])
    lifted = logits.copy()
    lifted[letters[1]] = 40
    assert sampler.choose(lifted, matcher) == (letters[1], pytest.approx(1.0), False)


@pytest.mark.parametrize("cuts", [{}, {"top_k": 2}, {"top_p": 0.6}, {"min_p": 0.5}])
def test_draws_under_a_constraint(vocabulary: Vocabulary, constraints: Constraints, cuts: dict[str, float]):
    sampling = Sampling(1.0, seed=4, **cuts)
    logits = random_row(vocabulary.n_tokens, 6).copy()
    letters = [vocabulary.pieces.index(letter) for letter in (b"a", b"b", b"c", b"d")]
    logits[letters] = (0.0, 0.2, -1.0, 0.6) if cuts else (6.0, 6.2, 5.0, 6.6)
    expected = np.zeros(len(logits))
    expected[letters] = cut(logits[letters], sampling)
    matcher = constraints.start(Constraint(Grammar.REGEX, "[abcd]x"))
    assert agree(draws(sampling, logits, matcher), expected)


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_when_the_model_excludes_all_that_is_allowed_an_allowed_one_comes(
    vocabulary: Vocabulary, constraints: Constraints, temperature: float
):
    matcher = constraints.start(Constraint(Grammar.REGEX, "[yz]x"))
    logits = random_row(vocabulary.n_tokens).copy()
    logits[[n for n in range(vocabulary.n_tokens) if matcher.allows(n)]] = -np.inf
    choice = Sampler(len(logits), Sampling(temperature, seed=0)).choose(logits, matcher)
    assert matcher.allows(choice.token_id) and choice.probability == 0 and choice.forced


def test_among_given_ids_the_probability_is_renormalised():
    logits = row(5.0, 1.0, 2.0, 0.0)
    allowed = np.array([3, 1], np.int32)
    assert Sampler(4, GREEDY).choose(logits, None, allowed) == (
        1,
        pytest.approx(softmax(logits[allowed])[1]),
        False,
    )
    sampling = Sampling(1.0, seed=0)
    expected = np.zeros(4)
    expected[allowed] = softmax(logits[allowed])
    assert agree(draws(sampling, logits, None, allowed), expected)


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
@pytest.mark.parametrize("sampling", [GREEDY, Sampling(1.0, seed=0), Sampling(1.0, top_k=3, seed=0)])
def test_what_is_not_a_number_is_an_error(wrong: float, sampling: Sampling):
    logits = row(1.0, 2.0, wrong, 3.0)
    with pytest.raises(DecodeError, match="not numbers"):
        Sampler(4, sampling).choose(logits)
    with pytest.raises(DecodeError, match="not numbers"):
        Sampler(4, sampling).choose(logits, None, np.array([1, 2]))
    with pytest.raises(DecodeError, match="not numbers"):
        Sampler(4, sampling).choose(row(*[-np.inf] * 4))


def test_the_highest_random_number_stays_inside(monkeypatch: pytest.MonkeyPatch):
    class Last:
        def random(self) -> float:
            return 1.0  # what rounding can make of a number just below

    for size, sampling in ((300, Sampling(1.0)), (300, Sampling(1.0, top_k=7)), (128, Sampling(1.0))):
        sampler = Sampler(size, sampling)
        monkeypatch.setattr(sampler, "_random", Last())
        logits = np.append(random_row(size - 100), np.full(100, -np.inf, np.float32))
        assert sampler.choose(logits).probability > 0


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_required_text_comes_in_a_tokenizers_tokens(
    vocabulary: Vocabulary, constraints: Constraints, temperature: float
) -> None:
    """Not in whatever short tokens the model finds least improbable, having wanted something else."""
    text = "    def __init__(self, name, value):"
    wanted = vocabulary.tokenize(text)
    matcher = constraints.start(Constraint(Grammar.LARK, f'start: "{text}" /[ab]/'))
    sampler = Sampler(vocabulary.n_tokens, Sampling(temperature, seed=0))
    logits = np.zeros(vocabulary.n_tokens, np.float32)
    logits[vocabulary.tokenize("z")[0]] = 50.0
    logits[vocabulary.tokenize(" ")[0]] = 9.0
    chosen = []
    while len(chosen) < len(wanted) - 1:
        choice = sampler.choose(logits, matcher)
        assert choice.forced
        chosen.append(choice.token_id)
        matcher.advance(choice.token_id)
    assert chosen == list(wanted[:-1])
