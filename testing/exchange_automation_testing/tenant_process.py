"""The process of the local tenant, which serves the tests of one test process."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta, timezone

from localtenant.process import LocalTenant

CLOCK_TOLERANCE = timedelta(minutes=5)
"""How far the clocks of the tenant and of the wall may be apart when a test of the kit begins."""


class TenantProcess:
    """One tenant for all tests, and another where a test has moved the clock of the last.

    A reset returns everything but the clock to the start, because time that runs backwards would revive expired tokens. A
    tenant with a clock that is ahead would have schedules in the past, and tokens and certificates out of date.
    """

    def __init__(self, *, virtual_time: bool, providers: Sequence[str]) -> None:
        """Starts nothing yet.

        Args:
            virtual_time: Whether waiting moves the tenant's clock and not the wall's.
            providers: The plugins that the tenant imitates.
        """
        self._virtual_time = virtual_time
        self._providers = tuple(providers)
        self._running = ExitStack()
        self._tenant: LocalTenant | None = None

    def current(self) -> LocalTenant:
        """Returns the tenant, whose clock shows the present."""
        if self._tenant is None or abs(_ahead(self._tenant)) > CLOCK_TOLERANCE:
            self._tenant = None
            self._running.close()
            start = LocalTenant.start(virtual_time=self._virtual_time, providers=self._providers)
            self._tenant = self._running.enter_context(start)
        return self._tenant

    def close(self) -> None:
        """Ends the tenant."""
        self._running.close()


def _ahead(tenant: LocalTenant) -> timedelta:
    shown = datetime.fromisoformat(tenant.now()[:19]).replace(tzinfo=timezone.utc)
    return shown - datetime.now(timezone.utc)
