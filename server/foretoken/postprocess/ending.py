"""Stop at the end of the line or the block."""

from dataclasses import replace

from foretoken.postprocess.situation import Candidate, Situation
from foretoken.text.stop import stop_at


def stop_at_end(candidate: Candidate, situation: Situation) -> Candidate:
    """Cut where the stop rule says, and leave out white space at the end."""
    end = stop_at(candidate.text, situation.stop)
    text = candidate.text if end is None else candidate.text[:end]
    return replace(candidate, text=text.rstrip())
