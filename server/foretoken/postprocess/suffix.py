"""Never repeat what already follows the cursor."""

from dataclasses import replace

from foretoken.postprocess.brackets import unclosed
from foretoken.postprocess.situation import Candidate, Situation
from foretoken.postprocess.suggestion import Reason, Refusal

# A shorter line ("else:", ")") comes back too often by chance to be called a repetition.
_MIN_LINE = 6
_CLOSERS = frozenset(")]};, ")


def without_suffix(candidate: Candidate, situation: Situation) -> Candidate | Refusal:
    """Trim what the rest of the line or the following lines already say; refuse when nothing new is left."""
    text = _without_line_end(candidate.text, situation.line_after)
    text = _without_following_lines(text, situation)
    if not text.strip() and candidate.text.strip():
        return Refusal(Reason.REPEATS_SUFFIX)
    return replace(candidate, text=text)


def _without_line_end(text: str, line_after: str) -> str:
    """Drop the rest of the cursor's line from the end of the suggestion, the longest overlap first.

    ``foo(|)`` answered with ``a, b)`` gives ``a, b``. Where only a part of the rest is repeated it must be punctuation:
    a letter in common says nothing.
    """
    rest = line_after.strip()
    if not rest:
        return text
    if text.rstrip().endswith(rest) and not _needs_end(text.rstrip(), len(rest)):
        return text.rstrip()[: -len(rest)]
    # The end of the rest before its beginning: ``bar();`` in front of ``);`` says the semicolon again.
    longest = min(len(rest), len(text))
    # Closers and separators only: the quote at the end of ``+ "x"`` closes that string, not the suggestion's.
    ends = [
        rest[-length:] for length in range(min(longest, len(rest) - 1), 0, -1) if _CLOSERS.issuperset(rest[-length:])
    ]
    parts = ends + [rest[:length] for length in range(longest, 0, -1)]
    for part in parts:
        says_something = any(ch.isalnum() or ch == "_" for ch in part)
        if text.endswith(part) and not says_something and not _needs_end(text, len(part)):
            return text[: -len(part)]
    return text


def _needs_end(text: str, length: int) -> bool:
    """Whether the last ``length`` characters close a bracket that ``text`` itself opened: ``len(x)`` before ``)``."""
    return len(unclosed(text[:-length])) > len(unclosed(text))


def _without_following_lines(text: str, situation: Situation) -> str:
    """Cut the suggestion where it begins to say the next non-blank line after the cursor's."""
    following = [line.strip() for line in situation.after.split("\n", 12)[1:12] if line.strip()]
    if not following:
        return text
    lines = text.split("\n")
    for number, line in enumerate(lines):
        whole = (situation.line_before + line if number == 0 else line).strip()
        tail = [later.strip() for later in lines[number + 1 :] if later.strip()]
        long_enough = len(following[0]) >= _MIN_LINE or tail
        if whole == following[0] and long_enough and tail == following[1 : 1 + len(tail)]:
            return "\n".join(lines[:number]).rstrip()
    return text
