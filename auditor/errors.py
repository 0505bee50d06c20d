"""The one error that a person is shown."""


class UserError(Exception):
    """Something the user can mend: what happened, what to do, and where it was found.

    ``where`` is a file, ``file:line:column``, a process or an address. Everything else that goes wrong is a
    built-in exception and ends in the report of an internal error.
    """

    def __init__(self, message: str, hint: str = "", where: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.where = where

    def __str__(self) -> str:
        head = f"{self.where}: {self.message}" if self.where else self.message
        return f"{head}\n{self.hint}" if self.hint else head
