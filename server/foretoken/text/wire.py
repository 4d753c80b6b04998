"""The JSON forms of generation values, used at both ends of the runtime's HTTP surface.

A prompt is a list of pieces: ``{"text": str, "drop_order": int?}``, ``{"special": Special value}`` or
``{"template": str}``. An answer is one JSON object a line: ``{"text", "probability", "forced"?}`` for a GeneratedToken,
``{"finish", "timings"}`` for the Finish, and ``{"error"}`` when the generation failed. Scores are
``{"scores": [{"logprob", "exact"}]}``, where a logprob of null is minus infinity.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from math import inf

from foretoken.text.generation import (
    Constraint,
    Finish,
    FinishReason,
    GeneratedToken,
    GenerateRequest,
    Grammar,
    ModelInfo,
    Priority,
    Sampling,
    Score,
    ScoreRequest,
    Stop,
    Timings,
)
from foretoken.text.pieces import Piece, Prompt, Special, Template, Text

MAX_PREDICT = 1 << 20
MAX_TEMPERATURE = 100.0
MAX_SEED = (1 << 32) - 1
# Characters. A prompt has no limit of its own, since its pieces can be dropped; these texts cannot.
MAX_GRAMMAR = 1 << 16
MAX_DRAFT_TEXT = 1 << 22
MAX_CANDIDATE = 1 << 12
MAX_CANDIDATES = 4096
MAX_ROWS = 1 << 16
MAX_OWNER = 256


class WireError(ValueError):
    """The value is not what the wire expects. The message is one sentence for whoever sent it."""


class RemoteError(Exception):
    """The other end reported that the generation failed; the message is its own."""


def request_to_wire(request: GenerateRequest) -> dict[str, object]:
    constraint = request.constraint
    return {
        "prompt": [_piece_to_wire(piece) for piece in request.prompt],
        "n_predict": request.n_predict,
        "cancel_id": request.cancel_id,
        "stop": {"max_lines": request.stop.max_lines, "min_indent": request.stop.min_indent},
        "heal": request.heal,
        "min_probability": request.min_probability,
        "priority": int(request.priority),
        "sampling": asdict(request.sampling),
        "constraint": None if constraint is None else {"grammar": constraint.grammar.value, "text": constraint.text},
        "original": request.original,
        "lookup": request.lookup,
        "probabilities": request.probabilities,
        "n_reserve": request.n_reserve,
        "owner": request.owner,
    }


def request_from_wire(value: object) -> GenerateRequest:
    """Raises WireError naming the first field that is wrong. Unknown fields are ignored."""
    body = _mapping(value, "the body")
    stop = _mapping(body.get("stop", {}), "stop")
    max_lines = _integer(stop.get("max_lines", 1), "stop.max_lines", 1, MAX_PREDICT)
    min_indent = stop.get("min_indent")
    if min_indent is not None:
        min_indent = _integer(min_indent, "stop.min_indent", 0, MAX_PREDICT)
    return GenerateRequest(
        prompt=_prompt(body.get("prompt")),
        n_predict=_integer(body.get("n_predict"), "n_predict", 0, MAX_PREDICT),
        cancel_id=_string(body.get("cancel_id"), "cancel_id"),
        stop=Stop(max_lines, min_indent),
        heal=_boolean(body.get("heal", True), "heal"),
        min_probability=_number(body.get("min_probability", 0.0), "min_probability", 0, 1),
        priority=_priority(body.get("priority", Priority.INLINE)),
        sampling=_sampling(body.get("sampling", {})),
        constraint=_constraint(body.get("constraint")),
        original=_string(body.get("original", ""), "original", MAX_DRAFT_TEXT),
        lookup=_string(body.get("lookup", ""), "lookup", MAX_DRAFT_TEXT),
        probabilities=_boolean(body.get("probabilities", True), "probabilities"),
        n_reserve=_integer(body.get("n_reserve", 0), "n_reserve", 0, MAX_PREDICT),
        owner=_string(body.get("owner", ""), "owner", MAX_OWNER),
    )


def score_request_to_wire(request: ScoreRequest) -> dict[str, object]:
    return {
        "prompt": [_piece_to_wire(piece) for piece in request.prompt],
        "candidates": list(request.candidates),
        "cancel_id": request.cancel_id,
        "max_rows": request.max_rows,
        "priority": int(request.priority),
        "owner": request.owner,
    }


def score_request_from_wire(value: object) -> ScoreRequest:
    """Raises WireError naming the first field that is wrong. Unknown fields are ignored."""
    body = _mapping(value, "the body")
    candidates = body.get("candidates")
    if not isinstance(candidates, list) or not 0 < len(candidates) <= MAX_CANDIDATES:
        raise WireError(f"candidates must be a list of 1 to {MAX_CANDIDATES} strings")
    return ScoreRequest(
        prompt=_prompt(body.get("prompt")),
        candidates=tuple(_string(text, f"candidates[{n}]", MAX_CANDIDATE) for n, text in enumerate(candidates)),
        cancel_id=_string(body.get("cancel_id"), "cancel_id"),
        max_rows=_integer(body.get("max_rows", 64), "max_rows", 0, MAX_ROWS),
        owner=_string(body.get("owner", ""), "owner", MAX_OWNER),
        priority=_priority(body.get("priority", Priority.COMPLETION)),
    )


def scores_to_wire(scores: Sequence[Score]) -> dict[str, object]:
    return {
        "scores": [
            {"logprob": score.logprob if score.logprob > -inf else None, "exact": score.exact} for score in scores
        ]
    }


def scores_from_wire(value: object) -> tuple[Score, ...]:
    """One for each candidate, in their order. Raises WireError, or RemoteError when the scoring failed."""
    body = _mapping(value, "the answer")
    if "error" in body:
        raise RemoteError(_string(body["error"], "error"))
    scores = body.get("scores")
    if not isinstance(scores, list):
        raise WireError("scores must be a list")
    return tuple(_score(score, f"scores[{number}]") for number, score in enumerate(scores))


def item_to_wire(item: GeneratedToken | Finish) -> dict[str, object]:
    if isinstance(item, GeneratedToken):
        line: dict[str, object] = {"text": item.text, "probability": item.probability}
        if item.forced:
            line["forced"] = True
        return line
    return {"finish": item.reason.value, "timings": asdict(item.timings)}


def item_from_wire(value: object) -> GeneratedToken | Finish:
    """Raises WireError, or RemoteError when the line says that the generation failed."""
    line = _mapping(value, "the line")
    if "error" in line:
        raise RemoteError(_string(line["error"], "error"))
    try:
        if "finish" in line:
            return Finish(FinishReason(line["finish"]), Timings(**_mapping(line.get("timings"), "timings")))
        forced = line.get("forced", False) is True
        return GeneratedToken(_string(line.get("text"), "text"), float(line["probability"]), forced)
    except (KeyError, TypeError, ValueError) as error:
        raise WireError(f"not a line of an answer: {error}") from error


def info_to_wire(info: ModelInfo) -> dict[str, object]:
    return asdict(info)


def info_from_wire(value: object) -> ModelInfo:
    fields = dict(_mapping(value, "info"))
    try:
        return ModelInfo(**{**fields, "languages": tuple(fields.get("languages", ()))})
    except TypeError as error:
        raise WireError(f"not a model's description: {error}") from error


def texts_from_wire(value: object) -> list[str]:
    """The texts of a tokenize request: ``{"texts": [str, ...]}``."""
    texts = _mapping(value, "the body").get("texts")
    if not isinstance(texts, list):
        raise WireError("texts must be a list of strings")
    return [_string(text, f"texts[{number}]") for number, text in enumerate(texts)]


def cancel_id_from_wire(value: object) -> str:
    return _string(_mapping(value, "the body").get("cancel_id"), "cancel_id")


def _piece_to_wire(piece: Piece) -> dict[str, object]:
    if isinstance(piece, Special):
        return {"special": piece.value}
    if isinstance(piece, Template):
        return {"template": piece.text}
    if piece.drop_order is None:
        return {"text": piece.text}
    return {"text": piece.text, "drop_order": piece.drop_order}


def _prompt(value: object) -> Prompt:
    if not isinstance(value, Sequence) or isinstance(value, str) or not value:
        raise WireError("prompt must be a list of at least one piece")
    return tuple(_piece(item, f"prompt[{number}]") for number, item in enumerate(value))


def _piece(value: object, name: str) -> Piece:
    piece = _mapping(value, name)
    if "special" in piece:
        try:
            return Special(piece["special"])
        except ValueError as error:
            raise WireError(f"{name}.special must be one of {', '.join(Special)}") from error
    if "template" in piece:
        return Template(_string(piece["template"], f"{name}.template"))
    order = piece.get("drop_order")
    if order is not None:
        order = _integer(order, f"{name}.drop_order", -MAX_PREDICT, MAX_PREDICT)
    return Text(_string(piece.get("text"), f"{name}.text"), order)


def _mapping(value: object, name: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise WireError(f"{name} must be a JSON object")
    return value


def _sampling(value: object) -> Sampling:
    body = _mapping(value, "sampling")
    seed = body.get("seed")
    return Sampling(
        temperature=_number(body.get("temperature", 0.0), "sampling.temperature", 0, MAX_TEMPERATURE),
        top_k=_integer(body.get("top_k", 0), "sampling.top_k", 0, MAX_PREDICT),
        top_p=_number(body.get("top_p", 1.0), "sampling.top_p", 0, 1),
        min_p=_number(body.get("min_p", 0.0), "sampling.min_p", 0, 1),
        seed=None if seed is None else _integer(seed, "sampling.seed", 0, MAX_SEED),
    )


def _constraint(value: object) -> Constraint | None:
    if value is None:
        return None
    body = _mapping(value, "constraint")
    try:
        grammar = Grammar(body.get("grammar"))
    except ValueError as error:
        raise WireError(f"constraint.grammar must be one of {', '.join(Grammar)}") from error
    return Constraint(grammar, _string(body.get("text"), "constraint.text", MAX_GRAMMAR))


def _score(value: object, name: str) -> Score:
    body = _mapping(value, name)
    logprob, exact = body.get("logprob", ""), body.get("exact")
    if not isinstance(exact, bool):
        raise WireError(f"{name}.exact must be true or false")
    return Score(-inf if logprob is None else _number(logprob, f"{name}.logprob", -1e9, 1e-3), exact)


def _priority(value: object) -> Priority:
    return Priority(_integer(value, "priority", min(Priority), max(Priority)))


def _boolean(value: object, name: str) -> bool:
    if not isinstance(value, bool):
        raise WireError(f"{name} must be true or false")
    return value


def _string(value: object, name: str, longest: int | None = None) -> str:
    if not isinstance(value, str):
        raise WireError(f"{name} must be a string")
    if longest is not None and len(value) > longest:
        raise WireError(f"{name} may have {longest} characters at most")
    return value


def _number(value: object, name: str, low: float, high: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise WireError(f"{name} must be a number from {low:g} to {high:g}")
    return float(value)


def _integer(value: object, name: str, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise WireError(f"{name} must be a whole number from {int(low)} to {int(high)}")
    return value
