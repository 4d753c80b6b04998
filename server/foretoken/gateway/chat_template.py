"""A model's own chat template, rendered in a sandbox that also ends.

The template comes with the model's file, from wherever that came: it may not reach Python, and it may not run or grow
without bounds. What templates expect around them is what Hugging Face's transformers gives them
(docs: "Writing a chat template").
"""

from collections.abc import Mapping
from datetime import datetime
from typing import NoReturn

from jinja2 import TemplateError
from jinja2.ext import loopcontrols

from foretoken.gateway.bounds import MAX_TEXT, Bounds, TemplateFailed, bounded
from foretoken.gateway.placeholders import Placeholders
from foretoken.gateway.sandbox import CONCAT, MADE, STEP, TO_JSON, Generation, Sandbox

MAX_TEMPLATE = 1 << 20


class ChatTemplate:
    """One model's template. ``render`` is for any thread."""

    def __init__(self, source: str, bos: str, eos: str) -> None:
        """Raises TemplateFailed when it is not a template."""
        self.source = source
        self._tokens = {"bos_token": bos, "eos_token": eos}
        if len(source) > MAX_TEMPLATE:
            raise TemplateFailed("The model's chat template is too long.")
        self._environment = Sandbox(trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols, Generation])
        try:
            with bounded():
                self._template = self._environment.from_string(source)
        except (TemplateError, RecursionError, SyntaxError, MemoryError, ValueError) as error:
            raise TemplateFailed(f"The model's chat template is not valid: {error}") from error

    def render(self, values: Mapping[str, object], placeholders: Placeholders) -> str:
        """The text, with placeholders in it. Raises TemplateFailed."""
        with bounded() as bounds:
            return self._render(values, placeholders, bounds)

    def _render(self, values: Mapping[str, object], placeholders: Placeholders, bounds: Bounds) -> str:
        variables = {
            **self._tokens,
            **values,
            STEP: bounds.step,
            CONCAT: bounds.concat,
            MADE: bounds.made,
            "raise_exception": _raise_exception,
            "strftime_now": lambda form: datetime.now().strftime(form),
            TO_JSON: placeholders.to_json,
        }
        parts, length = [], 0
        try:
            for part in self._template.generate(variables):
                length += len(part)
                if length > MAX_TEXT:
                    raise TemplateFailed("The model's chat template writes without end.")
                parts.append(part)
        except RecursionError as error:
            raise TemplateFailed("The model's chat template calls itself without end.") from error
        except (MemoryError, OverflowError) as error:
            raise TemplateFailed("The model's chat template needs more memory than there is.") from error
        except (TemplateError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            raise TemplateFailed(f"The model's chat template cannot write this conversation: {error}") from error
        return "".join(parts)


def _raise_exception(message: object) -> NoReturn:
    raise TemplateFailed(str(message))
