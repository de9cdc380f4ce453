"""Registered applications, their credentials, and the service principals of applications.

Behaviour from the Microsoft Graph v1.0 reference (application, federatedIdentityCredential, passwordCredential,
keyCredential). The azuread provider adds a certificate with a PATCH of the whole list ``keyCredentials``, in which the
existing entries have no key.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass, replace
from typing import Any

from cryptography import x509

from localtenant.core.clock import iso
from localtenant.core.errors import ServiceError, graph_bad_request, graph_not_found
from localtenant.core.ids import is_guid
from localtenant.state.claims_matching import check_expression
from localtenant.state.directory import Access, Directory
from localtenant.state.internals import KEY, ApplicationInternals, internals
from localtenant.state.store import Body

MAX_FEDERATED_CREDENTIALS = 20


@dataclass(frozen=True)
class ForeignApplication:
    """An application that is registered in another tenant.

    Attributes:
        tenant_id: that tenant.
        application: the application.
    """

    tenant_id: str
    application: Body


def create(directory: Directory, payload: Body, access: Access, owner_id: str | None) -> Body:
    """Registers an application.

    Raises:
        ServiceError: 400 without a display name.
    """
    if not payload.get("displayName"):
        raise graph_bad_request("Property displayName is invalid.")
    body = _application(directory, iso(access.now))
    body["id"] = directory.ids.guid("application")
    body["appId"] = directory.ids.guid("appId")
    directory.add("applications", body, access)
    directory.owners[body["id"]] = owners(directory, payload, access, owner_id)
    return update(directory, body["id"], {k: v for k, v in payload.items() if k not in ("id", "appId")}, access)


def update(directory: Directory, object_id: str, changes: Body, access: Access) -> Body:
    """Changes an application. Of a certificate among the changes, the keys go into the internals of the application."""
    current = directory.get("applications", object_id, access)
    changes = {name: value for name, value in changes.items() if not name.startswith("@") and "@odata" not in name}
    if "keyCredentials" in changes:
        listed = changes["keyCredentials"] or []
        certificates, credentials = _key_credentials(directory, current, listed)
        secrets = replace(credentials_of(current), certificates=certificates)
        changes = {**changes, "keyCredentials": credentials, KEY: secrets}
    return directory.change("applications", object_id, changes, access)


def create_service_principal(
    directory: Directory, payload: Body, access: Access, owner_id: str | None, foreign: ForeignApplication | None = None
) -> Body:
    """Creates the service principal of an application.

    Args:
        directory: the tenant's.
        payload: the body of the request.
        access: the moment.
        owner_id: object id of its creator.
        foreign: the application of another tenant, where this tenant has none with that client id.

    Raises:
        ServiceError: 400 for an application that does not exist or has not replicated, 409 for a second one.
    """
    app_id = payload.get("appId")
    own = next((a for a in directory.live("applications") if a["appId"] == str(app_id).lower()), None)
    if own is not None and not directory.referable(own["id"], access, ("applications",)):
        own = None
    application = own or (foreign.application if foreign else None)
    if application is None:
        raise graph_bad_request(
            f"The appId '{app_id}' of the service principal does not reference a valid application object."
        )
    plain = {name: value for name, value in payload.items() if "@odata" not in name}
    principal = directory.add_service_principal(
        {
            "displayName": application["displayName"],
            "appDisplayName": application["displayName"],
            "signInAudience": application["signInAudience"],
            "servicePrincipalNames": [application["appId"], *application["identifierUris"]],
            "appRoles": application["appRoles"],
            **({} if own or foreign is None else {"appOwnerOrganizationId": foreign.tenant_id}),
            **plain,
        },
        access,
    )
    directory.owners[principal["id"]] = owners(directory, payload, access, owner_id)
    return principal


def owners(directory: Directory, payload: Body, access: Access, caller_id: str | None) -> list[str]:
    """Returns the owners of a new object: its creator, and the objects that ``owners@odata.bind`` names.

    Raises:
        ServiceError: 404, an owner does not exist or has not replicated.
    """
    result = [caller_id] if caller_id else []
    for reference in payload.get("owners@odata.bind") or ():
        owner_id = str(reference).rstrip("/").rsplit("/", 1)[-1].lower()
        if not directory.referable(owner_id, access):
            raise graph_not_found(owner_id)
        if owner_id not in result:
            result.append(owner_id)
    return result


def add_password(directory: Directory, object_id: str, payload: Body, access: Access) -> Body:
    """Adds a secret; only this response shows it."""
    application = directory.get("applications", object_id, access)
    wanted = payload.get("passwordCredential") or {}
    secret = directory.ids.opaque("secret")
    credential: Body = {
        "customKeyIdentifier": None,
        "displayName": wanted.get("displayName"),
        "endDateTime": wanted.get("endDateTime"),
        "hint": secret[:3],
        "keyId": directory.ids.guid("passwordKey"),
        "secretText": None,
        "startDateTime": wanted.get("startDateTime") or iso(access.now),
    }
    store_secret(directory, application, credential, secret, access)
    return {**credential, "secretText": secret}


def store_secret(directory: Directory, application: Body, credential: Body, secret: str, access: Access) -> None:
    """Stores a secret's digest beside its credential."""
    before = credentials_of(application)
    after = replace(before, secrets={**before.secrets, credential["keyId"]: _digest(secret)})
    changes = {"passwordCredentials": [*application["passwordCredentials"], credential], KEY: after}
    directory.change("applications", application["id"], changes, access)


