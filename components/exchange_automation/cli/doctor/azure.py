"""Checks whether the deployer may create an account in Azure.

Source: "Permissions - List For Resource Group" of the Authorization REST reference.
"""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from urllib.parse import quote

from exchange_automation.cli.client.errors import ServiceError
from exchange_automation.cli.client.session import Session
from exchange_automation.cli.documents import Record
from exchange_automation.cli.output import counted

from .lines import Line, reason

SUBSCRIPTION_VERSION = "2022-12-01"
PROVIDER_VERSION = "2021-04-01"
PERMISSIONS_VERSION = "2022-04-01"
AUTOMATION_VERSION = "2024-10-23"

ACTIONS = (
    "Microsoft.Automation/automationAccounts/write",
    "Microsoft.Automation/automationAccounts/runtimeEnvironments/write",
    "Microsoft.Automation/automationAccounts/runtimeEnvironments/packages/write",
    "Microsoft.ManagedIdentity/userAssignedIdentities/write",
    "Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action",
)
_CREATE_GROUP = "Microsoft.Resources/subscriptions/resourceGroups/write"


async def subscription_lines(session: Session, subscription: str, group: str) -> list[Line]:
    """Checks the subscription, its resource providers, the resource group and the rights there.

    Args:
        session: The session that reads them.
        subscription: Id of the subscription; empty for none.
        group: Name of the resource group; empty for none.
    """
    if not subscription:
        return [
            Line(
                "Azure: subscription",
                "skipped",
                "ARM_SUBSCRIPTION_ID is not set",
                "set it, or --subscription, to have Azure checked; a program of directory grants alone needs none",
            )
        ]
    scope = f"/subscriptions/{quote(subscription, safe='')}"
    try:
        found = await session.resource_manager(scope, SUBSCRIPTION_VERSION)
    except ServiceError as refused:
        if not (refused.forbidden and group):
            remedy = "give the subscription's id in ARM_SUBSCRIPTION_ID, or give the deployer Contributor on the resource group"
            return [Line("Azure: subscription", "failed", reason(refused), remedy)]
        # Rights on the resource group alone are what a deployer should have.
        lines = [
            Line(
                "Azure: subscription",
                "ok",
                f"{subscription}; the deployer may read resources in it, and not the subscription itself",
            )
        ]
    else:
        lines = [Line("Azure: subscription", "ok", f"{found.text('displayName', subscription)} ({subscription})")]
    for namespace in ("Microsoft.Automation", "Microsoft.ManagedIdentity"):
        lines += await _provider_lines(session, scope, namespace)
    return [*lines, *await _place_lines(session, scope, group)]


async def _provider_lines(session: Session, scope: str, namespace: str) -> list[Line]:
    try:
        found = await session.resource_manager(f"{scope}/providers/{namespace}", PROVIDER_VERSION)
    except ServiceError:
        return []
    if found.text("registrationState", "Registered").lower() in ("registered", "registering"):
        return []
    return [
        Line(
            f"Azure: {namespace}",
            "warning",
            "the resource provider is not registered; the first deployment registers it if it may",
            f"az provider register --namespace {namespace}",
        )
    ]


async def _place_lines(session: Session, scope: str, group: str) -> list[Line]:
    """Checks the resource group, and the rights there; at the subscription while the group does not exist."""
    if not group:
        return [await _actions_line(session, scope, "the subscription", ACTIONS)]
    subject = "Azure: resource group"
    at = f"{scope}/resourceGroups/{quote(group, safe='')}"
    try:
        found = await session.resource_manager(at, PROVIDER_VERSION)
    except ServiceError as refused:
        if not refused.absent:
            return [Line(subject, "failed", reason(refused), f"give the deployer Contributor on {group}")]
        missing = Line(
            subject,
            "warning",
            f"there is no {group}; a program that does not create it itself ends in ResourceGroupNotFound",
            f"az group create --name {group} --location ..., or create a ResourceGroup in the program",
        )
        return [missing, await _actions_line(session, scope, "the subscription", (_CREATE_GROUP, *ACTIONS))]
    there = Line(subject, "ok", f"{group} in {found.text('location', 'an unknown location')}")
    return [there, await _actions_line(session, at, f"resource group {group}", ACTIONS)]


async def _actions_line(session: Session, at: str, where: str, wanted: tuple[str, ...]) -> Line:
    subject = "Azure: permissions"
    try:
        rights = await session.azure_listed(f"{at}/providers/Microsoft.Authorization/permissions", PERMISSIONS_VERSION)
    except ServiceError:
        return await _reading_line(session, at, where)
    missing = [action for action in wanted if not allowed(rights, action)]
    if missing:
        return Line(
            subject,
            "failed",
            f"not allowed at {where}: {', '.join(missing)}".replace("/*/", "/"),
            f"give the deployer Contributor at {where}, or Automation Contributor, Managed Identity Contributor and Managed Identity Operator",
        )
    return Line(subject, "ok", f"all {counted(len(wanted), 'action')} at {where}")


async def _reading_line(session: Session, at: str, where: str) -> Line:
    """Checks with a read whether the deployer has any rights, where rights cannot be listed."""
    subject = "Azure: permissions"
    in_group = "/resourceGroups/" in at
    path = f"{at}/providers/Microsoft.Automation/automationAccounts" if in_group else f"{at}/resourceGroups"
    try:
        await session.resource_manager(path, AUTOMATION_VERSION if in_group else PROVIDER_VERSION)
    except ServiceError as refused:
        return Line(subject, "failed", reason(refused), f"give the deployer Contributor at {where}")
    return Line(
        subject, "warning", f"reading at {where} works; the right to write could not be looked up", "try a preview"
    )


def allowed(permissions: Iterable[Record], action: str) -> bool:
    """Returns whether the rights that Resource Manager lists permit an action; each role counts by itself."""
    wanted = action.lower()

    def matches(patterns: Iterable[str]) -> bool:
        return any(fnmatchcase(wanted, pattern.lower()) for pattern in patterns)

    return any(matches(entry.texts("actions")) and not matches(entry.texts("notActions")) for entry in permissions)
