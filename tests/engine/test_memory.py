"""What the engine remembers: token counts."""

from foretoken.engine import token_counts
from foretoken.engine.token_counts import TokenCounts


def test_counts_are_kept_by_content_and_the_least_used_forgotten(monkeypatch):
    monkeypatch.setattr(token_counts, "REMEMBERED", 2)
    counts = TokenCounts()
    counts.put("a", 1)
    counts.put("b", 2)
    assert counts.get("a") == 1
    counts.put("\ud800", 3)
    assert (counts.get("a"), counts.get("b"), counts.get("\ud800")) == (1, None, 3)
