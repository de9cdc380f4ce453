"""The tenant that the testing kit gives to the tests of one process."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime, timedelta, timezone

from exchange_automation_testing.tenant_process import CLOCK_TOLERANCE, TenantProcess


def test_a_test_gets_the_same_tenant_until_another_test_has_moved_its_clock() -> None:
    with closing(TenantProcess(virtual_time=True, providers=())) as process:
        tenant = process.current()
        tenant.advance(60)
        assert process.current() is tenant

        tenant.advance(timedelta(days=90).total_seconds())
        present = datetime.fromisoformat(process.current().now()[:19]).replace(tzinfo=timezone.utc)
        assert abs(present - datetime.now(timezone.utc)) < CLOCK_TOLERANCE
        assert process.current() is not tenant
