"""A thousand requests made from the description, right and wrong ones: none brings the server down or makes it fail."""

from collections import Counter
from collections.abc import Iterator

import httpx2 as httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode

from foretoken.gateway.openapi import description
from gateway.conftest import CHAIN
from gateway.gateway_models import CONTROLS, SECONDS, Served, serving, template
from gateway.test_http import AFTER_A, ask
from model.make_gguf import DENSE, write_model

SCHEMA = schemathesis.openapi.from_dict(description())
# How many right ones and how many wrong ones: 1,000 in all. A conversation takes longest to make up.
POSTS = {"/v1/completions": 200, "/v1/chat/completions": 100, "/infill": 200}
GETS = ("/v1/models", "/models", "/health", "/props", "/metrics", "/openapi.json")
# The same ones each time.
SAME = settings(
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def small_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """With a small window, so that no answer is long, and a template that takes roles in any order."""
    path = tmp_path_factory.mktemp("hostile") / "hostile.gguf"
    write_model(path, DENSE, controls=CONTROLS, chat_template=template("qwen2.5"), chain=CHAIN)
    with serving(path, n_ctx=256) as served:
        yield served


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=SECONDS) as client:
        yield client


def send(client: httpx.Client, served: Served, case: schemathesis.Case) -> httpx.Response:
    """The case as it is, on the wire; with the token, or nothing but 401 would be seen."""
    parts = case.as_transport_kwargs(base_url=served.url)
    headers = {name: value for name, value in parts["headers"].items() if name.lower() != "authorization"}
    more = {name: parts[name] for name in ("json", "data", "params") if parts.get(name) is not None}
    if isinstance(more.get("data"), bytes | str):
        more["content"] = more.pop("data")
    return client.request(parts["method"], parts["url"], headers={**headers, **served.headers}, **more)


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("path", POSTS)
def test_generated_requests(small_server: Served, client: httpx.Client, path: str, mode: GenerationMode):
    seen: Counter[int] = Counter()

    @settings(SAME, max_examples=POSTS[path])
    @given(case=SCHEMA[path]["POST"].as_strategy(generation_mode=mode))
    def run(case: schemathesis.Case) -> None:
        answer = send(client, small_server, case)
        seen[answer.status_code] += 1
        assert answer.status_code in (200, 400, 415, 429), f"{answer.status_code} {answer.text} {case.body!r}"
        if answer.status_code != 200:
            error = answer.json()["error"]
            assert set(error) == {"message", "type", "param", "code"} and error["message"]

    run()
    assert sum(seen.values()) >= POSTS[path] * 0.9
    # It would prove little if everything were refused, or nothing.
    if mode is GenerationMode.POSITIVE:
        assert seen[200] > POSTS[path] / 4, seen
    else:
        assert seen[400] > POSTS[path] / 2, seen
    assert ask(small_server, "/v1/completions", prompt="a")["choices"][0]["text"] == AFTER_A


@pytest.mark.parametrize("path", GETS)
def test_what_can_only_be_read(small_server: Served, client: httpx.Client, path: str):
    ask(small_server, "/v1/completions", prompt="a", max_tokens=1)
    case = SCHEMA[path]["GET"].Case()
    assert send(client, small_server, case).status_code == 200
