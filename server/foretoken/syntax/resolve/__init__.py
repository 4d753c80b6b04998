"""Imports resolved to the workspace's files: one file per family of languages, pure functions over ``Files``."""
