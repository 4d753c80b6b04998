"""What is said of the model and of the server's state."""

from typing import Any

from foretoken.runtime.status import RuntimeState, RuntimeStatus
from foretoken.runtime.texts import ModelTexts


def models_object(status: RuntimeStatus) -> dict[str, Any]:
    """OpenAI's list, with llama.cpp's ``meta``. No model is in it before it is loaded."""
    info = status.info
    if info is None:
        return {"object": "list", "data": []}
    model = {
        "id": info.name,
        "object": "model",
        "created": 0,
        "owned_by": "foretoken",
        "meta": {"n_ctx": info.n_ctx, "n_params": info.n_params, "size": info.size_bytes},
    }
    return {"object": "list", "data": [model]}


def health_object(status: RuntimeStatus) -> dict[str, object]:
    """llama.cpp's form: ``status`` is ok, or there is an ``error``."""
    if status.state is RuntimeState.READY:
        return {"status": "ok"}
    failed = status.state is RuntimeState.FAILED
    message = status.message if failed else "Loading model"
    return {"error": {"message": message, "type": "unavailable_error", "param": None, "code": 503}}


def props_object(status: RuntimeStatus, texts: ModelTexts | None) -> dict[str, object]:
    """The part of llama.cpp's /props that tools read: the window, and whether there is a chat template."""
    info = status.info
    return {
        "default_generation_settings": {"n_ctx": info.n_ctx if info else 0},
        "total_slots": 1,
        "model_path": info.name if info else "",
        "chat_template": (texts.chat_template or "") if texts else "",
    }
