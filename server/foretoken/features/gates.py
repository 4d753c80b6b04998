"""Why a model is not even asked."""

from foretoken.postprocess.suggestion import Reason, Refusal
from foretoken.session.snapshot import Snapshot
from foretoken.syntax.languages import language_name
from foretoken.text.generation import ModelInfo
from foretoken.text.uris import file_path
from foretoken.trust.secret_cursor import secret_at
from foretoken.trust.secret_names import secret_by_name


def gate(snapshot: Snapshot, model: ModelInfo | None) -> Refusal | None:
    """The first reason not to ask, or None. What depends on the model waits until the model has said what it is."""
    inline, language = snapshot.settings.inline, snapshot.document.language_id
    if not inline.enabled:
        return Refusal(Reason.DISABLED)
    if snapshot.automatic and not inline.automatic:
        return Refusal(Reason.NOT_AUTOMATIC)
    if language in inline.disabled_languages:
        return Refusal(Reason.LANGUAGE_DISABLED, f"{language_name(language)} is in inline.disabled_languages")
    if secret_file(snapshot):
        return Refusal(Reason.SECRET_FILE)
    if snapshot.automatic and _inside_word(snapshot.document.text, snapshot.offset):
        return Refusal(Reason.MID_WORD)
    # The prompt has a placeholder there, so what the model writes next would not fit the document.
    if secret_at(snapshot.document.text, snapshot.offset) is not None:
        return Refusal(Reason.INSIDE_SECRET)
    if model is None:
        return None
    if model.languages and language not in model.languages:
        known = ", ".join(language_name(known) for known in model.languages)
        return Refusal(Reason.UNKNOWN_LANGUAGE, f"{model.name} knows only {known}, this is {language_name(language)}")
    if not model.fim:
        return Refusal(Reason.NO_INFILL, f"{model.name} has no fill-in-the-middle tokens")
    return None


def secret_file(snapshot: Snapshot) -> bool:
    """Whether nothing of the document is shown to a model, for what it is called. The workspace folder's own name and
    place say nothing; of a file outside any workspace folder those that it stands in do."""
    place = "" if snapshot.repo_name else file_path(snapshot.document.uri)
    return secret_by_name(str(place or snapshot.path))


def _inside_word(text: str, offset: int) -> bool:
    following = text[offset : offset + 1]
    return following.isalnum() or following == "_"
