"""The metrics' text is Prometheus' format, and says what was counted."""

import re
from collections import Counter
from dataclasses import fields

from foretoken.runtime.counters import LABELS, Counters

SAMPLE = re.compile(r'([a-z_]+)(?:\{([a-z_]+)="([a-z_]+)"\})? ([0-9.e+-]+)')


def parsed(text: str) -> tuple[dict[str, str], dict[tuple[str, str, str], float]]:
    """The types, and the samples by name, label and its value. Every line is of the format."""
    types: dict[str, str] = {}
    samples: dict[tuple[str, str, str], float] = {}
    assert text.endswith("\n")
    for line in text.removesuffix("\n").split("\n"):
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name not in types
            types[name] = kind
            continue
        name, label, value, number = SAMPLE.fullmatch(line).groups()
        assert name in types, "a sample stands behind its type"
        assert (name, label or "", value or "") not in samples
        samples[name, label or "", value or ""] = float(number)
    return types, samples


def test_every_field_is_a_metric():
    types, samples = parsed(Counters().prometheus())
    for field in fields(Counters):
        rate = field.name.endswith("_rate")
        name = f"foretoken_{field.name}_tokens_per_second" if rate else f"foretoken_{field.name}_total"
        assert types.pop(name) == ("gauge" if rate else "counter")
        labelled = isinstance(getattr(Counters(), field.name), Counter)
        assert ((name, "", "") in samples) != labelled
        assert (field.name in LABELS) == labelled
    assert not types
    assert set(samples.values()) == {0}


def test_values_and_labels():
    counters = Counters(requests=3, prefill_rate=1234.5678)
    counters.drafted["mtp"] += 7
    counters.drafted["original"] += 2
    counters.accepted["mtp"] += 5
    counters.restored["file_on_disk"] += 1
    _, samples = parsed(counters.prometheus())
    assert samples["foretoken_requests_total", "", ""] == 3
    assert samples["foretoken_prefill_rate_tokens_per_second", "", ""] == 1234.57
    assert samples["foretoken_drafted_total", "source", "mtp"] == 7
    assert samples["foretoken_drafted_total", "source", "original"] == 2
    assert samples["foretoken_accepted_total", "source", "mtp"] == 5
    assert samples["foretoken_restored_total", "kind", "file_on_disk"] == 1


def test_two_of_them_share_nothing():
    first = Counters()
    first.drafted["mtp"] += 1
    assert not Counters().drafted
