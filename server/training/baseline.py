"""What needs no model: the rest of the last line before the cursor that has the same start."""


def copied(before: str, typed: str) -> str:
    """The rest of the latest of the lines in `before` (all of the file up to the cursor's line) that
    begins like `typed`; empty if there is none. Indentation is not compared; where nothing but
    indentation is typed, it is the latest line with just that indentation."""
    start = typed.lstrip()
    for line in reversed(before.split("\n")):
        content = line.lstrip()
        if start and content.startswith(start) and len(content) > len(start):
            return content[len(start) :]
        if not start and content and line[: len(line) - len(content)] == typed:
            return content
    return ""
