"""What a generation gives: UTF-8, stops, probabilities, healing, special tokens, overflow."""

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from foretoken.runtime import vocabulary as vocabulary_room
from foretoken.runtime.context import DecodeError
from foretoken.runtime.overflow import PromptTooLong
from foretoken.runtime.prepare import SPARE_TOKENS, UnsupportedPrompt
from foretoken.text.generation import FinishReason, GenerateRequest, Stop
from foretoken.text.pieces import Special, Text
from foretoken.text.stop import stop_at
from model.generators import Bench, infill, plain
from model.make_gguf import DENSE, SPECIALS, Shape, write_model

CODE = "    def read(self, name):\n        return self.value if name is None else items\n"


@pytest.fixture(scope="module")
def bench(tiny_gguf) -> Iterator[Bench]:
    bench = Bench(tiny_gguf)
    yield bench
    bench.close()


@pytest.fixture
def chained(tmp_path: Path):
    """A model that says one text, whatever it is asked."""
    benches = []

    def make(chain: bytes, shape: Shape = DENSE) -> Bench:
        benches.append(Bench(write_model(tmp_path / f"{len(benches)}.gguf", shape, chain=chain)))
        return benches[-1]

    yield make
    for bench in benches:
        bench.close()


def test_characters_that_are_split_over_tokens_arrive_whole(chained):
    bench = chained("aé€\U0001f600.".encode())
    texts, finish, _ = bench.run(plain("xa", heal=False, n_predict=20))
    assert "".join(texts) == "é€\U0001f600."
    assert texts.count("") == 6  # one for each byte that does not complete a character
    assert "\ufffd" not in "".join(texts)
    assert finish.reason is FinishReason.END


def test_a_character_that_never_completes_is_not_shown(chained):
    texts, finish, _ = chained("ab€".encode()[:-1]).run(plain("xa", heal=False))
    assert "".join(texts) == "b"
    assert finish.reason is FinishReason.END


def test_bytes_that_are_not_utf8_become_replacement_characters(chained):
    texts, _, _ = chained(b"a\xffb").run(plain("xa", heal=False))
    assert "".join(texts) == "\ufffdb"


def test_the_stop_rule_ends_the_stream(chained):
    bench = chained(b"ab\ncd")
    texts, finish, _ = bench.run(plain("xa", heal=False, stop=Stop(max_lines=1)))
    assert "".join(texts).split("\n")[0] == "b"
    assert finish.reason is FinishReason.STOP
    texts, finish, _ = bench.run(plain("xa", heal=False, stop=Stop(max_lines=2)))
    assert "".join(texts) == "b\ncd"
    assert finish.reason is FinishReason.END
    texts, finish, _ = bench.run(plain("xa", heal=False, stop=Stop(max_lines=5, min_indent=1)))
    assert "".join(texts) == "b\nc"
    assert finish.reason is FinishReason.STOP


def test_the_stream_stops_where_the_rule_says(bench: Bench):
    """Exactly one token shows that the text is complete, the last one."""
    for n_lines, min_indent in ((1, None), (2, None), (3, 1), (5, 2), (9, 4)):
        stop = Stop(n_lines, min_indent)
        for start in range(0, len(CODE), 7):
            texts, finish, _ = bench.run(plain(CODE + CODE[:start], n_predict=40, stop=stop))
            assert stop_at("".join(texts[:-1]), stop) is None
            assert (stop_at("".join(texts), stop) is not None) == (finish.reason is FinishReason.STOP)


def test_n_predict_ends_the_stream(chained):
    texts, finish, _ = chained(b"abcdef").run(plain("xa", heal=False, n_predict=3))
    assert "".join(texts) == "bcd"
    assert (finish.reason, finish.timings.predicted_n) == (FinishReason.LENGTH, 3)


def test_an_improbable_text_ends_early_and_shows_the_token_that_crossed(bench: Bench):
    texts, finish, probabilities = bench.fresh(plain(CODE, n_predict=30))
    together, crossing = 1.0, 0
    while crossing < len(texts) and together >= 0.2:
        together *= probabilities[crossing]
        crossing += 1
    assert crossing < len(texts)
    shortened, finish, _ = bench.fresh(plain(CODE, n_predict=30, min_probability=0.2))
    assert shortened == texts[:crossing]
    assert finish.reason is FinishReason.UNLIKELY


def test_probabilities_are_those_of_the_softmax(bench: Bench):
    _, _, probabilities = bench.fresh(plain(CODE, n_predict=1, heal=False))
    bench.state.forget()
    bench.run(plain(CODE, n_predict=0, heal=False))
    logits = bench.context.logits()[0].astype(np.float64)
    weights = np.exp(logits - logits.max())
    assert probabilities[0] == pytest.approx(weights.max() / weights.sum(), rel=1e-4)


