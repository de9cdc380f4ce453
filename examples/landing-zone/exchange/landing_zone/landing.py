"""The resources in one subscription of one tenant: groups, a network, identities, accounts and what surrounds them."""

import ipaddress
from typing import Any

import pulumi
import pulumi_azure_native as azure_native
import pulumi_azuread as azuread
from pulumi_azure_native import managedidentity, network, privatedns, resources

from exchange_automation import (
    DirectoryRoleName,
    ExchangeAccess,
    ExchangeAccountGovernance,
    ExchangeAccountGovernanceArgs,
    ExchangeAutomationAccount,
    ExchangeAutomationAccountArgs,
    ExchangeRunbook,
    IdentityType,
)

from .platform_stack import AUTOMATION_ZONE, Platform
from .settings import RUNBOOKS, Account, Identity, Settings, Tenant


class Landing:
    """One tenant's part of the landing zone, with providers of its own.

    Attributes:
        settings: The stack's settings.
        tenant: The tenant.
        platform: The outputs of the platform's stack.
    """

    def __init__(self, settings: Settings, tenant: Tenant, platform: Platform) -> None:
        self.settings, self.tenant, self.platform = settings, tenant, platform
        # A tenant with a deployer of its own signs it in with a secret, or with OIDC without one.
        self._sign_in: dict[str, Any] = {}
        if tenant.client_id is not None:
            secret = settings.secrets.get(tenant.name)
            self._sign_in = {
                "client_id": tenant.client_id,
                **({"use_oidc": True} if secret is None else {"client_secret": secret}),
            }
        self.cloud = azure_native.Provider(
            f"{tenant.name}-subscription",
            tenant_id=tenant.tenant_id,
            # Nothing is created in any subscription before the platform's outputs are known to be complete.
            subscription_id=platform.complete(tenant.subscription_id),
            **self._sign_in,
        )
        self.directory = azuread.Provider(f"{tenant.name}-directory", tenant_id=tenant.tenant_id, **self._sign_in)
        self.shared: dict[str, tuple[managedidentity.UserAssignedIdentity, ExchangeAccess]] = {}
        self.subnet_id: pulumi.Output[str] | None = None

    @property
    def _providers(self) -> list[pulumi.ProviderResource]:
        return [self.cloud, self.directory]

    def _name(self, kind: str, purpose: str = "") -> str:
        return self.settings.names.of(kind, purpose)

    def _group(self, purpose: str) -> resources.ResourceGroup:
        return resources.ResourceGroup(
            f"{self.tenant.name}-{purpose}",
            resource_group_name=self._name("rg", purpose),
            location=self.settings.names.location,
            opts=pulumi.ResourceOptions(provider=self.cloud),
        )

    def add_network(self) -> None:
        """A network for private endpoints, linked to the platform's DNS zone, in the platform's tenant."""
        if not self.tenant.connected:
            return
        group, space = self._group("network"), ipaddress.ip_network(self.settings.address_space)
        spoke = network.VirtualNetwork(
            f"{self.tenant.name}-spoke",
            resource_group_name=group.name,
            virtual_network_name=self._name("vnet"),
            location=self.settings.names.location,
            address_space={"address_prefixes": [str(space)]},
            subnets=[{"name": "endpoints", "address_prefix": str(next(space.subnets(prefixlen_diff=2)))}],
            opts=pulumi.ResourceOptions(provider=self.cloud),
        )
        # The zone is the platform's, and so is the subscription of the link.
        connectivity = azure_native.Provider(
            "connectivity",
            tenant_id=self.tenant.tenant_id,
            subscription_id=self.platform.subscription_id,
            **self._sign_in,
        )
        privatedns.VirtualNetworkLink(
            f"{self.tenant.name}-zone-link",
            resource_group_name=self.platform.zone_group_name,
            private_zone_name=AUTOMATION_ZONE,
            virtual_network_link_name=self._name("link"),
            location="global",
            registration_enabled=False,
            virtual_network={"id": spoke.id},
            opts=pulumi.ResourceOptions(provider=connectivity),
        )
        self.subnet_id = spoke.id.apply(lambda spoke_id: f"{spoke_id}/subnets/endpoints")

    def add_identity(self, identity: Identity) -> None:
        """An identity for several accounts, with its grants."""
        group = self._group(identity.name)
        created = managedidentity.UserAssignedIdentity(
            identity.name,
            resource_group_name=group.name,
            resource_name_=self._name("id", identity.name),
            location=self.settings.names.location,
            opts=pulumi.ResourceOptions(provider=self.cloud),
        )
        access = ExchangeAccess(
            f"{identity.name}-access",
            {
                "principal_id": created.principal_id,
                "directory_roles": [{"role": DirectoryRoleName(identity.role)}],
            },
            pulumi.ResourceOptions(providers=self._providers),
        )
        self.shared[identity.name] = (created, access)

    def add_account(self, account: Account) -> ExchangeAutomationAccount:
        """One team's account in a group of its own, with its runbook and what surrounds it."""
        group = self._group(account.name)
        args: ExchangeAutomationAccountArgs = {
            "organization": self.tenant.organization,
            "resource_group_name": group.name,
            "location": self.settings.names.location,
            "account_name": self._name("aa", account.name),
            # Jobs in Azure need no public endpoint, and hybrid workers come through the private one.
            "public_network_access": False,
        }
        opts = pulumi.ResourceOptions(providers=self._providers)
        if account.identity is not None:
            identity, access = self.shared[account.identity]
            args["identity_type"] = IdentityType.USER_ASSIGNED
            args["user_assigned_identity_id"] = identity.id
            args["grants_managed_elsewhere"] = True
            # No job can run before the grants that the accounts share.
            opts.depends_on = [access]
        else:
            args["directory_roles"] = [{"role": DirectoryRoleName(account.role)}]
        created = ExchangeAutomationAccount(account.name, args, opts)
        runbook = self._runbook(account, created)
        self._governance(account, created, runbook)
        return created

    def _runbook(self, account: Account, created: ExchangeAutomationAccount) -> ExchangeRunbook:
        role = account.role or self.settings.identities[str(account.identity)].role
        return ExchangeRunbook(
            f"{account.name}-{account.runbook.removesuffix('.ps1')}",
            {
                "resource_group_name": created.resource_group_name,
                "automation_account_name": created.account_name,
                "runtime_environment_name": created.runtime_environment_name,
                "location": self.settings.names.location,
                "runbook_name": account.runbook.removesuffix(".ps1"),
                "source": {"file": str(RUNBOOKS / account.runbook)},
                "directory_roles": [DirectoryRoleName(role)],
                "strict": True,
                "schedules": [
                    {
                        "frequency": "Day",
                        "at": account.daily,
                        "time_zone": "Europe/Berlin",
                        "parameters": {"Organization": self.tenant.organization},
                    }
                ]
                if account.daily
                else [],
                "tags": self.settings.common_tags,
            },
            pulumi.ResourceOptions(providers=self._providers),
        )

    def _governance(self, account: Account, created: ExchangeAutomationAccount, runbook: ExchangeRunbook) -> None:
        args: ExchangeAccountGovernanceArgs = {
            "account_id": created.account_id,
            "resource_group_name": created.resource_group_name,
            "location": self.settings.names.location,
            "lock": "CanNotDelete",
            "alert_emails": [self.settings.owner],
        }
        if self.subnet_id is not None:
            args["workspace_id"] = self.platform.workspace_id
            args["private_endpoints"] = [
                {"group": "DSCAndHybridWorker", "subnet_id": self.subnet_id, "dns_zone_ids": [self.platform.zone_id]}
            ]
        opts = pulumi.ResourceOptions(providers=self._providers, depends_on=[created, runbook])
        ExchangeAccountGovernance(f"{account.name}-guard", args, opts)
