"""ExchangeAutomationAccount: an automation account whose runbooks may manage Exchange Online.

Owns the account, its managed identity, the identity's grants and the PowerShell runtime environment. The outputs that a
runbook needs are available after the grants: Azure caches the tokens of managed identities for up to a day, so a job that
runs too early can fail for a day.
"""

from collections.abc import Mapping, Sequence
from typing import Optional, TypedDict

import pulumi
from typing_extensions import NotRequired

from exchange_automation.access.connect_command import checked_organization, managed_identity_command
from exchange_automation.access.directory_lookup import client_id_of
from exchange_automation.access.grants import ACCESS_TYPE, Grants
from exchange_automation.access.planned_grants import GRANT_ARGUMENTS, DirectoryRoleArgs
from exchange_automation.account.encryption import CustomerManagedKeyArgs
from exchange_automation.account.identities import find_or_create
from exchange_automation.account.planned_account import IdentityType, IdentityTypeText, PlannedAccount, check_account
from exchange_automation.catalog.enumerations import (
    ExchangeEnvironment,
    ExchangeEnvironmentText,
    OneOf,
    PowerShellVersion,
    PowerShellVersionText,
)
from exchange_automation.core.call_stacks import short_call_stacks
from exchange_automation.core.calls import takes_one_dictionary
from exchange_automation.core.errors import Mistakes
from exchange_automation.core.former_parents import FormerParent
from exchange_automation.core.organization import without_runtime_environments
from exchange_automation.core.outputs import available_after, computed_when_read
from exchange_automation.core.tags import check_tags
from exchange_automation.core.validation import check_arguments, with_checked_outputs
from exchange_automation.runtime.environments import RUNTIME_TYPE, AccountPlace, RuntimeEnvironments
from exchange_automation.runtime.planned_runtime import PackageArgs, PinArgs


