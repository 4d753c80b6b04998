"""The answer as it grows: bytes to text, what healing hides, and when it is complete."""

import codecs

from foretoken.runtime.repetition import RepetitionGuard
from foretoken.text.generation import FinishReason, GeneratedToken, GenerateRequest
from foretoken.text.stop import stop_at


class Answer:
    """For one request. ``take`` judges one token after the other."""

    def __init__(self, request: GenerateRequest) -> None:
        self._request = request
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._guard = RepetitionGuard()
        self._text = ""
        self._judged = False
        self._together = self._carried = 1.0
        self.predicted_n = 0

    def take_typed(self, probability: float) -> None:
        """A healed token that was wholly typed already: its probability counts with the first token that is news."""
        self._together *= probability
        self._carried *= probability

    def take(
        self, token_id: int, data: bytes, probability: float, forced: bool, copied: bool
    ) -> tuple[GeneratedToken, FinishReason | None]:
        """The token to send, and why it is the last one, if it is.

        data: its bytes beyond what was typed. copied: it was read off an original text, which may say things over and
        over.
        """
        text = self._decoder.decode(data)
        self._text += text
        self._together *= probability
        self.predicted_n += 1
        shown = GeneratedToken(text, self._carried * probability, forced)
        self._carried = 1.0
        return shown, self._why_last(text, token_id, copied)

    def _why_last(self, text: str, token_id: int, copied: bool) -> FinishReason | None:
        # The rule judges new lines, and a line once its first character that is not blank is there.
        if ("\n" in text or not self._judged) and stop_at(self._text, self._request.stop) is not None:
            return FinishReason.STOP
        if "\n" in text or not self._judged:
            self._judged = bool(self._text[self._text.rfind("\n") + 1 :].strip())
        if self._together < self._request.min_probability:
            return FinishReason.UNLIKELY
        if not copied and self._guard.add(token_id):
            return FinishReason.REPETITION
        if self.predicted_n == self._request.n_predict:
            return FinishReason.LENGTH
        return None
