"""What the gateway must know of a loaded model beside its ModelInfo: how it is spoken to, and how long a prompt is."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from foretoken.runtime.expand import count
from foretoken.runtime.model import Model
from foretoken.text.pieces import Prompt, Special


@dataclass(frozen=True, slots=True)
class ModelTexts:
    """chat_template: the file's own, Jinja; None = it has none. bos, eos: as a template writes them, "" = none.

    fim_middle: how a raw prompt writes that role, "" = the model has no such token. has_file_sep: extra files get a
    separator of their own. is_control: whether a text is, or holds, a control token. count: model tokens of a prompt,
    for any thread.
    """

    chat_template: str | None
    bos: str
    eos: str
    fim_middle: str
    has_file_sep: bool
    has_repo_name: bool
    is_control: Callable[[str], bool]
    count: Callable[[Prompt], int]


def texts_of(model: Model) -> ModelTexts:
    vocabulary = model.vocabulary
    middle = vocabulary.specials.get(Special.FIM_MIDDLE)
    return ModelTexts(
        chat_template=model.chat_template,
        bos=vocabulary.bos_text,
        eos=vocabulary.eos_text,
        fim_middle="" if middle is None else vocabulary.text_of(middle),
        has_file_sep=Special.FILE_SEP in vocabulary.specials,
        has_repo_name=Special.REPO_NAME in vocabulary.specials,
        is_control=lambda text: vocabulary.controls.split(text) != [text],
        count=partial(count, vocabulary=vocabulary),
    )