class ExchangeAutomationAccountArgs(TypedDict):
    """Arguments of ExchangeAutomationAccount."""

    organization: pulumi.Input[str]
    """Required. The initial domain of the tenant, such as "contoso.onmicrosoft.com". With a custom domain or a
    tenant id, Set-Mailbox and Enable-Mailbox fail with INSUFF_ACCESS_RIGHTS."""
    resource_group_name: NotRequired[pulumi.Input[str]]
    """Required, unless account_id is given. Name of the resource group of the automation account. Everybody who may
    write in it acts as an Exchange administrator, so give the account a group of its own."""
    location: NotRequired[pulumi.Input[str]]
    """Optional. Azure region. Default: the region of the resource group."""
    account_name: NotRequired[pulumi.Input[str]]
    """Optional. Name of the automation account. Default: the component's name and a random suffix."""
    account_id: NotRequired[pulumi.Input[str]]
    """Optional. Resource id of an existing automation account, which the component uses in place of a new one. The
    account must have an identity of identity_type. Default: the component creates an account."""
    disable_local_auth: NotRequired[pulumi.Input[bool]]
    """Optional. Turns off the account's registration keys and webhooks, so that it accepts Entra tokens only.
    Default: true."""
    public_network_access: NotRequired[pulumi.Input[bool]]
    """Optional. Whether the account has a public endpoint. With false, clients reach it through private endpoints alone
    (ExchangeAccountGovernance). Jobs in Azure run in both cases. Default: true."""
    customer_managed_key: NotRequired[CustomerManagedKeyArgs]
    """Optional. A key of yours that encrypts the account's assets. Default: Microsoft's key."""
    identity_type: NotRequired[OneOf[IdentityType, IdentityTypeText]]
    """Optional. The identity that runbooks sign in with: "SystemAssigned" or "UserAssigned". Default:
    "SystemAssigned"."""
    user_assigned_identity_id: NotRequired[pulumi.Input[str]]
    """Optional. Resource id of an existing user-assigned identity. Default with "UserAssigned": the component
    creates an identity."""
    user_assigned_identity_name: NotRequired[pulumi.Input[str]]
    """Optional. Name of the user-assigned identity that the component creates. Default: the component's name and a
    random suffix."""
    keep_system_assigned_identity: NotRequired[bool]
    """Optional. With "UserAssigned": the account keeps a system-assigned identity beside it, without grants. Set it
    for one update when an account changes to a user-assigned identity, so that the old grants can be deleted.
    Default: false."""
    app_role: NotRequired[str]
    """Optional. Value of the app role of Exchange Online to grant. Default: "Exchange.ManageAsApp"."""
    directory_roles: NotRequired[list[DirectoryRoleArgs]]
    """Optional. Directory roles to grant. An empty list needs permissions_from_exchange_role_group. Default:
    Exchange Administrator for the whole directory, with a warning."""
    permissions_from_exchange_role_group: NotRequired[bool]
    """Optional. States that a role group in Exchange gives the service principal its permissions, so that the
    component grants no directory role. Default: false."""
    allow_global_administrator: NotRequired[bool]
    """Optional. Accepts Global Administrator among directory_roles. Exchange Online never needs it. Default: false."""
    grants_managed_elsewhere: NotRequired[bool]
    """Optional. Creates no grant here. Another program, whose deployer holds the directory permissions, creates an
    ExchangeAccess with this component's principal_id. Default: false."""
    exchange_environment: NotRequired[OneOf[ExchangeEnvironment, ExchangeEnvironmentText]]
    """Optional. Value of -ExchangeEnvironmentName in the connect command. Default: the cloud that the
    organization's domain belongs to."""
    powershell_version: NotRequired[OneOf[PowerShellVersion, PowerShellVersionText]]
    """Optional. PowerShell version of the runtime environment: "5.1", "7.2", "7.4" or "7.6". Default: "7.6"."""
    exchange_module_version: NotRequired[str]
    """Optional. Exact version of the module ExchangeOnlineManagement. Default: "3.10.1"."""
    exchange_module_uri: NotRequired[str]
    """Optional. https address of the module's package, which Azure reads without credentials. Default: the address
    of that version in the PowerShell Gallery."""
    exchange_module_sha256: NotRequired[str]
    """Optional. SHA-256 of the module's package, 64 hexadecimal digits. Azure Automation refuses a package that
    differs. Default: not compared."""
    extra_packages: NotRequired[Mapping[str, PackageArgs]]
    """Optional. More modules of the runtime environment, by name. Default: no other modules."""
    allow_clashing_packages: NotRequired[bool]
    """Optional. Accepts modules that are known to clash with ExchangeOnlineManagement. Default: false."""
    prepared_pins: NotRequired[Sequence[PinArgs]]
    """Optional. Runtime environments that the component creates beside the one in use, for a change of versions
    without a gap: the next versions until their module is imported, and the former ones until their jobs have
    ended. They get the same extra_packages. Default: none."""
    tags: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Optional. Tags of every resource that the component creates and that can have tags. Default: no tags."""


@takes_one_dictionary
class ExchangeAutomationAccount(pulumi.ComponentResource):
    """An automation account, new or existing, whose managed identity may manage Exchange Online.

    The component creates the account, the identity, the grants of ExchangeAccess, and a runtime environment with
    one exact version of ExchangeOnlineManagement. The outputs ``account_name``, ``runtime_environment_name`` and
    ``connect_command`` are available once every grant exists, so a resource that takes them as inputs cannot run a
    job too early. ``account_id`` is available at once.

    The deployer needs the permissions of ExchangeAccess, and Contributor on the resource group. Automation
    Contributor is enough for a system-assigned identity; a user-assigned identity needs Managed Identity Operator
    as well, and Managed Identity Contributor where the component creates it.

    Sources: ``Microsoft.Automation/automationAccounts``, API 2024-10-23; "Use Azure managed identities to connect
    to Exchange Online PowerShell" on learn.microsoft.com.

    Example:
        ```python
        mail = ExchangeAutomationAccount(
            "mail",
            {
                "organization": "contoso.onmicrosoft.com",
                "resource_group_name": "rg-exchange-automation",
                "directory_roles": [{"role": "Exchange Recipient Administrator"}],
            },
        )
        ```

    Raises:
        InvalidArgumentsError: An argument is wrong. The component registered nothing.
        ExistingResourceError: An existing account or identity does not fit. The component created no grant.
        DirectoryLookupError: Exchange Online or its app role is not in the tenant, or the deployer may not read it.
            The component created no grant.
    """

    account_id: pulumi.Output[str]
    """Resource id of the automation account."""
    account_name: pulumi.Output[str] = computed_when_read(lambda self: self._after_grants(self._account.name))
    """Name of the automation account, available after the grants."""
    resource_group_name: pulumi.Output[str] = computed_when_read(
        lambda self: pulumi.Output.from_input(self._account.resource_group_name)
    )
    """Name of the account's resource group."""
    principal_id: pulumi.Output[str]
    """Object id of the identity's service principal, as ExchangeAccess takes it."""
    client_id: pulumi.Output[Optional[str]] = computed_when_read(lambda self: self._client_id())
    """Client id (app id) of the identity. The component reads the client id of a system-assigned identity from the
    directory when a program in Python reads this output, and always for a program in another language. None for a
    system-assigned identity whose grants another program manages, because the deployer of this program may not read the
    directory."""
    tenant_id: pulumi.Output[str] = computed_when_read(lambda self: self._identity.read("tenant_id"))
    """Id of the tenant that has the identity."""
    connect_command: pulumi.Output[str] = computed_when_read(lambda self: self._connect_command())
    """The exact Connect-ExchangeOnline command for a runbook, available after the grants."""
    runtime_environment_name: pulumi.Output[str] = computed_when_read(
        lambda self: self._after_grants(self.runtime.runtime_environment_name)
    )
    """Name of the runtime environment, available after the grants and after Azure accepted its packages."""
    grants_managed_here: pulumi.Output[bool] = computed_when_read(
        lambda self: pulumi.Output.from_input(self.access is not None)
    )
    """Whether this component creates the grants."""
    app_role_assignment_id: pulumi.Output[Optional[str]] = computed_when_read(
        lambda self: self.access.app_role_assignment_id if self.access else pulumi.Output.from_input(None)
    )
    """Id of the app role assignment, in the form that the azuread provider imports. None where another program
    manages the grants."""
    directory_role_assignment_ids: pulumi.Output[dict[str, str]] = computed_when_read(
        lambda self: self.access.directory_role_assignment_ids if self.access else pulumi.Output.from_input({})
    )
    """Id of each directory role assignment by role: the display name of the role, followed by the scope where it is
    narrower than the directory. Empty where a role group in Exchange gives the permissions, and where another
    program manages the grants."""

    def __init__(
        self, name: str, args: ExchangeAutomationAccountArgs, opts: Optional[pulumi.ResourceOptions] = None
    ) -> None:
        """Registers the component and its resources.

        Args:
            name: The logical name of the component. The logical names of its resources begin with it.
            args: The arguments: a dictionary with the keys of ExchangeAutomationAccountArgs.
            opts: The options of the component. Its resources have the component as their parent.
        """
        planned = _plan(name, args)
        args = with_checked_outputs(args, ExchangeAutomationAccountArgs, GRANT_ARGUMENTS)
        with short_call_stacks():
            super().__init__("exchange-automation:index:ExchangeAutomationAccount", name, None, opts)
            self._exchange_environment = args.get("exchange_environment")
            self._organization = checked_organization(args["organization"], self._exchange_environment)
            if isinstance(self._organization, str) and (warning := without_runtime_environments(self._organization)):
                pulumi.log.warn(warning, self)
            self._account, self._identity = find_or_create(self, name, args, planned.identity_type)
            self.account_id = self._account.id
            self.principal_id = self._identity.read("principal_id")
            self.access: Optional[Grants] = None
            if planned.grants is not None:
                former = FormerParent(self, opts, ACCESS_TYPE)
                self.access = Grants(self, f"{name}-access", planned.grants, self.principal_id, former)
            place = AccountPlace(self._account.resource_group_name, self._account.name, self._account.location)
            self.runtime: RuntimeEnvironments = RuntimeEnvironments(
                self,
                f"{name}-runtime",
                planned.runtime,
                place,
                args.get("tags"),
                FormerParent(self, opts, RUNTIME_TYPE),
            )

    def _after_grants(self, value: pulumi.Input[str]) -> pulumi.Output[str]:
        return available_after(value, *(self.access.grants if self.access else ()))

    def _client_id(self) -> pulumi.Output[Optional[str]]:
        if self._identity.has_client_id:
            return self._identity.read("client_id").apply(lambda client_id: client_id)
        if self.access is None:
            return pulumi.Output.from_input(None)
        # After the grants: the identity has had time to reach the replicas of the directory.
        return client_id_of(self, self._after_grants(self.principal_id)).apply(lambda client_id: client_id)

    def _connect_command(self) -> pulumi.Output[str]:
        client_id = self._identity.read("client_id") if self._identity.has_client_id else None
        command = pulumi.Output.all(self._organization, client_id).apply(
            lambda known: managed_identity_command(str(known[0]), known[1], self._exchange_environment)
        )
        return self._after_grants(command)


def _plan(name: str, args: ExchangeAutomationAccountArgs) -> PlannedAccount:
    """Checks the arguments and decides what to create.

    Raises:
        InvalidArgumentsError: At least one argument is wrong.
    """
    mistakes = Mistakes("ExchangeAutomationAccount", name)
    check_arguments(mistakes, args, ExchangeAutomationAccountArgs)
    check_tags(mistakes, args.get("tags"))
    planned = check_account(mistakes, name, args)
    mistakes.raise_any()
    return planned
