"""No secret is in a prompt, wherever the cursor stands and however it got there."""

import pytest

from foretoken.prompt import redacted as redacted_module
from foretoken.prompt.infill import infill
from foretoken.session.anchor import anchor_at, fix_anchor, next_anchor
from foretoken.session.snapshot import Snapshot
from foretoken.text.pieces import Special, Text, symbolic
from foretoken.trust import secret_cursor
from foretoken.trust.secret_cursor import find_near, secret_at
from foretoken.trust.secrets import SecretSpan, find_secrets
from marked import snapshot
from planted_documents import DOCUMENTS
from planted_secrets import BLOCKS, Planted, planted

CORPUS = planted(11)
# One carrier for a kind, each time another.
VARIED = [each for number, each in enumerate(CORPUS) if number % 15 == 0 and each.value in each.text]
KEYS = [each for each in CORPUS if each.kind in BLOCKS and each.carrier in ("python", "windows", "typescript", "json")][
    ::5
]


def view(text: str, offset: int, **others) -> Snapshot:  # type: ignore[no-untyped-def]
    return snapshot(text[:offset] + "<CURSOR>" + text[offset:], **others)


def said(view: Snapshot, n_prompt: int = 2000) -> str:
    return symbolic(infill(view, n_prompt))


def fragments(each: Planted, length: int = 16) -> list[str]:
    return [each.value[at : at + length] for at in range(0, max(1, len(each.value) - length + 1))]


@pytest.mark.parametrize("each", VARIED, ids=lambda each: f"{each.kind} {each.carrier}")
def test_wherever_the_cursor_stands(each: Planted) -> None:
    """Not even a piece of it: of a value that the cursor cuts both sides are replaced."""
    start = each.text.index(each.value)
    for offset in range(len(each.text) + 1):
        prompt = said(view(each.text, offset))
        assert each.value not in prompt
        if not start < offset < start + len(each.value) or secret_at(each.text, offset):
            assert not any(piece in prompt for piece in fragments(each)), (offset, prompt)


@pytest.mark.parametrize("kind", [kind for kind in DOCUMENTS if kind != "key in one line"])
def test_what_other_lines_say_is_secret(kind: str) -> None:
    """Wherever the cursor stands, on the same line or between them."""
    each = next(each for each in CORPUS if each.kind == kind)
    start = each.text.index(each.value)
    for offset in range(len(each.text) + 1):
        asked = secret_at(each.text, offset) is None
        assert not (asked and start < offset <= start + len(each.value)), offset
        prompt = said(view(each.text, offset))
        assert each.value not in prompt
        assert not asked or not any(piece in prompt for piece in fragments(each, min(10, len(each.value)))), (
            offset,
            prompt,
        )


@pytest.mark.parametrize("kind", [kind for kind in DOCUMENTS if kind != "key in one line"])
def test_typing_the_line_of_such_a_secret(kind: str) -> None:
    each = next(each for each in CORPUS if each.kind == kind)
    start = each.text.rfind("\n", 0, each.text.index(each.value)) + 1
    end = each.text.index("\n", start)
    text, offset = each.text[:start] + each.text[end:], start
    anchor = fix_anchor(text, offset)
    for ch in each.text[start:end]:
        moved = next_anchor(anchor, offset, offset, ch)
        text, offset = text[:offset] + ch + text[offset:], offset + 1
        anchor = anchor_at(moved, text, offset)
        prompt = infill(view(text, offset, anchor=anchor), 2000)
        assert each.value not in symbolic(prompt)
        if secret_at(text, offset) is None:
            assert isinstance(prompt[-1], Text) and prompt[-1].text[-1] == ch


@pytest.mark.parametrize("each", KEYS, ids=lambda each: f"{each.kind} {each.carrier}")
def test_the_cursor_inside_a_private_key(each: Planted) -> None:
    for offset in range(0, len(each.text) + 1, 3):
        prompt = said(view(each.text, offset))
        assert not any(piece in prompt for piece in fragments(each)), (offset, prompt)


@pytest.mark.parametrize("each", VARIED[::3], ids=lambda each: f"{each.kind} {each.carrier}")
def test_typing_key_by_key_through_a_line_with_a_secret(each: Planted) -> None:
    """The line is typed into the file that holds the rest of it; the anchor is the one that typing keeps."""
    start = each.text.rfind("\n", 0, each.text.index(each.value)) + 1
    end = each.text.index("\n", start + len(each.value) if each.kind not in BLOCKS else start)
    text, offset = each.text[:start] + each.text[end:], start
    anchor = fix_anchor(text, offset)
    asked = 0
    for ch in each.text[start:end]:
        moved = next_anchor(anchor, offset, offset, ch)
        text, offset = text[:offset] + ch + text[offset:], offset + 1
        anchor = anchor_at(moved, text, offset)
        now = view(text, offset, anchor=anchor)
        prompt = infill(now, 2000)
        assert each.value not in symbolic(prompt)
        if secret_at(text, offset) is None:  # here the model is asked
            asked += 1
            assert isinstance(prompt[-1], Text)
            # The answer is put behind what was typed: it must stand at the end of the prompt as it is.
            assert prompt[-1].text[-1] == ch
    assert asked or each.kind in BLOCKS  # the line of a key is typed with its first line above it


