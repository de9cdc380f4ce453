"""The programs that are measured: with a component, and with the same resources written out.

Both programs of a subject create the same provider resources with the same inputs and the same order between them.

The components register an error hook. That starts the SDK's callback server and turns the event loop once, and then the SDK
waits for the registrations of the program one by one. Without a turn of the loop it waits for all outputs at once, again
after each one, which costs the square of their number. The programs without a component start the server as well, because
the components deserve no credit for this accident: see "Where the time goes" in benchmarks/README.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_azuread as azuread
from pulumi.runtime.settings import _get_callbacks
from pulumi.runtime.sync_await import _sync_await
from pulumi_azure_native import automation

from exchange_automation import ExchangeAccess, ExchangeAutomationAccount

EXCHANGE_ONLINE = "00000002-0000-0ff1-ce00-000000000000"
EXCHANGE_ADMINISTRATOR = "29232cdf-9323-42fd-ade2-1d097af3e4de"
GROUP = "rg-existing"
LOCATION = "westeurope"
ORGANIZATION = "contoso.onmicrosoft.com"
POWERSHELL: Final = "7.6"
MODULE_VERSION = "3.10.1"
ENVIRONMENT = "ExchangeOnline-3-10-1-PowerShell-7-6"
MODULE = f"https://www.powershellgallery.com/api/v2/package/ExchangeOnlineManagement/{MODULE_VERSION}"

COMPONENT = "component"
HAND_WRITTEN = "hand-written"
VARIANTS = (COMPONENT, HAND_WRITTEN)


@dataclass(frozen=True)
class Request:
    """What one program is asked to create.

    Attributes:
        size: Number of accounts, or of service principals.
        tag: Value of a tag on everything that has tags.
        principals: Object ids of service principals that exist already; empty where the program creates identities.
    """

    size: int
    tag: str
    principals: Sequence[str] = ()


Program = Callable[[Request], None]


def accounts_by_component(request: Request) -> None:
    """Creates ``size`` accounts with ExchangeAutomationAccount."""
    for index in range(request.size):
        ExchangeAutomationAccount(
            f"c{index}",
            {
                "organization": ORGANIZATION,
                "resource_group_name": GROUP,
                "location": LOCATION,
                "powershell_version": POWERSHELL,
                "exchange_module_version": MODULE_VERSION,
                "tags": {"round": request.tag},
            },
        )


def accounts_by_hand(request: Request) -> None:
    """Creates the resources of ``size`` accounts one by one."""
    _start_callback_server()
    exchange = _exchange()
    tags = {"round": request.tag}
    for index in range(request.size):
        name = f"h{index}"
        account = automation.AutomationAccount(
            f"{name}-account",
            resource_group_name=GROUP,
            location=LOCATION,
            sku={"name": automation.SkuNameEnum.BASIC},
            disable_local_auth=True,
            identity={"type": automation.ResourceIdentityType.SYSTEM_ASSIGNED},
            tags=tags,
        )
        principal_id = account.identity.apply(lambda identity: str(identity.principal_id if identity else ""))
        _grants(name, exchange, principal_id)
        environment = automation.RuntimeEnvironment(
            f"{name}-runtime",
            resource_group_name=GROUP,
            automation_account_name=account.name,
            runtime_environment_name=ENVIRONMENT,
            location=LOCATION,
            language="PowerShell",
            version=POWERSHELL,
            tags=tags,
        )
        automation.Package(
            f"{name}-module",
            resource_group_name=GROUP,
            automation_account_name=account.name,
            runtime_environment_name=environment.name,
            package_name="ExchangeOnlineManagement",
            content_link={"uri": MODULE, "version": MODULE_VERSION},
        )


def access_by_component(request: Request) -> None:
    """Grants both roles to every service principal with ExchangeAccess."""
    for index, principal_id in enumerate(request.principals):
        ExchangeAccess(f"c{index}", {"principal_id": principal_id})


def access_by_hand(request: Request) -> None:
    """Grants both roles to every service principal, one assignment after the other."""
    _start_callback_server()
    exchange = _exchange()
    for index, principal_id in enumerate(request.principals):
        _grants(f"h{index}", exchange, principal_id)


def _start_callback_server() -> None:
    _sync_await(_get_callbacks())


@dataclass(frozen=True)
class _Exchange:
    """What the grants need of Exchange Online, read once for all of them."""

    app_role_id: pulumi.Output[str]
    object_id: pulumi.Output[str]


def _exchange() -> _Exchange:
    found = azuread.get_service_principal_output(client_id=EXCHANGE_ONLINE)
    return _Exchange(found.app_role_ids["Exchange.ManageAsApp"], found.object_id)


def _grants(name: str, exchange: _Exchange, principal_id: pulumi.Input[str]) -> None:
    app_role = azuread.AppRoleAssignment(
        f"{name}-app-role",
        app_role_id=exchange.app_role_id,
        principal_object_id=principal_id,
        resource_object_id=exchange.object_id,
    )
    azuread.DirectoryRoleAssignment(
        f"{name}-directory-role",
        role_id=EXCHANGE_ADMINISTRATOR,
        principal_object_id=principal_id,
        directory_scope_id="/",
        opts=pulumi.ResourceOptions(depends_on=[app_role]),
    )


@dataclass(frozen=True)
class Subject:
    """One comparison.

    Attributes:
        title: How tables call it.
        programs: The program of each variant.
        needs_principals: Whether the service principals exist before the program runs.
        has_tags: Whether a changed tag changes anything.
    """

    title: str
    programs: Mapping[str, Program]
    needs_principals: bool
    has_tags: bool


SUBJECTS: Mapping[str, Subject] = {
    "account": Subject(
        "ExchangeAutomationAccount",
        {COMPONENT: accounts_by_component, HAND_WRITTEN: accounts_by_hand},
        needs_principals=False,
        has_tags=True,
    ),
    "access": Subject(
        "ExchangeAccess",
        {COMPONENT: access_by_component, HAND_WRITTEN: access_by_hand},
        needs_principals=True,
        has_tags=False,
    ),
}
