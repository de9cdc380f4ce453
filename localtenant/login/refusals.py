"""Refused sign-ins, in OAuth's form with the AADSTS numbers of the published error reference."""

from __future__ import annotations

from datetime import datetime

from localtenant.core.clock import iso
from localtenant.core.messages import Request, Response


class SignInRefusedError(Exception):
    """A sign-in that the identity platform refuses.

    Attributes:
        status: HTTP status.
        error: OAuth's error code.
        number: The AADSTS number.
        text: The platform's text.
    """

    def __init__(self, status: int, error: str, number: int, text: str) -> None:
        super().__init__(f"AADSTS{number}: {text}")
        self.status = status
        self.error = error
        self.number = number
        self.text = text


def refusal(request: Request, refused: SignInRefusedError, now: datetime) -> Response:
    """Returns the response to a refused sign-in."""
    moment = iso(now).replace("T", " ")
    correlation = request.headers.get("client-request-id") or request.request_id
    return Response(
        refused.status,
        {
            "error": refused.error,
            "error_description": f"AADSTS{refused.number}: {refused.text} Trace ID: {request.request_id} "
            f"Correlation ID: {correlation} Timestamp: {moment}",
            "error_codes": [refused.number],
            "timestamp": moment,
            "trace_id": request.request_id,
            "correlation_id": correlation,
        },
    )


def unknown_tenant(name: str, error: str) -> SignInRefusedError:
    """Returns the refusal for a tenant that does not exist."""
    return SignInRefusedError(
        400,
        error,
        90002,
        f"Tenant '{name}' not found. Check to make sure you have the correct tenant ID and are signing into the correct "
        "cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the "
        "tenant.",
    )