def test_what_is_typed_changes_nothing_before_or_behind_it() -> None:
    """But for the key on which a secret becomes one, the prompt only grows; what stands around it stays throughout."""
    secrets = [each.value for each in CORPUS if each.kind == "github_token" and each.carrier == "python"]
    text = f'a = "{secrets[0]}"\n\nb = 1; c = "{secrets[1]}"\n'
    anchor = fix_anchor(text, text.index("\n") + 1)
    offset, around = anchor.start, None
    for ch in f"d = f('{secrets[1]}', '{secrets[0]}')":
        moved = next_anchor(anchor, offset, offset, ch)
        text, offset = text[:offset] + ch + text[offset:], offset + 1
        anchor = anchor_at(moved, text, offset)
        prompt = infill(view(text, offset, anchor=anchor), 2000)
        assert around is None or prompt[:-1] == around
        around = prompt[:-1]
    assert symbolic(prompt).endswith(
        '⟨FIM_PREFIX⟩a = "SECRET_GITHUB_TOKEN_1"\n⟨FIM_SUFFIX⟩\nb = 1; c = "SECRET_GITHUB_TOKEN_2"\n'
        "⟨FIM_MIDDLE⟩d = f('SECRET_GITHUB_TOKEN_2', 'SECRET_GITHUB_TOKEN_1')"
    )


def test_a_value_that_its_name_makes_a_secret_is_one_on_the_other_side_of_the_cursor() -> None:
    text = "import os\npassword = 'q8Zr!two'\nrest = 1\n"
    for offset in range(len(text) + 1):
        assert "q8Zr!two" not in said(view(text, offset))
    here = said(view(text, text.index("'q8")))
    assert here.endswith("⟨FIM_SUFFIX⟩'SECRET_PASSWORD_1'\nrest = 1\n⟨FIM_MIDDLE⟩password = ")


def test_no_half_of_a_secret_stands_at_the_windows_edge() -> None:
    each = next(each for each in CORPUS if each.kind == "rsa_key" and each.carrier == "python")
    lines = "".join(f"value_{number} = {number}\n" for number in range(400))
    text = lines + each.text + lines + "here = \n" + lines + each.text + lines
    offset = text.index("here = ") + 7
    for n_prompt in range(200, 6000, 97):
        prompt = said(view(text, offset), n_prompt)
        assert not any(piece in prompt for piece in fragments(each, 12))
    for room in range(100, 6000, 97):
        prompt = said(view(text, offset, anchor=fix_anchor(text, offset, room)), 4000)
        assert not any(piece in prompt for piece in fragments(each, 12))


def test_a_file_that_is_longer_than_what_is_looked_at() -> None:
    each = next(each for each in CORPUS if each.kind == "stripe_key" and each.carrier == "python")
    text = each.text * 4000 + "here = \n" + each.text * 4000
    offset = text.index("here = ") + 7
    prompt = said(view(text, offset), 3000)
    assert each.value not in prompt and prompt.count("SECRET_STRIPE_KEY_1") > 10
    assert len(prompt) <= 3000 * 3.2 and "class Settings" in prompt


def test_a_key_looks_at_what_was_typed_and_not_at_the_file_again(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[int] = []

    def counted(text: str) -> tuple[SecretSpan, ...]:
        looked_at.append(len(text))
        return find_secrets(text)

    for module in (redacted_module, secret_cursor):
        monkeypatch.setattr(module, "find_secrets", counted)
    find_near.cache_clear()
    each = next(each for each in CORPUS if each.kind == "stripe_key" and each.carrier == "python")
    text = each.text * 40 + "here = \n" + each.text * 40
    offset = text.index("here = ") + 7
    anchor = fix_anchor(text, offset)
    infill(view(text, offset, anchor=anchor), 2000)
    assert sum(looked_at) > 5_000
    for ch in "value(1)":
        moved = next_anchor(anchor, offset, offset, ch)
        text, offset = text[:offset] + ch + text[offset:], offset + 1
        anchor = anchor_at(moved, text, offset)
        looked_at.clear()
        infill(view(text, offset, anchor=anchor), 2000)
        assert 0 < sum(looked_at) < 300


def test_text_without_secrets_is_said_as_it_is() -> None:
    text = "a = 1\r\nb = 2\r\nc = 3\r\n"
    prompt = infill(view(text, 9), 500)
    assert [piece.text for piece in prompt if isinstance(piece, Text)][-3:] == ["a = 1\n", "= 2\nc = 3\n", "b "]
    assert prompt[-2] is Special.FIM_MIDDLE
