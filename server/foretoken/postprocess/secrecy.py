"""No suggestion brings a secret into a document, or the placeholder that stood for one in the prompt."""

from foretoken.postprocess.situation import Candidate, Situation
from foretoken.postprocess.suggestion import Reason, Refusal
from foretoken.trust.secret_cursor import NEAR
from foretoken.trust.secrets import find_secrets, placeholders_in


def without_secrets(candidate: Candidate, situation: Situation) -> Candidate | Refusal:
    """Refuse both. A word that only looks like a placeholder, and that the document says itself, is just a word."""
    before, after = situation.line_before[-NEAR:], situation.line_after[:NEAR]
    # A placeholder of which the document has the beginning is one, too.
    for word in sorted(placeholders_in(before + candidate.text)):
        if word not in before and word not in situation.text:
            return Refusal(Reason.SECRET, f"{word} stands for a secret")
    end = len(before) + len(candidate.text)
    for span in find_secrets(before + candidate.text + after):
        if span.start < end and span.end > len(before):
            return Refusal(Reason.SECRET, f"it holds a secret: {span.kind.replace('_', ' ')}")
    return candidate
