"""A new address for a webhook, which Azure creates and shows once.

Nothing changes in Azure: an address is of no use until a webhook has it.

Source: ``Microsoft.Automation/automationAccounts/webhooks/generateUri``, API 2024-10-23.
"""

from exchange_automation.catalog import resource_ids
from exchange_automation.cli.client.errors import ServiceError
from exchange_automation.cli.client.session import Session
from exchange_automation.core.problems import Problem

VERSION = "2024-10-23"


async def new_address(session: Session, account_id: str) -> str:
    """Returns an address of the account that no webhook has yet.

    Raises:
        Problem: The id is not that of an automation account, or the account accepts Entra tokens only.
        ServiceError: The account may not be read, or no address may be created.
    """
    if resource_ids.parse(account_id, resource_ids.AUTOMATION_ACCOUNT) is None:
        raise Problem(
            "EXA452",
            f'--account-id "{account_id}" is not the id of an automation account',
            "it could not be found",
            "Give the output account_id of the program, or copy the id from the account's properties in the portal.",
        )
    account_id = account_id.strip().rstrip("/")
    try:
        account = await session.resource_manager(account_id, VERSION)
    except ServiceError as refused:
        if refused.absent:
            raise Problem(
                "EXA450",
                f"There is no automation account {account_id}",
                remedy="Create it first: an address belongs to one account. Its id is the output account_id.",
            ) from None
        raise
    if account.record("properties").flag("disableLocalAuth"):
        raise Problem(
            "EXA451",
            "The account accepts Entra tokens only",
            "its webhooks would refuse every request",
            "Set disable_local_auth=False at ExchangeAutomationAccount, if whoever has the address may run the runbook.",
        )
    answer = await session.resource_manager(f"{account_id}/webhooks/generateUri", VERSION, method="POST")
    return answer.required("value")
