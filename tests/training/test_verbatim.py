"""The longest passage in common with a corpus."""

import random

import numpy as np

from training.verbatim import LEAST, Verbatim, gram_hashes, shrunk

RNG = random.Random(5)


def noise(size: int) -> str:
    return "".join(RNG.choices("abcdefghijklmnopqrstuvwxyz_ \n", k=size))


def longest_by_hand(text: str, corpus: list[str]) -> int:
    """The slow way: every stretch of the text, every document."""
    data, documents = shrunk(text), [shrunk(document) for document in corpus]
    best = 0
    for start in range(len(data)):
        while any(data[start : start + best + 1] in document for document in documents) and start + best < len(data):
            best += 1
    return best


def test_a_planted_passage_is_found_to_the_letter() -> None:
    passage = "def planted(first, second):\n    return first * second + 42\n"
    corpus = [(f"doc{number}", noise(3000)) for number in range(20)]
    corpus[13] = ("planted", noise(500) + "<" + passage + ">" + noise(500))
    texts = [noise(400), noise(200) + "[" + passage + "]" + noise(100), ""]
    matches = Verbatim(texts).scan(corpus)
    assert matches[0] is None and matches[2] is None
    assert matches[1] is not None
    assert (matches[1].text, matches[1].source) == (shrunk(passage).decode(), "planted")


def test_agrees_with_the_slow_way() -> None:
    corpus = [noise(2000) for _ in range(12)]
    texts = []
    for size in (LEAST - 1, LEAST, 50, 63, 64, 65, 128, 300):
        document = RNG.choice(corpus)
        start = RNG.randrange(len(document) - size)
        texts.append(noise(100) + document[start : start + size] + noise(100))
    matches = Verbatim(texts).scan((str(number), text) for number, text in enumerate(corpus))
    for text, match in zip(texts, matches, strict=True):
        expected = longest_by_hand(text, corpus)
        assert (len(match.text.encode()) if match else 0) == (expected if expected >= LEAST else 0)


def test_the_longest_of_several_wins_in_whatever_order() -> None:
    short, long = noise(40), noise(90)
    for corpus in ([("s", short), ("l", long)], [("l", long), ("s", short)]):
        (match,) = Verbatim([f"{short}!{long}"]).scan(corpus)
        assert match is not None and match.source == "l" and match.text == shrunk(long).decode()


def test_no_match_goes_over_the_end_of_a_document() -> None:
    text = noise(60)
    assert Verbatim([text]).scan([("a", text[:30]), ("b", text[30:])]) == [None]
    assert Verbatim([text[:30], text[30:]]).scan([("a", text)]) == [None, None]


def test_runs_of_a_sign_are_no_passage() -> None:
    assert shrunk("a" + " " * 40 + "b----c====d  e") == b"a   b---c===d  e"
    assert Verbatim(["x = 1\n" + " " * 80 + "#" * 70]).scan([("a", "y\n" + " " * 80 + "#" * 70)]) == [None]


def test_a_match_at_the_very_start_and_end() -> None:
    text = noise(200)
    (match,) = Verbatim([text]).scan([("a", text)])
    assert match is not None and match.text.encode() == shrunk(text)


def test_equal_stretches_have_equal_hashes_and_others_do_not() -> None:
    data = np.frombuffer((noise(500) + "x" * 100).encode() * 2, np.uint8)
    hashes = gram_hashes(data)
    assert (hashes[: 600 - LEAST] == hashes[600 : 1200 - LEAST]).all()
    stretches = {data[start : start + LEAST].tobytes() for start in range(len(hashes))}
    assert len(set(hashes.tolist())) == len(stretches)
