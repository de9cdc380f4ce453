"""Directory roles by name: template ids, which are the same in every tenant.

Source: "Microsoft Entra built-in roles" on learn.microsoft.com.
"""

import difflib
import re

GLOBAL_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10"
EXCHANGE_ADMINISTRATOR = "29232cdf-9323-42fd-ade2-1d097af3e4de"
EXCHANGE_RECIPIENT_ADMINISTRATOR = "31392ffb-586c-42d1-9346-e59415a2cc4e"

ROLES: dict[str, str] = {
    "Exchange Administrator": EXCHANGE_ADMINISTRATOR,
    "Exchange Recipient Administrator": EXCHANGE_RECIPIENT_ADMINISTRATOR,
    "Compliance Administrator": "17315797-102d-40b4-93e0-432062caca18",
    "Security Administrator": "194ae4cb-b126-40b2-bd5b-6091b380977d",
    "Security Reader": "5d6b6bb7-de71-4623-b4af-96380a352509",
    "Helpdesk Administrator": "729827e3-9c14-49f7-bb1b-9608f156bbb8",
    "Global Reader": "f2ef992c-3afb-46b9-b7cf-a126ee74c451",
    "Global Administrator": GLOBAL_ADMINISTRATOR,
}
"""Roles that Exchange Online honours for sessions without a user: display name -> template id."""

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_BY_NAME = {name.lower(): template_id for name, template_id in ROLES.items()}
_NAMES = {template_id: name for name, template_id in ROLES.items()}


def template_id(name_or_id: str) -> str | None:
    """Returns the template id of a role given by display name or template id, in any letter case; None when the name is not known."""
    given = name_or_id.strip().lower()
    return given if _GUID.fullmatch(given) else _BY_NAME.get(given)


def shown(role_id: str) -> str:
    """Returns the name of a role where it is known, else its id."""
    return _NAMES.get(role_id.lower(), role_id)


def name_mistake(given: str) -> str | None:
    """Returns what is wrong with a role in the configuration; None for a known role."""
    if template_id(given) is not None:
        return None
    near = difflib.get_close_matches(given, ROLES, n=1)
    meant = f'"{near[0]}"' if near else "one of: " + ", ".join(ROLES)
    return f'"{given}" is neither a known display name nor a template id. Give {meant}, or the template id.'
