"""Which model: the one that ships inside, or the file that the settings name."""
