"""JSON to lsprotocol's types and back.

cattrs by default *coerces*: a ``text`` of null would become the string "None" and silently end up in a document. Here a
value of the wrong type is an error, and the error says where it is.
"""

import re
from enum import Enum
from typing import Any, Union

import cattrs
from cattrs.errors import BaseValidationError
from lsprotocol import converters, types

from foretoken.lsp.errors import InvalidParams

_NAMED = 5
# types.TextDocumentContentChangeEvent with its forward references resolved, as the converter meets it.
_CONTENT_CHANGE = Union[types.TextDocumentContentChangePartial, types.TextDocumentContentChangeWholeDocument]  # noqa: UP007


def strict_converter() -> cattrs.Converter:
    """lsprotocol's converter, without coercion of strings, numbers and booleans."""
    converter = converters.get_converter()
    for primitive, check in ((str, _string), (int, _integer), (bool, _boolean)):
        converter.register_structure_hook(primitive, check)
    converter.register_structure_hook(types.LanguageKind | str, _string)

    def content_change(value: Any, _: type) -> types.TextDocumentContentChangeEvent:
        whole = isinstance(value, dict) and value.get("range") is None  # some clients write null for "none"
        kind = types.TextDocumentContentChangeWholeDocument if whole else types.TextDocumentContentChangePartial
        return converter.structure(value, kind)

    converter.register_structure_hook(_CONTENT_CHANGE, content_change)
    return converter


def structure_params(converter: cattrs.Converter, params: object, params_type: type) -> Any:
    """``params`` as ``params_type``. Raises InvalidParams, which names what is wrong and where."""
    if not isinstance(params, dict):
        raise InvalidParams(f"Invalid parameters: expected an object, found {_kind(params)}")
    try:
        return converter.structure(params, params_type)
    except BaseValidationError as error:
        problems = cattrs.transform_error(error, path="params", format_exception=_sentence)
        raise InvalidParams(f"Invalid parameters: {'; '.join(map(_camel_case, problems[:_NAMED]))}") from None
    except (TypeError, ValueError, KeyError, AttributeError) as error:  # raised by lsprotocol's own hooks
        raise InvalidParams(f"Invalid parameters: {type(error).__name__}: {error}") from None


def _sentence(error: BaseException, kind: type | None) -> str:
    if isinstance(error, KeyError):
        return "required field missing"
    if isinstance(error, ValueError):
        return str(error)
    return f"expected {getattr(kind, '__name__', None) or 'another kind of value'}"


def _camel_case(problem: str) -> str:
    """The path as JSON spells it: ``... @ params.text_document`` becomes ``... at params.textDocument``."""
    what, _, where = problem.partition(" @ ")
    return f"{what} at {re.sub('_([a-z])', lambda letter: letter[1].upper(), where)}"


def _string(value: object, kind: Any) -> str:
    if type(value) is not str:
        raise ValueError(f"expected a string, found {_kind(value)}")
    return _member(value, kind)


def _integer(value: object, kind: Any) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if type(value) is not int:
        raise ValueError(f"expected a whole number, found {_kind(value)}")
    return _member(value, kind)


def _member(value: Any, kind: Any) -> Any:
    """cattrs asks the hooks of ``str`` and ``int`` for their enumerations too."""
    return kind(value) if isinstance(kind, type) and issubclass(kind, Enum) else value


def _boolean(value: object, _: type) -> bool:
    if type(value) is not bool:
        raise ValueError(f"expected true or false, found {_kind(value)}")
    return value


def _kind(value: object) -> str:
    """What JSON calls it."""
    names = {type(None): "null", bool: "a boolean", str: "a string", list: "an array", dict: "an object"}
    return names.get(type(value), "a number")
