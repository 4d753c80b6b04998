"""No suggestion brings a secret into a document, or the placeholder that stood for one in the prompt."""

from foretoken.postprocess.situation import Candidate, Situation
from foretoken.postprocess.suggestion import Reason, Refusal
from foretoken.trust.secret_cursor import NEAR, read_with
from foretoken.trust.secrets import find_secrets, placeholders_in


def without_secrets(candidate: Candidate, situation: Situation) -> Candidate | Refusal:
    """Refuse both. A word that only looks like a placeholder, and that the document says itself, is just a word."""
    before, after = situation.line_before[-NEAR:], situation.line_after[:NEAR]
    # A placeholder of which the document has the beginning is one, too.
    for word in sorted(placeholders_in(before + candidate.text)):
        if word not in before and word not in situation.text:
            return Refusal(Reason.SECRET, f"{word} stands for a secret")
    line_start = situation.offset - len(situation.line_before)
    text, offset = situation.text, situation.offset
    above = read_with(text[max(0, line_start - NEAR) : line_start], text[offset : offset + NEAR])
    start = len(above) + len(before)
    end = start + len(candidate.text)
    for span in find_secrets(above + before + candidate.text + after):
        if span.start < end and span.end > start:
            return Refusal(Reason.SECRET, f"it holds a secret: {span.kind.replace('_', ' ')}")
    return candidate
