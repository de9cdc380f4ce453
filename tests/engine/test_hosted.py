"""A component of the plugin registers the same resources as the same component in a Python program."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi
import pytest

import exchange_automation
from localtenant.process import LocalTenant
from tests.engine import everything
from tests.engine.azure import Azure
from tests.engine.everything import Everything, Surroundings
from tests.engine.hosted import Remote, plugin_on_path
from tests.engine.support import Deployment

CREDENTIAL = {"name": "ci", "issuer": "https://issuer.example", "subject": "main"}
PLUGINS_PROVIDER = "pulumi:providers:exchange-automation"
Deploy = Callable[..., Deployment]

DRAWN = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    r"|(?<=appRoleAssignedTo/)[\w-]+|(?<=roleAssignments/)[\w-]+"
    r"|(?<![0-9a-f])[0-9a-f]{8}(?![0-9a-f])"
)
"""Identifiers, and the ends of automatic names."""
PRESENT = re.compile(
    r"202\d-\d\d-\d\dT\d\d:\d\d:\d\d[.\d]*(?:Z|\+00:00)|(?<=-)202\d{11}\b|(?:(?<=[?&])|(?<=0026))s(?:ig|t|e)=[^\s\"&\\]+"
)
"""The time of the test, and signatures over it."""


def direct(component: str, name: str, args: dict[str, Any]) -> pulumi.ComponentResource:
    created: pulumi.ComponentResource = getattr(exchange_automation, component)(name, args)
    return created


def remote(component: str, name: str, args: dict[str, Any]) -> pulumi.ComponentResource:
    return Remote(component, name, args)


def resources_of(stack: Deployment) -> dict[str, Any]:
    """The state, secrets opened, with a number in place of everything that is drawn: the same number for the same thing."""
    shown = stack.stack.workspace.pulumi_command.run(
        ["stack", "export", "--show-secrets", "--stack", "test"], stack.stack.workspace.work_dir, stack.environment
    ).stdout
    resources: list[dict[str, Any]] = []
    created = [
        resource for resource in json.loads(shown)["deployment"]["resources"] if resource["type"] != PLUGINS_PROVIDER
    ]
    for resource in sorted(created, key=lambda resource: str(resource["urn"])):
        kept = {key: value for key, value in resource.items() if key not in ELSEWHERE}
        waits = {"": resource.get("dependencies", []), **resource.get("propertyDependencies", {})}
        kept["waits"] = (
            {key: sorted(filter(_is_not_ours, urns)) for key, urns in waits.items()} if resource["custom"] else {}
        )
        kept["waits"] = {key: urns for key, urns in kept["waits"].items() if urns}
        resources.append(kept)
    return {resource["urn"]: resource for resource in json.loads(drawn(json.dumps(resources, sort_keys=True)))}


def _is_not_ours(urn: str) -> bool:
    return "exchange-automation" not in urn.rsplit("::", 1)[0].rsplit("$", 1)[-1]


ELSEWHERE = {"created", "modified", "sourcePosition", "stackTrace", "dependencies", "propertyDependencies"}
"""Time and place of the creation, and dependencies. Dependencies are compared without the components, because an output of
a component of the plugin depends on the whole component as well."""


def drawn(text: str) -> str:
    """A text with a number in place of everything that is drawn: the same number for the same thing."""
    numbers: dict[str, str] = {}
    return DRAWN.sub(lambda found: numbers.setdefault(found[0], f"<{len(numbers)}>"), PRESENT.sub("<now>", text))


@dataclass
class Outcome:
    """What came of the program that makes everything."""

    given: list[tuple[str, dict[str, Any]]]
    state: dict[str, Any]
    outputs: str
    requests: list[str]
    secrets_in_plain_text: list[str]


def everything_made(make: Any, tenant: LocalTenant, deploy: Deploy, directory: Path) -> Outcome:
    """All components with all arguments, in a fresh tenant."""
    tenant.reset(lag=0.0)
    [principal] = tenant.add_service_principal("theirs", servicePrincipalType="Application", lag=0)
    uri = deploy(everything.theirs).up().check().outputs["uri"]
    generated = Azure(tenant).send("POST", "Microsoft.Automation/automationAccounts/aa-theirs/webhooks/generateUri")
    address = str(generated.json())
    script = directory / "report.ps1"
    script.write_text(everything.SCRIPT)
    program = Everything(make, Surroundings(str(principal["id"]), address, str(uri), str(script)))
    stack = deploy(program, environment=plugin_on_path(directory))
    before = len(tenant.request_log())
    outputs = stack.up().check().outputs
    written = [path.read_text() for path in (stack.directory / "backend").rglob("*.json")]
    assert written
    secrets = ("planted", everything.CERTIFICATE, address.partition("token=")[2])
    return Outcome(
        program.given,
        resources_of(stack),
        drawn(json.dumps(outputs, sort_keys=True)),
        sorted(
            PRESENT.sub("<now>", str(request["operation"]))
            for request in tenant.request_log()[before:]
            # How often an operation is polled depends on how far other requests move the clock.
            if request["operation"] != "GET operationstatuses"
        ),
        [secret for secret in secrets if any(secret in text for text in written)],
    )


def test_every_argument_means_the_same(tenant: LocalTenant, deploy: Deploy, tmp_path: Path) -> None:
    own, theirs = (everything_made(make, tenant, deploy, tmp_path) for make in (direct, remote))
    assert everything.covered(theirs.given) == everything.all_arguments()
    assert list(own.state) == list(theirs.state)
    different = {urn: (own.state[urn], theirs.state[urn]) for urn in own.state if own.state[urn] != theirs.state[urn]}
    counted = f"{len(everything.all_arguments())} arguments, {len(own.state)} resources, {len(own.requests)} requests"
    assert different == {}, counted
    assert own.outputs == theirs.outputs
    assert own.requests == theirs.requests
    assert own.secrets_in_plain_text == theirs.secrets_in_plain_text == []
    print(f"{counted}: {len(different)} differences")


def test_two_components_share_one_look_up_and_one_hook(tenant: LocalTenant, deploy: Deploy, tmp_path: Path) -> None:
    ids = [str(tenant.add_service_principal(name, lag=0)[0]["id"]) for name in ("one", "two")]

    def program() -> None:
        for index, principal_id in enumerate(ids):
            Remote("ExchangeAccess", f"mail-{index}", {"principal_id": principal_id})

    stack = deploy(program, environment=plugin_on_path(tmp_path))
    stack.up().check()
    assert len([request for request in tenant.request_log() if "$filter=appId" in request["path"]]) == 1
    tenant.add_grant(ids[0], directoryRole="Global Reader")
    ids.append(ids[0])
    again = stack.up()
    assert not again.succeeded
    # The hook explains, and Exchange Administrator of the first is not granted twice.
    assert "EXA302" in " ".join(again.errors)
    ids.pop()
    stack.up().check()
    stack.destroy().check()
    assert len(tenant.grants()) == 1


@pytest.mark.parametrize(
    ("args", "text"),
    [
        ({"organisation": 1, "organization": "contoso.com", "directory_roles": "Global Reader", "app_role": 5}, ""),
        ({"organization": "contoso.onmicrosoft.com", "federated_credentials": [CREDENTIAL]}, "EXA201"),
    ],
    ids=["arguments", "directory"],
)
def test_what_the_engine_prints_is_the_components_own_text(
    args: dict[str, Any], text: str, tenant: LocalTenant, deploy: Deploy, tmp_path: Path
) -> None:
    tenant.set_exchange(present=False)
    failures = []
    for make in (direct, remote):
        stack = deploy(lambda make=make: make("ExchangeApplication", "job", args), environment=plugin_on_path(tmp_path))
        failed = stack.up()
        assert not failed.succeeded
        failures.append(failed.errors)
        stack.destroy()
    own = [failure.strip() for failure in failures[0]]
    [theirs] = [failure for failure in failures[1] if "has a problem" in failure]
    assert text in own[0]
    assert theirs.partition(" has a problem: ")[2].strip() in own
    assert "Traceback" not in theirs
