"""Microsoft.Automation: webhooks, and the service that starts a runbook for whoever has their address.

Behaviour from the Automation REST specification 2024-10-23 and "Start an Azure Automation runbook from a webhook": the
service makes the address and takes no other, tells it in the answer to ``generateUri`` or to the PUT that made it, and
never again; it cannot be changed; a webhook that is over cannot be revived. That local authentication closes them is from
the page on disabling it; its status code is a guess.
"""

from __future__ import annotations

from urllib.parse import parse_qsl

from localtenant.arm.automation.accounts import API_VERSIONS
from localtenant.arm.automation.runbooks import ACCOUNT, WEBHOOKS, account_id, invalid, moment, refused
from localtenant.arm.resource_types import ArmCall, ResourceType, properties_of, visible
from localtenant.core.clock import iso_fine
from localtenant.core.errors import ServiceError
from localtenant.core.ids import stable_guid
from localtenant.core.messages import Call, Reply
from localtenant.state.cloud import World
from localtenant.state.store import Body

PREFIX = "webhooks"
GENERATE = "generateuri"


class Webhook(ResourceType):
    name = WEBHOOKS
    shown = "Microsoft.Automation/AutomationAccounts/Webhooks"
    api_versions = API_VERSIONS
    name_pattern = r"[^<>*%&:\\?.+/]{1,128}"

    def post(self, arm: ArmCall) -> Reply | None:
        if arm.path.name.lower() != GENERATE:
            return None
        return Reply(200, _new_address(arm))

    async def put(self, arm: ArmCall, existing: Body | None) -> Body:
        request = arm.json()
        wanted, before = properties_of(request), (existing or {}).get("properties") or {}
        if not request.get("name"):
            raise invalid("webhook.name", "The name field is required.")
        address, told = str(wanted.get("uri") or ""), ""
        if existing is not None:
            if address and address != existing["_uri"]:
                raise refused("Property 'uri' cannot be updated.")
            address = existing["_uri"]
            over = moment(before["expiryTime"], "UTC")
            if over is not None and over <= arm.now and wanted.get("expiryTime") != before["expiryTime"]:
                raise refused("The webhook has expired and cannot be reactivated.")
        elif not address:
            address = told = _new_address(arm)
        elif arm.world.webhook_addresses.get(address) != account_id(arm).lower():
            raise refused("The uri of the webhook is not valid.")
        runbook = str((wanted.get("runbook") or {}).get("name") or (before.get("runbook") or {}).get("name") or "")
        found = arm.world.resources.find(f"{account_id(arm)}/runbooks/{runbook}")
        if found is None or found.get("_content") is None:
            raise ServiceError(404, "NotFound", f"The runbook '{runbook}' was not found, or is not published.")
        if before and before["runbook"]["name"].lower() != runbook.lower():
            raise refused("Property 'runbook' cannot be updated.")
        expiry = moment(wanted.get("expiryTime") or before.get("expiryTime"), "UTC")
        if expiry is None:
            raise invalid("webhook.properties.expiryTime", "The expiryTime field is required.")
        if expiry <= arm.now and existing is None:
            raise refused("The expiry time of the webhook must be in the future.")
        properties = {
            "isEnabled": bool(wanted.get("isEnabled", True)),
            "expiryTime": expiry.isoformat(),
            "runbook": {"name": runbook},
            "lastInvokedTime": before.get("lastInvokedTime"),
            "runOn": wanted.get("runOn"),
            "parameters": wanted.get("parameters"),
            "uri": "",
            "creationTime": before.get("creationTime", iso_fine(arm.now)),
            "lastModifiedBy": arm.caller_name,
            "lastModifiedTime": iso_fine(arm.now),
            "description": wanted.get("description"),
        }
        return {**self.envelope(arm, existing, {}, properties), "_uri": address, "_told": told}

    async def patch(self, arm: ArmCall, existing: Body) -> Body:
        wanted = properties_of(arm.json())
        kept = {name: wanted[name] for name in ("isEnabled", "runOn", "parameters", "description") if name in wanted}
        return {**existing, "properties": {**existing["properties"], **kept}}

    def show(self, arm: ArmCall, body: Body) -> Body:
        shown = visible(body)
        if arm.call.method == "PUT" and body["_told"]:
            shown["properties"] = {**shown["properties"], "uri": body["_told"]}
        return shown


class WebhookService:
    """Answers requests to the addresses of webhooks."""

    def __init__(self, world: World) -> None:
        self.world = world

    def handle(self, call: Call) -> Reply:
        """Start a job, or say why not."""
        address = f"{call.base_url}{call.path}?token={dict(parse_qsl(call.raw_query)).get('token', '')}"
        account = self.world.webhook_addresses.get(address)
        body = next(
            (each for each in self.world.resources.below(account or "/", WEBHOOKS) if each["_uri"] == address), None
        )
        if account is None or call.method != "POST":
            return Reply(400, {"message": "The token in the URL is invalid."})
        if body is None:
            return Reply(404, {"message": "The webhook was not found."})
        found = self.world.resources.find(account)
        if found is None or found["properties"]["disableLocalAuth"]:
            return Reply(403, {"message": "Local authentication is disabled for this automation account."})
        until = moment(body["properties"]["expiryTime"], "UTC")
        if not body["properties"]["isEnabled"] or (until is not None and until <= self.world.clock.now()):
            return Reply(400, {"message": "The webhook has expired or is disabled."})
        runbook = body["properties"]["runbook"]["name"]
        call.remarks.append(f"webhook {body['name']} started runbook {runbook}")
        return Reply(202, {"JobIds": [self.world.ids.guid("job")]})


def _new_address(arm: ArmCall) -> str:
    account = account_id(arm)
    guid, region = stable_guid("automation-account", account.lower()), arm.parents[ACCOUNT]["location"]
    token = arm.world.ids.guid("webhook").replace("-", "")
    address = f"{arm.call.base_url}/{PREFIX}/{guid}.webhook.{region}/webhooks?token={token}"
    arm.world.webhook_addresses[address] = account.lower()
    return address
