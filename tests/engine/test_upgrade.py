"""A state that an earlier version of this package left: the present version changes nothing in it.

``tests/engine/states/VERSION.json`` is what that version's deployment was exported as. A tenant gives out new ids at each deployment, so
the test exchanges them, and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pulumi import automation as auto

from exchange_automation import ExchangeAccess
from localtenant.process import LocalTenant
from tests.engine.programs import account
from tests.engine.recovery import grants_in_directory, grants_in_state
from tests.engine.support import Deployment

STATES = Path(__file__).parent / "states"
ACCOUNT = {
    "directory_roles": [{"role": "Exchange Administrator"}, {"role": "Security Reader"}],
    "tags": {"owner": "mail"},
    # The defaults of that time; the present ones are newer.
    "powershell_version": "7.4",
    "exchange_module_version": "3.9.0",
}


def program(tenant: LocalTenant) -> Callable[[], None]:
    """What was deployed: an account with an identity of its own, and access for an identity that was there."""
    [made] = tenant.add_service_principal("job", servicePrincipalType="ManagedIdentity", lag=0)
    whole, other = account(**ACCOUNT), made["id"]

    def run() -> None:
        whole()
        ExchangeAccess("other", {"principal_id": other})

    return run


def ids(deployment: Any) -> dict[tuple[str, str], str]:
    """The ids that a directory gives out, by URN and place."""
    found = {}
    for each in deployment["resources"]:
        outputs = each.get("outputs") or {}
        given = {"id": each.get("id"), **{name: outputs.get(name) for name in ("principal_id", "client_id")}}
        found.update({(each["urn"], name): value for name, value in given.items() if isinstance(value, str)})
    return found


def of_this_tenant(text: str, present: Any) -> auto.Deployment:
    """The stored state with the ids that the same resources have in ``present``."""
    theirs, ours = ids(json.loads(text)["deployment"]), ids(present)
    assert theirs.keys() == ours.keys()
    for place, old in theirs.items():
        text = text.replace(old.rsplit("/", 1)[-1], ours[place].rsplit("/", 1)[-1])
    return auto.Deployment(**json.loads(text))


@pytest.mark.parametrize("file", sorted(STATES.glob("*.json")), ids=lambda file: file.stem)
def test_the_state_of_an_earlier_version_is_left_as_it_is(
    tenant: LocalTenant, deploy: Callable[..., Deployment], file: Path
) -> None:
    made = program(tenant)
    first = deploy(made)
    first.up().check()
    before = tenant.grants()

    stack = deploy(made)
    stack.stack.import_stack(of_this_tenant(file.read_text(), first.stack.export_stack().deployment))
    assert grants_in_state(stack) == grants_in_directory(tenant, "")
    assert stack.up().check().changes == {}
    assert tenant.grants() == before
    stack.destroy().check()
    assert tenant.grants() == []
