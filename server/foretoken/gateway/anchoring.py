"""Where a tool gives the whole text before the cursor, what is typed of its line goes behind FIM_MIDDLE.

So the next key only appends to the prompt, and a model that was trained on whole lines before the gap is asked as it
was trained: the shipped one begins the line anew otherwise. To the model the typed text is the part of the middle that
is already there (see ``prompt/infill.py``, which does the same for editors that speak LSP).
"""

from foretoken.runtime.texts import ModelTexts
from foretoken.text.pieces import Prompt, Special, Template, Text


def anchored(prefix: str) -> tuple[str, str]:
    """The whole lines, and what is typed of the last one."""
    end = prefix.rfind("\n") + 1
    return prefix[:end], prefix[end:]


def filling(prefix: str, suffix: str) -> Prompt:
    """Pieces for the text between ``prefix`` and ``suffix``."""
    lines, typed = anchored(prefix)
    return (Special.FIM_PREFIX, Text(lines), Special.FIM_SUFFIX, Text(suffix), Special.FIM_MIDDLE, Text(typed))


def raw_prompt(text: str, texts: ModelTexts) -> Prompt:
    """Pieces of a prompt that another tool wrote for this model, control tokens and all.

    Where it asks for the middle, in the order prefix, suffix, middle and with nothing typed yet, it is anchored, too.
    """
    if texts.fim is None or not text.endswith(texts.fim[2]) or any(text.count(token) != 1 for token in texts.fim):
        return (Template(text),)
    opening, divider, middle = texts.fim
    before, _, rest = text.removesuffix(middle).partition(opening)
    prefix, found, suffix = rest.partition(divider)
    if not found:  # in another order
        return (Template(text),)
    lines, typed = anchored(prefix)
    pieces = (Special.FIM_PREFIX, Template(lines), Special.FIM_SUFFIX, Template(suffix), Special.FIM_MIDDLE)
    return (Template(before), *pieces, Template(typed))
