"""A suggestion that goes round in circles is cut before the circle, or refused."""

import re
from dataclasses import replace

from foretoken.postprocess.situation import Candidate, Situation
from foretoken.postprocess.suggestion import Reason, Refusal

# Thresholds as other completers use them: three identical lines, five times the same piece at the line's end.
_REPEATED_END = re.compile(r"(.{3,}?)\1{4,}$")


def not_repeating(candidate: Candidate, situation: Situation) -> Candidate | Refusal:
    lines = candidate.text.split("\n")
    for number in range(len(lines) - 2):
        if lines[number].strip() and lines[number] == lines[number + 1] == lines[number + 2]:
            return _cut(candidate, "\n".join(lines[: number + 1]))
    for number, line in enumerate(lines):
        if match := _REPEATED_END.search(line):
            kept = [*lines[:number], line[: match.start()]]
            return _cut(candidate, "\n".join(kept).rstrip())
    above = situation.text[: situation.offset].rsplit("\n", 4)[:-1]
    previous = [line.rstrip("\r") for line in above if line.strip()]
    first = situation.line_before + lines[0]
    if len(previous) >= 2 and first.strip() and previous[-1] == previous[-2] == first:
        return Refusal(Reason.REPETITION, "the line would stand three times")
    return candidate


def _cut(candidate: Candidate, text: str) -> Candidate | Refusal:
    return replace(candidate, text=text) if text.strip() else Refusal(Reason.REPETITION)
