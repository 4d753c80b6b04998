"""The JSON forms of generation values, used at both ends of the runtime's HTTP surface.

A prompt is a list of pieces: ``{"text": str, "drop_order": int?}`` or ``{"special": Special value}``. An answer is
one JSON object a line: ``{"text", "probability"}`` for a GeneratedToken, ``{"finish", "timings"}`` for the Finish, and
``{"error"}`` when the generation failed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from foretoken.text.generation import (
    Finish,
    FinishReason,
    GeneratedToken,
    GenerateRequest,
    ModelInfo,
    Priority,
    Stop,
    Timings,
)
from foretoken.text.pieces import Piece, Prompt, Special, Text

MAX_PREDICT = 1 << 20


class WireError(ValueError):
    """The value is not what the wire expects. The message is one sentence for whoever sent it."""


class RemoteError(Exception):
    """The other end reported that the generation failed; the message is its own."""


def request_to_wire(request: GenerateRequest) -> dict[str, object]:
    return {
        "prompt": [_piece_to_wire(piece) for piece in request.prompt],
        "n_predict": request.n_predict,
        "cancel_id": request.cancel_id,
        "stop": {"max_lines": request.stop.max_lines, "min_indent": request.stop.min_indent},
        "heal": request.heal,
        "min_probability": request.min_probability,
        "priority": int(request.priority),
    }


def request_from_wire(value: object) -> GenerateRequest:
    """Raises WireError naming the first field that is wrong. Unknown fields are ignored."""
    body = _mapping(value, "the body")
    stop = _mapping(body.get("stop", {}), "stop")
    max_lines = _integer(stop.get("max_lines", 1), "stop.max_lines", 1, MAX_PREDICT)
    min_indent = stop.get("min_indent")
    if min_indent is not None:
        min_indent = _integer(min_indent, "stop.min_indent", 0, MAX_PREDICT)
    priority = _integer(body.get("priority", 0), "priority", min(Priority), max(Priority))
    heal = body.get("heal", True)
    if not isinstance(heal, bool):
        raise WireError("heal must be true or false")
    probability = body.get("min_probability", 0.0)
    if isinstance(probability, bool) or not isinstance(probability, int | float) or not 0 <= probability <= 1:
        raise WireError("min_probability must be a number from 0 to 1")
    return GenerateRequest(
        prompt=_prompt(body.get("prompt")),
        n_predict=_integer(body.get("n_predict"), "n_predict", 0, MAX_PREDICT),
        cancel_id=_string(body.get("cancel_id"), "cancel_id"),
        stop=Stop(max_lines, min_indent),
        heal=heal,
        min_probability=float(probability),
        priority=Priority(priority),
    )


def item_to_wire(item: GeneratedToken | Finish) -> dict[str, object]:
    if isinstance(item, GeneratedToken):
        return {"text": item.text, "probability": item.probability}
    return {"finish": item.reason.value, "timings": asdict(item.timings)}


def item_from_wire(value: object) -> GeneratedToken | Finish:
    """Raises WireError, or RemoteError when the line says that the generation failed."""
    line = _mapping(value, "the line")
    if "error" in line:
        raise RemoteError(_string(line["error"], "error"))
    try:
        if "finish" in line:
            return Finish(FinishReason(line["finish"]), Timings(**_mapping(line.get("timings"), "timings")))
        return GeneratedToken(_string(line.get("text"), "text"), float(line["probability"]))
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
    order = piece.get("drop_order")
    if order is not None:
        order = _integer(order, f"{name}.drop_order", -MAX_PREDICT, MAX_PREDICT)
    return Text(_string(piece.get("text"), f"{name}.text"), order)


def _mapping(value: object, name: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise WireError(f"{name} must be a JSON object")
    return value


def _string(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise WireError(f"{name} must be a string")
    return value


def _integer(value: object, name: str, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise WireError(f"{name} must be a whole number from {int(low)} to {int(high)}")
    return value
