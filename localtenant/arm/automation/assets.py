"""Microsoft.Automation: variables, credentials, certificates and connections.

Behaviour from the Automation REST specification 2024-10-23: the service never returns the value of an encrypted variable, a
password or a certificate; the account has to have the type of a connection.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from datetime import timedelta
from typing import ClassVar

from localtenant.arm.automation.checks import CHILD_VERSIONS, named_as_the_path, refused, required, typed
from localtenant.arm.resource_types import ArmRequest, ResourceType, properties_of, system_data, visible
from localtenant.core.clock import iso_fine
from localtenant.state.store import Body

CONNECTION_TYPES = {
    "Azure": ("AutomationCertificateName", "SubscriptionID"),
    "AzureServicePrincipal": ("ApplicationId", "CertificateThumbprint", "SubscriptionId", "TenantId"),
    "AzureClassicCertificate": ("CertificateAssetName", "SubscriptionId", "SubscriptionName"),
}
"""Connection types that every account has, with their fields."""


class Asset(ResourceType):
    """A named value of an account, with a description and the times of its creation and its last change."""

    api_versions = CHILD_VERSIONS
    name_pattern = r"[^<>*%&:\\?.+/]{1,128}"
    deletes_absent = False

    label: ClassVar[str]
    """The name of the type in the service's refusals."""
    types: ClassVar[dict[str, type]] = {}
    """Properties and their types."""
    required: ClassVar[tuple[str, ...]] = ()
    """Properties that a PUT needs."""
    updatable: ClassVar[tuple[str, ...]] = ("description",)
    """Properties that a PATCH changes."""

    async def put(self, arm: ArmRequest, stored: Body | None) -> Body:
        payload = arm.json()
        wanted = properties_of(payload)
        named_as_the_path(self.label, arm, payload)
        typed(self.label, wanted, description=str, **self.types)
        required(self.label, wanted, *self.required)
        return self._written(arm, stored, wanted)

    async def patch(self, arm: ArmRequest, stored: Body) -> Body:
        wanted = properties_of(arm.json())
        typed(self.label, wanted, description=str, **self.types)
        before = self.sent(stored)
        changes = {name: wanted[name] for name in self.updatable if wanted.get(name) is not None}
        return self._written(arm, stored, {**before, **changes})

    def _written(self, arm: ArmRequest, stored: Body | None, wanted: Body) -> Body:
        before = (stored or {}).get("properties") or {}
        properties = {
            **self.read(arm, wanted, before),
            "description": wanted.get("description"),
            "creationTime": before.get("creationTime", iso_fine(arm.now)),
            "lastModifiedTime": iso_fine(arm.now),
        }
        return self.envelope(arm, stored, {}, properties)

    def read(self, arm: ArmRequest, wanted: Body, before: Body) -> Body:
        """Returns the properties that the service stores after a request."""
        raise NotImplementedError

    def sent(self, stored: Body) -> Body:
        """Returns the properties of a request that would store the resource unchanged."""
        return dict(stored["properties"])


class VariableAsset(Asset):
    name = "Microsoft.Automation/automationAccounts/variables"
    shown = "Microsoft.Automation/AutomationAccounts/Variables"
    label = "variable"
    types: ClassVar[dict[str, type]] = {"value": str, "isEncrypted": bool}
    updatable = ("description", "value")

    def read(self, arm: ArmRequest, wanted: Body, before: Body) -> Body:
        encrypted, value = wanted.get("isEncrypted", False), wanted.get("value")
        if before and encrypted != before["isEncrypted"]:
            raise refused("The isEncrypted property of a variable cannot be changed.")
        if value is not None:
            try:
                json.loads(value)
            except ValueError:
                raise refused("The value of the variable is not valid JSON.") from None
        return {"isEncrypted": encrypted, "value": value if value is not None else before.get("value")}

    def _written(self, arm: ArmRequest, stored: Body | None, wanted: Body) -> Body:
        return {**super()._written(arm, stored, wanted), "systemData": system_data(arm, stored)}

    def show(self, arm: ArmRequest, body: Body) -> Body:
        shown = visible(body)
        if shown["properties"]["isEncrypted"]:
            shown["properties"] = {name: value for name, value in shown["properties"].items() if name != "value"}
        return shown


class CredentialAsset(Asset):
    name = "Microsoft.Automation/automationAccounts/credentials"
    shown = "Microsoft.Automation/AutomationAccounts/Credentials"
    label = "credential"
    types: ClassVar[dict[str, type]] = {"userName": str, "password": str}
    required = ("userName", "password")
    updatable = ("description", "userName", "password")

    def read(self, arm: ArmRequest, wanted: Body, before: Body) -> Body:
        return {"userName": wanted["userName"]}


class CertificateAsset(Asset):
    name = "Microsoft.Automation/automationAccounts/certificates"
    shown = "Microsoft.Automation/AutomationAccounts/Certificates"
    label = "certificate"
    types: ClassVar[dict[str, type]] = {"base64Value": str, "isExportable": bool, "thumbprint": str}
    required = ("base64Value",)

    def read(self, arm: ArmRequest, wanted: Body, before: Body) -> Body:
        facts = {"thumbprint": before.get("thumbprint"), "expiryTime": before.get("expiryTime")}
        if wanted.get("base64Value") is not None:
            try:
                content = base64.b64decode(wanted["base64Value"], validate=True)
            except (binascii.Error, ValueError):
                raise refused("The certificate is not valid base64.") from None
            # The service reads thumbprint and expiry from the certificate; the tenant takes a digest and a year.
            facts["thumbprint"] = hashlib.sha1(content, usedforsecurity=False).hexdigest().upper()
            facts["expiryTime"] = facts["expiryTime"] or iso_fine(arm.now + timedelta(days=365))
        return {**facts, "isExportable": wanted.get("isExportable", False)}


class ConnectionAsset(Asset):
    name = "Microsoft.Automation/automationAccounts/connections"
    shown = "Microsoft.Automation/AutomationAccounts/Connections"
    label = "connection"
    types: ClassVar[dict[str, type]] = {"connectionType": dict, "fieldDefinitionValues": dict}
    required = ("connectionType",)
    updatable = ("description", "fieldDefinitionValues")

    def read(self, arm: ArmRequest, wanted: Body, before: Body) -> Body:
        kind, fields = str(wanted["connectionType"].get("name") or ""), wanted.get("fieldDefinitionValues") or {}
        if kind not in CONNECTION_TYPES:
            raise refused(f"The connection type '{kind}' was not found.")
        if before and before["connectionType"]["name"] != kind:
            raise refused("The connectionType property of a connection cannot be changed.")
        if set(fields) != set(CONNECTION_TYPES[kind]):
            raise refused(f"The fields of the connection do not match the type '{kind}'.")
        return {"connectionType": {"name": kind}, "fieldDefinitionValues": fields}
