"""From a prompt's pieces to what is tokenized: templates cut at control tokens, texts that stand together as one."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from foretoken.runtime.control_tokens import Control, without_stripped
from foretoken.runtime.vocabulary import Vocabulary
from foretoken.text.pieces import Prompt, Special, Template, Text


def expanded(prompt: Prompt, vocabulary: Vocabulary) -> list[Text | Special | Control]:
    """The prompt's texts and control tokens.

    What a template says beside its control tokens is joined with the texts around it, so that a rendered conversation
    is tokenized as the whole string would be. A control token that plays a role is that ``Special``. Texts that may be
    dropped stay pieces of their own. The token that begins every text is left out at the start. A prompt without a
    template is returned as it is.
    """
    if not any(isinstance(piece, Template) for piece in prompt):
        return list(prompt)
    roles = {token_id: role for role, token_id in vocabulary.specials.items()}
    whole: list[Text | Special | Control] = []
    for is_fixed, group in groupby(_parts(prompt, vocabulary), _is_fixed):
        if is_fixed:
            texts = _joined([part.text if isinstance(part, Text) else part for part in group])
            whole += [
                Text(part) if isinstance(part, str) else roles.get(part.token_id, part)
                for part in without_stripped(texts)
            ]
        else:
            whole += list(group)
    if whole and isinstance(whole[0], Control) and whole[0].token_id == vocabulary.bos:
        del whole[0]  # the token that begins every text comes by itself
    return whole


def count(prompt: Prompt, vocabulary: Vocabulary) -> int:
    """How many model tokens the prompt has. For any thread."""
    n_tokens = 0 if vocabulary.bos is None else 1
    for is_text, group in groupby(expanded(prompt, vocabulary), lambda part: isinstance(part, Text)):
        some = list(group)
        n_tokens += vocabulary.count("".join(part.text for part in some)) if is_text else len(some)
    return n_tokens


def _parts(prompt: Prompt, vocabulary: Vocabulary) -> Iterator[Text | Special | Control]:
    for piece in prompt:
        if isinstance(piece, Template):
            parts = vocabulary.controls.split(piece.text)
            yield from (Text(part) if isinstance(part, str) else part for part in parts)
        else:
            yield piece


def _is_fixed(part: Text | Special | Control) -> bool:
    """Whether it is a text that stays, or a control token beside one, which may take white space of it along."""
    return part.drop_order is None if isinstance(part, Text) else isinstance(part, Control)


def _joined(parts: Sequence[str | Control]) -> list[str | Control]:
    joined: list[str | Control] = []
    for is_text, group in groupby(parts, lambda part: isinstance(part, str)):
        joined += ["".join(group)] if is_text else group
    return joined
