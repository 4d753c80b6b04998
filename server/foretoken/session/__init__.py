"""State: the one mutable Session, and the frozen Snapshot that every request works on."""
