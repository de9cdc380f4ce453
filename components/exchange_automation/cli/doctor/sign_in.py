"""Checks whether a registered application can sign in: its kill switch and its certificates."""

from collections.abc import Sequence
from datetime import datetime

from exchange_automation.cli.client.certificates import (
    SOON,
    Certificate,
    certificates,
    days_left,
    has_federated_credentials,
)
from exchange_automation.cli.client.errors import ServiceError
from exchange_automation.cli.client.session import Session
from exchange_automation.cli.documents import Record
from exchange_automation.cli.output import counted
from exchange_automation.cli.pulumi.states import SERVICE_PRINCIPAL, State

from .lines import Line, refused_line, with_code
from .permissions import READ_PRINCIPALS


def sign_in_line(body: Record, states: Sequence[State]) -> Line | None:
    """Returns the line of a service principal whose sign-in is turned off; None where it may sign in.

    Args:
        body: The service principal.
        states: The states, which show whether a program turned it off.
    """
    if body.flag("accountEnabled") is not False:
        return None
    by_program = any(
        item.record("outputs").plain("objectId") == body.text("id")
        and item.record("inputs").values.get("accountEnabled") is False
        for state in states
        for item in state.of_type(SERVICE_PRINCIPAL)
    )
    who = "the program did, with account_enabled" if by_program else "no program given here did"
    remedy = (
        "set account_enabled to true in the program and run pulumi up"
        if by_program
        else "find out who turned it off and why, then run pulumi up --refresh, or enable it in the portal"
    )
    return Line(
        f"{body.text('displayName', body.text('id'))}: sign-in",
        "failed",
        f"it is turned off (accountEnabled is false; {who}): Entra ID issues no token, which is why nothing connects",
        with_code(remedy, "EXA179"),
    )


async def certificate_lines(session: Session, body: Record, now: datetime) -> list[Line]:
    """Returns a line for each certificate of an application; none for an application that has none.

    Args:
        session: The session that reads them.
        body: The application's service principal.
        now: The time.
    """
    name, app_id = body.text("displayName", body.text("id")), body.text("appId")
    held = (await certificates(session, [app_id])).get(app_id)
    if held is None:
        finding = "its registration, which has the certificates, is not in this tenant or may not be read"
        return [Line(f"{name}: certificates", "skipped", finding)]
    if not held:
        return []
    otherwise = any(certificate.valid_at(now) for certificate in held)
    try:
        otherwise = otherwise or await has_federated_credentials(session, app_id)
    except ServiceError as refused:
        return [refused_line(f"{name}: certificates", refused, READ_PRINCIPALS.any_of[0])]
    return [
        _line(name, certificate, held, now, otherwise=otherwise)
        for certificate in sorted(held, key=lambda certificate: certificate.ends)
    ]


def _line(name: str, certificate: Certificate, held: Sequence[Certificate], now: datetime, *, otherwise: bool) -> Line:
    """Returns the line of one certificate; ``otherwise`` is whether scripts can sign in without it."""
    subject = f"{name}: certificate {certificate.name}"
    if certificate.ends <= now:
        finding = f"it expired on {certificate.ends:%Y-%m-%d}"
        if otherwise:
            return Line(
                subject, "warning", finding, with_code("remove it from certificates and run pulumi up", "EXA173")
            )
        remedy = with_code("add the next certificate to certificates and run pulumi up", "EXA173")
        return Line(subject, "failed", f"{finding}, and nothing else can sign in", remedy)
    if certificate.begins is not None and certificate.begins > now:
        finding = f"it is not valid before {certificate.begins:%Y-%m-%d %H:%M} UTC"
        if otherwise:
            return Line(subject, "ok", f"{finding}; until then another credential signs in")
        remedy = with_code("add a certificate that is valid now to certificates and run pulumi up", "EXA175")
        return Line(subject, "failed", f"{finding}, and nothing else can sign in", remedy)
    left = f"{counted(days_left(certificate.ends, now), 'day')} left, until {certificate.ends:%Y-%m-%d}"
    if certificate.ends - now >= SOON:
        return Line(subject, "ok", left)
    if any(other.valid_at(certificate.ends) for other in held):
        return Line(subject, "ok", f"{left}; another certificate is valid then")
    return Line(subject, "warning", left, "add the next certificate beside it and run pulumi up")
