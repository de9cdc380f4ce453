"""Microsoft.Automation: webhooks, and the service behind their addresses, which starts runbooks.

Behaviour from the Automation REST specification 2024-10-23 and "Start an Azure Automation runbook from a webhook": the
service creates the address, returns it once, to ``generateUri`` or to the PUT that created it, and accepts no other address.
The address cannot be changed, and an expired webhook cannot be reactivated. Webhooks refuse requests when local
authentication is disabled, says the page about that; the status code here is a guess.
"""

from __future__ import annotations

from urllib.parse import parse_qsl

from localtenant.arm.automation.checks import WEBHOOK_VERSIONS, invalid, named_as_the_path, refused, typed
from localtenant.arm.automation.relations import ACCOUNT, WEBHOOKS, account_id, published_content
from localtenant.arm.automation.schedules import moment
from localtenant.arm.resource_types import ArmRequest, ResourceType, properties_of, visible
from localtenant.core.clock import iso_fine
from localtenant.core.errors import ServiceError
from localtenant.core.ids import stable_guid
from localtenant.core.messages import Request, Response
from localtenant.state.cloud import Cloud
from localtenant.state.internals import KEY, WebhookInternals, internals
from localtenant.state.store import Body

PREFIX = "webhooks"
GENERATE = "generateuri"
_TYPES = {
    "description": str,
    "expiryTime": str,
    "isEnabled": bool,
    "parameters": dict,
    "runOn": str,
    "runbook": dict,
    "uri": str,
}


class Webhook(ResourceType):
    name = WEBHOOKS
    shown = "Microsoft.Automation/AutomationAccounts/Webhooks"
    api_versions = WEBHOOK_VERSIONS
    deletes_absent = False
    name_pattern = r"[^<>*%&:\\?.+/]{1,128}"

    def post(self, arm: ArmRequest) -> Response | None:
        if arm.path.name.lower() != GENERATE:
            return None
        return Response(200, _new_address(arm))

    async def put(self, arm: ArmRequest, stored: Body | None) -> Body:
        payload = arm.json()
        wanted, before = properties_of(payload), (stored or {}).get("properties") or {}
        named_as_the_path("webhook", arm, payload)
        typed("webhook", wanted, **_TYPES)
        address, created = self._address(arm, stored, wanted)
        properties = {
            "isEnabled": wanted.get("isEnabled", True),
            "expiryTime": self._expiry(arm, stored, wanted),
            "runbook": {"name": self._runbook(arm, before, wanted)},
            "lastInvokedTime": before.get("lastInvokedTime"),
            "runOn": wanted.get("runOn"),
            "parameters": wanted.get("parameters"),
            "uri": "",
            "creationTime": before.get("creationTime", iso_fine(arm.now)),
            "lastModifiedBy": arm.caller_name,
            "lastModifiedTime": iso_fine(arm.now),
            "description": wanted.get("description"),
        }
        return {**self.envelope(arm, stored, {}, properties), KEY: WebhookInternals(address, created)}

    def _address(self, arm: ArmRequest, stored: Body | None, wanted: Body) -> tuple[str, str]:
        """Returns the webhook's address, and the address that this request created; empty when it created none."""
        address = str(wanted.get("uri") or "")
        if stored is not None:
            uri = internals(stored, WebhookInternals).uri
            if address and address != uri:
                raise refused("Property 'uri' cannot be updated.")
            return uri, ""
        if not address:
            address = _new_address(arm)
            return address, address
        if arm.cloud.webhook_addresses.get(address) != account_id(arm).lower():
            raise refused("The uri of the webhook is not valid.")
        return address, ""

    def _expiry(self, arm: ArmRequest, stored: Body | None, wanted: Body) -> str:
        before = (stored or {}).get("properties") or {}
        ended = moment(before.get("expiryTime"), "UTC")
        if ended is not None and ended <= arm.now and wanted.get("expiryTime") != before["expiryTime"]:
            raise refused("The webhook has expired and cannot be reactivated.")
        expiry = moment(wanted.get("expiryTime") or before.get("expiryTime"), "UTC")
        if expiry is None:
            raise invalid("webhook.properties.expiryTime", "The expiryTime field is required.")
        if expiry <= arm.now and stored is None:
            raise refused("The expiry time of the webhook must be in the future.")
        return expiry.isoformat()

    def _runbook(self, arm: ArmRequest, before: Body, wanted: Body) -> str:
        runbook = str((wanted.get("runbook") or {}).get("name") or (before.get("runbook") or {}).get("name") or "")
        found = arm.cloud.resources.find(f"{account_id(arm)}/runbooks/{runbook}")
        if found is None or published_content(found) is None:
            raise ServiceError(404, "NotFound", f"The runbook '{runbook}' was not found, or is not published.")
        if before and before["runbook"]["name"].lower() != runbook.lower():
            raise refused("Property 'runbook' cannot be updated.")
        return runbook

    async def patch(self, arm: ArmRequest, stored: Body) -> Body:
        wanted = properties_of(arm.json())
        kept = {name: wanted[name] for name in ("isEnabled", "runOn", "parameters", "description") if name in wanted}
        return {**stored, "properties": {**stored["properties"], **kept}}

    def show(self, arm: ArmRequest, body: Body) -> Body:
        shown = visible(body)
        created = internals(body, WebhookInternals).created_uri
        if arm.request.method == "PUT" and created:
            shown["properties"] = {**shown["properties"], "uri": created}
        return shown


class WebhookService:
    """Answers requests to the addresses of webhooks."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud

    def handle(self, request: Request) -> Response:
        """Starts a job, or refuses the call."""
        address = f"{request.base_url}{request.path}?token={dict(parse_qsl(request.raw_query)).get('token', '')}"
        account = self.cloud.webhook_addresses.get(address)
        body = next(
            (
                item
                for item in self.cloud.resources.below(account or "/", WEBHOOKS)
                if internals(item, WebhookInternals).uri == address
            ),
            None,
        )
        if account is None or request.method != "POST":
            return Response(400, {"message": "The token in the URL is invalid."})
        if body is None:
            return Response(404, {"message": "The webhook was not found."})
        found = self.cloud.resources.find(account)
        if found is None or found["properties"]["disableLocalAuth"]:
            return Response(403, {"message": "Local authentication is disabled for this automation account."})
        until = moment(body["properties"]["expiryTime"], "UTC")
        if not body["properties"]["isEnabled"] or (until is not None and until <= self.cloud.clock.now()):
            return Response(400, {"message": "The webhook has expired or is disabled."})
        runbook = body["properties"]["runbook"]["name"]
        request.remarks.append(f"webhook {body['name']} started runbook {runbook}")
        return Response(202, {"JobIds": [self.cloud.ids.guid("job")]})


def _new_address(arm: ArmRequest) -> str:
    account = account_id(arm)
    guid, region = stable_guid("automation-account", account.lower()), arm.parents[ACCOUNT]["location"]
    token = arm.cloud.ids.guid("webhook").replace("-", "")
    address = f"{arm.request.base_url}/{PREFIX}/{guid}.webhook.{region}/webhooks?token={token}"
    arm.cloud.webhook_addresses[address] = account.lower()
    return address
