"""The refusal of a service."""


class ServiceError(Exception):
    """A service refused a request.

    Attributes:
        status: HTTP status.
        code: The service's error code, such as ``Authorization_RequestDenied``.
        message: The service's text.
        operation: Method and path of the request, without its query.
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
        """Whether the object does not exist."""
        return self.status == 404
