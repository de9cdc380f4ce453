"""The example with many customers: one application, a service principal with two grants in every customer's tenant."""

from __future__ import annotations

import importlib
import runpy
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from localtenant.process import LocalTenant
from localtenant.state import seed
from tests.engine.support import Deployment

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "many-customers"
CUSTOMERS = (seed.FABRIKAM, seed.TAILSPIN)
Deploy = Callable[..., Deployment]


def line(customer: seed.TenantSeed, **changed: str) -> str:
    given = {"name": customer.name, "tenant": customer.tenant_id, "organization": customer.initial_domain, **changed}
    return f"- {{{', '.join(f'{key}: {value}' for key, value in given.items())}}}\n"


@pytest.fixture
def example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the example, whose list of customers a test changes."""
    folder = tmp_path / "example"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.syspath_prepend(str(folder))
    for module in ("many_customers", "many_customers.customers"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    return folder


@pytest.fixture
def stack(example: Path, deploy: Deploy) -> Deployment:
    return deploy(lambda: runpy.run_path(str(example / "__main__.py"), run_name="__main__"))


def by_tenant(grants: list[dict[str, Any]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for grant in grants:
        found.setdefault(grant["tenant"], set()).add(grant["grant"])
    return found


def test_a_customer_comes_and_goes_with_its_line(tenant: LocalTenant, stack: Deployment, example: Path) -> None:
    for customer in CUSTOMERS:
        tenant.consent(customer.tenant_id)
    both = {"Exchange.ManageAsApp", "Exchange Recipient Administrator"}

    outputs = stack.up().check().outputs
    assert by_tenant(tenant.grants()) == {known.tenant_id: both for known in CUSTOMERS}
    assert {grant["principalId"] for grant in tenant.grants()} == set(outputs["servicePrincipals"].values())
    assert stack.up().check().changes == {}
    assert "local-tenant-only" not in str(stack.state())

    (example / "customers.yaml").write_text(line(seed.FABRIKAM))
    left = stack.up().check()
    assert left.of("delete") == [
        "mail-service-tailspin",
        "mail-service-tailspin",
        "mail-service-tailspin-exchange-manageasapp",
        "mail-service-tailspin-exchange-recipient-administrator",
    ]
    assert by_tenant(tenant.grants()) == {seed.FABRIKAM.tenant_id: both}
    assert stack.up().check().changes == {}

    stack.destroy().check()
    assert tenant.grants() == []
    assert stack.state() == []
    created = [e["response"]["id"] for e in tenant.request_log() if e["operation"] == "POST servicePrincipals"]
    deleted = [
        e["path"].rsplit("/", 1)[-1] for e in tenant.request_log() if e["operation"] == "DELETE servicePrincipals"
    ]
    assert sorted(created) == sorted(deleted) != []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (line(seed.FABRIKAM) + line(seed.TAILSPIN), "its administrator has not consented"),
        (line(seed.FABRIKAM, tenant="99999999-0000-4000-8000-000000000009"), "there is no such tenant"),
    ],
    ids=["no consent", "no tenant"],
)
def test_a_customer_that_cannot_be_reached_ends_the_run_before_anything_is_created(
    tenant: LocalTenant, stack: Deployment, example: Path, text: str, says: str
) -> None:
    tenant.consent(seed.FABRIKAM.tenant_id)
    (example / "customers.yaml").write_text(text)
    refused = stack.up()
    assert not refused.succeeded
    assert says in refused.text
    assert "Traceback" not in refused.text
    written = [entry for entry in tenant.request_log() if entry["method"] not in ("GET", "HEAD")]
    assert [entry["path"] for entry in written if not entry["path"].endswith("/token")] == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            line(seed.FABRIKAM) + line(seed.FABRIKAM, name="again"),
            f"tenant {seed.FABRIKAM.tenant_id} is listed 2 times",
        ),
        (line(seed.FABRIKAM) + line(seed.TAILSPIN, name="fabrikam"), "name fabrikam is listed 2 times"),
        (line(seed.FABRIKAM, tenant="fabrikam.com"), "tenant is not the id of a tenant"),
        (line(seed.FABRIKAM, organisation="x"), "organisation is not known"),
        ("- fabrikam\n", "it is not a mapping"),
        ("{", "cannot be read"),
    ],
)
def test_a_mistake_in_the_list_is_told(example: Path, text: str, says: str) -> None:
    file = example / "customers.yaml"
    file.write_text(text)
    customers = importlib.import_module("many_customers.customers")
    with pytest.raises(customers.CustomersError, match=says):
        customers.read(file)


def test_the_last_customer_can_leave(example: Path) -> None:
    file = example / "customers.yaml"
    file.write_text("# none\n")
    assert importlib.import_module("many_customers.customers").read(file) == []
