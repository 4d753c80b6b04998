"""POST /infill, as llama.cpp's server answers editor plugins (tools/server/README.md: "POST /infill")."""

from collections.abc import Callable, Iterable, Sequence

from foretoken.gateway.anchoring import anchored
from foretoken.gateway.answering import Delta, Done
from foretoken.gateway.asking import (
    SPARE,
    asked,
    check_fits,
    choice_sampling,
    first,
    most_characters,
    room,
    sampling,
    stops,
)
from foretoken.gateway.errors import ApiError
from foretoken.gateway.figures import timings_object
from foretoken.gateway.readiness import Ready
from foretoken.gateway.schemas import Extra, Infill
from foretoken.gateway.stopping import Rules
from foretoken.text.generation import Priority, Sampling
from foretoken.text.pieces import Piece, Prompt, Special, Text

USUAL = Sampling()
# What a prompt is cut for when the request says nothing, or only gets ready for the one that follows.
USUAL_PREDICT = 128
# Tokens that go to the cursor's own file when there are others: llama.cpp's usual n_batch.
FILE_TOKENS = 2048
# llama.cpp's words for what it is not told.
REPO_NAME, FILE_NAME = "myproject\n", "filename\n"
SNIPPET = "\n\n--- snippet ---\n\n"


class InfillReply:
    """One request. Raises ApiError when it cannot be answered."""

    sentinel = False  # llama.cpp's own streams have none

    def __init__(self, body: Infill, ready: Ready) -> None:
        if not ready.info.fim:
            raise ApiError(501, "This model cannot fill in the middle: it has no tokens for it.", code="not_supported")
        self.stream = bool(body.stream)
        self._model = ready.info.name
        self._fields = body.response_fields
        wanted = first(body.n_predict, body.max_tokens)
        usual = USUAL_PREDICT if not wanted or wanted < 0 else wanted
        prompt, self._truncated = infill_prompt(body, ready, min(usual, ready.info.n_ctx // 4))
        self._n_prompt, n_predict = room(ready, prompt, wanted)
        rules = Rules(stops(body), body.n_indent or 0, max(0, body.t_max_predict_ms or 0))
        chosen = sampling(body, USUAL)
        count = (body.n_cmpl or 1) if n_predict else 1
        self.asked = [
            asked(
                prompt,
                n_predict,
                Priority.INLINE if n_predict else Priority.PREFILL,
                choice_sampling(chosen, number),
                rules,
            )
            for number in range(count)
        ]
        self._settings = {
            "n_predict": n_predict,
            "temperature": chosen.temperature,
            "top_k": chosen.top_k,
            "top_p": chosen.top_p,
            "min_p": chosen.min_p,
            "stop": list(stops(body)),
        }
        self._texts = [""] * count
        self._done: list[Done | None] = [None] * count

    def take(self, event: Delta | Done) -> Iterable[object]:
        self._texts[event.index] += event.text
        if isinstance(event, Done):
            self._done[event.index] = event
            yield self._picked({**self._result(event.index), "content": event.text})
        elif event.text:
            yield {"index": event.index, "content": event.text, "tokens": [], "stop": False, "id_slot": 0}

    def last(self) -> Iterable[object]:
        return ()

    def whole(self) -> object:
        results = [self._picked(self._result(index)) for index in range(len(self._done))]
        return results[0] if len(results) == 1 else results

    def _result(self, index: int) -> dict[str, object]:
        done = self._done[index]
        assert done is not None
        timings = done.timings
        return {
            "index": index,
            "content": self._texts[index],
            "tokens": [],
            "id_slot": 0,
            "stop": True,
            "model": self._model,
            "tokens_predicted": done.n_tokens,
            "tokens_evaluated": self._n_prompt,
            "generation_settings": self._settings,
            "prompt": "",
            "has_new_line": "\n" in self._texts[index],
            "truncated": self._truncated,
            "stop_type": done.stop_type,
            "stopping_word": done.word,
            "tokens_cached": self._n_prompt + done.n_tokens,
            "timings": timings_object(timings),
        }

    def _picked(self, result: dict[str, object]) -> dict[str, object]:
        """Only the fields that were asked for, under the names by which they were."""
        if not self._fields:
            return result
        picked = {}
        for name in self._fields:
            value: object = result
            for part in name.split("/"):
                value = value.get(part, _MISSING) if isinstance(value, dict) else _MISSING
            if value is not _MISSING:
                picked[name] = value
        return picked


_MISSING = object()


def infill_prompt(body: Infill, ready: Ready, n_predict: int) -> tuple[Prompt, bool]:
    """The pieces, and whether something was left out.

    Other files, prefix, suffix, and what is typed of the line behind FIM_MIDDLE, so that typing only appends; a client
    that does not say what is typed gives it at the prefix's end. Where the
    window is too small it is cut as llama.cpp does it (server-common.cpp, format_prompt_infill): the prefix and
    the suffix in the ratio of 3 to 1, then the first of the other files. Unlike there, a side that needs less leaves
    the rest to the other, and a file is taken whole or not at all.
    """

    def tokens(text: str) -> int:
        return ready.texts.count((Text(text),)) if text else 0

    window = ready.info.n_ctx - SPARE - n_predict
    before, typed = (body.input_prefix, body.prompt) if body.prompt else anchored(body.input_prefix)
    extras = body.input_extra or []
    check_fits(ready, [typed])
    n_given = len(before) + len(typed) + len(body.input_suffix)
    before = _near(before, window, tokens, from_end=True)
    behind = _near(body.input_suffix, window, tokens, from_end=False)
    budget = max(0, (min(window, max(FILE_TOKENS, window // 2)) if extras else window) - 3 - tokens(typed))
    n_prefix, n_suffix = tokens(before), tokens(behind)
    for_suffix = min(n_suffix, max(budget // 4, budget - n_prefix))
    prefix = _cut(before, n_prefix, budget - for_suffix, tokens, from_end=True)
    suffix = _cut(behind, n_suffix, for_suffix, tokens, from_end=False)
    left = window - tokens(prefix) - tokens(suffix) - tokens(typed) - 3
    files, kept = _files(extras, ready, left, tokens)
    cut = len(prefix) + len(typed) + len(suffix) < n_given
    whole = kept == len(extras) and not cut
    middle = (Special.FIM_PREFIX, Text(prefix), Special.FIM_SUFFIX, Text(suffix), Special.FIM_MIDDLE, Text(typed))
    return (*files, *middle), not whole


def _files(
    extras: Sequence[Extra], ready: Ready, room_left: int, tokens: Callable[[str], int]
) -> tuple[list[Piece], int]:
    """The last of the other files that fit, and how many they are."""
    head: list[Piece] = [Special.REPO_NAME, Text(REPO_NAME)] if ready.texts.has_repo_name else []
    tail: list[Piece] = [Special.FILE_SEP, Text(FILE_NAME)] if ready.texts.has_file_sep else []
    room_left -= ready.texts.count((*head, *tail))
    files: list[Piece] = []
    kept = 0
    for extra in reversed(extras):
        if ready.texts.has_file_sep:
            text = f"{extra.filename or 'tmp'}\n{extra.text}"
            pieces: list[Piece] = [Special.FILE_SEP, Text(text)]
        else:
            text = f"{SNIPPET}{extra.text}"
            pieces = [Text(text)]
        if len(text) > most_characters(ready, room_left):
            break  # without counting its tokens
        room_left -= tokens(text) + 1
        if room_left < 0:
            break
        files[:0] = pieces
        kept += 1
    return ([*head, *files, *tail] if files else []), kept


def _near(text: str, most: int, tokens: Callable[[str], int], from_end: bool) -> str:
    """The part nearest to the cursor that has more than ``most`` tokens, or the whole text: the rest is cut off in any
    case, and nobody counts its tokens."""
    length = max(most, 64) * 4
    while length < len(text):
        part = text[-length:] if from_end else text[:length]
        if tokens(part) > most + 8:  # the tokens at the edge may be others than in the whole text
            return part
        length *= 2
    return text


def _cut(text: str, n_tokens: int, most: int, tokens: Callable[[str], int], from_end: bool) -> str:
    """As many whole lines as ``most`` tokens hold, the text's last or its first; a part of the nearest if need be."""
    if n_tokens <= most:
        return text
    lines = text.splitlines(keepends=True)
    low, high = 0, len(lines)
    while low < high:  # how many lines fit
        middle = (low + high + 1) // 2
        part = lines[-middle:] if from_end else lines[:middle]
        low, high = (middle, high) if tokens("".join(part)) <= most else (low, middle - 1)
    if low:
        return "".join(lines[-low:] if from_end else lines[:low])
    nearest = (lines[-1] if from_end else lines[0]) if lines else ""
    length = max(0, most)  # a token has a character at least
    return nearest[-length:] if from_end and length else nearest[:length]
