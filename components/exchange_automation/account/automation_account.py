"""ExchangeAutomationAccount: an automation account whose runbooks may manage Exchange Online.

Composes the account, its managed identity, the identity's access and the PowerShell runtime environment, and hands out
what runbooks need. Nothing that can run a job is handed out before the grants exist: tokens of managed identities are
cached for up to a day, so a job that ran too early could keep failing for as long.
"""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Optional, TypedDict, cast

import pulumi
from pulumi_azure_native import automation, managedidentity
from typing_extensions import NotRequired

from exchange_automation.access.access import DirectoryRoleArgs, ExchangeAccess, ExchangeAccessArgs, plan_grants
from exchange_automation.access.connect_command import managed_identity_command
from exchange_automation.access.directory_lookup import client_id_of
from exchange_automation.account.encryption import CustomerManagedKeyArgs, check_key, encryption
from exchange_automation.account.existing_resources import ExistingAccount, existing_account, existing_identity
from exchange_automation.catalog import resource_ids
from exchange_automation.catalog.enumerations import ExchangeEnvironment, OneOf, PowerShellVersion
from exchange_automation.core.errors import ExistingResourceError, Mistakes
from exchange_automation.core.organization import exchange_environment_mistake, organization_mistake
from exchange_automation.core.outputs import available_after
from exchange_automation.core.validation import check_arguments, checked, plain, plain_flag, plain_text
from exchange_automation.runtime.runtime_environment import (
    ExchangeRuntimeEnvironment,
    ExchangeRuntimeEnvironmentArgs,
    PackageArgs,
    PinArgs,
    plan_runtime,
)


class IdentityType(str, enum.Enum):
    """The type of managed identity that runbooks sign in with."""

    SYSTEM_ASSIGNED = "SystemAssigned"
    """An identity that belongs to the automation account and is deleted with it."""
    USER_ASSIGNED = "UserAssigned"
    """An identity that is a resource of its own. It outlives the account, unless this program created it."""


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
    """Optional. Resource id of an existing automation account, which the component uses and does not create. The
    account needs the identity that identity_type asks for. Default: the component creates an account."""
    disable_local_auth: NotRequired[pulumi.Input[bool]]
    """Optional. Turns off the account's registration keys and webhooks, so that it accepts Entra tokens only.
    Default: true."""
    public_network_access: NotRequired[pulumi.Input[bool]]
    """Optional. Whether the account has a public endpoint. With false it is reached through private endpoints alone
    (ExchangeAccountGovernance). Jobs in Azure run either way. Default: true."""
    customer_managed_key: NotRequired[CustomerManagedKeyArgs]
    """Optional. A key of yours that encrypts the account's assets. Default: Microsoft's key."""
    identity_type: NotRequired[OneOf[IdentityType]]
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
    Exchange Administrator for the whole directory."""
    permissions_from_exchange_role_group: NotRequired[bool]
    """Optional. States that a role group in Exchange gives the service principal its permissions, so that the
    component grants no directory role. Default: false."""
    allow_global_administrator: NotRequired[bool]
    """Optional. Accepts Global Administrator among directory_roles. Exchange Online never needs it. Default: false."""
    grants_managed_elsewhere: NotRequired[bool]
    """Optional. Creates no grant here. Another program, whose deployer holds the directory permissions, creates an
    ExchangeAccess with this component's principal_id. Default: false."""
    exchange_environment: NotRequired[OneOf[ExchangeEnvironment]]
    """Optional. Value of -ExchangeEnvironmentName in the connect command. Default: the cloud that the
    organization's domain belongs to."""
    powershell_version: NotRequired[OneOf[PowerShellVersion]]
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


_RUNTIME_ARGUMENTS = (
    "powershell_version",
    "exchange_module_version",
    "exchange_module_uri",
    "exchange_module_sha256",
    "extra_packages",
    "allow_clashing_packages",
    "prepared_pins",
)
_GRANT_ARGUMENTS = ("app_role", "directory_roles", "permissions_from_exchange_role_group", "allow_global_administrator")
_NEW_ACCOUNT_ARGUMENTS = (
    "resource_group_name",
    "location",
    "account_name",
    "disable_local_auth",
    "public_network_access",
    "customer_managed_key",
    "keep_system_assigned_identity",
)


