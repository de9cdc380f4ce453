"""The caller's resource options reach what they have to reach."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_azure_native as azure_native
import pulumi_azuread as azuread
from pulumi_azure_native import resources

from exchange_automation import ExchangeAccess, ExchangeAutomationAccount
from localtenant.process import LocalTenant
from localtenant.state import seed
from tests.engine.support import Deployment, Program, program_of

Deploy = Callable[..., Deployment]
FABRIKAM = seed.FABRIKAM


def account(options: Callable[[], pulumi.ResourceOptions], name: str = "mail") -> Program:
    """A program with one account under these options."""

    def program() -> None:
        ExchangeAutomationAccount(
            name,
            {
                "organization": "contoso.onmicrosoft.com",
                "resource_group_name": seed.EXISTING_RESOURCE_GROUP,
                "account_name": "aa-mail",
                "location": "westeurope",
            },
            options(),
        )

    return program


def custom(stack: Deployment) -> list[dict[str, Any]]:
    """The provider resources in the state."""
    return [resource for resource in stack.state() if resource["custom"]]


def test_protect_covers_every_child(tenant: LocalTenant, deploy: Deploy) -> None:
    stack = deploy(account(lambda: pulumi.ResourceOptions(protect=True)))
    stack.up().check()
    assert len(custom(stack)) == 5
    assert all(resource["protect"] for resource in stack.state())
    assert not stack.destroy().succeeded
    assert len(tenant.grants()) == 2

    stack.program = account(pulumi.ResourceOptions)
    stack.up().check()
    stack.destroy().check()
    assert tenant.grants() == []


def test_retain_on_delete_covers_every_child(tenant: LocalTenant, deploy: Deploy) -> None:
    stack = deploy(account(lambda: pulumi.ResourceOptions(retain_on_delete=True)))
    stack.up().check()
    assert all(resource["retainOnDelete"] for resource in custom(stack))
    stack.destroy().check()
    assert stack.state() == []
    assert len(tenant.grants()) == 2


def test_explicit_providers_reach_every_child_and_every_look_up(tenant: LocalTenant, deploy: Deploy) -> None:
    def program() -> None:
        directory = azuread.Provider(
            "fabrikam-directory",
            tenant_id=FABRIKAM.tenant_id,
            client_id=FABRIKAM.client_id,
            client_secret=FABRIKAM.client_secret,
        )
        cloud = azure_native.Provider(
            "fabrikam-cloud",
            tenant_id=FABRIKAM.tenant_id,
            client_id=FABRIKAM.client_id,
            client_secret=FABRIKAM.client_secret,
            subscription_id=FABRIKAM.subscription_id,
        )
        account(lambda: pulumi.ResourceOptions(providers=[directory, cloud]), "fabrikam")()
        account(pulumi.ResourceOptions)()

    stack = deploy(program)
    stack.up().check()
    by_tenant = {grant["tenant"] for grant in tenant.grants()}
    assert by_tenant == {seed.CONTOSO.tenant_id, FABRIKAM.tenant_id}
    assert len(tenant.grants()) == 4
    for resource in custom(stack):
        own = "fabrikam-" in resource["provider"]
        assert own == resource["urn"].rsplit("::", 1)[-1].startswith("fabrikam")
    exchange = [entry for entry in tenant.request_log() if seed.EXCHANGE_APP_ID in entry["path"]]
    assert sorted(entry["tenant"] for entry in exchange) == sorted(by_tenant)
    assert stack.up().check().changes == {}
    stack.destroy().check()
    assert tenant.grants() == []


def test_depends_on_holds_back_every_child_and_is_undone_after_them(tenant: LocalTenant, deploy: Deploy) -> None:
    def program() -> None:
        first = resources.ResourceGroup("first", location="westeurope")
        account(lambda: pulumi.ResourceOptions(depends_on=[first]))()

    stack = deploy(program)
    created = stack.up().check().finished
    names = [resource["urn"].rsplit("::", 1)[-1] for resource in custom(stack)]
    start = created.index(("create", "first"))
    assert all(created.index(("create", name)) > start for name in names if name != "first")
    removed = stack.destroy().check().finished
    end = removed.index(("delete", "first"))
    assert all(removed.index(("delete", name)) < end for name in names if name != "first")


def test_a_parent_is_a_parent_and_an_alias_keeps_everything_under_a_new_name(
    tenant: LocalTenant, deploy: Deploy
) -> None:
    [created] = tenant.add_service_principal("job", servicePrincipalType="ManagedIdentity")

    def access(name: str, options: Callable[[], pulumi.ResourceOptions]) -> Program:
        return program_of(lambda: ExchangeAccess(name, {"principal_id": created["id"]}, options()))

    stack = deploy(access("old", pulumi.ResourceOptions))
    stack.up().check()
    before = {grant["id"] for grant in tenant.grants()}

    stack.program = access("new", lambda: pulumi.ResourceOptions(aliases=[pulumi.Alias(name="old")]))
    assert stack.up().check().changes == {}
    assert {grant["id"] for grant in tenant.grants()} == before

    def moved() -> None:
        parent = pulumi.ComponentResource("test:index:LandingZone", "zone")
        aliases = [pulumi.Alias(name="new", parent=pulumi.ROOT_STACK_RESOURCE)]
        ExchangeAccess("new", {"principal_id": created["id"]}, pulumi.ResourceOptions(parent=parent, aliases=aliases))

    stack.program = moved
    assert stack.up().check().changes == {"create": 1}  # the landing zone itself
    assert {grant["id"] for grant in tenant.grants()} == before
    assert "test:index:LandingZone$exchange-automation:index:ExchangeAccess" in stack.state_of("new")["urn"]


def test_transforms_see_every_child(tenant: LocalTenant, deploy: Deploy) -> None:
    def tagged(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        if args.type_ in ("azure-native:automation:AutomationAccount", "azure-native:automation:RuntimeEnvironment"):
            return pulumi.ResourceTransformResult({**args.props, "tags": {"owner": "mail"}}, args.opts)
        return None

    stack = deploy(account(lambda: pulumi.ResourceOptions(transforms=[tagged])))
    stack.up().check()
    assert stack.state_of("mail-account")["inputs"]["tags"] == {"owner": "mail"}
    assert stack.state_of("mail-runtime-ps-7.6-exo-3.10.1")["inputs"]["tags"] == {"owner": "mail"}
