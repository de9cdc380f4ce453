"""The resources of an account's runtime environments, for every component that creates them."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple, Optional

import pulumi
from pulumi_azure_native import automation

from exchange_automation.core.former_parents import FormerParent
from exchange_automation.core.outputs import available_after
from exchange_automation.runtime.module_versions import end_of_support, today
from exchange_automation.runtime.planned_runtime import PlannedPackage, PlannedRuntime

RUNTIME_TYPE = "exchange-automation:index:ExchangeRuntimeEnvironment"

Tags = pulumi.Input[Mapping[str, pulumi.Input[str]]]


class AccountPlace(NamedTuple):
    """The place of an automation account.

    Attributes:
        resource_group_name: Name of its resource group.
        account_name: Its name.
        location: Azure region of its runtime environments; None for the region of the resource group.
    """

    resource_group_name: pulumi.Input[str]
    account_name: pulumi.Input[str]
    location: Optional[pulumi.Input[str]]


class _Environment(NamedTuple):
    """One runtime environment and its packages, ExchangeOnlineManagement first."""

    environment: automation.RuntimeEnvironment
    packages: tuple[automation.Package, ...]

    @property
    def name(self) -> pulumi.Output[str]:
        return available_after(self.environment.name, *self.packages)


class RuntimeEnvironments:
    """The runtime environment in use and the prepared ones, with their packages."""

    def __init__(
        self,
        parent: pulumi.ComponentResource,
        name: str,
        planned: PlannedRuntime,
        place: AccountPlace,
        tags: Optional[Tags],
        former: Optional[FormerParent] = None,
    ) -> None:
        """Registers the resources.

        Args:
            parent: The component that they belong to.
            name: The beginning of their logical names.
            planned: What to create.
            place: The place of the account.
            tags: The tags of the runtime environments.
            former: The component that they belonged to in earlier versions.
        """
        if (warning := end_of_support(planned.powershell_version, today())) is not None:
            pulumi.log.warn(warning, parent)
        # No function of their own: the engine stores the call stack of every resource in the state.
        created: list[_Environment] = []
        for runtime in (planned, *planned.prepared):
            logical_name, former_name = f"{name}-{runtime.slug}", f"{name}-{runtime.former_slug}"
            environment = automation.RuntimeEnvironment(
                logical_name,
                resource_group_name=place.resource_group_name,
                automation_account_name=place.account_name,
                runtime_environment_name=runtime.azure_name,
                location=place.location,
                language="PowerShell",
                version=runtime.powershell_version,
                tags=tags,
                opts=_options(
                    parent,
                    _aliases(former, "azure-native:automation:RuntimeEnvironment", logical_name, former_name),
                    ["runtimeEnvironmentName"] if runtime.has_fixed_packages else None,
                ),
            )
            packages: list[automation.Package] = []
            for ending, package in runtime.packages:
                package_name = f"{logical_name}-{ending}"
                # The link has the name of an extra package, and the hash, in the letter case of the program.
                may_differ = package is not runtime.module or package.sha256 is not None
                packages.append(
                    automation.Package(
                        package_name,
                        resource_group_name=place.resource_group_name,
                        automation_account_name=place.account_name,
                        runtime_environment_name=environment.name,
                        package_name=package.name,
                        content_link=_content_link(package),
                        opts=_options(
                            parent,
                            _aliases(
                                former, "azure-native:automation:Package", package_name, f"{former_name}-{ending}"
                            ),
                            ["packageName", "contentLink"] if may_differ else None,
                        ),
                    )
                )
            created.append(_Environment(environment, tuple(packages)))
        self._current, *self._prepared = created

    @property
    def environment(self) -> automation.RuntimeEnvironment:
        """The runtime environment in use."""
        return self._current.environment

    @property
    def package(self) -> automation.Package:
        """The package of ExchangeOnlineManagement in the runtime environment in use."""
        return self._current.packages[0]

    @property
    def packages(self) -> tuple[automation.Package, ...]:
        """All packages of the runtime environment in use."""
        return self._current.packages

    @cached_property
    def runtime_environment_name(self) -> pulumi.Output[str]:
        """Name of the runtime environment in use, available once Azure accepted its packages."""
        return self._current.name

    @cached_property
    def prepared_runtime_environment_names(self) -> pulumi.Output[list[str]]:
        """Names of the prepared runtime environments, in the order of prepared_pins."""
        return pulumi.Output.all(*(prepared.name for prepared in self._prepared))


def _options(
    parent: pulumi.ComponentResource, aliases: Optional[Sequence[pulumi.Input[Any]]], fixed: Optional[list[str]]
) -> pulumi.ResourceOptions:
    # The logical name contains these properties without their letter case. Azure ignores that; the provider would replace.
    return pulumi.ResourceOptions(parent=parent, aliases=aliases, ignore_changes=fixed)


def _aliases(
    former: Optional[FormerParent], resource_type: str, logical_name: str, former_name: str
) -> Optional[list[pulumi.Input[Any]]]:
    aliases: list[pulumi.Input[Any]] = [former.alias(resource_type, former_name)] if former else []
    if former_name != logical_name:
        aliases.append(pulumi.Alias(name=former_name))
    return aliases or None


def _content_link(package: PlannedPackage) -> automation.ContentLinkArgsDict:
    content: automation.ContentLinkArgsDict = {"uri": package.uri, "version": package.version}
    if package.sha256 is not None:
        content["content_hash"] = {"algorithm": "SHA256", "value": package.sha256}
    return content