@dataclass(frozen=True)
class _Account:
    """The account that is made or was found, in the words of the outputs."""

    id: pulumi.Output[str]
    name: pulumi.Output[str]
    resource_group_name: pulumi.Output[str]
    location: Optional[pulumi.Input[str]]


@dataclass(frozen=True)
class _Identity:
    """The identity that runbooks sign in with."""

    principal_id: pulumi.Output[str]
    tenant_id: pulumi.Output[str]
    client_id: Optional[pulumi.Output[str]]
    """None for a system-assigned identity, whose client id only the directory knows."""


class ExchangeAutomationAccount(pulumi.ComponentResource):
    """An automation account, new or existing, whose managed identity may manage Exchange Online.

    The component creates the account, the identity, the identity's ExchangeAccess, and a runtime environment with
    one exact version of ExchangeOnlineManagement. The outputs ``account_name``, ``runtime_environment_name`` and
    ``connect_command`` are available once every grant exists, so a resource that takes them as inputs cannot run a
    job too early. ``account_id`` is available at once.

    The deployer needs the permissions of ExchangeAccess, and Contributor on the resource group. Automation
    Contributor is enough for a system-assigned identity; a user-assigned identity needs Managed Identity Operator
    as well, and Managed Identity Contributor where the component creates it.

    Sources: ``Microsoft.Automation/automationAccounts``, API 2024-10-23; "Use Azure managed identities to connect
    to Exchange Online PowerShell" on learn.microsoft.com.

    Raises:
        InvalidArgumentsError: An argument is wrong. The component registered nothing.
        ExistingResourceError: An existing account or identity does not fit. The component created no grant.
        DirectoryLookupError: Exchange Online or its app role is not in the tenant, or the deployer may not read it.
            The component created no grant.
    """

    account_id: pulumi.Output[str]
    """Resource id of the automation account."""
    account_name: pulumi.Output[str]
    """Name of the automation account, available after the grants."""
    resource_group_name: pulumi.Output[str]
    """Name of the account's resource group."""
    principal_id: pulumi.Output[str]
    """Object id of the identity's service principal, as ExchangeAccess takes it."""
    client_id: pulumi.Output[Optional[str]]
    """Client id (app id) of the identity. None for a system-assigned identity whose grants another program manages:
    only the directory has it, and this program's deployer need not be allowed to read the directory."""
    tenant_id: pulumi.Output[str]
    """Id of the tenant that has the identity."""
    connect_command: pulumi.Output[str]
    """The exact Connect-ExchangeOnline command for a runbook, available after the grants."""
    runtime_environment_name: pulumi.Output[str]
    """Name of the runtime environment, available after the grants and after Azure accepted its packages."""
    grants_managed_here: pulumi.Output[bool]
    """Whether this component creates the grants."""
    app_role_assignment_id: pulumi.Output[Optional[str]]
    """Id of the app role assignment, in the form that the azuread provider imports. None where another program
    manages the grants."""
    directory_role_assignment_ids: pulumi.Output[dict[str, str]]
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
        identity_type = _check(name, args)
        super().__init__("exchange-automation:index:ExchangeAutomationAccount", name, None, opts)

        account, identity = self._principals(name, args, identity_type)
        # A key that is absent takes the default of the component that it is passed to.
        self.access: Optional[ExchangeAccess] = None
        if not args.get("grants_managed_elsewhere"):
            self.access = ExchangeAccess(
                f"{name}-access",
                cast("ExchangeAccessArgs", {"principal_id": identity.principal_id, **_taken(args, _GRANT_ARGUMENTS)}),
                pulumi.ResourceOptions(parent=self),
            )
        runtime_args = {
            "resource_group_name": account.resource_group_name,
            "automation_account_name": account.name,
            "location": account.location,
            **_taken(args, (*_RUNTIME_ARGUMENTS, "tags")),
        }
        self.runtime: ExchangeRuntimeEnvironment = ExchangeRuntimeEnvironment(
            f"{name}-runtime",
            cast("ExchangeRuntimeEnvironmentArgs", runtime_args),
            pulumi.ResourceOptions(parent=self),
        )

        grants = self.access.grants if self.access else []
        client_id = identity.client_id
        if client_id is None and self.access:
            # Last, so that the identity has had the time of all grants to reach the replicas of the directory.
            client_id = client_id_of(self, available_after(identity.principal_id, *grants))
        self.account_id = account.id
        self.account_name = available_after(account.name, *grants)
        self.resource_group_name = account.resource_group_name
        self.principal_id = identity.principal_id
        self.client_id = cast("pulumi.Output[Optional[str]]", client_id or pulumi.Output.from_input(None))
        self.tenant_id = identity.tenant_id
        self.connect_command = available_after(_connect_command(args, identity.client_id), *grants)
        self.runtime_environment_name = available_after(self.runtime.runtime_environment_name, *grants)
        self.grants_managed_here = pulumi.Output.from_input(self.access is not None)
        if self.access:
            self.app_role_assignment_id = cast("pulumi.Output[Optional[str]]", self.access.app_role_assignment_id)
            self.directory_role_assignment_ids = self.access.directory_role_assignment_ids
        else:
            self.app_role_assignment_id = pulumi.Output.from_input(None)
            self.directory_role_assignment_ids = pulumi.Output.from_input({})
        self.register_outputs({output: getattr(self, output) for output in ExchangeAutomationAccount.__annotations__})

    def _principals(
        self, name: str, args: ExchangeAutomationAccountArgs, identity_type: IdentityType
    ) -> tuple[_Account, _Identity]:
        if "account_id" in args and args["account_id"] is not None:
            return self._existing(args, identity_type)
        if identity_type is IdentityType.SYSTEM_ASSIGNED:
            account = self._make_account(name, args, {"type": automation.ResourceIdentityType.SYSTEM_ASSIGNED})
            own = account.identity
            return _made(account, args), _Identity(
                principal_id=own.apply(lambda identity: _present(identity).principal_id),
                tenant_id=own.apply(lambda identity: _present(identity).tenant_id),
                client_id=None,
            )
        identity, identity_id = self._user_assigned(name, args)
        both = bool(args.get("keep_system_assigned_identity"))
        account = self._make_account(
            name,
            args,
            {
                "type": automation.ResourceIdentityType.SYSTEM_ASSIGNED_USER_ASSIGNED
                if both
                else automation.ResourceIdentityType.USER_ASSIGNED,
                "user_assigned_identities": [identity_id],
            },
        )
        return _made(account, args), identity

    def _make_account(
        self, name: str, args: ExchangeAutomationAccountArgs, identity: automation.IdentityArgsDict
    ) -> automation.AutomationAccount:
        key, identity = encryption(cast("Mapping[str, Any]", args), identity)
        return automation.AutomationAccount(
            f"{name}-account",
            resource_group_name=args["resource_group_name"],
            automation_account_name=args.get("account_name"),
            location=args.get("location"),
            sku={"name": automation.SkuNameEnum.BASIC},
            disable_local_auth=args.get("disable_local_auth", True),
            public_network_access=args.get("public_network_access"),
            identity=identity,
            encryption=key,
            tags=args.get("tags"),
            opts=pulumi.ResourceOptions(
                parent=self,
                # The provider would ask Azure to move the account, which Azure refuses.
                replace_on_changes=["location"],
                delete_before_replace=True if args.get("account_name") else None,
            ),
        )

    def _user_assigned(self, name: str, args: ExchangeAutomationAccountArgs) -> tuple[_Identity, pulumi.Input[str]]:
        existing_id = args.get("user_assigned_identity_id")
        if existing_id is not None:
            found = existing_identity(self, existing_id)
            return (
                _Identity(
                    principal_id=found.apply(lambda identity: identity.principal_id),
                    tenant_id=found.apply(lambda identity: identity.tenant_id),
                    client_id=found.apply(lambda identity: identity.client_id),
                ),
                existing_id,
            )
        made = managedidentity.UserAssignedIdentity(
            f"{name}-identity",
            resource_group_name=args["resource_group_name"],
            resource_name_=args.get("user_assigned_identity_name"),
            location=args.get("location"),
            tags=args.get("tags"),
            opts=pulumi.ResourceOptions(parent=self),
        )
        return _Identity(made.principal_id, made.tenant_id, made.client_id), made.id

    def _existing(self, args: ExchangeAutomationAccountArgs, identity_type: IdentityType) -> tuple[_Account, _Identity]:
        found = existing_account(self, args["account_id"])
        account = _Account(
            id=found.apply(lambda known: known.id),
            name=found.apply(lambda known: known.name),
            resource_group_name=found.apply(lambda known: known.resource_group_name),
            location=found.apply(lambda known: known.location),
        )
        if identity_type is IdentityType.SYSTEM_ASSIGNED:
            has_own = found.apply(_with_system_assigned)
            return account, _Identity(
                principal_id=has_own.apply(lambda known: known.principal_id),
                tenant_id=has_own.apply(lambda known: known.tenant_id),
                client_id=None,
            )
        identity_id = args["user_assigned_identity_id"]
        attached = pulumi.Output.all(found, identity_id).apply(_with_user_assigned)
        identity = existing_identity(self, attached)
        return account, _Identity(
            principal_id=identity.apply(lambda known: known.principal_id),
            tenant_id=identity.apply(lambda known: known.tenant_id),
            client_id=identity.apply(lambda known: known.client_id),
        )