def remove_password(directory: Directory, object_id: str, payload: Body, access: Access) -> None:
    """Removes a secret by ``keyId``; 400 when the application has no secret of that id."""
    application = directory.get("applications", object_id, access)
    key_id = payload.get("keyId")
    kept = [c for c in application["passwordCredentials"] if c["keyId"] != key_id]
    if len(kept) == len(application["passwordCredentials"]):
        raise graph_bad_request(f"No credentials found to be removed with keyId '{key_id}'.")
    before = credentials_of(application)
    after = replace(before, secrets={key: digest for key, digest in before.secrets.items() if key != key_id})
    directory.change("applications", object_id, {"passwordCredentials": kept, KEY: after}, access)


def has_secret(application: Body, secret: str) -> bool:
    """Returns whether the application has this secret."""
    return _digest(secret) in credentials_of(application).secrets.values()


def credentials_of(application: Body) -> ApplicationInternals:
    """The credentials that Graph does not show with the application."""
    return internals(application, ApplicationInternals)


def federated_credentials(application: Body) -> list[Body]:
    """The application's federated identity credentials."""
    return list(credentials_of(application).federated)


def add_federated_credential(directory: Directory, object_id: str, payload: Body, access: Access) -> Body:
    """Adds a federated identity credential: trust in the tokens of an outside issuer.

    Raises:
        ServiceError: 400 for a missing property, an expression that Entra ID refuses or too many credentials, 409 for a
            name or an issuer-subject pair that is taken.
    """
    application = directory.get("applications", object_id, access)
    existing = federated_credentials(application)
    matching = payload.get("claimsMatchingExpression")
    for name in ("name", "issuer", "audiences", *(() if matching else ("subject",))):
        if not payload.get(name):
            raise graph_bad_request(f"Property {name} is required and cannot be empty.")
    if matching:
        check_expression(str(payload["issuer"]), matching)
    if any(item["name"] == payload["name"] for item in existing):
        raise _federated_conflict(f"FederatedIdentityCredential with name {payload['name']} already exists.")
    token = (payload["issuer"], payload.get("subject"), matching)
    if any((item["issuer"], item["subject"], item["claimsMatchingExpression"]) == token for item in existing):
        raise _federated_conflict("FederatedIdentityCredential with issuer and subject already exists.")
    if len(existing) >= MAX_FEDERATED_CREDENTIALS:
        raise graph_bad_request(f"At most {MAX_FEDERATED_CREDENTIALS} federated identity credentials are allowed.")
    credential: Body = {
        "id": directory.ids.guid("federatedIdentityCredential"),
        "name": payload["name"],
        "issuer": payload["issuer"],
        "subject": payload.get("subject"),
        "description": payload.get("description"),
        "audiences": list(payload["audiences"]),
        "claimsMatchingExpression": matching,
    }
    after = replace(credentials_of(application), federated=(*existing, credential))
    directory.change("applications", object_id, {KEY: after}, access)
    return credential


def federated_credential(directory: Directory, object_id: str, key: str, access: Access) -> Body:
    """Returns a federated identity credential by id or name; 404 when it does not exist."""
    application = directory.get("applications", object_id, access)
    found = next((item for item in federated_credentials(application) if key in (item["id"], item["name"])), None)
    if found is None:
        raise graph_not_found(key)
    return found


def change_federated_credential(
    directory: Directory, object_id: str, key: str, changes: Body | None, access: Access
) -> None:
    """Changes a federated identity credential, or removes it when ``changes`` is None."""
    found = federated_credential(directory, object_id, key, access)
    application = directory.get("applications", object_id, access)
    result: list[Body] = []
    for item in federated_credentials(application):
        if item["id"] != found["id"]:
            result.append(item)
        elif changes is not None:
            changed = {**item, **{k: v for k, v in changes.items() if k in item and k not in ("id", "name")}}
            if changed["claimsMatchingExpression"]:
                check_expression(str(changed["issuer"]), changed["claimsMatchingExpression"])
            result.append(changed)
    after = replace(credentials_of(application), federated=tuple(result))
    directory.change("applications", object_id, {KEY: after}, access)


