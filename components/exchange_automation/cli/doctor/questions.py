"""The options of ``doctor`` that decide what it checks."""

from collections.abc import Sequence
from dataclasses import dataclass

from exchange_automation.cli.client.exchange import MANAGE_AS_APP


@dataclass(frozen=True)
class Questions:
    """The options that decide what the command checks.

    Attributes:
        organization: Domain that the program connects to; empty to take it from a state, or to print the right one.
        subscription: Id of the Azure subscription; empty for a program of directory grants alone.
        resource_group: Of the account; empty to take it from a state.
        app_role: Value of the Exchange Online app role.
        powershell: PowerShell version.
        module: Version of ExchangeOnlineManagement.
        applications: Whether the program registers applications.
        grants: Whether the program grants anything.
        principals: Object ids to check after a deployment.
        role_group: Whether the identities' permissions come from a role group in Exchange.
    """

    organization: str = ""
    subscription: str = ""
    resource_group: str = ""
    app_role: str = MANAGE_AS_APP
    powershell: str = ""
    module: str = ""
    applications: bool = False
    grants: bool = True
    role_group: bool = False
    principals: Sequence[str] = ()