def _made(account: automation.AutomationAccount, args: ExchangeAutomationAccountArgs) -> _Account:
    return _Account(
        id=account.id,
        name=account.name,
        resource_group_name=pulumi.Output.from_input(args["resource_group_name"]),
        location=args.get("location"),
    )


def _present(identity: Optional[automation.outputs.IdentityResponse]) -> automation.outputs.IdentityResponse:
    if identity is None or not identity.principal_id:
        raise ExistingResourceError(
            "The automation account came back from Azure without a principal although one was asked for, so no grant was "
            "made. Run the command again. [EXA214]"
        )
    return identity


def _with_system_assigned(account: ExistingAccount) -> ExistingAccount:
    if not account.has_system_assigned or not account.principal_id:
        raise ExistingResourceError(
            f'The automation account "{account.name}" has no system-assigned identity, so there is nothing to grant to and '
            "no grant was made. Turn it on where the account is made (identity type SystemAssigned), or use "
            "identity_type UserAssigned with user_assigned_identity_id. [EXA212]"
        )
    return account


def _with_user_assigned(both: list[Any]) -> str:
    account, identity_id = cast("ExistingAccount", both[0]), str(both[1])
    if not any(resource_ids.same(identity_id, attached) for attached in account.user_assigned_ids):
        attached = ", ".join(account.user_assigned_ids) or "none"
        raise ExistingResourceError(
            f'The automation account "{account.name}" does not have the user-assigned identity "{identity_id}", so its '
            f"runbooks could not sign in with it and no grant was made. Attached: {attached}. Attach it where the account "
            "is made. [EXA213]"
        )
    return identity_id


