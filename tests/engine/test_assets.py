"""ExchangeAccountAssets on the engine: what is secret stays secret."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any, cast

import pytest

from exchange_automation import ExchangeAccountAssets, ExchangeAccountAssetsArgs
from localtenant.process import LocalTenant
from tests.engine.azure import Azure
from tests.engine.programs import account
from tests.engine.support import Deployment, Program

PLANTED = "planted-value-nobody-may-see"
CERTIFICATE = base64.b64encode(b"what a .pfx without a password would be").decode()
FIELDS = {"AutomationCertificateName": "old", "SubscriptionID": "3"}


def program(**args: Any) -> Program:
    """Assets of an account that exists."""
    given = {"resource_group_name": "rg-existing", "automation_account_name": "aa-mail", **args}

    def run() -> None:
        ExchangeAccountAssets("mail", cast("ExchangeAccountAssetsArgs", given))

    return run


@pytest.fixture
def stack(deploy: Callable[..., Deployment]) -> Deployment:
    """A stack beside the account's own."""
    deploy(account()).up().check()
    return deploy(program())


def test_variables_and_credentials_are_created_changed_and_removed(tenant: LocalTenant, stack: Deployment) -> None:
    azure = Azure(tenant)

    def variable() -> dict[str, Any]:
        return dict(azure.get("Microsoft.Automation/automationAccounts/aa-mail/variables/quota").json()["properties"])

    stack.program = program(variables={"quota": {"value": {"percent": 85}}})
    stack.up().check()
    assert json.loads(variable()["value"]) == {"percent": 85}
    stack.program = program(variables={"quota": {"value": {"percent": 90}}})
    assert stack.up().check().changes == {"update": 1}
    stack.program = program(variables={"quota": {"value": {"percent": 90}, "encrypted": True}})
    assert stack.up().check().of("create-replacement") == ["mail-quota-variable"]
    assert "value" not in variable()
    assert stack.up().check().changes == {}
    stack.destroy().check()


def test_certificates_and_connections_are_created_changed_and_removed(tenant: LocalTenant, stack: Deployment) -> None:
    azure = Azure(tenant)

    def shown(kind: str, name: str) -> dict[str, Any]:
        return dict(azure.get(f"Microsoft.Automation/automationAccounts/aa-mail/{kind}/{name}").json()["properties"])

    stack.program = program(
        certificates={"signing": {"content": CERTIFICATE, "exportable": True}},
        connections={"old": {"type": "Azure", "fields": FIELDS}},
    )
    stack.up().check()
    before = shown("certificates", "signing")
    assert before["isExportable"] is True
    assert "base64Value" not in before
    assert shown("connections", "old")["fieldDefinitionValues"] == FIELDS
    assert stack.up().check().changes == {}
    principal = {"ApplicationId": "1", "CertificateThumbprint": "2", "SubscriptionId": "3", "TenantId": "4"}
    stack.program = program(
        certificates={"signing": {"content": base64.b64encode(b"another").decode(), "exportable": True}},
        connections={"old": {"type": "AzureServicePrincipal", "fields": principal}},
    )
    up = stack.up().check()
    assert (up.of("update"), up.of("create-replacement")) == (["mail-signing-certificate"], ["mail-old-connection"])
    assert shown("certificates", "signing")["thumbprint"] != before["thumbprint"]
    stack.program = program()
    assert len(stack.up().check().of("delete")) == 2
    stack.destroy().check()


def test_no_secret_is_anywhere_in_plain_text(tenant: LocalTenant, stack: Deployment) -> None:
    stack.program = program(
        variables={"token": {"value": PLANTED, "encrypted": True}},
        credentials={"proxy": {"user_name": "mail", "password": PLANTED}},
        certificates={"signing": {"content": CERTIFICATE}},
        connections={"old": {"type": "Azure", "fields": {**FIELDS, "SubscriptionID": PLANTED}}},
    )
    output = stack.up().check().text + stack.preview().check().text
    assert stack.up().check().changes == {}
    texts = {"output": output, "journal": json.dumps(tenant.request_log()), "tenant's log": tenant.log()}
    for path in stack.directory.rglob("*"):
        if path.is_file():
            texts[str(path.relative_to(stack.directory))] = path.read_text("utf-8", "replace")
    assert not [where for where, text in texts.items() if PLANTED in text or CERTIFICATE in text]
    stack.destroy().check()
