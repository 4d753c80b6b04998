"""What the gateway must know of a loaded model beside its ModelInfo: how it is spoken to, and how long a prompt is."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from foretoken.runtime.expand import count
from foretoken.runtime.model import Model
from foretoken.runtime.vocabulary import Vocabulary
from foretoken.text.pieces import Prompt, Special


@dataclass(frozen=True, slots=True)
class ModelTexts:
    """chat_template: the file's own, Jinja; None = it has none. bos, eos: as a template writes them, "" = none.

    fim: how a raw prompt writes FIM_PREFIX, FIM_SUFFIX and FIM_MIDDLE; None = it lacks one of them. has_file_sep,
    has_repo_name: it has tokens for these roles. is_control: whether a text is, or holds, a control token.
    count: model tokens of a prompt, for any thread. longest: characters that no token has more of.
    """

    chat_template: str | None
    bos: str
    eos: str
    fim: tuple[str, str, str] | None
    has_file_sep: bool
    has_repo_name: bool
    is_control: Callable[[str], bool]
    count: Callable[[Prompt], int]
    longest: int


def texts_of(model: Model) -> ModelTexts:
    vocabulary = model.vocabulary
    fim = [vocabulary.specials.get(role) for role in (Special.FIM_PREFIX, Special.FIM_SUFFIX, Special.FIM_MIDDLE)]
    return ModelTexts(
        chat_template=model.chat_template,
        bos=vocabulary.bos_text,
        eos=vocabulary.eos_text,
        fim=None if None in fim else tuple(vocabulary.text_of(token_id) for token_id in fim),
        has_file_sep=Special.FILE_SEP in vocabulary.specials,
        has_repo_name=Special.REPO_NAME in vocabulary.specials,
        is_control=lambda text: vocabulary.controls.split(text) != [text],
        count=partial(count, vocabulary=vocabulary),
        longest=_longest(vocabulary),
    )


def _longest(vocabulary: Vocabulary) -> int:
    """In bytes, of which a character has one at least. Control tokens count as they are written out."""
    written = (len(vocabulary.text_of(i).encode()) for i, piece in enumerate(vocabulary.pieces) if not piece)
    return max(1, max(map(len, vocabulary.pieces), default=0), max(written, default=0))
