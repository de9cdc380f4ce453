"""The example of a landing zone: how each tenant signs in, and which settings it refuses."""

from __future__ import annotations

import json
import runpy
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml
from pulumi.runtime.rpc import unwrap_rpc_secret

from tests.unit.support import Recorder, run

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "landing-zone" / "exchange"
CONFIG: dict[str, Any] = yaml.safe_load((EXAMPLE / "Pulumi.prod.yaml").read_text())["config"]
ZONE = "privatelink.azure-automation.net"
GIVEN = "/subscriptions/p/resourceGroups/rg-platform/providers/Contoso.Platform/things/one"


class Platform(Recorder):
    """Answers the outputs of the platform's stack, and a name for everything."""

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        identity, state = super().new_resource(args)
        if args.typ == "pulumi:pulumi:StackReference":
            state["outputs"] = {"workspaceId": GIVEN, "privateDnsZoneIds": {ZONE: GIVEN}}
        elif args.typ.endswith(":AutomationAccount"):
            identity = (
                f"/subscriptions/s/resourceGroups/rg/providers/Microsoft.Automation/automationAccounts/{args.name}"
            )
        return identity, {"name": args.name, **state}


@pytest.fixture(autouse=True)
def _own_modules(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(str(EXAMPLE))
    yield
    for module in [loaded for loaded in sys.modules if loaded.split(".")[0] == "landing_zone"]:
        del sys.modules[module]


def deployed(tenants: dict[str, dict[str, Any]], secrets: Any) -> Recorder:
    """Runs the program with changes of the example's tenants, and without its identities and accounts."""
    given = CONFIG["landing-zone:tenants"]
    values = {
        **CONFIG,
        "landing-zone:tenants": {name: {**entry, **tenants.get(name, {})} for name, entry in given.items()},
        "landing-zone:secrets": secrets,
        "landing-zone:identities": {},
        "landing-zone:accounts": {},
    }
    pulumi.runtime.set_all_config(
        {key: value if isinstance(value, str) else json.dumps(value) for key, value in values.items()}
    )

    def program() -> None:
        runpy.run_path(str(EXAMPLE / "__main__.py"))

    return run(program, Platform())


def sign_ins(recorder: Recorder) -> dict[str, dict[str, Any]]:
    """What each provider signs in with."""
    keys = ("clientId", "clientSecret", "useOidc")
    return {
        name: {key: unwrap_rpc_secret(inputs[key]) for key in keys if key in inputs}
        for name, (typ, inputs) in recorder.resources.items()
        if typ.startswith("pulumi:providers:")
    }


def test_each_tenant_signs_in_by_itself_and_the_link_in_the_zone_is_created_by_its_tenant() -> None:
    recorder = deployed({"contoso": {"clientId": "c"}, "fabrikam": {"clientId": "f"}}, {"fabrikam": "of fabrikam"})
    with_oidc, with_secret = {"clientId": "c", "useOidc": "true"}, {"clientId": "f", "clientSecret": "of fabrikam"}
    assert sign_ins(recorder) == {
        "contoso-subscription": with_oidc,
        "contoso-directory": with_oidc,
        "connectivity": with_oidc,
        "fabrikam-subscription": with_secret,
        "fabrikam-directory": with_secret,
    }


@pytest.mark.parametrize(
    ("tenants", "secrets", "expected"),
    [
        (
            {"fabrikam": {"connected": True}},
            {},
            "tenants contoso, fabrikam are connected, and only one can be: they would share one address space.",
        ),
        ({}, {"contoso": "x"}, 'secrets["contoso"] is not one of the tenants with a clientId: fabrikam.'),
        ({}, {"fabrikam": ""}, 'secrets["fabrikam"] is not text.'),
        *(
            (
                {},
                wrong,
                "secrets is not a mapping. Set one: pulumi config set --secret --path landing-zone:secrets.TENANT",
            )
            for wrong in (["x"], "the secret itself")
        ),
    ],
)
def test_what_cannot_work_is_refused_before_anything_is_registered(
    tenants: dict[str, dict[str, Any]], secrets: Any, expected: str
) -> None:
    with pytest.raises(pulumi.RunError, match="nothing was registered") as refused:
        deployed(tenants, secrets)
    assert str(refused.value).splitlines()[1:] == [f"  - {expected}"]
