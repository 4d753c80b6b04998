"""Use cases: each takes a Snapshot and an Engine, and knows neither LSP nor HTTP."""
