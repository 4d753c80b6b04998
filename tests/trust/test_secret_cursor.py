"""Is the cursor in a secret?"""

import pytest

from foretoken.trust.secret_cursor import NEAR, find_begun, secret_at
from planted_secrets import BLOCKS, planted

CORPUS = planted(7)
ONE_OF_A_KIND = {each.kind: each for each in CORPUS if each.carrier == "python"}
TOKENS = [each for each in ONE_OF_A_KIND.values() if each.kind not in BLOCKS and each.value in each.text]


@pytest.mark.parametrize("each", TOKENS, ids=lambda each: each.kind)
def test_inside_and_directly_behind_a_secret_and_nowhere_else(each) -> None:  # type: ignore[no-untyped-def]
    start = each.text.index(each.value)
    end = start + len(each.value)
    assert [at for at in range(start + 1, end + 1) if secret_at(each.text, at) is None] == []
    assert [
        at for at in (*range(each.text.index('"') + 1), *range(end + 1, len(each.text) + 1)) if secret_at(each.text, at)
    ] == []


@pytest.mark.parametrize("kind", BLOCKS)
def test_inside_a_private_key(kind: str) -> None:
    text = ONE_OF_A_KIND[kind].text
    body = text.index("-----\n") + 6
    end = text.index("-----END")
    assert all(secret_at(text, at) for at in range(body, end - 1))
    assert not any(secret_at(text, at) for at in (0, 3, *range(end + 9, len(text) + 1)))
    # While it is being pasted or typed there is no end yet.
    assert all(secret_at(text[:at], at) for at in range(body + 20, end))


def test_a_password_that_is_being_typed() -> None:
    line = "db_password = 'q8Zr!two"
    for length in range(len("db_password = 'q8Zr!t"), len(line) + 1):
        assert secret_at(line[:length], length) is not None
        assert secret_at(line[:length] + "'\nx = 1\n", length) is not None  # an editor has closed the quote
    assert secret_at(line + "'", len(line) + 1) is None


def test_a_token_of_which_the_beginning_is_there() -> None:
    value = ONE_OF_A_KIND["github_token"].value
    text = f"headers = f(\n    '{value}"
    start = text.index(value)
    known = [at for at in range(start, len(text) + 1) if secret_at(text[:at] + "')\n", at) is not None]
    assert known and known[0] <= start + 4 + 12 and known == list(range(known[0], len(text) + 1))


@pytest.mark.parametrize(
    "text",
    [
        "npm_config_registry_2",
        "x = 'sk-learn-0.24'",
        "AKIA",
        "hf_hub_download1",
        "the key-value2",
        "",
        "SECRET_STRIPE_KEY_1",
    ]
    + ["apikey = SECRET_GITHUB_TOKEN_12", "glpat-your-token-here1"],
)
def test_what_only_looks_like_a_beginning(text: str) -> None:
    assert find_begun(text) == ()
    assert secret_at(text, len(text)) is None


def test_a_drawn_value_of_which_half_is_there() -> None:
    line = "api_key = 'q8Zr5Tn2Wx7Lp0Vb4Ks9"
    start = line.index("q8Zr")
    known = [at for at in range(start, len(line) + 1) if secret_at(line[:at] + "'\n", at) is not None]
    assert known == list(range(start + 8, len(line) + 1))
    for other in (
        "next_token = 'q8Zr5Tn2Wx",
        "name = 'q8Zr5Tn2Wx",
        "api_key = 'service_2_name",
        "api_key = get_key2(",
        "token = tokens2",
    ):
        assert find_begun(other) == ()


def test_line_ends_make_no_difference() -> None:
    for each in ONE_OF_A_KIND.values():
        text, unix = each.text.replace("\n", "\r\n"), each.text
        if each.value in unix:
            middle = unix.index(each.value) + 5
            assert secret_at(unix, middle) and secret_at(text, text.index(each.value) + 5)
    assert secret_at("a:\r\n  password: q8Zr!two\r\n", 19)


def test_a_very_long_line_is_looked_at_around_the_cursor_alone() -> None:
    value = ONE_OF_A_KIND["stripe_key"].value
    text = "a = 1; " * 100_000 + f"k = '{value}'; " + "b = 2; " * 100_000
    start = text.index(value)
    assert secret_at(text, start + 5) is not None and secret_at(text, start - NEAR) is None