def _connect_command(
    args: ExchangeAutomationAccountArgs, client_id: Optional[pulumi.Output[str]]
) -> pulumi.Output[str]:
    environment = args.get("exchange_environment")
    organization = checked(args["organization"], "EXA120", lambda value: _domain_mistake(value, environment))
    if client_id is None:
        return pulumi.Output.from_input(organization).apply(
            lambda domain: managed_identity_command(domain, None, environment)
        )
    return pulumi.Output.all(organization, client_id).apply(
        lambda both: managed_identity_command(both[0], both[1], environment)
    )


def _domain_mistake(organization: str, environment: Optional[str]) -> Optional[str]:
    mistake = organization_mistake(organization)
    if mistake is None and environment is not None:
        mistake = exchange_environment_mistake(environment, organization)
    return mistake


def _taken(args: Any, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: args[name] for name in names if args.get(name) is not None}


def _check(name: str, args: Any) -> IdentityType:
    """Check the arguments; gives the kind of identity.

    :raises InvalidArgumentsError: with every mistake.
    """
    mistakes = Mistakes("ExchangeAutomationAccount", name)
    check_arguments(mistakes, args, ExchangeAutomationAccountArgs)
    organization = plain(args.get("organization"))
    if organization is not None and (mistake := organization_mistake(organization)) is not None:
        mistakes.add("EXA120", mistake)
    environment = plain_text(args, "exchange_environment")
    if environment is not None and (mistake := exchange_environment_mistake(environment, organization)) is not None:
        mistakes.add("EXA121", mistake)
    for what, resource_type in (
        ("account_id", resource_ids.AUTOMATION_ACCOUNT),
        ("user_assigned_identity_id", resource_ids.USER_ASSIGNED_IDENTITY),
    ):
        given = plain(args.get(what))
        if given is not None and (mistake := resource_ids.mistake(what, given, resource_type)) is not None:
            mistakes.add("EXA122", mistake)
    identity_type = _check_identity(mistakes, args)
    _check_account(mistakes, args)
    own = identity_type is IdentityType.SYSTEM_ASSIGNED or bool(args.get("keep_system_assigned_identity"))
    check_key(mistakes, args.get("customer_managed_key"), own_identity=own)
    if plain_flag(args, "grants_managed_elsewhere"):
        for argument in _taken(args, _GRANT_ARGUMENTS):
            mistakes.add(
                "EXA125",
                f"{argument} says what to grant, but grants_managed_elsewhere says that another program grants: it would be "
                "ignored. Give it to the ExchangeAccess of that program.",
            )
    else:
        plan_grants(mistakes, args)
    plan_runtime(mistakes, args)
    mistakes.raise_any()
    return identity_type


