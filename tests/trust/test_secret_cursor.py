"""Is the cursor in a secret?"""

import pytest

from foretoken.prompt.infill import infill
from foretoken.session.anchor import fix_anchor
from foretoken.trust import secret_cursor
from foretoken.trust.secret_cursor import NEAR, find_begun, find_near, secret_at
from foretoken.trust.secrets import SecretSpan, find_secrets
from marked import snapshot
from planted_documents import DOCUMENTS
from planted_secrets import BLOCKS, Planted, planted

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


@pytest.mark.parametrize(
    "each",
    [each for each in CORPUS if each.kind in DOCUMENTS and each.kind != "key in one line"],
    ids=lambda each: each.kind,
)
@pytest.mark.parametrize("end_of_line", ["\n", "\r\n"])
def test_inside_a_secret_that_other_lines_say_is_one(each: Planted, end_of_line: str) -> None:
    text = each.text.replace("\n", end_of_line)
    start = text.index(each.value)
    end = start + len(each.value)
    assert [at for at in range(start + 1, end + 1) if secret_at(text, at) is None] == []
    before, behind = text.rfind("\n", 0, start) + 1, text.index("\r" if "\r" in text else "\n", end)
    assert [at for at in (*range(before), *range(behind + 2, len(text) + 1)) if secret_at(text, at)] == []


@pytest.mark.parametrize(
    "above", ["password = (", "password = \\", '"password":', "- name: DB_PASSWORD", "# x\nsecret = ["]
)
def test_a_value_that_is_typed_below_its_name(above: str) -> None:
    """And of which the end is not there yet."""
    given = "  value: " if above.startswith("-") else "    "
    text = f"a = 1\n{above}\n{given}'q8Zr!two"
    for length in range(len(text) - 1, len(text) + 1):
        for rest in ("", "'\n)\nb = 2\n"):
            assert secret_at(text[:length] + rest, length) is not None
    assert secret_at(f"a = 1\n{given}'q8Zr!two", len(f"a = 1\n{given}'q8Zr!two")) is None
    assert secret_at(f"{above}\n\n\n{given}'q8Zr!two", len(f"{above}\n\n\n{given}'q8Zr!two")) is None


def test_a_token_that_is_typed_below_its_name() -> None:
    text = "api_key = (\n    'q8Zr5Tn2Wx7Lp0Vb"
    assert all(secret_at(text[:at], at) for at in range(text.index("q8") + 8, len(text) + 1))


def test_one_key_looks_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The gate, asked before and after the model is ready, and the prompt."""
    looked_at: list[str] = []

    def counted(text: str) -> tuple[SecretSpan, ...]:
        looked_at.append(text)
        return find_secrets(text)

    monkeypatch.setattr(secret_cursor, "find_secrets", counted)
    find_near.cache_clear()
    text = "import os\n\n\ndef f(a, b):\n    return a\n"
    offset = text.index("return a")
    view = snapshot(text[:offset] + "<CURSOR>" + text[offset:], anchor=fix_anchor(text, offset))
    for _ in range(2):
        assert secret_at(text, offset) is None
    infill(view, 2000)
    assert looked_at == ["\n\ndef f(a, b):\n    return a\n"]


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
