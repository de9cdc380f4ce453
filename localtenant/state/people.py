"""Users and groups, as far as they can hold a grant.

Behaviour from the user and group pages of the Microsoft Graph v1.0 reference. Passwords are checked for presence and
forgotten; licences, mailboxes and dynamic membership do not exist here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localtenant.core.clock import iso
from localtenant.core.errors import ServiceError, graph_bad_request
from localtenant.state.directory import Access, Directory
from localtenant.state.store import Body


def user_body(object_id: str, properties: Mapping[str, Any], created: str) -> Body:
    """Returns a user as Graph shows it."""
    defaults: Body = {
        "deletedDateTime": None,
        "accountEnabled": True,
        "createdDateTime": created,
        "displayName": None,
        "givenName": None,
        "jobTitle": None,
        "mail": None,
        "mailNickname": None,
        "mobilePhone": None,
        "officeLocation": None,
        "onPremisesImmutableId": None,
        "onPremisesSyncEnabled": None,
        "otherMails": [],
        "businessPhones": [],
        "preferredLanguage": None,
        "surname": None,
        "usageLocation": None,
        "userPrincipalName": None,
        "userType": "Member",
    }
    shown = {name: value for name, value in properties.items() if name not in ("id", "passwordProfile")}
    return {"id": object_id, **defaults, **shown}


def create_user(directory: Directory, payload: Body, access: Access) -> Body:
    """Creates a user.

    Raises:
        ServiceError: 400 for a missing property, a domain of another tenant, or a name that is taken.
    """
    _require(payload, "accountEnabled", "displayName", "mailNickname", "userPrincipalName")
    if not (payload.get("passwordProfile") or {}).get("password"):
        raise graph_bad_request("A password must be specified to create a new user.")
    _check_principal_name(directory, str(payload["userPrincipalName"]), "")
    body = user_body(directory.ids.guid("user"), _plain(payload), iso(access.now))
    return directory.add("users", body, access)


def update_user(directory: Directory, object_id: str, payload: Body, access: Access) -> None:
    """Changes a user; a password among the changes is forgotten."""
    changes = {name: value for name, value in _plain(payload).items() if name not in ("id", "passwordProfile")}
    if changes.get("userPrincipalName"):
        _check_principal_name(directory, str(changes["userPrincipalName"]), object_id)
    directory.change("users", object_id, changes, access)


def find_user(directory: Directory, key: str, access: Access) -> Body:
    """Returns a user by object id or by user principal name; 404 when it does not exist."""
    if "@" in key:
        for body in directory.all("users", access):
            if str(body["userPrincipalName"]).lower() == key.lower():
                return body
    return directory.get("users", key, access)


def create_group(directory: Directory, payload: Body, access: Access, owner_id: str) -> Body:
    """Creates a group; its creator owns it.

    Raises:
        ServiceError: 400 for a missing property, or a combination that Graph does not take.
    """
    _require(payload, "displayName", "mailEnabled", "mailNickname", "securityEnabled")
    types = payload.get("groupTypes") or []
    if payload["mailEnabled"] and "Unified" not in types:
        raise graph_bad_request("Cannot Create a mail-enabled security groups and or distribution list.")
    if payload.get("isAssignableToRole") and ("DynamicMembership" in types or not payload["securityEnabled"]):
        raise graph_bad_request("A group that can hold roles is a security group with assigned members.")
    defaults: Body = {
        "deletedDateTime": None,
        "classification": None,
        "createdDateTime": iso(access.now),
        "description": None,
        "groupTypes": [],
        "isAssignableToRole": None,
        "mail": None,
        "onPremisesSyncEnabled": None,
        "proxyAddresses": [],
        "securityIdentifier": None,
        "theme": None,
        "visibility": None,
    }
    body = {"id": directory.ids.guid("group"), **defaults, **_plain(payload)}
    directory.add("groups", body, access)
    directory.owners[body["id"]] = [owner_id, *_bound(payload, "owners")]
    directory.members[body["id"]] = _bound(payload, "members")
    return body


def update_group(directory: Directory, object_id: str, payload: Body, access: Access) -> None:
    """Changes a group.

    Raises:
        ServiceError: 400 for a property that is fixed at creation.
    """
    if "isAssignableToRole" in payload:
        raise graph_bad_request("Property 'isAssignableToRole' is read-only and cannot be set.")
    changes = {name: value for name, value in _plain(payload).items() if name != "id"}
    directory.change("groups", object_id, changes, access)


def _require(payload: Body, *names: str) -> None:
    for name in names:
        if payload.get(name) in (None, ""):
            raise graph_bad_request(f"A value is required for property '{name}' of resource.")


def _plain(payload: Body) -> Body:
    return {name: value for name, value in payload.items() if "@odata" not in name}


def _bound(payload: Body, relation: str) -> list[str]:
    references = payload.get(f"{relation}@odata.bind") or ()
    return [str(reference).rstrip("/").rsplit("/", 1)[-1].lower() for reference in references]


def _check_principal_name(directory: Directory, name: str, object_id: str) -> None:
    domains = (directory.tenant.initial_domain, directory.tenant.custom_domain)
    if name.partition("@")[2].lower() not in domains:
        raise graph_bad_request(
            "The domain portion of the userPrincipalName property is invalid. You must use one of the verified domain "
            "names in your organization."
        )
    for body in directory.live("users"):
        if str(body["userPrincipalName"]).lower() == name.lower() and body["id"] != object_id:
            raise ServiceError(
                400,
                "Request_BadRequest",
                "Another object with the same value for property userPrincipalName already exists.",
            )
