"""What every command shares: exit codes, and the error that ends a command with a sentence."""

OK = 0
FAILED = 1
WRONG_USAGE = 2
INTERRUPTED = 130


class CommandError(Exception):
    """An expected failure. Its message, for the user, is printed without a traceback."""

    def __init__(self, message: str, exit_code: int = FAILED) -> None:
        super().__init__(message)
        self.exit_code = exit_code
