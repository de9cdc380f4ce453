"""The one exception that state raises: the error that the service would answer.

Codes and texts are those of Microsoft Graph (error codes of the Microsoft Entra directory service) and of Azure
Resource Manager (common deployment errors). Each API gives the error its own form.
"""

from __future__ import annotations


class ServiceError(Exception):
    """A refusal by the imitated service.

    Attributes:
        status: HTTP status.
        code: The service's own error code, such as ``Request_ResourceNotFound``.
        message: The service's text.
        headers: Further response headers, such as ``Retry-After``.
    """

    def __init__(self, status: int, code: str, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers or {}


def graph_not_found(object_id: str) -> ServiceError:
    """Returns Graph's error for an object that does not exist or has not replicated."""
    return ServiceError(
        404,
        "Request_ResourceNotFound",
        f"Resource '{object_id}' does not exist or one of its queried reference-property objects are not present.",
    )


def graph_bad_request(message: str) -> ServiceError:
    """400 ``Request_BadRequest``."""
    return ServiceError(400, "Request_BadRequest", message)


def graph_denied() -> ServiceError:
    """403: the token lacks the permission. Graph does not say which one."""
    return ServiceError(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
