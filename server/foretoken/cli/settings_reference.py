"""The settings' reference page, made from the schema."""

from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from foretoken.session.settings import Settings
from foretoken.session.settings_file import WORKSPACE_FILE_NAME
from foretoken.session.settings_sources import iter_fields, workspace_may_set

_INTRODUCTION = f"""# Settings

<!-- Made by `foretoken settings --reference` from server/foretoken/session/settings.py; do not edit. -->

Settings are read from four places; each later one wins, key by key:

1. the defaults below;
2. your own file: `~/.config/foretoken/config.toml` on Linux, `~/Library/Application Support/foretoken/config.toml` on
   macOS, `%LOCALAPPDATA%\\foretoken\\config.toml` on Windows (`foretoken settings` prints the exact place);
3. the workspace's file: `{WORKSPACE_FILE_NAME}` in the workspace's root folder;
4. your editor: the section `foretoken` of its language server settings, or its `initializationOptions`.

A key `inline.max_lines` is written in TOML as

```toml
[inline]
max_lines = 3
```

and in an editor's JSON as `{{"inline": {{"max_lines": 3}}}}`. Changes apply while the server runs.

A setting that is unknown or has a wrong value is left out and named to you; the others still apply.
The workspace's file comes with the repository, so anyone may have written it: it may set only what is marked so.
"""


def settings_reference() -> str:
    """The page in Markdown, ending with a newline."""
    parts = [_INTRODUCTION]
    section = ""
    for key, info in iter_fields():
        name = key.split(".")[0]
        if name != section:
            section = name
            outer = Settings.model_fields[name].annotation
            parts.append(f"\n## {name}\n\n{outer.__doc__}\n")
            parts.append("| key | type | default | bounds | workspace | what it does |\n|---|---|---|---|---|---|")
        cells = [f"`{key}`", _type(info.annotation), f"`{toml(info.default)}`", _bounds(info)]
        cells += ["yes" if workspace_may_set(info) else "no", info.description or ""]
        parts.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(parts).replace("\n\n\n", "\n\n") + "\n"


def toml(value: Any) -> str:
    """A setting's value as it is written in TOML."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return str(value)


def _type(annotation: Any) -> str:
    if get_origin(annotation) is Literal:
        return " or ".join(f'`"{choice}"`' for choice in get_args(annotation))
    if get_origin(annotation) is tuple:
        return "list of texts"
    return {bool: "true or false", int: "whole number", float: "number", str: "text"}[annotation]


def _bounds(info: FieldInfo) -> str:
    low = next((m.ge for m in info.metadata if hasattr(m, "ge")), None)
    high = next((m.le for m in info.metadata if hasattr(m, "le")), None)
    if low is None and high is None:
        return ""
    return f"{low} to {high}" if high is not None else f"at least {low}"
