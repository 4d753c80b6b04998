"""Synthetic changes of a function's signature, with the calls in the same stretch brought along.

A parameter added or taken away (calls pass it, or no longer), renamed (uses and keywords follow),
given a default (calls stay as they are) or deprived of it (calls pass the old default now).
"""

import ast
import random

from training.names import Change, Function, Replacement, Stretch, is_self, local_uses, new_name

DEFAULTS = ("None", "None", "False", "True", "0", "1", '""')
KINDS = {"add": 0.3, "remove": 0.25, "rename": 0.2, "default given": 0.1, "default taken": 0.15}


def changed_signature(stretch: Stretch, vocabulary: list[str], rng: random.Random) -> Change | None:
    """A function of the stretch that is also called there, with another signature; None if there is none."""
    functions = [function for function in stretch.functions if _simple(stretch, function)]
    rng.shuffle(functions)
    kind = rng.choices(list(KINDS), list(KINDS.values()))[0]
    for function in functions[:4]:
        calls = stretch.calls(function.name)
        if kind == "rename":
            change = _renamed(stretch, function, calls, vocabulary, rng)
        elif kind == "default taken":
            change = _without_default(stretch, function, calls)
        elif kind == "default given":
            change = _with_default(stretch, function, rng)
        else:
            change = _added(stretch, function, calls, vocabulary, rng)
            change = _reversed(change) if change and kind == "remove" else change
        if change:
            return change
    return None


def _simple(stretch: Stretch, function: Function) -> bool:
    """Only plain parameters, one definition of the name, and calls that are easy to change."""
    arguments, calls = function.args, stretch.calls(function.name)
    if arguments.vararg or arguments.kwonlyargs or arguments.posonlyargs or arguments.kwarg or not calls:
        return False
    if sum(other.name == function.name for other in stretch.functions) > 1:
        return False
    method = bool(arguments.args) and arguments.args[0].arg in ("self", "cls")
    return all(isinstance(call.func, ast.Attribute) == method and _plain_call(stretch, call) for call in calls)


def _plain_call(stretch: Stretch, call: ast.Call) -> bool:
    """Whether all is where the parser says (f-strings!), and no argument hides how many there are."""
    name = call.func.id if isinstance(call.func, ast.Name) else call.func.attr
    end = stretch.end(call.func)
    if stretch.text[end - len(name) : end + 1] != name + "(":
        return False
    if any(isinstance(argument, ast.Starred | ast.GeneratorExp) for argument in call.args):
        return False
    if any(keyword.arg is None for keyword in call.keywords):
        return False
    for argument in call.args:  # one in brackets of its own ends behind its node
        before = stretch.text[: stretch.start(argument)].rstrip()
        if not before.endswith(",") and len(before) != end + 1:
            return False
    return True


def _required(function: Function) -> int:
    return len(function.args.args) - len(function.args.defaults)


def _added(
    stretch: Stretch, function: Function, calls: list[ast.Call], vocabulary: list[str], rng: random.Random
) -> Change | None:
    """Another parameter behind those without a default, passed under its own name."""
    like = function.args.args[-1].arg if function.args.args else "value"
    name = new_name("value" if is_self(like) else like, vocabulary, stretch.text, rng)
    if name is None:
        return None
    at = _required(function)
    parts = [_insert(stretch, function, function.args.args, at, name)]
    skipped = 1 if function.args.args and is_self(function.args.args[0].arg) else 0
    keyword = rng.random() < 0.3
    for call in calls:
        if len(call.args) < at - skipped:
            return None
        last = len(call.args) == at - skipped
        value = f"{name}={name}" if keyword and last else name
        parts.append(_insert(stretch, call, call.args, at - skipped, value))
    return Change(stretch.text, tuple(sorted(parts)))


def _insert(stretch: Stretch, node: Function | ast.Call, items: list[ast.arg] | list[ast.expr], at: int, new: str):
    """`new` as item number `at` of a list of parameters or arguments."""
    if at > 0:
        end = stretch.end(items[at - 1])
        return Replacement(end, end, f", {new}")
    if isinstance(node, ast.Call):
        start = stretch.end(node.func) + 1
        more = bool(items or node.keywords)
    else:
        start = stretch.text.index("(", stretch.name_of(node)) + 1
        more = bool(items)
    return Replacement(start, start, f"{new}, " if more else new)


def _reversed(change: Change) -> Change:
    """The change back: what was inserted is taken away."""
    out, parts, at, shift = [], [], 0, 0
    for part in change.replacements:
        out += [change.text[at : part.start], part.new]
        parts.append(Replacement(part.start + shift, part.start + shift + len(part.new), ""))
        shift += len(part.new)
        at = part.end
    return Change("".join(out) + change.text[at:], tuple(parts))


def _renamed(
    stretch: Stretch, function: Function, calls: list[ast.Call], vocabulary: list[str], rng: random.Random
) -> Change | None:
    """A parameter under another name, one that a call names if there is one."""
    found = local_uses(stretch, function)
    named = [keyword.arg for call in calls for keyword in call.keywords]
    names = [argument.arg for argument in function.args.args if argument.arg in found]
    names = [name for name in names if name in named] or names
    if not names:
        return None
    old = rng.choice(names)
    new = new_name(old, vocabulary, stretch.text, rng)
    return stretch.renamed(found[old], old, new) if new else None


def _with_default(stretch: Stretch, function: Function, rng: random.Random) -> Change | None:
    """The last parameter gets a default. Calls need no change."""
    if function.args.defaults or not function.args.args or is_self(function.args.args[-1].arg):
        return None
    last = function.args.args[-1]
    end = stretch.end(last)
    equals = " = " if last.annotation else "="
    return Change(stretch.text, (Replacement(end, end, equals + rng.choice(DEFAULTS)),))


def _without_default(stretch: Stretch, function: Function, calls: list[ast.Call]) -> Change | None:
    """The only default goes; calls that relied on it pass it."""
    if len(function.args.defaults) != 1 or not isinstance(function.args.defaults[0], ast.Constant):
        return None
    last, default = function.args.args[-1], function.args.defaults[0]
    written = stretch.text[stretch.start(default) : stretch.end(default)]
    if stretch.text[stretch.end(last) : stretch.start(default)].strip() != "=" or "\n" in written:
        return None
    parts = [Replacement(stretch.end(last), stretch.end(default), "")]
    count = len(function.args.args) - (1 if is_self(function.args.args[0].arg) else 0)
    for call in calls:
        if len(call.args) >= count or any(keyword.arg == last.arg for keyword in call.keywords):
            continue
        if call.keywords:
            return None
        if len(call.args) != count - 1:
            return None
        parts.append(_insert(stretch, call, call.args, count - 1, written))
    return Change(stretch.text, tuple(sorted(parts)))
