"""How long a new identity waits for its grants while the directory replicates, on the tenant's clock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from benchmarks.programs import COMPONENT
from benchmarks.results import Lag
from benchmarks.runner import Plan, stacks_of
from localtenant.process import LocalTenant

LAGS = (0.0, 5.0, 20.0, 60.0)


def measure_lags(tenant: LocalTenant, parallel: int, lags: Sequence[float] = LAGS) -> list[Lag]:
    """Creates an account with both grants at each replication lag.

    Args:
        tenant: A tenant on a virtual clock; it is reset.
        parallel: ``--parallel`` of the engine.
        lags: Seconds until a new directory object has replicated.

    Raises:
        CommandFailedError: A command failed.
    """
    return [_measure(tenant, parallel, lag) for lag in lags]


def _measure(tenant: LocalTenant, parallel: int, lag: float) -> Lag:
    with stacks_of(tenant, Plan("account", 1, parallel), (COMPONENT,), lag=lag) as stacks:
        stacks[COMPONENT].run("up", 0)
        log = tenant.request_log()
    created = next(_time(request) for request in log if _is(request, "PUT", "automationAccounts"))
    granted = [
        _time(request)
        for request in log
        if _is(request, "POST", "appRoleAssignedTo") or _is(request, "POST", "roleAssignments")
    ]
    return Lag(lag, round((max(granted) - created).total_seconds(), 1))


def _is(request: dict[str, Any], method: str, ending: str) -> bool:
    path = str(request["path"]).partition("?")[0].rstrip("/")
    named = path.endswith(ending) if method == "POST" else path.rsplit("/", 2)[-2] == ending
    return request["method"] == method and named and request["status"] in (200, 201)


def _time(request: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(str(request["time"]).replace("Z", "+00:00"))
