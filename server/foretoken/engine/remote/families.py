"""The families of models that fill in the middle: their control tokens' texts and the order of a prompt's parts."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from foretoken.text.pieces import Special

USUAL_LAYOUT = ("header", "fim_prefix", "prefix", "fim_suffix", "suffix", "fim_middle", "typed")


@dataclass(frozen=True, slots=True)
class Family:
    """texts: of each role's control token. layout: names of roles and of a prompt's parts, in a prompt's order."""

    name: str
    texts: Mapping[Special, str]
    layout: tuple[str, ...] = USUAL_LAYOUT


@cache
def families() -> tuple[Family, ...]:
    """In the order in which they are to be tried."""
    text = resources.files("foretoken.engine.remote").joinpath("fim_tokens.toml").read_text(encoding="utf-8")
    return tuple(
        Family(
            entry["name"],
            {role: entry[role.value] for role in Special if role.value in entry},
            tuple(entry.get("layout", USUAL_LAYOUT)),
        )
        for entry in tomllib.loads(text)["family"]
    )
