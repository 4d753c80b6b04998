"""Keep only as many tokens as are probable together.

A model is right about the next word far more often than about the whole line, and the product of the token
probabilities is well calibrated even in a small one: with the shipped model a cut at 0.45 is right 72 % of the time,
at 37 % of the positions; its whole lines are right at 11 % (see its card).
"""

from collections.abc import Sequence

from foretoken.postprocess.situation import Candidate
from foretoken.postprocess.suggestion import Reason, Refusal
from foretoken.text.generation import GeneratedToken


def confident_part(tokens: Sequence[GeneratedToken], min_probability: float) -> tuple[Candidate, bool] | Refusal:
    """The longest run of whole words whose cumulative probability stays at ``min_probability`` or above.

    Returns the candidate and whether all tokens are in it.
    """
    probability, kept = 1.0, 0
    probabilities = []
    for token in tokens:
        if probability * token.probability < min_probability:
            break
        probability *= token.probability
        probabilities.append(probability)
        kept += 1
    if kept == len(tokens):
        return Candidate("".join(t.text for t in tokens), probability), True
    sure = "".join(t.text for t in tokens[:kept])
    # Half an identifier is worse than none: go back to where a word ends.
    while kept and _inside_word(tokens[kept - 1].text, tokens[kept].text):
        kept -= 1
    text = "".join(t.text for t in tokens[:kept])
    if not text.strip():
        return Refusal(Reason.UNLIKELY, _why(sure, probability, tokens[len(probabilities)], min_probability))
    return Candidate(text, probabilities[kept - 1]), False


def _why(sure: str, probability: float, following: GeneratedToken, least: float) -> str:
    """A sentence with the figures that led to nothing."""
    then = f"{probability * following.probability:.2f}, the least is {least:.2f}"
    if not sure:
        return f"the first token has probability {then}"
    if not sure.strip():
        return f"beyond white space the probability is {then}"
    return f"{sure!r} would be half a word; beyond it the probability is {then}"


def _inside_word(left: str, right: str) -> bool:
    return (not left or _is_word(left[-1])) and (not right or _is_word(right[0]))


def _is_word(ch: str) -> bool:
    return ch.isalnum() or ch == "_"
