"""Microsoft.Automation: variables, credentials, certificates and connections.

Behaviour from the Automation REST specification 2024-10-23: the value of an encrypted variable, a password and a
certificate are never returned; a connection's type is one that the account has.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from datetime import timedelta

from localtenant.arm.automation.accounts import API_VERSIONS
from localtenant.arm.automation.runbooks import invalid
from localtenant.arm.resource_types import ArmRequest, ResourceType, properties_of, system_data, visible
from localtenant.core.clock import iso_fine
from localtenant.core.errors import ServiceError
from localtenant.state.store import Body

CONNECTION_TYPES = {
    "Azure": ("AutomationCertificateName", "SubscriptionID"),
    "AzureServicePrincipal": ("ApplicationId", "CertificateThumbprint", "SubscriptionId", "TenantId"),
    "AzureClassicCertificate": ("CertificateAssetName", "SubscriptionId", "SubscriptionName"),
}
"""Connection types that every account has, with their fields."""


class Variable(ResourceType):
    name = "Microsoft.Automation/automationAccounts/variables"
    shown = "Microsoft.Automation/AutomationAccounts/Variables"
    api_versions = API_VERSIONS
    name_pattern = r"[^<>*%&:\\?.+/]{1,128}"

    async def put(self, arm: ArmRequest, stored: Body | None) -> Body:
        payload = arm.json()
        if not payload.get("name"):
            raise invalid("variable.name", "The name field is required.")
        wanted, before = properties_of(payload), (stored or {}).get("properties") or {}
        if stored is not None and wanted.get("isEncrypted", False) != before["isEncrypted"]:
            raise ServiceError(400, "BadRequest", "The isEncrypted property of a variable cannot be changed.")
        value = wanted.get("value")
        if value is not None:
            try:
                json.loads(value)
            except (TypeError, ValueError):
                raise ServiceError(400, "BadRequest", "The value of the variable is not valid JSON.") from None
        properties = {
            "isEncrypted": bool(wanted.get("isEncrypted", False)),
            "value": value if value is not None else before.get("value"),
            "description": wanted.get("description"),
            "creationTime": before.get("creationTime", iso_fine(arm.now)),
            "lastModifiedTime": iso_fine(arm.now),
        }
        return {**self.envelope(arm, stored, {}, properties), "systemData": system_data(arm, stored)}

    def show(self, arm: ArmRequest, body: Body) -> Body:
        shown = visible(body)
        if shown["properties"]["isEncrypted"]:
            shown["properties"] = {name: value for name, value in shown["properties"].items() if name != "value"}
        return shown


class Credential(ResourceType):
    name = "Microsoft.Automation/automationAccounts/credentials"
    shown = "Microsoft.Automation/AutomationAccounts/Credentials"
    api_versions = API_VERSIONS
    name_pattern = Variable.name_pattern

    async def put(self, arm: ArmRequest, stored: Body | None) -> Body:
        payload = arm.json()
        wanted, before = properties_of(payload), (stored or {}).get("properties") or {}
        for field, value in (
            ("name", payload.get("name")),
            ("userName", wanted.get("userName")),
            ("password", wanted.get("password")),
        ):
            if not value:
                raise invalid(f"credential.{field}", f"The {field} field is required.")
        properties = {
            "userName": wanted["userName"],
            "description": wanted.get("description"),
            "creationTime": before.get("creationTime", iso_fine(arm.now)),
            "lastModifiedTime": iso_fine(arm.now),
        }
        return self.envelope(arm, stored, {}, properties)


class Certificate(ResourceType):
    name = "Microsoft.Automation/automationAccounts/certificates"
    shown = "Microsoft.Automation/AutomationAccounts/Certificates"
    api_versions = API_VERSIONS
    name_pattern = Variable.name_pattern

    async def put(self, arm: ArmRequest, stored: Body | None) -> Body:
        payload = arm.json()
        wanted, before = properties_of(payload), (stored or {}).get("properties") or {}
        for field, value in (("name", payload.get("name")), ("base64Value", wanted.get("base64Value"))):
            if not value:
                raise invalid(f"certificate.{field}", f"The {field} field is required.")
        try:
            content = base64.b64decode(wanted["base64Value"], validate=True)
        except (binascii.Error, ValueError):
            raise ServiceError(400, "BadRequest", "The certificate is not valid base64.") from None
        properties = {
            # Nothing here can read a certificate; what it is stands for what the service would find in it.
            "thumbprint": hashlib.sha1(content, usedforsecurity=False).hexdigest().upper(),
            "expiryTime": before.get("expiryTime", iso_fine(arm.now + timedelta(days=365))),
            "isExportable": bool(wanted.get("isExportable", False)),
            "description": wanted.get("description"),
            "creationTime": before.get("creationTime", iso_fine(arm.now)),
            "lastModifiedTime": iso_fine(arm.now),
        }
        return self.envelope(arm, stored, {}, properties)


class Connection(ResourceType):
    name = "Microsoft.Automation/automationAccounts/connections"
    shown = "Microsoft.Automation/AutomationAccounts/Connections"
    api_versions = API_VERSIONS
    name_pattern = Variable.name_pattern

    async def put(self, arm: ArmRequest, stored: Body | None) -> Body:
        payload = arm.json()
        wanted, before = properties_of(payload), (stored or {}).get("properties") or {}
        kind = str((wanted.get("connectionType") or {}).get("name") or "")
        fields = wanted.get("fieldDefinitionValues") or {}
        if not payload.get("name"):
            raise invalid("connection.name", "The name field is required.")
        if kind not in CONNECTION_TYPES:
            raise ServiceError(404, "NotFound", f"The connection type '{kind}' was not found.")
        if before and before["connectionType"]["name"] != kind:
            raise ServiceError(400, "BadRequest", "The connectionType property of a connection cannot be changed.")
        if set(fields) != set(CONNECTION_TYPES[kind]):
            raise ServiceError(400, "BadRequest", f"The fields of the connection do not match the type '{kind}'.")
        properties = {
            "connectionType": {"name": kind},
            "fieldDefinitionValues": fields,
            "description": wanted.get("description"),
            "creationTime": before.get("creationTime", iso_fine(arm.now)),
            "lastModifiedTime": iso_fine(arm.now),
        }
        return self.envelope(arm, stored, {}, properties)
