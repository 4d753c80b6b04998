"""What may be read: ignore rules, kinds of files, secrets, and the border of the workspace."""
