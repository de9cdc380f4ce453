"""ExchangeRuntimeEnvironment: a PowerShell runtime environment with one pinned ExchangeOnlineManagement.

Owns the runtime environment and its one package. It refuses to own runbooks, and other modules: Microsoft's Graph
modules beside ExchangeOnlineManagement load conflicting assemblies in either order.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Optional, TypedDict

import pulumi
from pulumi_azure_native import automation
from typing_extensions import NotRequired

from .arguments import check_names, plain_text
from .errors import Mistakes
from .module_versions import (
    DEFAULT_MODULE_VERSION,
    DEFAULT_POWERSHELL,
    MODULE,
    package_address,
    pair_mistake,
)
from .ordering import available_after

_SHA256 = re.compile(r"[0-9a-fA-F]{64}")


class ExchangeRuntimeEnvironmentArgs(TypedDict):
    """Arguments of ExchangeRuntimeEnvironment."""

    resource_group_name: pulumi.Input[str]
    """Required. Resource group of the automation account."""
    automation_account_name: pulumi.Input[str]
    """Required. Name of the automation account."""
    location: NotRequired[pulumi.Input[str]]
    """Optional. Azure region. Default: that of the resource group."""
    powershell_version: NotRequired[str]
    """Optional. PowerShell version: "5.1", "7.2" or "7.4". Default: "7.4"."""
    exchange_module_version: NotRequired[str]
    """Optional. Exact version of ExchangeOnlineManagement. Default: "3.9.0"."""
    exchange_module_uri: NotRequired[str]
    """Optional. Address of the module's package, https, readable by Azure without credentials. Default: the PowerShell
    Gallery's address of that version."""
    exchange_module_sha256: NotRequired[str]
    """Optional. SHA-256 of the package, 64 hexadecimal digits; Azure Automation refuses a package that differs."""
    tags: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Optional. Tags of the runtime environment."""


@dataclass(frozen=True)
class PlannedRuntime:
    """What is made, decided before anything is registered."""

    powershell_version: str
    module_version: str
    uri: str
    sha256: Optional[str]

    @property
    def azure_name(self) -> str:
        """Name of the runtime environment in Azure; a changed pin is a new runtime environment."""
        return f"ExchangeOnline-{self.module_version}-PowerShell-{self.powershell_version}"

    @property
    def slug(self) -> str:
        """End of the logical names."""
        return f"ps-{self.powershell_version}-exo-{self.module_version}".lower()


class ExchangeRuntimeEnvironment(pulumi.ComponentResource):
    """A PowerShell runtime environment whose only package is one exact version of ExchangeOnlineManagement.

    A runtime environment belongs to one pin: a changed version makes a second one before the first is deleted, because
    Azure Automation imports a package after its request was answered, and a job that starts meanwhile would not find
    the module. The import takes a minute or two; nothing waits for it.

    Sources: ``Microsoft.Automation/automationAccounts/runtimeEnvironments`` and its ``packages``, API 2024-10-23.

    :raises InvalidArgumentsError: before anything is registered.
    """

    runtime_environment_name: pulumi.Output[str]
    """Name of the runtime environment, available once its package was accepted."""
    runtime_environment_id: pulumi.Output[str]
    """Resource id of the runtime environment."""

    def __init__(
        self, name: str, args: ExchangeRuntimeEnvironmentArgs, opts: Optional[pulumi.ResourceOptions] = None
    ) -> None:
        mistakes = Mistakes("ExchangeRuntimeEnvironment", name)
        check_names(mistakes, args, ExchangeRuntimeEnvironmentArgs)
        plan = plan_runtime(mistakes, args)
        mistakes.raise_any()
        super().__init__("exchange-automation:index:ExchangeRuntimeEnvironment", name, None, opts)

        self.environment = automation.RuntimeEnvironment(
            f"{name}-{plan.slug}",
            resource_group_name=args["resource_group_name"],
            automation_account_name=args["automation_account_name"],
            runtime_environment_name=plan.azure_name,
            location=args.get("location"),
            language="PowerShell",
            version=plan.powershell_version,
            tags=args.get("tags"),
            opts=pulumi.ResourceOptions(parent=self),
        )
        content: automation.ContentLinkArgsDict = {"uri": plan.uri, "version": plan.module_version}
        if plan.sha256 is not None:
            content["content_hash"] = {"algorithm": "SHA256", "value": plan.sha256}
        self.package = automation.Package(
            f"{name}-{plan.slug}-module",
            resource_group_name=args["resource_group_name"],
            automation_account_name=args["automation_account_name"],
            runtime_environment_name=self.environment.name,
            package_name=MODULE,
            content_link=content,
            opts=pulumi.ResourceOptions(parent=self),
        )

        self.runtime_environment_id = self.environment.id
        self.runtime_environment_name = available_after(self.environment.name, self.package)
        self.register_outputs(
            {
                "runtime_environment_name": self.runtime_environment_name,
                "runtime_environment_id": self.runtime_environment_id,
            }
        )


def plan_runtime(mistakes: Mistakes, args: Any) -> PlannedRuntime:
    """Check the arguments that say what runs, and decide what is made of them."""
    powershell = plain_text(mistakes, args, "powershell_version") or DEFAULT_POWERSHELL
    version = plain_text(mistakes, args, "exchange_module_version") or DEFAULT_MODULE_VERSION
    if (mistake := pair_mistake(powershell, version)) is not None:
        mistakes.add("EXA130", mistake)
    uri = plain_text(mistakes, args, "exchange_module_uri")
    if uri is not None and not uri.lower().startswith("https://"):
        mistakes.add(
            "EXA131",
            f'exchange_module_uri "{uri}" is not an https address, so the module could be exchanged on its way. Give an '
            "https address, or leave it out for the PowerShell Gallery.",
        )
    sha256 = plain_text(mistakes, args, "exchange_module_sha256")
    if sha256 is not None and not _SHA256.fullmatch(sha256):
        mistakes.add(
            "EXA132",
            "exchange_module_sha256 is not a SHA-256 in 64 hexadecimal digits, so Azure Automation would refuse every "
            "package. Take it with: Get-FileHash -Algorithm SHA256 (PowerShell) or sha256sum.",
        )
    return PlannedRuntime(powershell, version, uri or package_address(version), sha256)
