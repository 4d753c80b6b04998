"""GET /openapi.json: the requests as OpenAPI 3.1, made from the models that check them."""

from functools import lru_cache

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from foretoken import __version__
from foretoken.gateway.schemas import Chat, Completion, Infill

_DESCRIPTION = (
    "Fields that are not described are ignored: logit_bias, frequency_penalty, presence_penalty and repeat_penalty among "
    "them. Every path asks for the token, /health and /v1/models included."
)
_REFERENCE = "#/components/schemas/{model}"
_NULLABLE = {"type": ["string", "null"]}
_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["message", "type", "param", "code"],
            "properties": {"message": {"type": "string"}, "type": {"type": "string"}, "param": _NULLABLE, "code": {}},
        }
    },
}
_POSTS: tuple[tuple[str, type[BaseModel], str], ...] = (
    ("/v1/completions", Completion, "Go on with a text, or fill in its middle. Sampling is off unless asked for."),
    (
        "/v1/chat/completions",
        Chat,
        "Answer a conversation through the model's own chat template. Left out: temperature 0.7, top_p 0.8, top_k 20 "
        "(Qwen's recommendation for answers without thinking); thinking is off.",
    ),
    ("/infill", Infill, "Fill in the middle, as llama.cpp's server does. Sampling is off unless asked for."),
)
_GETS = (
    ("/v1/models", "The model, in OpenAI's form."),
    ("/models", "As /v1/models."),
    ("/health", "Whether the model is ready; 503 while it is not. It asks for the token as everything else does."),
    ("/props", "The window and the chat template, in llama.cpp's form."),
    ("/metrics", "Counters, in Prometheus' form."),
    ("/openapi.json", "This description."),
)
_REFUSALS = {
    400: "Something in the request is wrong; the message names the field.",
    401: "The bearer token is missing or wrong.",
    403: "This Host or Origin is not served.",
    408: "The body came too slowly.",
    413: "The body is too large.",
    415: "The body is not declared as JSON.",
    429: "The client has too many requests under way.",
    500: "The request failed inside the server.",
    501: "The loaded model cannot do this.",
    503: "There is no model, or not yet.",
}


@lru_cache(maxsize=1)
def description() -> dict[str, object]:
    """The document, as a JSON value."""
    _, definitions = models_json_schema([(schema, "validation") for _, schema, _ in _POSTS], ref_template=_REFERENCE)
    paths: dict[str, object] = {}
    for path, schema, summary in _POSTS:
        content = {"application/json": {"schema": {"$ref": _REFERENCE.format(model=schema.__name__)}}}
        paths[path] = {
            "post": {
                "operationId": schema.__name__,
                "description": summary,
                "requestBody": {"required": True, "content": content},
                "responses": _responses({"application/json": {"schema": {}}, "text/event-stream": {}}),
            }
        }
    for path, summary in _GETS:
        text = "text/plain" if path == "/metrics" else "application/json"
        paths[path] = {"get": {"description": summary, "responses": _responses({text: {}})}}
    paths["/v1/models/{id}"] = {
        "get": {
            "description": "The model by its id, in OpenAI's form; 404 for any other.",
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
            "responses": _responses({"application/json": {}}),
        }
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Foretoken's gateway", "version": __version__, "description": _DESCRIPTION},
        "security": [{"bearer": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
            "schemas": {**definitions["$defs"], "Error": _ERROR},
        },
    }


def _responses(content: dict[str, object]) -> dict[str, object]:
    error = {"application/json": {"schema": {"$ref": _REFERENCE.format(model="Error")}}}
    refusals = {str(status): {"description": text, "content": error} for status, text in _REFUSALS.items()}
    return {"200": {"description": "The answer.", "content": content}, **refusals}
