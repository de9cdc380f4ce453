"""ExchangeAccess for existing service principals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast
from urllib.parse import unquote_plus

import pulumi
import pulumi_azuread as azuread
import pytest
from pulumi_azure_native import managedidentity

from exchange_automation import DirectoryRoleArgs, ExchangeAccess, ExchangeAccessArgs
from exchange_automation.catalog.enumerations import DirectoryRoleNameText
from localtenant.process import LocalTenant
from localtenant.state import seed
from tests.engine.support import Deployment, Program

Deploy = Callable[..., Deployment]

EXCHANGE_LOOK_UP = f"$filter=appId eq '{seed.EXCHANGE_APP_ID}'"


def principal(tenant: LocalTenant, **properties: Any) -> str:
    """Creates a managed identity of another program; returns its object id."""
    [created] = tenant.add_service_principal("mail-job", servicePrincipalType="ManagedIdentity", **properties)
    return str(created["id"])


def access(principal_id: str, **arguments: Any) -> Program:
    """A program with one ExchangeAccess."""

    def program() -> None:
        created = ExchangeAccess("mail", cast("ExchangeAccessArgs", {"principal_id": principal_id, **arguments}))
        pulumi.export("appRole", created.app_role_assignment_id)
        pulumi.export("directoryRoles", created.directory_role_assignment_ids)

    return program


def roles(*names: DirectoryRoleNameText) -> list[DirectoryRoleArgs]:
    """Directory roles for the whole directory."""
    return [{"role": name} for name in names]


def held(tenant: LocalTenant) -> set[tuple[str, str, str]]:
    """Grant, principal and scope of everything that anybody holds."""
    return {(grant["grant"], grant["principalId"], grant["scope"]) for grant in tenant.grants()}


def paths(tenant: LocalTenant) -> list[str]:
    """Paths and queries of all requests so far."""
    return [unquote_plus(entry["path"]) for entry in tenant.request_log()]


def test_both_grants_are_created_found_unchanged_and_removed(tenant: LocalTenant, deploy: Deploy) -> None:
    who = principal(tenant)
    stack = deploy(access(who))
    created = stack.up().check()
    assert held(tenant) == {("Exchange.ManageAsApp", who, "/"), ("Exchange Administrator", who, "/")}
    ids = {grant["kind"]: grant["id"] for grant in tenant.grants()}
    assert created.outputs["appRole"].endswith(f"/appRoleAssignedTo/{ids['appRole']}")
    assert created.outputs["directoryRoles"]["Exchange Administrator"].endswith(ids["directoryRole"])

    assert stack.up().check().changes == {}
    assert stack.refresh().check().changes == {}

    stack.destroy().check()
    assert tenant.grants() == []


def test_a_preview_of_a_new_stack_names_every_role(tenant: LocalTenant, deploy: Deploy) -> None:
    stack = deploy(
        access(principal(tenant), directory_roles=roles("Exchange Recipient Administrator", "Global Reader"))
    )
    assert stack.preview().check().of("create") == [
        "mail",
        "mail-exchange-manageasapp",
        "mail-exchange-recipient-administrator",
        "mail-global-reader",
    ]
    assert tenant.grants() == []


def test_changing_one_role_of_three_touches_one_assignment_and_reordering_none(
    tenant: LocalTenant, deploy: Deploy
) -> None:
    who = principal(tenant)
    stack = deploy(access(who, directory_roles=roles("Exchange Administrator", "Security Reader", "Global Reader")))
    stack.up().check()
    before = {grant["grant"]: grant["id"] for grant in tenant.grants()}

    stack.program = access(who, directory_roles=roles("Global Reader", "Exchange Administrator", "Security Reader"))
    assert stack.up().check().changes == {}

    stack.program = access(who, directory_roles=roles("Global Reader", "Helpdesk Administrator", "Security Reader"))
    changed = stack.up().check()
    assert changed.of("create") == ["mail-helpdesk-administrator"]
    assert changed.of("delete") == ["mail-exchange-administrator"]
    assert changed.changes == {"create": 1, "delete": 1}
    after = {grant["grant"]: grant["id"] for grant in tenant.grants()}
    kept = ("Exchange.ManageAsApp", "Security Reader", "Global Reader")
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    assert set(after) == {*kept, "Helpdesk Administrator"}


def test_a_role_can_hold_in_one_administrative_unit_and_a_template_id_is_as_good_as_a_name(
    tenant: LocalTenant, deploy: Deploy
) -> None:
    who = principal(tenant)
    scope = f"/administrativeUnits/{next(iter(seed.CONTOSO.administrative_units.values()))}"
    scoped: list[DirectoryRoleArgs] = [
        {"role": "729827e3-9c14-49f7-bb1b-9608f156bbb8", "scope": scope},
        {"role": "Global Reader", "scope": "/"},
    ]
    stack = deploy(access(who, directory_roles=scoped))
    stack.up().check()
    assert held(tenant) == {
        ("Exchange.ManageAsApp", who, "/"),
        ("Helpdesk Administrator", who, scope),
        ("Global Reader", who, "/"),
    }
    stack.program = access(
        who, directory_roles=[{"role": "Helpdesk Administrator", "scope": scope}, *roles("Global Reader")]
    )
    assert stack.up().check().changes == {}


def test_a_role_group_in_exchange_leaves_the_app_role_alone(tenant: LocalTenant, deploy: Deploy) -> None:
    who = principal(tenant)
    stack = deploy(access(who, directory_roles=[], permissions_from_exchange_role_group=True))
    assert stack.up().check().outputs["directoryRoles"] == {}
    assert held(tenant) == {("Exchange.ManageAsApp", who, "/")}
    assert stack.up().check().changes == {}


def test_directory_roles_are_created_after_the_app_role_and_removed_before_it(
    tenant: LocalTenant, deploy: Deploy
) -> None:
    stack = deploy(access(principal(tenant), directory_roles=roles("Security Reader", "Global Reader")))
    created = stack.up().check().finished
    app_role = created.index(("create", "mail-exchange-manageasapp"))
    assert all(created.index(("create", name)) > app_role for name in ("mail-security-reader", "mail-global-reader"))
    removed = stack.destroy().check().finished
    app_role = removed.index(("delete", "mail-exchange-manageasapp"))
    assert all(removed.index(("delete", name)) < app_role for name in ("mail-security-reader", "mail-global-reader"))


@pytest.mark.parametrize("lag", [0, 5, 20])
def test_a_new_identity_that_has_not_replicated_is_waited_for_without_an_error_line(
    tenant: LocalTenant, deploy: Deploy, lag: int
) -> None:
    stack = deploy(access(principal(tenant, lag=lag)))
    done = stack.up().check()
    assert "error" not in done.text.lower()
    assert len(tenant.grants()) == 2
    assert stack.up().check().changes == {}


def test_fifty_components_look_up_once_in_every_run(tenant: LocalTenant, deploy: Deploy) -> None:
    ids = [
        created["id"]
        for created in tenant.add_service_principal("job", servicePrincipalType="ManagedIdentity", count=50)
    ]

    def program() -> None:
        for number, principal_id in enumerate(ids):
            ExchangeAccess(f"job-{number}", {"principal_id": principal_id})

    stack = deploy(program)
    for expected in (100, 100):
        before = len(tenant.request_log())
        stack.up(parallel=16).check()
        assert len([path for path in paths(tenant)[before:] if EXCHANGE_LOOK_UP in path]) == 1
        assert len(tenant.grants()) == expected
    stack.destroy().check()
    assert tenant.grants() == []


def test_a_later_run_of_the_same_process_asks_the_directory_again(tenant: LocalTenant, deploy: Deploy) -> None:
    stack = deploy(access(principal(tenant)))
    stack.up().check()
    tenant.set_exchange(present=False)
    assert "has no service principal of Office 365 Exchange Online" in stack.preview().text


def test_without_exchange_online_no_grant_is_created_and_the_next_up_completes(
    tenant: LocalTenant, deploy: Deploy
) -> None:
    tenant.set_exchange(present=False)
    stack = deploy(access(principal(tenant)))
    failed = stack.up()
    assert not failed.succeeded
    assert "This tenant has no service principal of Office 365 Exchange Online" in failed.text
    assert "az ad sp create --id 00000002-0000-0ff1-ce00-000000000000" in failed.text
    assert "Traceback" not in failed.text
    assert tenant.grants() == []

    tenant.set_exchange(present=True)
    completed_and_removed(stack, tenant)


def test_a_disabled_app_role_is_refused_before_any_grant(tenant: LocalTenant, deploy: Deploy) -> None:
    tenant.set_exchange(disabled_app_roles=["Exchange.ManageAsApp"])
    stack = deploy(access(principal(tenant)))
    failed = stack.up()
    assert 'The app role "Exchange.ManageAsApp" of the API "Office 365 Exchange Online" is disabled' in failed.text
    assert tenant.grants() == []

    tenant.set_exchange()
    completed_and_removed(stack, tenant)


def test_an_app_role_that_exchange_does_not_offer_is_refused_with_those_it_offers(
    tenant: LocalTenant, deploy: Deploy
) -> None:
    stack = deploy(access(principal(tenant), app_role="Exchange.ManageAsAp"))
    failed = stack.up()
    assert 'has no app role "Exchange.ManageAsAp"' in failed.text
    assert "Exchange.ManageAsApp, " in failed.text
    assert tenant.grants() == []


@pytest.mark.parametrize(
    ("missing", "grant", "kept"),
    [
        ("AppRoleAssignment.ReadWrite.All", 'app role assignment "mail-exchange-manageasapp"', 0),
        ("RoleManagement.ReadWrite.Directory", 'directory role assignment "mail-exchange-administrator"', 1),
    ],
)
def test_a_missing_graph_permission_is_named_and_created_grants_stay_in_the_state(
    tenant: LocalTenant, deploy: Deploy, missing: str, grant: str, kept: int
) -> None:
    tenant.set_deployer(roles=[role for role in seed.DEPLOYER_GRAPH_ROLES if role != missing])
    stack = deploy(access(principal(tenant)))
    failed = stack.up()
    assert not failed.succeeded
    assert f"The deployer may not create the {grant}" in failed.text
    assert f"application permission {missing} " in failed.text
    assert (
        len(tenant.grants())
        == kept
        == len([resource for resource in stack.state() if "Assignment" in resource["type"]])
    )

    tenant.set_deployer(roles=seed.DEPLOYER_GRAPH_ROLES)
    completed_and_removed(stack, tenant)


def test_a_deployer_that_may_not_read_the_directory_reads_which_permission_it_lacks(
    tenant: LocalTenant, deploy: Deploy
) -> None:
    tenant.set_deployer(roles=["RoleManagement.ReadWrite.Directory"])
    stack = deploy(access(principal(tenant)))
    failed = stack.up()
    assert "application permission Application.Read.All" in failed.text
    assert tenant.grants() == []

    tenant.set_deployer(roles=seed.DEPLOYER_GRAPH_ROLES)
    completed_and_removed(stack, tenant)


def test_a_grant_that_exists_already_is_not_created_again_and_the_message_names_the_way_out(
    tenant: LocalTenant, deploy: Deploy
) -> None:
    who = principal(tenant)
    tenant.add_grant(who, appRole="Exchange.ManageAsApp")
    stack = deploy(access(who))
    failed = stack.up()
    assert "exists in the directory already" in failed.text
    assert "docs/adoption.md" in failed.text
    assert len(tenant.grants()) == 1


def test_wrong_arguments_register_nothing(tenant: LocalTenant, deploy: Deploy) -> None:
    stack = deploy(access("mail-job", directory_roles=[{"role": "Exchange Admin"}, *roles("Global Administrator")]))
    failed = stack.up()
    assert 'ExchangeAccess "mail": 3 mistakes in its arguments, so nothing of it was registered' in failed.text
    assert "Traceback" not in failed.text
    assert stack.state() == []
    assert paths(tenant) == []


def completed_and_removed(stack: Deployment, tenant: LocalTenant) -> None:
    """The next ``up`` makes what is missing, a further one nothing, and ``destroy`` removes all of it."""
    stack.up().check()
    assert len(tenant.grants()) == 2
    assert stack.up().check().changes == {}
    stack.destroy().check()
    assert tenant.grants() == []


def test_a_preview_passes_where_the_provider_gets_its_tenant_from_the_same_program(
    tenant: LocalTenant, deploy: Deploy
) -> None:
    """The engine answers a look-up of such a provider with an empty result while the program is only previewed."""
    who = principal(tenant)

    def program() -> None:
        identity = managedidentity.UserAssignedIdentity("i", resource_group_name="rg-existing", location="westeurope")
        provider = azuread.Provider("t", tenant_id=identity.tenant_id)
        ExchangeAccess("mail", {"principal_id": who}, pulumi.ResourceOptions(providers=[provider]))

    stack = deploy(program)
    assert stack.preview().check().changes["create"] == 4
    stack.up().check()
    assert held(tenant) == {("Exchange.ManageAsApp", who, "/"), ("Exchange Administrator", who, "/")}
    assert stack.up().check().changes == {}
