"""Values drawn at random, as those are that services give out; the same seed draws the same."""

import base64
import json
import random
import string

UPPER, LOWER, DIGITS = string.ascii_uppercase, string.ascii_lowercase, string.digits
ALNUM, HEX = UPPER + LOWER + DIGITS, DIGITS + "abcdef"
URL_SAFE, BASE64 = ALNUM + "_-", ALNUM + "+/"


class Draw:
    """Random pieces; every one of eight characters and more holds a digit and a letter, as drawn ones nearly always do."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def of(self, alphabet: str, length: int) -> str:
        while True:
            text = "".join(self._random.choices(alphabet, k=length))
            if length < 8 or not set(DIGITS + "abcdef") <= set(alphabet.lower()):
                return text
            if any(ch.isdigit() for ch in text) and any(ch.isalpha() for ch in text):
                return text

    def uuid(self) -> str:
        return "-".join(self.of(HEX, length) for length in (8, 4, 4, 4, 12))

    def jwt(self) -> str:
        parts = ({"alg": "HS" + "256", "typ": "JWT"}, {"sub": self.of(DIGITS, 10), "name": self.of(LOWER, 8)})
        encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
        return ".".join((*encoded, self.of(URL_SAFE, 43)))

    def key_block(self, title: str, lines: int) -> str:
        dashes = "-" * 5
        body = [("MII" if number == 0 else "") + self.of(BASE64, 61 if number == 0 else 64) for number in range(lines)]
        body.append(self.of(ALNUM, 22) + "==")
        return "\n".join((f"{dashes}BEGIN {title}{dashes}", *body, f"{dashes}END {title}{dashes}"))

    def password(self) -> str:
        middle = self.of(LOWER, 3) + self.of(DIGITS, 2) + self.of("!@^*", 1) + self.of(UPPER, 3) + self.of(DIGITS, 1)
        return self.of(LOWER, 1) + middle

    def mixed(self) -> str:
        """Letters and digits alone, but no word with a number behind it."""
        return self.of(ALNUM, 10) + self.of(DIGITS, 1) + self.of(LOWER, 3)
