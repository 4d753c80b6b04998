"""Who may ask: not web pages, and nobody without the token unless the user chose so."""

import pytest
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient

from foretoken.gateway.guard import Access, Guard

JSON = {"content-type": "application/json"}
BEARER = {"authorization": "Bearer s3cret"}


def client(token: str | None, *hosts: str) -> TestClient:
    return TestClient(Guard(PlainTextResponse("passed"), Access(token, hosts)), base_url="http://127.0.0.1:8012")


def status(token: str | None, headers: dict[str, str], method: str = "POST", hosts: tuple[str, ...] = ()) -> int:
    return client(token, *hosts).request(method, "/infill", headers=headers).status_code


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, 401),
        ({"authorization": "Bearer wrong"}, 401),
        ({"authorization": "s3cret"}, 401),
        ({"authorization": "bearer s3cret"}, 200),
        ({"authorization": "Basic s3cret"}, 401),
        (BEARER, 200),
        ({**BEARER, "origin": "http://editor.example"}, 200),
        ({**BEARER, "host": "rebound.example"}, 403),
        ({**BEARER, "host": "rebound.example:8012"}, 403),
        ({**BEARER, "host": "127.0.0.1.rebound.example"}, 403),
        ({**BEARER, "host": "LOCALHOST:8012"}, 200),
        ({**BEARER, "host": "[::1]:8012"}, 200),
        ({**BEARER, "content-type": "text/plain"}, 415),
        ({**BEARER, "content-type": "application/json; charset=utf-8"}, 200),
    ],
)
def test_with_a_token(headers: dict[str, str], expected: int):
    assert status("s3cret", {**JSON, **headers}) == expected


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, 200),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://127.0.0.1:9999"}, 403),
        ({"origin": "http://127.0.0.1:8012"}, 200),
        ({"origin": "http://[bad"}, 403),
        ({"host": "rebound.example"}, 403),
        ({"content-type": "text/plain;charset=UTF-8"}, 415),
        ({"content-type": "application/x-www-form-urlencoded"}, 415),
    ],
)
def test_without_one(headers: dict[str, str], expected: int):
    assert status(None, {**JSON, **headers}) == expected


def test_a_get_needs_no_content_type():
    assert status("s3cret", BEARER, "GET") == 200


def test_further_names_are_served_when_they_are_named():
    assert status("s3cret", {**JSON, **BEARER, "host": "box.lan:8012"}, hosts=("Box.lan",)) == 200
    assert status("s3cret", {**JSON, **BEARER, "host": "box.lan:8012"}) == 403


def test_no_cors_header_is_ever_sent():
    headers = {"origin": "http://evil.example", "access-control-request-method": "POST"}
    for token in (None, "s3cret"):
        answer = client(token).options("/infill", headers=headers)
        assert answer.status_code >= 400 and not [name for name in answer.headers if "access-control" in name]


def test_two_host_headers_are_refused():
    headers = [("host", "127.0.0.1"), ("host", "evil.example"), ("content-type", "application/json")]
    assert client(None).post("/infill", headers=headers).status_code == 403


def test_the_refusal_is_in_openais_form():
    answer = client("s3cret").post("/infill", headers=JSON)
    assert answer.headers["www-authenticate"] == "Bearer"
    error = answer.json()["error"]
    assert error["type"] == "authentication_error" and error["code"] == "invalid_api_key" and error["message"]
