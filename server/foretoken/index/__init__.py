"""FACTS of the workspace, in the worker process."""
