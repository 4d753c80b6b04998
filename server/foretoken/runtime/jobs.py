"""What waits for the model: requests with where their answers go."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from foretoken.text.cancel import CancelToken
from foretoken.text.generation import Finish, GeneratedToken, GenerateRequest, Score, ScoreRequest

if TYPE_CHECKING:
    from foretoken.runtime.prepare import Prepared


@dataclass(frozen=True, slots=True)
class Failure:
    """The generation failed; the message is a sentence for the user. Ends a stream like a Finish.

    cause: the name of the exception that it was, "" = there is no model.
    """

    message: str
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Scores:
    """The answer to a ScoreRequest; scores: in the order of its candidates."""

    scores: tuple[Score, ...]


Emit = Callable[[GeneratedToken | Finish | Scores | Failure], None]


@dataclass(slots=True, eq=False)
class Job:
    """number: in order of arrival. emit: called on the model's thread. since: when it arrived, monotonic seconds.

    prepared: its prompt in token ids, once it was somebody's turn to look at it. mark: its prompt's fingerprint, once the
    journal asked for it.
    """

    number: int
    request: GenerateRequest | ScoreRequest
    cancel: CancelToken
    emit: Emit
    since: float
    prepared: "Prepared | None" = None
    mark: bytes = b""

    @property
    def priority(self) -> int:
        return int(self.request.priority)

    @property
    def owner(self) -> str:
        return self.request.owner
