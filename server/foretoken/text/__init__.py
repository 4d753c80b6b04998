"""Words of the project: documents, edits, prompt pieces, cancellation. Standard library only."""
