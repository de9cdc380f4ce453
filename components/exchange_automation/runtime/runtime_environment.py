"""ExchangeRuntimeEnvironment: a PowerShell runtime environment with one exact version of ExchangeOnlineManagement.

Owns the runtime environment and its packages. It refuses to own runbooks. Microsoft's Graph modules beside
ExchangeOnlineManagement load conflicting assemblies in either order, so the component refuses the two together unless an
argument accepts them.
"""

from collections.abc import Mapping, Sequence
from typing import Optional, TypedDict

import pulumi
from pulumi_azure_native import automation
from typing_extensions import NotRequired

from exchange_automation.catalog import name_rules
from exchange_automation.catalog.enumerations import OneOf, PowerShellVersion, PowerShellVersionText
from exchange_automation.core.call_stacks import short_call_stacks
from exchange_automation.core.calls import takes_one_dictionary
from exchange_automation.core.errors import Mistakes
from exchange_automation.core.naming import check_name, checked_name
from exchange_automation.core.outputs import computed_when_read
from exchange_automation.core.tags import check_tags
from exchange_automation.core.validation import check_arguments, with_checked_outputs
from exchange_automation.runtime.environments import AccountPlace, RuntimeEnvironments
from exchange_automation.runtime.planned_runtime import PackageArgs, PinArgs, plan_runtime

_GROUP, _ACCOUNT = "resource_group_name", "automation_account_name"


class ExchangeRuntimeEnvironmentArgs(TypedDict):
    """Arguments of ExchangeRuntimeEnvironment."""

    resource_group_name: pulumi.Input[str]
    """Required. Name of the resource group that has the automation account."""
    automation_account_name: pulumi.Input[str]
    """Required. Name of the automation account."""
    location: NotRequired[pulumi.Input[str]]
    """Optional. Azure region. Default: the region of the resource group."""
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
class ExchangeRuntimeEnvironment(pulumi.ComponentResource):
    """A PowerShell runtime environment with one exact version of ExchangeOnlineManagement and further modules.

    A runtime environment belongs to one pair of versions: a changed version creates a second runtime environment
    before the first is deleted. Azure Automation imports a package after it answered the request, which takes
    minutes, and nothing waits for it. So add the next versions to ``prepared_pins`` in one update, and use them in
    the next, once ``exchange-automation doctor`` reports the module as imported.

    Sources: ``Microsoft.Automation/automationAccounts/runtimeEnvironments`` and its ``packages``, API 2024-10-23.

    Example:
        ```python
        runtime = ExchangeRuntimeEnvironment(
            "runtime",
            {
                "resource_group_name": "rg-exchange-automation",
                "automation_account_name": "aa-exchange",
                "exchange_module_version": "3.10.1",
            },
        )
        ```

    Raises:
        InvalidArgumentsError: An argument is wrong. The component registered nothing.
    """

    runtime_environment_name: pulumi.Output[str] = computed_when_read(
        lambda self: self._environments.runtime_environment_name
    )
    """Name of the runtime environment, available once Azure accepted its packages."""
    runtime_environment_id: pulumi.Output[str]
    """Resource id of the runtime environment."""
    prepared_runtime_environment_names: pulumi.Output[list[str]] = computed_when_read(
        lambda self: self._environments.prepared_runtime_environment_names
    )
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
        check_name(mistakes, _GROUP, args.get("resource_group_name"), name_rules.RESOURCE_GROUP)
        check_name(mistakes, _ACCOUNT, args.get("automation_account_name"), name_rules.AUTOMATION_ACCOUNT)
        check_tags(mistakes, args.get("tags"))
        planned = plan_runtime(mistakes, args)
        mistakes.raise_any()
        args = with_checked_outputs(args, ExchangeRuntimeEnvironmentArgs)
        with short_call_stacks():
            super().__init__("exchange-automation:index:ExchangeRuntimeEnvironment", name, None, opts)
            place = AccountPlace(
                checked_name(_GROUP, args["resource_group_name"], name_rules.RESOURCE_GROUP),
                checked_name(_ACCOUNT, args["automation_account_name"], name_rules.AUTOMATION_ACCOUNT),
                args.get("location"),
            )
            self._environments = RuntimeEnvironments(self, name, planned, place, args.get("tags"))
            self.environment: automation.RuntimeEnvironment = self._environments.environment
            self.package: automation.Package = self._environments.package
            self.runtime_environment_id = self.environment.id
