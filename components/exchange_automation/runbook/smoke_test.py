"""ExchangeSmokeTest: a runbook that tests whether the identity can open a session and read.

Owns the runbook and its schedules, through ExchangeRunbook. Its script changes nothing in Exchange.
"""

from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any, Optional, TypedDict, cast

import pulumi
from typing_extensions import NotRequired

from exchange_automation.core.calls import takes_one_dictionary
from exchange_automation.core.errors import Mistakes
from exchange_automation.core.guids import is_guid
from exchange_automation.core.naming import check_names
from exchange_automation.core.organization import check_organization, environment_problem, organization_problem
from exchange_automation.core.problems import Problem
from exchange_automation.core.tags import check_tags
from exchange_automation.core.validation import check_arguments, checked, entries, plain_list
from exchange_automation.runbook.planned_runbook import NAMES, check_runbook_name, plan_schedules
from exchange_automation.runbook.runbook import ExchangeRunbook, ExchangeRunbookArgs
from exchange_automation.runbook.schedule_arguments import ScheduleArgs
from exchange_automation.runbook.storage_account import StorageNetworkRulesArgs, check_storage, tag_rule


class ExchangeSmokeTestArgs(TypedDict):
    """Arguments of ExchangeSmokeTest."""

    resource_group_name: pulumi.Input[str]
    """Required. Name of the resource group that has the automation account."""
    automation_account_name: pulumi.Input[str]
    """Required. Name of the automation account. Take account_name of ExchangeAutomationAccount: it waits for the
    grants."""
    runtime_environment_name: pulumi.Input[str]
    """Required. Name of the runtime environment that the runbook runs in. Take runtime_environment_name of
    ExchangeAutomationAccount."""
    organization: pulumi.Input[str]
    """Required. The initial domain of the tenant, such as "contoso.onmicrosoft.com". With a custom domain or a
    tenant id, Set-Mailbox and Enable-Mailbox fail with INSUFF_ACCESS_RIGHTS."""
    client_id: NotRequired[pulumi.Input[str]]
    """Optional. Client id of the user-assigned identity to test. Default: the system-assigned identity."""
    exchange_environment: NotRequired[pulumi.Input[str]]
    """Optional. Value of -ExchangeEnvironmentName in the connect command. Default: the cloud that the
    organization's domain belongs to."""
    schedules: NotRequired[Sequence[ScheduleArgs]]
    """Optional. When the test runs. The component fills in the parameters. Default: it runs on demand only."""
    location: NotRequired[pulumi.Input[str]]
    """Optional. Azure region. Default: the region of the resource group."""
    storage_account_name: NotRequired[pulumi.Input[str]]
    """Optional. Name of an existing storage account from which Azure fetches the script. It needs shared keys and a
    public endpoint. Not used where the source is an address. Default: the component creates a storage account for
    this runbook."""
    storage_resource_group_name: NotRequired[pulumi.Input[str]]
    """Optional. Name of the resource group that has the storage account. Default: resource_group_name."""
    storage_network_rules: NotRequired[StorageNetworkRulesArgs]
    """Optional. Firewall of the storage account that the component creates. Not used where the source is an address.
    Default: an open firewall. One that somebody or a policy closes later stays closed."""
    tags: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Optional. Tags of every resource that the component creates and that can have tags. Default: no tags."""


_PASSED_ON = (
    "resource_group_name",
    "automation_account_name",
    "runtime_environment_name",
    "location",
    "storage_account_name",
    "storage_resource_group_name",
    "storage_network_rules",
    "tags",
)


@takes_one_dictionary
class ExchangeSmokeTest(pulumi.ComponentResource):
    """A runbook that connects with the identity, reads the organization's name, and writes its verdict as one line
    of JSON.

    The verdict has ``passed``, the last ``step`` (import, connect, read, done), the versions of the module and of
    PowerShell, some cmdlets that the role allows, and the error. A failed test is a failed job, so the alert on
    failed jobs reports it. Start the runbook by hand (``az automation runbook start``, with the parameters in
    ``parameters``) or on a schedule. It can take minutes after the grants until Exchange Online accepts a session.

    Source: "Use Azure managed identities to connect to Exchange Online PowerShell" on learn.microsoft.com.

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
        smoke = ExchangeSmokeTest(
            "smoke",
            {
                "resource_group_name": mail.resource_group_name,
                "automation_account_name": mail.account_name,
                "runtime_environment_name": mail.runtime_environment_name,
                "organization": "contoso.onmicrosoft.com",
            },
        )
        ```

    Raises:
        InvalidArgumentsError: An argument is wrong. The component registered nothing.
    """

    runbook_name: pulumi.Output[str]
    """Name of the runbook, available once it is published."""
    parameters: pulumi.Output[dict[str, str]]
    """The parameters to start the runbook with."""

    def __init__(self, name: str, args: ExchangeSmokeTestArgs, opts: Optional[pulumi.ResourceOptions] = None) -> None:
        """Registers the component and its resources.

        Args:
            name: The logical name of the component. The logical names of its resources begin with it.
            args: The arguments: a dictionary with the keys of ExchangeSmokeTestArgs.
            opts: The options of the component. Its resources have the component as their parent.
        """
        mistakes = Mistakes("ExchangeSmokeTest", name)
        check_arguments(mistakes, args, ExchangeSmokeTestArgs)
        environment, client_id = args.get("exchange_environment"), args.get("client_id")
        check_organization(mistakes, args.get("organization"), environment)
        if isinstance(client_id, str) and (problem := _client_id_problem(client_id)) is not None:
            mistakes.add_problem(problem)
        check_names(mistakes, args, NAMES)
        check_tags(mistakes, args.get("tags"), rule=tag_rule(cast("Mapping[str, Any]", args)))
        check_runbook_name(mistakes, name)
        schedules = plain_list(args, "schedules")
        plan_schedules(mistakes, schedules, None)
        check_storage(mistakes, cast("Mapping[str, Any]", args))
        for where, entry in entries("schedules", schedules):
            if entry.get("parameters"):
                mistakes.add_without_effect(
                    f"{where}.parameters",
                    "and the component fills in all parameters",
                    "Remove it: organization, client_id and exchange_environment are the parameters.",
                )
        mistakes.raise_any()
        super().__init__("exchange-automation:index:ExchangeSmokeTest", name, None, opts)
        wanted = {
            "Organization": ("organization", args["organization"], organization_problem),
            "ClientId": ("client_id", client_id, _client_id_problem),
            "EnvironmentName": (
                "exchange_environment",
                environment,
                lambda value: environment_problem(value, None),
            ),
        }
        parameters = {
            key: checked(value, argument, check)
            for key, (argument, value, check) in wanted.items()
            if value is not None
        }
        given = cast("Mapping[str, Any]", args)
        self.runbook: ExchangeRunbook = ExchangeRunbook(
            name,
            cast(
                "ExchangeRunbookArgs",
                {
                    **{key: given[key] for key in _PASSED_ON if given.get(key) is not None},
                    "source": {"text": files(__package__).joinpath("smoke-test.ps1").read_bytes().decode()},
                    "description": "Can the identity open an Exchange Online session? Reads only.",
                    "schedules": [
                        {**entry, "parameters": parameters} if isinstance(entry, Mapping) else entry
                        for entry in schedules
                    ],
                },
            ),
            pulumi.ResourceOptions(parent=self),
        )
        self.runbook_name = self.runbook.runbook_name
        self.parameters = pulumi.Output.all(**parameters).apply(dict)
        self.register_outputs({"runbook_name": self.runbook_name, "parameters": self.parameters})


def _client_id_problem(client_id: str) -> Optional[Problem]:
    if is_guid(client_id):
        return None
    return Problem(
        "EXA103",
        f'client_id "{client_id}" is not a GUID',
        "no session could be opened",
        "Give the client id of the user-assigned identity, or leave client_id out for the system-assigned identity.",
    )
