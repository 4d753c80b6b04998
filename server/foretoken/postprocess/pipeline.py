"""The filters in order. Each takes a candidate and the situation and gives a candidate or a refusal."""

from collections.abc import Callable, Sequence

from foretoken.postprocess.brackets import balanced
from foretoken.postprocess.confidence import confident_part
from foretoken.postprocess.ending import stop_at_end
from foretoken.postprocess.indentation import indented
from foretoken.postprocess.repetition import not_repeating
from foretoken.postprocess.secrecy import without_secrets
from foretoken.postprocess.situation import Candidate, Situation
from foretoken.postprocess.suffix import without_suffix
from foretoken.postprocess.suggestion import Reason, Refusal, Suggestion
from foretoken.postprocess.worth import worth_showing
from foretoken.text.generation import FinishReason, GeneratedToken, Stop

Filter = Callable[[Candidate, Situation], Candidate | Refusal]

FILTERS: tuple[Filter, ...] = (
    stop_at_end,
    without_suffix,
    balanced,
    indented,
    not_repeating,
    without_secrets,
    worth_showing,
)


def postprocess(
    tokens: Sequence[GeneratedToken],
    reason: FinishReason,
    *,
    text: str,
    offset: int,
    stop: Stop,
    min_probability: float,
) -> Suggestion | Refusal:
    """What may be shown of ``tokens`` at ``offset`` of ``text``. An insertion: it replaces nothing."""
    if not any(token.text.strip() for token in tokens):
        return Refusal(Reason.BLANK if any(token.text for token in tokens) else Reason.EMPTY)
    part = confident_part(tokens, min_probability)
    if isinstance(part, Refusal):
        return part
    candidate, whole = part
    complete = whole and reason in (FinishReason.END, FinishReason.STOP)
    situation = Situation(text, offset, stop, complete)
    for apply in FILTERS:
        outcome = apply(candidate, situation)
        if isinstance(outcome, Refusal):
            return outcome
        candidate = outcome
    return Suggestion(candidate.text, offset, offset, candidate.probability)