def _check_identity(mistakes: Mistakes, args: Any) -> IdentityType:
    given = plain_text(args, "identity_type")
    try:
        identity_type = IdentityType(given or IdentityType.SYSTEM_ASSIGNED)
    except ValueError:
        mistakes.add(
            "EXA123",
            f'identity_type "{given}" is not a kind of identity that is granted access here. Use "SystemAssigned" or '
            '"UserAssigned".',
        )
        return IdentityType.SYSTEM_ASSIGNED
    if identity_type is IdentityType.SYSTEM_ASSIGNED:
        for argument in ("user_assigned_identity_id", "user_assigned_identity_name"):
            if args.get(argument) is not None:
                mistakes.add(
                    "EXA123",
                    f"{argument} is given, but identity_type is SystemAssigned: the grants would go to another identity. "
                    "Set identity_type to UserAssigned, or leave it out.",
                )
        if plain_flag(args, "keep_system_assigned_identity"):
            mistakes.add(
                "EXA123",
                "keep_system_assigned_identity is for accounts with identity_type UserAssigned; with SystemAssigned the "
                "identity is there anyway. Leave it out.",
            )
    elif args.get("user_assigned_identity_id") is not None and args.get("user_assigned_identity_name") is not None:
        mistakes.add(
            "EXA123",
            "user_assigned_identity_id brings an identity along and user_assigned_identity_name names one to make. Keep one "
            "of the two.",
        )
    return identity_type


def _check_account(mistakes: Mistakes, args: Any) -> None:
    if args.get("account_id") is None:
        if args.get("resource_group_name") is None:
            mistakes.add(
                "EXA102",
                "resource_group_name is missing, so the automation account has no place. Give it, or account_id for an "
                "existing account.",
            )
        return
    for argument in _taken(args, _NEW_ACCOUNT_ARGUMENTS):
        mistakes.add(
            "EXA124",
            f"{argument} describes an automation account to make, but account_id brings an existing one along: it would be "
            "ignored. Leave it out.",
        )
    if args.get("identity_type") == IdentityType.USER_ASSIGNED and args.get("user_assigned_identity_id") is None:
        mistakes.add(
            "EXA124",
            "identity_type is UserAssigned, but an identity made here could not be attached to an existing account, which "
            "another program manages. Attach one there and give its user_assigned_identity_id.",
        )
