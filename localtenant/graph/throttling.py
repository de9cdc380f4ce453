"""Microsoft Graph's write quota: 3,000 writes in 150 seconds for an application in a tenant.

Source: "Microsoft Graph service-specific throttling limits", identity and access. A tenant throttles only after
``graphThrottling`` of the admin API is set, so that other tests do not depend on their number of requests.
"""

from __future__ import annotations

import math
from collections import deque
from datetime import datetime, timedelta

from localtenant.core.errors import ServiceError

WRITES = 3000
WINDOW = timedelta(seconds=150)


class WriteQuota:
    """The writes of each application in each tenant during the last 150 seconds."""

    def __init__(self) -> None:
        self._writes: dict[tuple[str, str], deque[datetime]] = {}

    def spend(self, tenant_id: str, app_id: str, now: datetime) -> None:
        """Counts a write.

        Raises:
            ServiceError: 429 with ``Retry-After``, the quota is used up.
        """
        writes = self._writes.setdefault((tenant_id, app_id), deque())
        while writes and writes[0] <= now - WINDOW:
            writes.popleft()
        if len(writes) >= WRITES:
            wait = math.ceil((writes[0] + WINDOW - now).total_seconds())
            raise ServiceError(
                429,
                "TooManyRequests",
                "Too many requests. Please retry after the period that the Retry-After header names.",
                {"Retry-After": str(max(1, wait))},
            )
        writes.append(now)

    def clear(self) -> None:
        """Forgets all writes."""
        self._writes.clear()
