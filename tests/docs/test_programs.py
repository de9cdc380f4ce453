"""Every Python program of the documentation runs on the real engine and the local tenant, and leaves nothing."""

from __future__ import annotations

import re
import shlex
import ssl
from collections.abc import Callable
from typing import Any

import httpx
import pulumi
import pytest

from localtenant.process import LocalTenant
from tests.docs import programs
from tests.docs.blocks import Block, blocks
from tests.engine.azure import Azure
from tests.engine.support import Deployment

PLAIN = "from localtenant"
"""The import of programs that Pulumi does not run."""

TESTED = "testing.md"
"""The page whose files are tests; another test runs them."""

DEPLOYED = [
    block for block in blocks("python") if not block.reason and PLAIN not in block.text and block.path.name != TESTED
]


def beforehand(azure: Azure) -> str:
    """Creates what the pages presuppose: a resource group, and an account with a webhook address, which is returned."""

    def send(method: str, path: str, version: str, body: Any = None) -> Any:
        answer = azure._send(method, f"{azure.tenant.url}{path}", version, body)
        answer.raise_for_status()
        return answer.json()

    send("PUT", programs.RESOURCES, "2024-03-01", {"location": "westeurope"})
    account = {
        "location": "westeurope",
        "identity": {"type": "SystemAssigned"},
        "properties": {"sku": {"name": "Basic"}, "disableLocalAuth": False},
    }
    send("PUT", programs.WITH_WEBHOOKS, "2024-10-23", account)
    return str(send("POST", f"{programs.WITH_WEBHOOKS}/webhooks/generateUri", "2024-10-23"))


# The engine writes the whole state after every step, so three small stacks cost less than a large one.
@pytest.mark.parametrize("part", range(3))
def test_every_program_comes_up_stays_as_it_is_and_leaves_no_grant_behind(
    tenant: LocalTenant, deploy: Callable[..., Deployment], part: int
) -> None:
    address = beforehand(Azure(tenant))
    elsewhere = tenant.add_service_principal("aa-elsewhere", servicePrincipalType="ManagedIdentity", lag=0, count=3)

    def program() -> None:
        for name, value in programs.run(DEPLOYED[part::3], [str(program["id"]) for program in elsewhere]).items():
            pulumi.export(name, value)

    stack = deploy(
        program,
        config={"ticketHook": address, "ticketPassword": "not-a-password", "principalId": str(elsewhere[2]["id"])},
    )
    outputs = stack.up().check().outputs
    commands = [value for name, value in outputs.items() if name.endswith("connectCommand")]
    assert commands
    assert all(str(command).startswith("Connect-ExchangeOnline ") for command in commands)
    assert len(tenant.grants()) >= 2 * len(commands)
    assert stack.preview().check().changes == {}
    stack.destroy().check()
    assert tenant.grants() == []


@pytest.mark.parametrize(
    "block", [block for block in blocks("python") if PLAIN in block.text], ids=lambda block: block.where
)
def test_a_program_on_a_tenant_of_its_own_works(block: Block) -> None:
    exec(compile(block.text, block.where, "exec"), {"__name__": "__main__"})  # noqa: S102  (our own pages)


@pytest.mark.parametrize(
    "block", [block for block in blocks("sh") if block.text.startswith("curl ")], ids=lambda block: block.where
)
def test_a_request_to_the_control_routes_is_answered(tenant: LocalTenant, block: Block) -> None:
    text = block.text.replace("$LOCALTENANT_URL", tenant.url).replace("$SSL_CERT_FILE", str(tenant.authority))
    program, *words = shlex.split(text.replace("\\\n", " "))
    options: dict[str, Any] = {}
    addresses = []
    while words:
        word = words.pop(0)
        if word.startswith("-"):
            options[word] = words.pop(0)
        else:
            addresses.append(word)
    assert (program, len(addresses), set(options) - {"--cacert", "-d", "-X"}) == ("curl", 1, set())
    body = options.get("-d")
    answer = httpx.request(
        options.get("-X", "POST" if body else "GET"),
        addresses[0],
        content=body,
        verify=ssl.create_default_context(cafile=str(tenant.authority)),
        trust_env=False,
    )
    assert answer.status_code < 300, answer.text


def test_the_pages_are_covered() -> None:
    """Whoever renames a language after a fence must not lose its programs."""
    assert len(DEPLOYED) > 12
    assert not [block.where for block in DEPLOYED if re.search(r"\.\.\.\s*$", block.text, re.MULTILINE)]
