"""Is what is left worth showing?"""

from foretoken.postprocess.situation import Candidate, Situation
from foretoken.postprocess.suggestion import Reason, Refusal

# Fewer characters are typed faster than they are read.
MIN_CHARS = 3


def worth_showing(candidate: Candidate, situation: Situation) -> Candidate | Refusal:
    if not candidate.text:
        return Refusal(Reason.EMPTY)
    if not candidate.text.strip():
        return Refusal(Reason.BLANK)
    if len(candidate.text.strip()) < MIN_CHARS:
        return Refusal(Reason.TOO_SHORT, f"only {candidate.text.strip()!r}")
    return candidate
