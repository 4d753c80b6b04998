"""What the filters know beside the generated text."""

from dataclasses import dataclass
from functools import cached_property

from foretoken.text.generation import Stop


@dataclass(frozen=True)
class Situation:
    """text: the document as it is now. offset: the cursor, in code points. stop: the rule that generation had.

    complete: the model ended by itself or by the stop rule, so the text was not cut in the middle of a thought.
    """

    text: str
    offset: int
    stop: Stop
    complete: bool

    @cached_property
    def line_before(self) -> str:
        """The cursor's line up to the cursor."""
        return self.text[self.text.rfind("\n", 0, self.offset) + 1 : self.offset]

    @cached_property
    def line_after(self) -> str:
        """The cursor's line from the cursor on, without its end."""
        end = self.text.find("\n", self.offset)
        return self.text[self.offset : end if end >= 0 else len(self.text)].rstrip("\r")

    @cached_property
    def after(self) -> str:
        """Everything behind the cursor."""
        return self.text[self.offset :]


@dataclass(frozen=True, slots=True)
class Candidate:
    """Text that may be shown at the cursor, and the probability of its tokens together."""

    text: str
    probability: float
