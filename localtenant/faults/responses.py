"""Errors of faults: the code and text that each API uses for a status."""

from __future__ import annotations

from localtenant.core.errors import ServiceError, graph_not_found
from localtenant.core.messages import Request
from localtenant.faults.faults import Fault

PAGE = b"<!DOCTYPE html><html><head><title>Service unavailable</title></head><body><h2>Our services aren't available right now</h2></body></html>"
"""The page of a gateway in front of the service."""

GRAPH: dict[int, tuple[str, str]] = {
    400: ("Request_BadRequest", "The request is invalid."),
    401: ("InvalidAuthenticationToken", "Access token validation failure."),
    403: ("Authorization_RequestDenied", "Insufficient privileges to complete the operation."),
    409: ("Request_MultipleObjectsWithSameKeyValue", "Another object with the same value already exists."),
    423: ("accessDenied", "The resource is locked."),
    429: ("TooManyRequests", "Too many requests. Please retry after the period that the Retry-After header names."),
    500: ("Service_InternalServerError", "Encountered an internal server error."),
    502: ("BadGateway", "The gateway received an invalid response from the service."),
    503: ("ServiceUnavailable", "Service is temporarily unavailable. Please wait and retry again."),
    504: ("GatewayTimeout", "The gateway did not receive a response from the service in time."),
}
ARM: dict[int, tuple[str, str]] = {
    400: ("BadRequest", "The request is invalid."),
    401: ("AuthenticationFailed", "Authentication failed."),
    403: ("AuthorizationFailed", "The client does not have authorization to perform the action."),
    409: (
        "AnotherOperationInProgress",
        "Another operation on this or dependent resource is in progress.",
    ),
    429: ("TooManyRequests", "The request is being throttled as the limit has been reached for operation type."),
    500: ("InternalServerError", "Encountered internal server error."),
    502: ("BadGateway", "The gateway received an invalid response from the resource provider."),
    503: ("ServiceUnavailable", "The service is temporarily unavailable. Please retry later."),
    504: (
        "GatewayTimeout",
        "The gateway did not receive a response from the resource provider within the specified time period.",
    ),
}
LOGIN: dict[int, tuple[str, str]] = {
    429: ("temporarily_unavailable", "AADSTS50196: The server terminated an operation because it encountered a loop."),
    500: ("server_error", "AADSTS90033: A transient error has occurred. Please try again."),
    503: ("temporarily_unavailable", "AADSTS90033: A transient error has occurred. Please try again."),
}


def of_status(fault: Fault, api: str, request: Request) -> ServiceError:
    """Returns the error of a ``status`` fault."""
    if fault.status == 404 and fault.code is None:
        error = missing(api, request)
    else:
        table = {"graph": GRAPH, "arm": ARM}.get(api, LOGIN)
        code, message = table.get(fault.status, ("UnknownError", f"The service answered {fault.status}."))
        error = ServiceError(fault.status, fault.code or code, fault.message or message)
    if fault.message is not None:
        error.message = fault.message
    if fault.retry_after is not None:
        error.headers["Retry-After"] = str(fault.retry_after)
    return error


def missing(api: str, request: Request) -> ServiceError:
    """404 for the object that a request addresses."""
    if api == "graph":
        return graph_not_found(request.segments[-1])
    return ServiceError(404, "ResourceNotFound", f"The resource '{request.path}' was not found.")
