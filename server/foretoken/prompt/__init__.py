"""How the context is written: one file per prompt format, context -> pieces."""
