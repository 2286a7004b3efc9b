"""The one error that a user sees."""


class BentreError(Exception):
    """Something that the user can understand and mend.

    Args:
        message: what is wrong, in one line; with file and line where there is one.
        fix: what would be right, or the command that mends it.

    Attributes:
        exit_code: the command's; some errors have one of their own, so that scripts can tell.
    """

    exit_code = 1

    def __init__(self, message: str, fix: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.message} ({self.fix})" if self.fix else self.message
