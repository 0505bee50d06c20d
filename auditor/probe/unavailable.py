"""A means of watching that this host does not allow."""


class Unavailable(Exception):
    """``status`` and ``remedy`` are as of a problem."""

    def __init__(self, what: str, status: str, remedy: str) -> None:
        super().__init__(what)
        self.what, self.status, self.remedy = what, status, remedy
