"""Jinja's sandbox with bounds: a template in it ends, and does not fill the memory.

The sandbox alone keeps a template from Python. It does not bound loops in loops, macros that call themselves, texts and
lists that double. Here each turn of a loop and each call of a macro is counted, whatever makes a longer value is
asked for its length before, and all that is made is added up (``bounds.py``).
"""

import functools
import re
from collections.abc import Callable, Iterable
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

from foretoken.gateway.bounds import ITEM, MAX_BITS, MAX_NUMBER, Bounds, check_length, cost, current

# They can make a text of any length from a number, and no chat template needs them.
_WITHOUT = ("center", "format", "wordwrap", "urlize", "pprint", "xmlattr", "random", "batch", "slice", "sum")
# These make no list of a text's characters.
_TEXT_FILTERS = frozenset(
    "capitalize count d default e escape first float forceescape indent int last length lower replace reverse safe string "
    "striptags title tojson trim truncate upper urlencode wordcount".split()
)
_PADDED = re.compile(r"%(?:\([^)]*\))?[-#0 +]*[\d*.]")
STEP, CONCAT, MADE, TO_JSON = "foretoken_step", "foretoken_concat", "foretoken_made", "foretoken_tojson"


class Sandbox(ImmutableSandboxedEnvironment):
    """The rendering's variables must hold its Bounds' methods under STEP, CONCAT and MADE, and TO_JSON."""

    intercepted_binops = frozenset(("+", "*", "**", "%"))

    def __init__(self, **options: Any) -> None:
        super().__init__(finalize=lambda value: current().written(value), **options)
        for name in _WITHOUT:
            self.filters.pop(name, None)
        self.filters |= {"tojson": _tojson, "indent": _indent, "replace": _replace, "join": _join}
        self.filters = {name: _charged(name, function) for name, function in self.filters.items()}
        del self.globals["lipsum"]

    def concat(self, parts: Iterable[str]) -> str:  # type: ignore[override]
        """What a macro or a block has written."""
        texts = list(parts)
        current().charge(sum(len(text) for text in texts))
        return "".join(texts)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        if isinstance(left, int) and isinstance(right, int):
            _check_number(operator, left, right)
        elif operator == "*":
            for text, times in ((left, right), (right, left)):
                if isinstance(times, int) and isinstance(text, str | list | tuple):
                    check_length(max(cost(text), len(text)) * times)
        elif operator == "+" and isinstance(left, str | list | tuple) and isinstance(right, str | list | tuple):
            check_length(cost(left) + cost(right))
        elif operator == "%" and isinstance(left, str):
            if _PADDED.search(left):
                raise TemplateError("a text's format may not pad")
            check_length(len(left) + left.count("%") * current().size(right))
        value = super().call_binop(context, operator, left, right)
        if operator == "*":
            current().made(value)
        else:
            current().charge(cost(value))
        return value

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
            elif name in ("split", "rsplit", "splitlines"):
                between = args[0] if args and isinstance(args[0], str) and args[0] else None
                times = owner.count(between) if between else len(owner) // 2
                check_length(ITEM * times)
        value = super().call(context, function, *args, **kwargs)
        if not isinstance(owner, Bounds):
            current().charge(cost(value))
        return value

    def wrap_str_format(self, value: Any) -> Callable[..., str] | None:
        formatting = super().wrap_str_format(value)
        if formatting is None:
            return None
        form = value.__self__
        if not _is_plain(form):
            raise TemplateError("a text's format may not pad")

        def checked(*args: Any, **kwargs: Any) -> str:
            check_length(len(form) + form.count("{") * current().size([*args, *kwargs.values()]))
            return formatting(*args, **kwargs)

        return checked

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


def _charged(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """A filter that looks at the lengths of what it is given, before, and of what it makes."""

    @functools.wraps(function)
    def charged(*args: Any, **kwargs: Any) -> Any:
        bounds = current()
        for value in args:
            if isinstance(value, str) and name not in _TEXT_FILTERS:
                bounds.charge(ITEM * len(value))
            elif isinstance(value, list | tuple | dict):
                check_length(bounds.size(value))
        made = function(*args, **kwargs)
        bounds.charge(cost(made))
        return made

    return charged


def _check_number(operator: str, left: int, right: int) -> None:
    if operator == "**":
        check_length(abs(left), MAX_NUMBER)
        check_length(abs(right), 64)
    elif operator != "%":
        check_length(left.bit_length() + right.bit_length(), MAX_BITS)


def _is_plain(form: str) -> bool:
    return all(not spec for _, _, spec, _ in Formatter().parse(form))


def _bound(node: nodes.Node) -> None:
    for field, value in list(node.iter_fields()):
        if isinstance(value, list):
            setattr(node, field, [_bounded(child) for child in value])
        elif isinstance(value, nodes.Node):
            setattr(node, field, _bounded(value))


def _bounded(node: Any) -> Any:
    """``a ~ b``, written lists and slices as calls that look at the lengths."""
    if not isinstance(node, nodes.Node):
        return node
    _bound(node)
    if isinstance(node, nodes.Concat):
        return _call(CONCAT, *node.nodes)
    if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Slice):
        return _call(MADE, node)
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
    check_length(len(text) + lines * (len(width) if isinstance(width, str) else abs(width)))
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
