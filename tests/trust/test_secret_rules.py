"""The rules against those of detect-secrets, a detector that many projects keep well."""

import importlib
import pkgutil
import re

import detect_secrets.plugins as plugins
import pytest
from detect_secrets.plugins.base import RegexBasedDetector

from foretoken.trust.secrets import find_secrets, redact
from planted_secrets import planted

# Not secrets: addresses. And two services whose keys are given to short names that say nothing ("sl_key").
LEFT_OUT = {"IPPublicDetector", "SoftlayerDetector", "CloudantDetector", "IbmCosHmacDetector"}
FIRST_LINE = re.compile(r"BEGIN [A-Z0-9 ]*PRIVATE KEY")  # it stays; the lines behind it go
CORPUS = planted(99)


def detectors() -> list[RegexBasedDetector]:
    found = []
    for module in pkgutil.iter_modules(plugins.__path__):
        for name, member in vars(importlib.import_module(f"{plugins.__name__}.{module.name}")).items():
            if isinstance(member, type) and issubclass(member, RegexBasedDetector) and member is not RegexBasedDetector:
                if name not in LEFT_OUT:
                    found.append(member())
    return list({type(each).__name__: each for each in found}.values())


DETECTORS = detectors()


@pytest.mark.parametrize("detector", DETECTORS, ids=lambda each: type(each).__name__)
def test_the_corpus_has_its_kind_and_nothing_that_it_finds_is_left(detector: RegexBasedDetector) -> None:
    """It finds some of the planted ones, and none any more once they are redacted."""
    found = [each for each in CORPUS if list(detector.analyze_string(each.text))]
    assert found
    for each in found:
        text = redact(each.text).text
        assert not [
            value for value in detector.analyze_string(each.text) if value in text and not FIRST_LINE.match(value)
        ]


def test_all_its_detectors_are_looked_at() -> None:
    assert len(DETECTORS) >= 20


@pytest.mark.parametrize("service, length, alphabet", [("softlayer", 64, "0a1b2c3d"), ("cloudant", 64, "0a1b2c3d4e5f")])
def test_services_whose_keys_need_their_name(service: str, length: int, alphabet: str) -> None:
    value = (alphabet * length)[1 : length + 1]
    text = f'{service}_api_key = "{value[:20]}9f8e7{value[25:]}"'
    assert find_secrets(text) and not re.search("9f8e7", redact(text).text)
