"""Pulumi components that let unattended scripts manage Exchange Online, with every grant as a resource.

:class:`ExchangeAutomationAccount` creates an automation account with its identity and the grants of that identity;
:class:`ExchangeApplication` creates a registered application with its grants.
:class:`ExchangeAccess` grants access to an existing identity; :class:`ApiPermissions` grants it app roles of other APIs.
:class:`ExchangeRuntimeEnvironment` creates a PowerShell runtime environment.
:class:`ExchangeRunbook` publishes a script with its schedules; :class:`ExchangeSmokeTest` publishes a test of the access.
:class:`ExchangeAccountAssets` creates the variables, credentials, certificates and connections of an account.
:class:`ExchangeAccountGovernance` creates its lock, alerts, diagnostic setting, private endpoints and role assignments.
"""

import importlib
from typing import TYPE_CHECKING, Any

from ._version import __version__

if TYPE_CHECKING:
    from .access.access import ExchangeAccess, ExchangeAccessArgs
    from .access.api_permissions import ApiPermissions, ApiPermissionsArgs
    from .access.application_certificates import ApplicationCertificateArgs
    from .access.federated_credentials import FederatedCredentialArgs
    from .access.planned_grants import DirectoryRoleArgs
    from .access.registered_application import ExchangeApplication, ExchangeApplicationArgs
    from .account.assets import (
        CertificateArgs,
        ConnectionArgs,
        CredentialArgs,
        ExchangeAccountAssets,
        ExchangeAccountAssetsArgs,
        VariableArgs,
    )
    from .account.automation_account import ExchangeAutomationAccount, ExchangeAutomationAccountArgs
    from .account.encryption import CustomerManagedKeyArgs
    from .account.governance import ExchangeAccountGovernance, ExchangeAccountGovernanceArgs
    from .account.planned_account import IdentityType
    from .account.private_endpoints import PrivateEndpointArgs
    from .account.role_assignments import RoleAssignmentArgs
    from .catalog.enumerations import (
        DirectoryRoleName,
        EndpointGroup,
        ExchangeEnvironment,
        FirewallAction,
        Frequency,
        LockLevel,
        PowerShellVersion,
        PrincipalType,
        Weekday,
    )
    from .core.errors import (
        DirectoryLookupError,
        ExchangeAutomationError,
        ExistingResourceError,
        InvalidArgumentsError,
    )
    from .runbook.runbook import (
        ExchangeRunbook,
        ExchangeRunbookArgs,
        RunbookSourceArgs,
    )
    from .runbook.schedule_arguments import MonthWeekdayArgs, ScheduleArgs
    from .runbook.smoke_test import ExchangeSmokeTest, ExchangeSmokeTestArgs
    from .runbook.storage_account import StorageNetworkRulesArgs
    from .runbook.webhooks import WebhookArgs
    from .runtime.planned_runtime import PackageArgs, PinArgs
    from .runtime.runtime_environment import ExchangeRuntimeEnvironment, ExchangeRuntimeEnvironmentArgs

__all__ = [
    "ApiPermissions",
    "ApiPermissionsArgs",
    "ApplicationCertificateArgs",
    "CertificateArgs",
    "ConnectionArgs",
    "CredentialArgs",
    "CustomerManagedKeyArgs",
    "DirectoryLookupError",
    "DirectoryRoleArgs",
    "DirectoryRoleName",
    "EndpointGroup",
    "ExchangeAccess",
    "ExchangeAccessArgs",
    "ExchangeAccountAssets",
    "ExchangeAccountAssetsArgs",
    "ExchangeAccountGovernance",
    "ExchangeAccountGovernanceArgs",
    "ExchangeApplication",
    "ExchangeApplicationArgs",
    "ExchangeAutomationAccount",
    "ExchangeAutomationAccountArgs",
    "ExchangeAutomationError",
    "ExchangeEnvironment",
    "ExchangeRunbook",
    "ExchangeRunbookArgs",
    "ExchangeRuntimeEnvironment",
    "ExchangeRuntimeEnvironmentArgs",
    "ExchangeSmokeTest",
    "ExchangeSmokeTestArgs",
    "ExistingResourceError",
    "FederatedCredentialArgs",
    "FirewallAction",
    "Frequency",
    "IdentityType",
    "InvalidArgumentsError",
    "LockLevel",
    "MonthWeekdayArgs",
    "PackageArgs",
    "PinArgs",
    "PowerShellVersion",
    "PrincipalType",
    "PrivateEndpointArgs",
    "RoleAssignmentArgs",
    "RunbookSourceArgs",
    "ScheduleArgs",
    "StorageNetworkRulesArgs",
    "VariableArgs",
    "WebhookArgs",
    "Weekday",
    "__version__",
]

_MODULES = {
    "access.access": ("ExchangeAccess", "ExchangeAccessArgs"),
    "access.api_permissions": ("ApiPermissions", "ApiPermissionsArgs"),
    "access.application_certificates": ("ApplicationCertificateArgs",),
    "access.federated_credentials": ("FederatedCredentialArgs",),
    "access.planned_grants": ("DirectoryRoleArgs",),
    "access.registered_application": ("ExchangeApplication", "ExchangeApplicationArgs"),
    "account.assets": (
        "CertificateArgs",
        "ConnectionArgs",
        "CredentialArgs",
        "ExchangeAccountAssets",
        "ExchangeAccountAssetsArgs",
        "VariableArgs",
    ),
    "account.automation_account": ("ExchangeAutomationAccount", "ExchangeAutomationAccountArgs"),
    "account.encryption": ("CustomerManagedKeyArgs",),
    "account.planned_account": ("IdentityType",),
    "catalog.enumerations": (
        "DirectoryRoleName",
        "EndpointGroup",
        "ExchangeEnvironment",
        "FirewallAction",
        "Frequency",
        "LockLevel",
        "PowerShellVersion",
        "PrincipalType",
        "Weekday",
    ),
    "core.errors": (
        "DirectoryLookupError",
        "ExchangeAutomationError",
        "ExistingResourceError",
        "InvalidArgumentsError",
    ),
    "account.governance": ("ExchangeAccountGovernance", "ExchangeAccountGovernanceArgs"),
    "account.private_endpoints": ("PrivateEndpointArgs",),
    "account.role_assignments": ("RoleAssignmentArgs",),
    "runbook.runbook": ("ExchangeRunbook", "ExchangeRunbookArgs", "RunbookSourceArgs"),
    "runbook.schedule_arguments": ("MonthWeekdayArgs", "ScheduleArgs"),
    "runtime.planned_runtime": ("PackageArgs", "PinArgs"),
    "runtime.runtime_environment": ("ExchangeRuntimeEnvironment", "ExchangeRuntimeEnvironmentArgs"),
    "runbook.smoke_test": ("ExchangeSmokeTest", "ExchangeSmokeTestArgs"),
    "runbook.storage_account": ("StorageNetworkRulesArgs",),
    "runbook.webhooks": ("WebhookArgs",),
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}


if not TYPE_CHECKING:  # With this function a type checker would accept every name.

    def __getattr__(name: str) -> Any:
        """Imports a name when a program first uses it (PEP 562), because the command line tool needs no provider SDK."""
        module = _MODULE_OF.get(name)
        if module is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(f".{module}", __name__), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    """Returns the public names, imported or not."""
    return sorted(__all__)
