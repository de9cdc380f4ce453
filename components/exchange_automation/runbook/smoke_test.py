"""ExchangeSmokeTest: a runbook that says whether the identity can open a session and read.

Owns the runbook and its schedules, by way of ExchangeRunbook. It refuses to change anything in Exchange.
"""

from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any, Optional, TypedDict, cast

import pulumi
from typing_extensions import NotRequired

from exchange_automation.core.errors import Mistakes
from exchange_automation.core.organization import organization_mistake
from exchange_automation.core.validation import check_names, plain_list
from exchange_automation.runbook.runbook import ExchangeRunbook, ExchangeRunbookArgs, ScheduleArgs


class ExchangeSmokeTestArgs(TypedDict):
    """Arguments of ExchangeSmokeTest."""

    resource_group_name: pulumi.Input[str]
    """Required. As in ExchangeRunbook."""
    automation_account_name: pulumi.Input[str]
    """Required. As in ExchangeRunbook."""
    runtime_environment_name: pulumi.Input[str]
    """Required. As in ExchangeRunbook."""
    organization: pulumi.Input[str]
    """Required. Initial domain of the tenant."""
    client_id: NotRequired[pulumi.Input[str]]
    """Optional. Client id of the user-assigned identity to test. Default: the system-assigned identity."""
    exchange_environment: NotRequired[pulumi.Input[str]]
    """Optional. Name of a national cloud, as Connect-ExchangeOnline takes it. Default: the public cloud."""
    schedules: NotRequired[Sequence[ScheduleArgs]]
    """Optional. When it runs; its parameters are filled in. Default: on demand."""
    location: NotRequired[pulumi.Input[str]]
    """Optional. As in ExchangeRunbook."""
    storage_account_name: NotRequired[pulumi.Input[str]]
    """Optional. As in ExchangeRunbook."""
    storage_resource_group_name: NotRequired[pulumi.Input[str]]
    """Optional. As in ExchangeRunbook."""
    tags: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Optional. As in ExchangeRunbook."""


_PASSED_ON = (
    "resource_group_name",
    "automation_account_name",
    "runtime_environment_name",
    "location",
    "storage_account_name",
    "storage_resource_group_name",
    "tags",
)


class ExchangeSmokeTest(pulumi.ComponentResource):
    """A runbook that connects with the identity, reads the organization's name, and writes its verdict as one line of JSON.

    The verdict has ``passed``, the ``step`` that it got to (import, connect, read, done), the module's and PowerShell's versions,
    which telling cmdlets the role lets in, and the error. A failed test is a failed job, which the alert on failed jobs tells.
    Start it by hand (``az automation runbook start``, with the parameters in ``parameters``), or on a schedule. After the
    grants it can take minutes until Exchange accepts a session.

    Source: "Use Azure managed identities to connect to Exchange Online PowerShell" on learn.microsoft.com.

    :raises InvalidArgumentsError: before anything is registered.
    """

    runbook_name: pulumi.Output[str]
    """Name of the runbook, available once it is published."""
    parameters: pulumi.Output[dict[str, str]]
    """The parameters to start it with."""

    def __init__(self, name: str, args: ExchangeSmokeTestArgs, opts: Optional[pulumi.ResourceOptions] = None) -> None:
        mistakes = Mistakes("ExchangeSmokeTest", name)
        check_names(mistakes, args, ExchangeSmokeTestArgs)
        organization = args.get("organization")
        if isinstance(organization, str) and (mistake := organization_mistake(organization)):
            mistakes.add("EXA120", mistake)
        schedules = plain_list(mistakes, args, "schedules")
        mistakes.raise_any()
        super().__init__("exchange-automation:index:ExchangeSmokeTest", name, None, opts)
        wanted = {
            "Organization": args["organization"],
            "ClientId": args.get("client_id"),
            "EnvironmentName": args.get("exchange_environment"),
        }
        parameters = {key: value for key, value in wanted.items() if value is not None}
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