def test_healed_text_begins_with_what_was_typed(bench: Bench):
    """What is in the model's state after it is the typed text and what was sent, byte for byte."""
    vocabulary = bench.model.vocabulary
    for end in range(1, len(CODE)):
        typed = CODE[:end]
        texts, _, probabilities = bench.run(infill("import os\n", "\n", typed, n_predict=3))
        ids = list(bench.state.token_ids)
        middle = ids[ids.index(vocabulary.specials[Special.FIM_MIDDLE]) + 1 :]
        held = b"".join(vocabulary.pieces[i] for i in middle)
        whole = typed + "".join(texts)
        shown = whole.encode()
        assert shown.startswith(held) or held.startswith(shown.rstrip()) or b"\xef\xbf\xbd" in shown
        assert held.startswith(typed.encode()) or not texts
        assert all(0 < p <= 1 for p in probabilities)


def test_what_healing_chose_counts_with_the_first_token_that_is_news(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    """The shown probability is that of all that was generated, the typed part included."""
    steps: list[float] = []
    choose = bench.generator.predictor.choose

    def note(logits, progress):
        choice = choose(logits, progress)
        steps.append(choice.probability)
        return choice

    monkeypatch.setattr(bench.generator.predictor, "choose", note)
    tried = 0
    for end in range(1, len(CODE)):
        steps.clear()
        _, _, probabilities = bench.run(infill("import os\n", "\n", CODE[:end], n_predict=1))
        if len(steps) > 1 and probabilities:
            tried += 1
            assert probabilities[0] == pytest.approx(math.prod(steps))
    assert tried


def test_text_of_special_tokens_gives_no_special_id(bench: Bench):
    vocabulary = bench.model.vocabulary
    nasty = "".join(SPECIALS.values()) * 3 + "x" + "\n".join(SPECIALS.values())
    controls = set(vocabulary.specials.values()) | vocabulary.ends
    assert controls.isdisjoint(vocabulary.tokenize(nasty))
    bench.run(infill(nasty, nasty, nasty, n_predict=1, heal=False))
    ids = list(bench.state.token_ids)
    assert [i for i in ids if i in controls] == [
        vocabulary.specials[role] for role in (Special.FIM_PREFIX, Special.FIM_SUFFIX, Special.FIM_MIDDLE)
    ]
    assert b"".join(vocabulary.pieces[i] for i in ids).decode() == nasty * 3


def test_odd_characters_are_tokenized_without_loss(bench: Bench):
    vocabulary = bench.model.vocabulary
    for text in ("a\0b", "\r\n\t\x0c\u2028", "é\U0001f600ไทย", "", " " * 300, "\n" * 50):
        assert b"".join(vocabulary.pieces[i] for i in vocabulary.tokenize(text)) == text.encode()
        assert vocabulary.count(text) == len(vocabulary.tokenize(text))
    assert vocabulary.count("\ud800") == vocabulary.count("?")


def test_droppable_pieces_go_first_when_the_window_is_full(bench: Bench):
    prompt = (
        Special.FILE_SEP,
        Text("self.value = 1\n" * 400, drop_order=0),
        Special.FILE_SEP,
        Text("self.name = 2\n" * 20, drop_order=1),
        Special.FIM_PREFIX,
        Text("import os\n"),
        Special.FIM_SUFFIX,
        Special.FIM_MIDDLE,
    )
    texts, finish, _ = bench.fresh(GenerateRequest(prompt, 4, "test"))
    assert finish.timings.dropped_n > 1500
    assert texts == bench.fresh(GenerateRequest(prompt[2:], 4, "test"))[0]


def test_a_prefill_drops_what_the_request_after_it_will_drop(bench: Bench):
    vocabulary = bench.model.vocabulary
    near = Text("self.value = 1\n" * 60)
    fits = bench.context.n_ctx - SPARE_TOKENS - vocabulary.count(near.text) - 3
    far = Text("x" * (fits - 10), drop_order=0)  # beside 0 generated tokens there is room for it, beside 20 not
    assert vocabulary.count(far.text) == fits - 10
    prompt = (Special.FIM_PREFIX, far, Special.FIM_SUFFIX, near, Special.FIM_MIDDLE)
    bench.fresh(GenerateRequest(prompt, 0, "prefill", heal=False, n_reserve=20))
    _, finish, _ = bench.run(GenerateRequest((*prompt, Text("    ")), 20, "key", heal=False))
    assert finish.timings.dropped_n > 0
    assert finish.timings.prompt_n <= vocabulary.count("    ")


def test_neighbouring_texts_are_one_text(bench: Bench):
    """As in training: where two pieces meet is no border of tokens."""
    parts = ("    def __in", "it__(self):\n\n", "\n\n  self.val", "ue = na")
    apart = (Special.FIM_PREFIX, *(Text(part, drop_order=number) for number, part in enumerate(parts)))
    whole = (Special.FIM_PREFIX, Text("".join(parts)))
    for heal in (False, True):
        expected = bench.fresh(GenerateRequest(whole, 6, "test", Stop(max_lines=100), heal=heal))
        evaluated = list(bench.state.token_ids)
        assert bench.fresh(GenerateRequest(apart, 6, "test", Stop(max_lines=100), heal=heal))[0] == expected[0]
        assert list(bench.state.token_ids) == evaluated


def test_texts_that_are_longer_together_make_room_for_it(bench: Bench):
    vocabulary = bench.model.vocabulary
    left, right = "= name", "lu"
    more = vocabulary.count(left + right) - vocabulary.count(left) - vocabulary.count(right)
    assert more > 0
    pairs = (Special.FILE_SEP, Text(left), Text(right)) * 4
    far = Text("self.name = 2\n" * 20, drop_order=0)
    n_predict = 4
    room = bench.context.n_ctx - SPARE_TOKENS - n_predict
    rest = room - vocabulary.count(far.text) - 4 * (1 + vocabulary.count(left) + vocabulary.count(right)) - 1
    kept = (*pairs, Special.FIM_PREFIX, Text("x" * rest))
    assert vocabulary.count("x" * rest) == rest
    texts, finish, _ = bench.fresh(GenerateRequest((far, *kept), n_predict, "test"))
    # Piece by piece the prompt fits to the last token.
    assert finish.timings.dropped_n == vocabulary.count(far.text)
    assert texts == bench.fresh(GenerateRequest(kept, n_predict, "test"))[0]


def test_only_so_much_text_is_remembered(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    asked: list[str] = []
    vocabulary = bench.model.vocabulary
    tokenize = vocabulary._tokenize
    monkeypatch.setattr(vocabulary, "_tokenize", lambda text: (asked.append(text), tokenize(text))[1])
    monkeypatch.setattr(vocabulary_room, "REMEMBERED_CHARACTERS", 3 * 1064)
    texts = [f"{number} " * 500 for number in range(4)]  # a thousand characters each
    for text in (*texts[:3], texts[0], texts[3], texts[0], texts[1]):
        assert b"".join(vocabulary.pieces[i] for i in vocabulary.tokenize(text)) == text.encode()
    # The second made room for the fourth: the first had been used since.
    assert asked == [*texts, texts[1]]


def test_a_prompt_that_cannot_fit_is_refused_with_the_numbers(bench: Bench):
    with pytest.raises(PromptTooLong, match=r"\d+ tokens .* window holds 20\d\d"):
        bench.run(plain("self.value = 1\n" * 2000))
    assert bench.run(plain(CODE, n_predict=2))[1].timings.predicted_n == 2


def test_the_whole_window_can_be_used(bench: Bench):
    vocabulary = bench.model.vocabulary
    text = "x" * (bench.context.n_ctx - 40)
    assert vocabulary.count(text) == len(text)
    _, finish, _ = bench.fresh(plain(text, n_predict=36, stop=Stop(max_lines=1000)))
    assert finish.timings.predicted_n == 36


def test_a_model_without_infill_tokens_says_so(tmp_path: Path):
    bench = Bench(write_model(tmp_path / "plain.gguf", DENSE, specials=False))
    assert not bench.generator.info.fim
    with pytest.raises(UnsupportedPrompt, match="fim_prefix"):
        bench.run(infill("a", "b", "c"))
    assert bench.run(plain(CODE))[1].timings.predicted_n > 0
    bench.close()


@pytest.mark.parametrize("prompt", [(Text(""),), (Text(""), Text(""))])
def test_an_empty_prompt_is_refused(bench: Bench, prompt):
    with pytest.raises(UnsupportedPrompt):
        bench.run(GenerateRequest(prompt, 4, "test"))


def test_a_prompt_of_one_token_is_answered(bench: Bench):
    assert bench.fresh(plain("x", n_predict=3))[1].timings.prompt_n == 1


def test_what_the_model_says_of_itself(bench: Bench):
    info = bench.generator.info
    assert (info.name, info.languages, info.n_prompt, info.n_ctx, info.fim) == ("tiny", ("python",), 1024, 2048, True)
    assert (info.architecture, info.hybrid, info.n_layer_nextn) in (("qwen35", True, 1), ("qwen3", False, 0))
    assert info.n_params > 100_000 and info.size_bytes > 400_000


@pytest.mark.parametrize("heal", [False, True])
def test_a_state_that_gave_no_numbers_is_not_used_again(bench: Bench, monkeypatch: pytest.MonkeyPatch, heal: bool):
    asked = plain(CODE + "    retu", n_predict=4, heal=heal)
    expected = bench.fresh(asked)
    broken = np.full((1, bench.model.vocabulary.n_tokens), np.nan, np.float32)
    with monkeypatch.context() as patch:
        patch.setattr(bench.state, "logits", lambda _count=1: broken)
        with pytest.raises(DecodeError, match="not numbers"):
            bench.run(asked)
    texts, finish, probabilities = bench.run(asked)
    assert (texts, probabilities) == (expected[0], expected[2])
    assert (finish.timings.cache_n, finish.timings.restored) == (0, "")
