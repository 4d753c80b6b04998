"""Facts of one file, as plain values."""
