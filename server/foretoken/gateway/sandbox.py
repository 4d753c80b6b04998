"""Jinja's sandbox with bounds: a template in it ends, and does not fill the memory.

The sandbox alone keeps a template from Python. It does not bound loops in loops, macros that call themselves, texts and
lists that double. Here each turn of a loop and each call of a macro is counted, and whatever makes a longer value is
asked for its length before.
"""

import re
from collections.abc import Callable
from string import Formatter
from typing import Any

from jinja2 import TemplateError, nodes, pass_context
from jinja2.ext import Extension
from jinja2.filters import do_indent, do_replace, sync_do_join
from jinja2.nodes import EvalContext
from jinja2.parser import Parser
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import pass_eval_context

MAX_STEPS = 200_000
MAX_TEXT = 1 << 25
MAX_NUMBER = 1 << 20
# They can make a text of any length from a number, and no chat template needs them.
_WITHOUT = ("center", "format", "wordwrap", "urlize", "pprint", "xmlattr", "random", "batch", "slice")
_PADDED = re.compile(r"%(?:\([^)]*\))?[-#0 +]*[\d*.]")
STEP, CONCAT, MADE, TO_JSON = "foretoken_step", "foretoken_concat", "foretoken_made", "foretoken_tojson"


class TemplateFailed(Exception):
    """The template refused the conversation, in its own words, or cannot render it."""


class Bounds:
    """What one rendering has done, and how much it may do."""

    def __init__(self) -> None:
        self._steps = 0
        self._sizes: dict[int, tuple[object, int]] = {}

    def step(self) -> str:
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise TemplateFailed("The model's chat template runs without end.")
        return ""

    def concat(self, *parts: object) -> str:
        self.step()
        texts = [str(part) for part in parts]
        check_length(sum(len(text) for text in texts))
        return "".join(texts)

    def made(self, value: Any) -> Any:
        """A list, tuple or dict that the template wrote: each may hold another one twice, and so on."""
        check_length(self._size(value))
        return value

    def _size(self, value: object) -> int:
        if not isinstance(value, list | tuple | dict):
            return len(value) if isinstance(value, str) else 1
        if (known := self._sizes.get(id(value))) is not None:
            return known[1]
        inside = [*value.keys(), *value.values()] if isinstance(value, dict) else value
        size = 1 + sum(self._size(item) for item in inside)
        self._sizes[id(value)] = value, size  # kept alive, or another value might have its id
        return size


class Sandbox(ImmutableSandboxedEnvironment):
    """The rendering's variables must hold its Bounds' methods under STEP, CONCAT and MADE, and TO_JSON."""

    intercepted_binops = frozenset(("+", "*", "**", "%"))

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        for name in _WITHOUT:
            self.filters.pop(name, None)
        self.filters |= {"tojson": _tojson, "indent": _indent, "replace": _replace, "join": _join}

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        if operator == "*":
            for text, times in ((left, right), (right, left)):
                if isinstance(times, int) and isinstance(text, str | list | tuple):
                    check_length(len(text) * times)
        elif operator == "**":
            check_length(abs(left) if isinstance(left, int) else 0, MAX_NUMBER)
            check_length(abs(right) if isinstance(right, int) else 0, 64)
        elif operator == "+" and isinstance(left, str | list) and isinstance(right, str | list):
            check_length(len(left) + len(right))
        elif operator == "%" and isinstance(left, str) and _PADDED.search(left):
            raise TemplateError("a text's format may not pad")
        return super().call_binop(context, operator, left, right)

    def call(self, context: Context, function: Any, *args: Any, **kwargs: Any) -> Any:
        owner = getattr(function, "__self__", None)
        for value in (*args, *kwargs.values()):
            if isinstance(value, int):
                check_length(abs(value), MAX_NUMBER)
                if isinstance(owner, str):  # methods that pad
                    check_length((len(owner) + 1) * abs(value))
        if isinstance(owner, str):
            name = getattr(function, "__name__", "")
            if name == "replace" and len(args) > 1:
                _check_replace(owner, args[0], args[1])
            elif name == "join" and args:
                args = (_joinable(owner, args[0]), *args[1:])
        return super().call(context, function, *args, **kwargs)

    def wrap_str_format(self, value: Any) -> Callable[..., str] | None:
        formatting = super().wrap_str_format(value)
        if formatting is not None and not _is_plain(value.__self__):
            raise TemplateError("a text's format may not pad")
        return formatting

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        for kind in (nodes.For, nodes.Macro, nodes.CallBlock):
            for node in list(tree.find_all(kind)):
                node.body.insert(0, nodes.Output([_call(STEP)]))
        _bound(tree)
        return tree.set_environment(self)


class Generation(Extension):
    """``generation`` blocks mark an answer for training; here they are what they hold."""

    tags = {"generation"}

    def parse(self, parser: Parser) -> list[nodes.Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


def check_length(length: int, most: int = MAX_TEXT) -> None:
    if length > most:
        raise TemplateFailed("The model's chat template makes too much of a text.")


def _is_plain(form: str) -> bool:
    return all(not spec for _, _, spec, _ in Formatter().parse(form))


def _bound(node: nodes.Node) -> None:
    for field, value in list(node.iter_fields()):
        if isinstance(value, list):
            setattr(node, field, [_bounded(child) for child in value])
        elif isinstance(value, nodes.Node):
            setattr(node, field, _bounded(value))


def _bounded(node: Any) -> Any:
    """``a ~ b`` and written lists as calls that look at the lengths."""
    if not isinstance(node, nodes.Node):
        return node
    _bound(node)
    if isinstance(node, nodes.Concat):
        return _call(CONCAT, *node.nodes)
    stored = isinstance(node, nodes.Tuple) and node.ctx != "load"
    if isinstance(node, nodes.List | nodes.Tuple | nodes.Dict) and not stored:
        return _call(MADE, node)
    return node


def _call(name: str, *arguments: nodes.Expr) -> nodes.Call:
    return nodes.Call(nodes.Name(name, "load"), list(arguments), [], None, None)


@pass_context
def _tojson(context: Context, value: object, *args: Any, **options: Any) -> str:
    return context[TO_JSON](value, *args, **options)


def _indent(text: str, width: int | str = 4, *args: Any, **options: Any) -> str:
    lines = text.count("\n") + 1
    check_length(lines * (len(width) if isinstance(width, str) else abs(width)))
    return do_indent(text, width, *args, **options)


@pass_eval_context
def _replace(context: EvalContext, text: Any, old: Any, new: Any, count: int | None = None) -> str:
    _check_replace(str(text), old, new)
    return do_replace(context, text, str(old), str(new), count)


@pass_eval_context
def _join(context: EvalContext, values: Any, between: str = "", attribute: str | int | None = None) -> str:
    return sync_do_join(context, _joinable(between, values), between, attribute)


def _check_replace(text: str, old: object, new: object) -> None:
    check_length(len(text) + text.count(str(old)) * len(str(new)))


def _joinable(between: object, values: Any) -> list[Any]:
    parts = list(values)
    check_length(sum(len(part) for part in parts if isinstance(part, str)) + len(parts) * len(str(between)))
    return parts
