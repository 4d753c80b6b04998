"""The two possible outcomes of an inline request."""

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why nothing is shown. Every empty answer names one; they are counted."""

    DISABLED = "inline suggestions are turned off in the settings"
    LANGUAGE_DISABLED = "this language is turned off in the settings"
    NOT_AUTOMATIC = "suggestions while typing are turned off in the settings"
    UNKNOWN_LANGUAGE = "this model does not know this language"
    NO_INFILL = "this model has no fill-in-the-middle tokens"
    ENGINE_UNAVAILABLE = "the model is not available"
    SUPERSEDED = "a newer request replaced this one"
    CANCELLED = "the editor cancelled the request"
    OUT_OF_SYNC = "the editor and the server disagree about the text"
    OTHER_SELECTION = "the suggestion does not begin with the selected completion"
    LINE_TOO_LONG = "the line is too long for the model's prompt"
    MID_WORD = "the cursor is inside a word"
    SECRET_FILE = "the file holds secrets, as its name says"
    INSIDE_SECRET = "the cursor is inside a secret value"
    EMPTY = "the model suggests nothing here"
    UNLIKELY = "the model is not sure enough"
    REPEATS_SUFFIX = "the suggestion repeats what follows"
    UNBALANCED = "the suggestion does not balance its brackets"
    BLANK = "the suggestion is only white space"
    TOO_SHORT = "the suggestion is too short to be worth showing"
    BAD_INDENT = "the suggestion breaks the indentation"
    REPETITION = "the suggestion repeats itself"
    SECRET = "the suggestion holds a secret, or what stands for one"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """text replaces the document's text from ``start`` to ``end`` (code points; usually both are the cursor)."""

    text: str
    start: int
    end: int
    probability: float


@dataclass(frozen=True, slots=True)
class Refusal:
    """detail: one sentence for a person, more exact than the reason's own."""

    reason: Reason
    detail: str = ""
