"""The certificates that registered applications sign in with.

Source: ``keyCredentials`` of the resource type application, Microsoft Graph v1.0. Reading it needs ``Application.Read.All``.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from exchange_automation.cli.client.errors import ServiceError
from exchange_automation.cli.client.session import Session
from exchange_automation.cli.documents import Record

SOON = timedelta(days=30)
"""How long before its end a certificate is worth a warning."""


@dataclass(frozen=True)
class Certificate:
    """One certificate of an application.

    Attributes:
        name: The name that Graph shows; else its thumbprint or the id of the entry.
        begins: The first moment at which it is valid; None where Graph does not show it.
        ends: The last moment.
    """

    name: str
    begins: datetime | None
    ends: datetime

    def valid_at(self, moment: datetime) -> bool:
        """Whether somebody can sign in with it at a moment."""
        return (self.begins is None or self.begins <= moment) and moment < self.ends


async def certificates(session: Session, app_ids: Iterable[str]) -> Mapping[str, Sequence[Certificate]]:
    """Reads the certificates of applications, by client id.

    An application of another tenant has its certificates there, and is left out.

    Args:
        session: Where they are read.
        app_ids: Client ids of the applications.
    """
    wanted = sorted(set(app_ids))
    answers = await session.batch([f"applications(appId='{app_id}')?$select=appId,keyCredentials" for app_id in wanted])
    return {
        app_id: [found for key in answer.records("keyCredentials") if (found := _certificate(key)) is not None]
        for app_id, answer in zip(wanted, answers, strict=True)
        if not isinstance(answer, ServiceError)
    }


async def certificate_ends(session: Session, app_ids: Iterable[str]) -> Mapping[str, datetime]:
    """Reads when the last certificate of each application ends; applications without one are left out.

    Args:
        session: Where they are read.
        app_ids: Client ids of the applications.
    """
    found = await certificates(session, app_ids)
    return {app_id: max(item.ends for item in held) for app_id, held in found.items() if held}


async def has_federated_credentials(session: Session, app_id: str) -> bool:
    """Reads whether an application accepts tokens of an issuer.

    Raises:
        ServiceError: It may not be read.
    """
    return bool(await session.listed(f"applications(appId='{app_id}')/federatedIdentityCredentials"))


def _certificate(key: Record) -> Certificate | None:
    ends = _moment(key.text("endDateTime"))
    if ends is None:
        return None
    name = key.text("displayName") or key.text("customKeyIdentifier") or key.text("keyId", "without a name")
    return Certificate(name, _moment(key.text("startDateTime")), ends)


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def days_left(end: datetime, now: datetime) -> int:
    """Returns the whole days until a certificate ends; negative when it has."""
    return (end - now).days
