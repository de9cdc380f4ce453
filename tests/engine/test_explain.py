"""``exchange-automation explain`` on what the engine writes, not on what we think it writes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pulumi
import pulumi_azuread as azuread
import pytest
from pulumi_azure_native import automation

from exchange_automation import (
    ApiPermissions,
    ExchangeAccess,
    ExchangeAccountGovernance,
    ExchangeAutomationAccount,
)
from exchange_automation.cli.explain.changes import Change
from exchange_automation.cli.explain.explanation import explain
from exchange_automation.cli.explain.rendering import as_markdown
from exchange_automation.cli.pulumi.previews import parse_preview
from localtenant.process import LocalTenant
from tests.engine.programs import DOMAIN, GROUP, account
from tests.engine.support import Deployment

PAGE = Path(__file__).resolve().parents[2] / "docs" / "pull-requests.md"
UNIT = "44444444-4444-4444-8444-444444444444"

Deploy = Callable[..., Deployment]


def changes_of(stack: Deployment, *, stream: bool = False) -> list[Change]:
    return explain(parse_preview(stack.preview_json(stream=stream), "the preview"))


def sentences(changes: list[Change]) -> list[tuple[str, str]]:
    return [(change.risk.word, change.sentence) for change in changes if change.kind == "access"]


ROLE = "Exchange Administrator"
APP_ROLE = "app role Exchange.ManageAsApp"


def test_from_nothing_to_nothing(tenant: LocalTenant, deploy: Deploy) -> None:
    stack = deploy(account(), stack="prod")
    identity = "the identity of automation account aa-mail"
    assert sentences(changes_of(stack)) == [
        ("high", f"{ROLE} for {identity}, tenant-wide: added"),
        ("medium", f"{APP_ROLE} for {identity}, tenant-wide: added"),
    ]
    markdown = as_markdown(parse_preview(stack.preview_json(), "the preview"), changes_of(stack), title="prod")
    assert f"```markdown\n{markdown}\n```" in PAGE.read_text(), markdown

    stack.up().check()
    holder = f"identity aa-mail ({tenant.grants()[0]['principalId']})"
    assert changes_of(stack) == []

    for grant in tenant.grants():
        tenant.remove_object(grant["id"])
    by_hand = "created again (it is in the state and was removed by hand)"
    assert sentences(changes_of(stack)) == [
        ("low", f"{ROLE} for {holder}, tenant-wide: {by_hand}"),
        ("low", f"{APP_ROLE} for {holder}, tenant-wide: {by_hand}"),
    ]

    stack.up().check()
    unit = {"role": "Helpdesk Administrator", "scope": f"/administrativeUnits/{UNIT}"}
    stack.program = account(directory_roles=[unit], tags={"owner": "mail"})
    assert sentences(changes_of(stack)) == [
        (
            "medium",
            f"Helpdesk Administrator for {identity}, in administrative unit {UNIT}: added (Microsoft labels the role PRIVILEGED)",
        ),
        ("low", f"{ROLE} for {holder}, tenant-wide: removed"),
        (
            "low",
            f"{APP_ROLE} for {holder}, tenant-wide: stays (it looks replaced because the account changes, and its identity stays)",
        ),
    ]

    stack.program = lambda: None
    assert sentences(changes_of(stack)) == [
        ("low", f"{ROLE} for {holder}, tenant-wide: removed"),
        ("low", f"{APP_ROLE} for {holder}, tenant-wide: removed"),
        ("low", "every grant for the automation account aa-mail: removed (the identity goes)"),
    ]


def test_another_identity_takes_the_grants(tenant: LocalTenant, deploy: Deploy) -> None:
    stack = deploy(account())
    stack.up().check()
    old = f"identity aa-mail ({tenant.grants()[0]['principalId']})"
    stack.program = account(identity_type="UserAssigned")
    assert sentences(changes_of(stack)) == [
        ("high", f"{ROLE} for user-assigned identity id-mail, tenant-wide: replaced (in place of {old})"),
        ("medium", f"{APP_ROLE} for user-assigned identity id-mail, tenant-wide: replaced (in place of {old})"),
    ]


def everything(principal_id: str) -> None:
    """Grants of every kind, from our components, inside another's component, and raw."""
    created = ExchangeAutomationAccount(
        "mail",
        {"organization": DOMAIN, "resource_group_name": GROUP, "location": "westeurope", "account_name": "aa-mail"},
    )
    ApiPermissions(
        "apis",
        {"principal_id": created.principal_id, "permissions": {"Microsoft Graph": ["User.Read.All", "Mail.Send"]}},
    )
    ExchangeAccountGovernance(
        "rules",
        {
            "resource_group_name": GROUP,
            "account_id": created.account_id,
            "role_assignments": [{"role": "Automation Contributor", "principal_id": principal_id}],
        },
    )
    theirs = pulumi.ComponentResource("contoso:index:Team", "team")
    inside = pulumi.ResourceOptions(parent=theirs)
    ExchangeAccess(
        "inner",
        {"principal_id": principal_id, "directory_roles": [{"role": "f2ef992c-3afb-46b9-b7cf-a126ee74c451"}]},
        inside,
    )
    azuread.DirectoryRoleAssignment(
        "raw", role_id="62e90394-69f5-4237-9190-012177145e10", principal_object_id=principal_id, opts=inside
    )
    automation.Variable(
        "path",
        resource_group_name=GROUP,
        automation_account_name=created.account_name,
        variable_name="path",
        name="path",
        value='"x"',
    )


