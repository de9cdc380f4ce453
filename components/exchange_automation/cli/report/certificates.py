"""When the certificates of registered applications end.

Source: ``keyCredentials`` of the resource type application, Microsoft Graph v1.0. It needs ``Application.Read.All``, which
the report needs anyway.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta, timezone

from exchange_automation.cli.client.errors import ServiceError
from exchange_automation.cli.client.session import Session
from exchange_automation.cli.documents import Record

SOON = timedelta(days=30)


async def certificate_ends(session: Session, app_ids: Iterable[str]) -> Mapping[str, datetime]:
    """Reads when the last certificate of each application ends; applications without one are left out.

    An application of another tenant has its certificates there, and is left out as well.

    Args:
        session: where they are read.
        app_ids: client ids of the applications.
    """
    wanted = sorted(set(app_ids))
    answers = await session.batch([f"applications(appId='{app_id}')?$select=appId,keyCredentials" for app_id in wanted])
    ends: dict[str, datetime] = {}
    for app_id, answer in zip(wanted, answers, strict=True):
        if not isinstance(answer, ServiceError):
            found = [_moment(key) for key in answer.records("keyCredentials")]
            last = max((moment for moment in found if moment is not None), default=None)
            if last is not None:
                ends[app_id] = last
    return ends


def _moment(key: Record) -> datetime | None:
    try:
        moment = datetime.fromisoformat(key.text("endDateTime").replace("Z", "+00:00"))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def days_left(end: datetime, now: datetime) -> int:
    """Returns the whole days until a certificate ends; negative when it has."""
    return (end - now).days
