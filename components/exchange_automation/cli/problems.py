"""How a command says that it could not do its work."""


class Problem(Exception):  # noqa: N818  (it is what the user has, not what the program did)
    """Something outside the command keeps it from its work: input, sign-in, network, a service. Exit code 2.

    :param code: its code, which ``docs/errors`` has a page for.
    :param what: what is wrong, one sentence.
    :param remedy: what to do about it, one sentence or more.
    """

    def __init__(self, code: str, what: str, remedy: str) -> None:
        self.code = code
        self.what = what
        self.remedy: str = f"{remedy} [{code}]"
        super().__init__(f"{what} {self.remedy}")


class RefusedError(Exception):
    """A service answered, and the answer was no.

    Attributes:
        status: HTTP status.
        code: the service's error code, such as ``Authorization_RequestDenied``.
        message: the service's text.
        operation: method and path of the request, without its query.
    """

    def __init__(self, status: int, code: str, message: str, operation: str) -> None:
        super().__init__(f"{operation}: {status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.operation = operation

    @property
    def forbidden(self) -> bool:
        """Whether a permission is missing."""
        return self.status in (401, 403)

    @property
    def absent(self) -> bool:
        """Whether the object is not there."""
        return self.status == 404
