"""``doctor`` on registered applications: certificates, and sign-in that is turned off."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from localtenant.process import LocalTenant
from tests.cli.states import STACK, grant, state_of, write_state
from tests.cli.support import checks, graph, run
from tests.localtenant.test_login import certificate


def application(tenant: LocalTenant, *periods: tuple[float, float], federated: bool = False) -> str:
    """A registered application with both grants and certificates that begin and end after these days; gives the object
    id of its service principal."""
    created = graph(tenant, "POST", "applications", {"displayName": "job"})
    now, key = datetime.now(timezone.utc), base64.b64encode(certificate()[1]).decode()
    keys = [
        {
            "key": key,
            "keyId": str(number),
            "displayName": f"c{number}",
            "startDateTime": (now + timedelta(days=begins)).isoformat(),
            "endDateTime": (now + timedelta(days=ends, hours=1)).isoformat(),
        }
        for number, (begins, ends) in enumerate(periods)
    ]
    graph(tenant, "PATCH", f"applications/{created['id']}", {"keyCredentials": keys})
    if federated:
        credential = {"name": "ci", "issuer": "https://ci.example", "subject": "s", "audiences": ["a"]}
        graph(tenant, "POST", f"applications/{created['id']}/federatedIdentityCredentials", credential)
    principal = graph(tenant, "POST", "servicePrincipals", {"appId": created["appId"]})
    tenant.add_grant(principal["id"], appRole="Exchange.ManageAsApp")
    tenant.add_grant(principal["id"], directoryRole="Exchange Administrator")
    return str(principal["id"])


EXPIRED, NEXT_YEAR, SOON, LATER = (-400, -2), (-1, 365), (-1, 12), (3, 365)


@pytest.mark.parametrize(
    ("periods", "federated", "lines"),
    [
        ([NEXT_YEAR], False, {"c0": ("ok", "365 days left, until")}),
        ([SOON], False, {"c0": ("warning", "12 days left, until")}),
        ([SOON], True, {"c0": ("warning", "12 days left, until")}),
        ([SOON, NEXT_YEAR], False, {"c0": ("ok", "another certificate is valid then"), "c1": ("ok", "365 days left")}),
        ([SOON, LATER], False, {"c0": ("ok", "another certificate is valid then"), "c1": ("ok", "it is not valid before")}),
        ([EXPIRED], False, {"c0": ("failed", "and nothing else can sign in")}),
        ([EXPIRED], True, {"c0": ("warning", "it expired on")}),
        ([EXPIRED, NEXT_YEAR], False, {"c0": ("warning", "it expired on"), "c1": ("ok", "365 days left")}),
        ([LATER], False, {"c0": ("failed", "and nothing else can sign in")}),
        ([EXPIRED, LATER], False, {"c0": ("failed", "it expired on"), "c1": ("failed", "it is not valid before")}),
        ([], True, {}),
    ],
)  # fmt: skip
def test_the_certificates_of_an_application(
    tenant: LocalTenant,
    periods: list[tuple[float, float]],
    federated: bool,
    lines: dict[str, tuple[str, str]],
) -> None:
    principal = application(tenant, *periods, federated=federated)
    result = run(tenant, "doctor", "--principal", principal, "--json")
    found = {name: check for name, check in checks(result).items() if name.startswith("job: certificate")}
    assert {name: line["level"] for name, line in found.items()} == {
        f"job: certificate {name}": level for name, (level, _) in lines.items()
    }
    for name, (level, finding) in lines.items():
        line = found[f"job: certificate {name}"]
        assert finding in line["finding"]
        assert level != "failed" or "[EXA17" in line["remedy"]
    assert result.code == any(level == "failed" for level, _ in lines.values())


@pytest.mark.parametrize("by_program", [True, False])
def test_an_application_that_may_not_sign_in(tenant: LocalTenant, tmp_path: Path, by_program: bool) -> None:
    principal = application(tenant, NEXT_YEAR)
    token = "azuread:index/servicePrincipal:ServicePrincipal"
    given = {"accountEnabled": False} if by_program else {}
    resource = {"urn": f"{STACK}::{token}::job", "type": token, "inputs": given, "outputs": {"objectId": principal}}
    state = write_state(tmp_path, state_of(grant("job-role", "x", principal), resource))
    assert "job: sign-in" not in checks(run(tenant, "doctor", "--state", state, "--json"))
    graph(tenant, "PATCH", f"servicePrincipals/{principal}", {"accountEnabled": False})
    result = run(tenant, "doctor", "--state", state, "--json")
    line = checks(result)["job: sign-in"]
    assert (result.code, line["level"]) == (1, "failed")
    assert "which is why nothing connects" in line["finding"]
    assert ("set account_enabled to true" in line["remedy"]) == by_program
    assert line["remedy"].endswith("[EXA179]")


def test_an_application_of_another_tenant_has_its_certificates_there(tenant: LocalTenant) -> None:
    [principal] = tenant.add_service_principal("job", servicePrincipalType="Application")
    line = checks(run(tenant, "doctor", "--principal", str(principal["id"]), "--json"))["job: certificates"]
    assert line["level"] == "skipped"