@pytest.fixture
def mixed(tenant: LocalTenant, deploy: Deploy) -> tuple[Deployment, str]:
    [created] = tenant.add_service_principal("job", servicePrincipalType="ManagedIdentity")
    return deploy(lambda: everything(created["id"])), created["id"]


def test_grants_of_every_kind_wherever_they_stand(mixed: tuple[Deployment, str]) -> None:
    stack, principal = mixed
    changes = changes_of(stack)
    identity, holder = "the identity of automation account aa-mail", f"identity {principal}"
    assert sentences(changes) == [
        ("critical", f"Global Administrator for {holder}, tenant-wide: added (Exchange Online never needs it)"),
        (
            "critical",
            (
                f"app role Mail.Send of Microsoft Graph for {identity}, tenant-wide: added (it sends as everybody. A role group in "
                "Exchange (Application Mail.Send) reaches chosen mailboxes)"
            ),
        ),
        (
            "high",
            (
                f"Azure role that is not known yet for {holder}, on automation account aa-mail: added (it may be a role that edits "
                "runbooks)"
            ),
        ),
        ("high", f"{ROLE} for {identity}, tenant-wide: added"),
        ("medium", f"Global Reader for {holder}, tenant-wide: added (Microsoft labels the role PRIVILEGED)"),
        ("medium", f"{APP_ROLE} for {holder}, tenant-wide: added"),
        ("medium", f"{APP_ROLE} for {identity}, tenant-wide: added"),
        ("medium", f"app role User.Read.All of Microsoft Graph for {identity}, tenant-wide: added"),
    ]
    assert "variable path in the automation account: added (runbooks read it)" in [
        change.sentence for change in changes if change.kind == "runs"
    ]


def test_a_stream_of_events_tells_the_same_changes(mixed: tuple[Deployment, str]) -> None:
    """But for the identities that are not there yet: a stream does not say where a value comes from."""
    stack, _ = mixed
    stack.up().check()
    stack.program = account(directory_roles=[{"role": "Global Reader"}])
    document, stream = changes_of(stack), changes_of(stack, stream=True)
    assert [(change.grant, change.scope, change.what, change.risk) for change in document] == [
        (change.grant, change.scope, change.what, change.risk) for change in stream
    ]
    assert {change.what for change in stream} >= {"added", "removed"}