def _federated_conflict(message: str) -> ServiceError:
    return ServiceError(409, "Request_MultipleObjectsWithSameKeyValue", message)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8")).hexdigest()


def _key_credentials(directory: Directory, current: Body, listed: list[Body]) -> tuple[Body, list[Body]]:
    known = credentials_of(current).certificates
    before = {item["keyId"]: item for item in current["keyCredentials"]}
    keys: dict[str, str] = {}
    credentials: list[Body] = []
    for item in listed:
        key_id = str(item.get("keyId") or directory.ids.guid("key"))
        if item.get("key"):
            der = _decode(str(item["key"]))
            begins, ends = _validity(der)
            thumbprint = hashlib.sha1(der, usedforsecurity=False).hexdigest().upper()
            keys[key_id] = base64.b64encode(der).decode("ascii")
            entry = {
                "customKeyIdentifier": thumbprint,
                "displayName": item.get("displayName"),
                "endDateTime": item.get("endDateTime") or ends,
                "key": None,
                "keyId": key_id,
                "startDateTime": item.get("startDateTime") or begins,
                "type": item.get("type", "AsymmetricX509Cert"),
                "usage": item.get("usage", "Verify"),
            }
        elif key_id in before:
            keys[key_id] = known[key_id]
            entry = before[key_id]
        else:
            raise graph_bad_request("New key credential must include the key value.")
        credentials.append(entry)
    return keys, credentials


def _validity(der: bytes) -> tuple[str | None, str | None]:
    """First and last moment of a certificate, which Graph shows for a key that was added without dates."""
    try:
        parsed = x509.load_der_x509_certificate(der)
    except ValueError:
        return None, None
    return iso(parsed.not_valid_before_utc), iso(parsed.not_valid_after_utc)


def _decode(text: str) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise graph_bad_request("Key credential is not a base64 encoded certificate.") from None
    # Graph takes a certificate as DER, or as a PEM file encoded once more, which is what the azuread provider sends.
    if raw.startswith(b"-----BEGIN CERTIFICATE-----"):
        return base64.b64decode(b"".join(raw.split(b"-----")[2].split()))
    return raw


def find(directory: Directory, key: str, access: Access) -> Body:
    """Returns an application by object id, or by application id when ``key`` is ``appId=...``; 404 when it does not
    exist.
    """
    if key.startswith("appId="):
        wanted = key.partition("=")[2].lower()
        body = next((a for a in directory.all("applications", access) if a["appId"] == wanted), None)
        if body is None:
            raise graph_not_found(wanted)
        return body
    if not is_guid(key):
        raise graph_bad_request(f"Invalid object identifier '{key}'.")
    return directory.get("applications", key, access)


def _application(directory: Directory, created: str) -> dict[str, Any]:
    return {
        KEY: ApplicationInternals(),
        "id": "",
        "deletedDateTime": None,
        "appId": "",
        "applicationTemplateId": None,
        "disabledByMicrosoftStatus": None,
        "createdDateTime": created,
        "displayName": None,
        "description": None,
        "groupMembershipClaims": None,
        "identifierUris": [],
        "isDeviceOnlyAuthSupported": None,
        "isFallbackPublicClient": None,
        "notes": None,
        "publisherDomain": directory.tenant.initial_domain,
        "serviceManagementReference": None,
        "signInAudience": "AzureADMyOrg",
        "tags": [],
        "tokenEncryptionKeyId": None,
        "samlMetadataUrl": None,
        "defaultRedirectUri": None,
        "certification": None,
        "optionalClaims": None,
        "requestSignatureVerification": None,
        "addIns": [],
        "api": {
            "acceptMappedClaims": None,
            "knownClientApplications": [],
            "requestedAccessTokenVersion": None,
            "oauth2PermissionScopes": [],
            "preAuthorizedApplications": [],
        },
        "appRoles": [],
        "info": {
            "logoUrl": None,
            "marketingUrl": None,
            "privacyStatementUrl": None,
            "supportUrl": None,
            "termsOfServiceUrl": None,
        },
        "keyCredentials": [],
        "parentalControlSettings": {"countriesBlockedForMinors": [], "legalAgeGroupRule": "Allow"},
        "passwordCredentials": [],
        "publicClient": {"redirectUris": []},
        "requiredResourceAccess": [],
        "verifiedPublisher": {"displayName": None, "verifiedPublisherId": None, "addedDateTime": None},
        "web": {
            "homePageUrl": None,
            "logoutUrl": None,
            "redirectUris": [],
            "implicitGrantSettings": {"enableAccessTokenIssuance": False, "enableIdTokenIssuance": False},
            "redirectUriSettings": [],
        },
        "spa": {"redirectUris": []},
    }
