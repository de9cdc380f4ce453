"""ExchangeRuntimeEnvironment: a PowerShell runtime environment with one pinned ExchangeOnlineManagement.

Owns the runtime environment and its packages. It refuses to own runbooks. Microsoft's Graph modules beside
ExchangeOnlineManagement load conflicting assemblies in either order, so the two together are refused unless asked for.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Optional, TypedDict

import pulumi
from pulumi_azure_native import automation
from typing_extensions import NotRequired

from exchange_automation.catalog.aging_facts import DEFAULT_MODULE_VERSION, DEFAULT_POWERSHELL
from exchange_automation.catalog.enumerations import OneOf, PowerShellVersion
from exchange_automation.catalog.exchange_module import CLASHING, GALLERY, MODULE
from exchange_automation.core.errors import Mistakes
from exchange_automation.core.outputs import available_after
from exchange_automation.core.validation import check_arguments, plain_flag, plain_list, plain_text
from exchange_automation.runtime.module_versions import end_of_support, package_address, pair_problem, today

_SHA256 = re.compile(r"[0-9a-fA-F]{64}")


class PackageArgs(TypedDict):
    """One more module of a runtime environment."""

    version: str
    """Required. Exact version."""
    uri: NotRequired[str]
    """Optional. https address of the package, which Azure reads without credentials. Default: the address of that
    version in the PowerShell Gallery."""
    sha256: NotRequired[str]
    """Optional. SHA-256 of the package, 64 hexadecimal digits. Azure Automation refuses a package that differs.
    Default: not compared."""


class PinArgs(TypedDict):
    """A PowerShell version and a version of ExchangeOnlineManagement that work together."""

    powershell_version: NotRequired[OneOf[PowerShellVersion]]
    """Optional. PowerShell version of the runtime environment: "5.1", "7.2", "7.4" or "7.6". Default: the version
    of the runtime environment in use."""
    exchange_module_version: NotRequired[str]
    """Optional. Exact version of the module ExchangeOnlineManagement. Default: the version in the runtime
    environment in use."""
    exchange_module_uri: NotRequired[str]
    """Optional. https address of the module's package, which Azure reads without credentials. Default: the address
    of that version in the PowerShell Gallery."""
    exchange_module_sha256: NotRequired[str]
    """Optional. SHA-256 of the module's package, 64 hexadecimal digits. Azure Automation refuses a package that
    differs. Default: not compared."""


class ExchangeRuntimeEnvironmentArgs(TypedDict):
    """Arguments of ExchangeRuntimeEnvironment."""

    resource_group_name: pulumi.Input[str]
    """Required. Name of the resource group that has the automation account."""
    automation_account_name: pulumi.Input[str]
    """Required. Name of the automation account."""
    location: NotRequired[pulumi.Input[str]]
    """Optional. Azure region. Default: the region of the resource group."""
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


@dataclass(frozen=True)
class PlannedPackage:
    """One more module, checked."""

    name: str
    version: str
    uri: str
    sha256: Optional[str]


@dataclass(frozen=True)
class PlannedRuntime:
    """What is made, decided before anything is registered."""

    powershell_version: str
    module_version: str
    uri: str
    sha256: Optional[str]
    extras: tuple["PlannedPackage", ...] = ()
    prepared: tuple["PlannedRuntime", ...] = ()
    """Others that are made beside it."""

    @property
    def _suffix(self) -> str:
        """Tells sets of further modules apart: another set is another runtime environment."""
        if not self.extras:
            return ""
        said = json.dumps([[each.name, each.version, each.uri, each.sha256] for each in self.extras])
        return f"-{hashlib.sha256(said.encode()).hexdigest()[:8]}"

    @property
    def azure_name(self) -> str:
        """Name of the runtime environment in Azure, which has no dots; a changed pin is a new runtime environment."""
        return f"ExchangeOnline-{self.module_version}-PowerShell-{self.powershell_version}{self._suffix}".replace(
            ".", "-"
        )

    @property
    def slug(self) -> str:
        """End of the logical names."""
        return f"ps-{self.powershell_version}-exo-{self.module_version}{self._suffix}".lower()


class ExchangeRuntimeEnvironment(pulumi.ComponentResource):
    """A PowerShell runtime environment with one exact version of ExchangeOnlineManagement and further modules.

    A runtime environment belongs to one pair of versions: a changed version creates a second runtime environment
    before the first is deleted. Azure Automation imports a package after it answered the request, which takes
    minutes, and nothing waits for it. So add the next versions to ``prepared_pins`` in one update, and use them in
    the next, once ``exchange-automation doctor`` reports the module as imported.

    Sources: ``Microsoft.Automation/automationAccounts/runtimeEnvironments`` and its ``packages``, API 2024-10-23.

    Raises:
        InvalidArgumentsError: An argument is wrong. The component registered nothing.
    """

    runtime_environment_name: pulumi.Output[str]
    """Name of the runtime environment, available once Azure accepted its packages."""
    runtime_environment_id: pulumi.Output[str]
    """Resource id of the runtime environment."""
    prepared_runtime_environment_names: pulumi.Output[list[str]]
    """Names of the runtime environments beside it, in the order of prepared_pins."""

    def __init__(
        self, name: str, args: ExchangeRuntimeEnvironmentArgs, opts: Optional[pulumi.ResourceOptions] = None
    ) -> None:
        """Registers the component and its resources.

        Args:
            name: The logical name of the component. The logical names of its resources begin with it.
            args: The arguments: a dictionary with the keys of ExchangeRuntimeEnvironmentArgs.
            opts: The options of the component. Its resources have the component as their parent.
        """
        mistakes = Mistakes("ExchangeRuntimeEnvironment", name)
        check_arguments(mistakes, args, ExchangeRuntimeEnvironmentArgs)
        plan = plan_runtime(mistakes, args)
        mistakes.raise_any()
        super().__init__("exchange-automation:index:ExchangeRuntimeEnvironment", name, None, opts)
        if (warning := end_of_support(plan.powershell_version, today())) is not None:
            pulumi.log.warn(warning, self)

        environment, packages = self._environment(name, args, plan)
        self.environment: automation.RuntimeEnvironment = environment
        self.package: automation.Package = packages[0]
        prepared = [self._environment(name, args, each) for each in plan.prepared]

        self.runtime_environment_id = self.environment.id
        self.runtime_environment_name = available_after(self.environment.name, *packages)
        names: list[pulumi.Output[str]] = [available_after(each.name, *inside) for each, inside in prepared]
        self.prepared_runtime_environment_names = pulumi.Output.all(*names)
        self.register_outputs(
            {
                "runtime_environment_name": self.runtime_environment_name,
                "runtime_environment_id": self.runtime_environment_id,
                "prepared_runtime_environment_names": self.prepared_runtime_environment_names,
            }
        )

    def _environment(
        self, name: str, args: ExchangeRuntimeEnvironmentArgs, plan: PlannedRuntime
    ) -> tuple[automation.RuntimeEnvironment, list[automation.Package]]:
        """One runtime environment and its packages, ExchangeOnlineManagement first."""
        environment = automation.RuntimeEnvironment(
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
        module = PlannedPackage(MODULE, plan.module_version, plan.uri, plan.sha256)
        packages = [self._package(args, environment, f"{name}-{plan.slug}-module", module)]
        for each in plan.extras:
            packages.append(self._package(args, environment, f"{name}-{plan.slug}-{each.name.lower()}", each))
        return environment, packages

    def _package(
        self,
        args: ExchangeRuntimeEnvironmentArgs,
        environment: automation.RuntimeEnvironment,
        logical_name: str,
        plan: PlannedPackage,
    ) -> automation.Package:
        content: automation.ContentLinkArgsDict = {"uri": plan.uri, "version": plan.version}
        if plan.sha256 is not None:
            content["content_hash"] = {"algorithm": "SHA256", "value": plan.sha256}
        return automation.Package(
            logical_name,
            resource_group_name=args["resource_group_name"],
            automation_account_name=args["automation_account_name"],
            runtime_environment_name=environment.name,
            package_name=plan.name,
            content_link=content,
            opts=pulumi.ResourceOptions(parent=self),
        )


def plan_runtime(mistakes: Mistakes, args: Any) -> PlannedRuntime:
    """Check the arguments that say what runs, and decide what is made of them."""
    extras = _plan_extras(mistakes, args)
    current = _plan_pin(mistakes, args, "", (DEFAULT_POWERSHELL, DEFAULT_MODULE_VERSION), extras)
    prepared: list[PlannedRuntime] = []
    for index, entry in enumerate(plain_list(args, "prepared_pins")):
        where = f"prepared_pins[{index}]"
        pin = _plan_pin(mistakes, entry, f"{where}.", (current.powershell_version, current.module_version), extras)
        if pin.azure_name in {each.azure_name for each in (current, *prepared)}:
            mistakes.add(
                "EXA191",
                f"{where} is {pin.azure_name}, which is there already, so nothing would be prepared. Give another "
                "exchange_module_version or powershell_version, or remove it.",
            )
        prepared.append(pin)
    return replace(current, prepared=tuple(prepared))


def _plan_pin(
    mistakes: Mistakes, args: Any, where: str, defaults: tuple[str, str], extras: tuple[PlannedPackage, ...]
) -> PlannedRuntime:
    powershell = plain_text(args, "powershell_version") or defaults[0]
    version = plain_text(args, "exchange_module_version") or defaults[1]
    if (problem := pair_problem(powershell, version, where)) is not None:
        mistakes.add_problem(problem)
    uri = plain_text(args, "exchange_module_uri")
    if uri is not None and not uri.lower().startswith("https://"):
        mistakes.add(
            "EXA131",
            f'{where}exchange_module_uri "{uri}" is not an https address, so the module could be exchanged on its way. Give an '
            "https address, or leave it out for the PowerShell Gallery.",
        )
    sha256 = plain_text(args, "exchange_module_sha256")
    if sha256 is not None and not _SHA256.fullmatch(sha256):
        mistakes.add(
            "EXA132",
            f"{where}exchange_module_sha256 is not a SHA-256 in 64 hexadecimal digits, so Azure Automation would refuse every "
            "package. Take it with: Get-FileHash -Algorithm SHA256 (PowerShell) or sha256sum.",
        )
    return PlannedRuntime(powershell, version, uri or package_address(version), sha256, extras)


def _plan_extras(mistakes: Mistakes, args: Any) -> tuple[PlannedPackage, ...]:
    given, allowed = args.get("extra_packages") or {}, plain_flag(args, "allow_clashing_packages")
    planned = []
    for name, entry in sorted(given.items()):
        where = f'extra_packages["{name}"]'
        uri, sha256 = entry.get("uri"), entry.get("sha256")
        if str(name).lower() == MODULE.lower():
            mistakes.add("EXA133", f"{where} is the module that exchange_module_version pins. Remove it here.")
        if not allowed and any(str(name).lower().startswith(prefix) for prefix in CLASHING):
            mistakes.add(
                "EXA134",
                f"{where} loads assemblies that clash with {MODULE}, so one of the two fails in every job. Give it a runtime "
                "environment of its own, call Graph with Invoke-RestMethod, or set allow_clashing_packages.",
            )
        if uri is not None and not str(uri).lower().startswith("https://"):
            mistakes.add("EXA131", f'{where}.uri "{uri}" is not an https address. Give one, or leave it out.')
        if sha256 is not None and not _SHA256.fullmatch(str(sha256)):
            mistakes.add("EXA132", f"{where}.sha256 is not a SHA-256 in 64 hexadecimal digits. Take it with sha256sum.")
        version = str(entry.get("version"))
        planned.append(PlannedPackage(str(name), version, uri or f"{GALLERY}/{name}/{version}", sha256))
    return tuple(planned)
