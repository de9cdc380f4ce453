"""The checks that the types of Microsoft.Automation share: names, types of values, and the texts of refusals."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from localtenant.arm.resource_types import ArmRequest
from localtenant.core.errors import ServiceError
from localtenant.state.store import Body

_WORDS = {bool: "a boolean", int: "an integer", str: "a string", dict: "an object", list: "an array"}

ACCOUNT_VERSIONS = (
    "2015-10-31",
    "2019-06-01",
    "2020-01-13-preview",
    "2021-06-22",
    "2022-08-08",
    "2023-05-15-preview",
    "2023-11-01",
    "2024-10-23",
)
"""API versions of accounts."""
CHILD_VERSIONS = tuple(version for version in ACCOUNT_VERSIONS if version != "2021-06-22")
"""API versions of runbooks, schedules, job schedules and assets: 2021-06-22 has accounts and hybrid workers only."""
WEBHOOK_VERSIONS = ("2015-10-31", "2023-05-15-preview", "2024-10-23")
RUNTIME_VERSIONS = ("2023-05-15-preview", "2024-10-23")


def invalid(field: str, text: str) -> ServiceError:
    """Returns the 400 of a body that the service cannot read, with the state of its model."""
    state = json.dumps({"Message": "The request is invalid.", "ModelState": {field: [text]}})
    return ServiceError(400, "BadRequest", state)


def refused(text: str) -> ServiceError:
    """Returns the 400 of a request that the service can read and does not accept."""
    return ServiceError(400, "BadRequest", text)


def required(label: str, values: Mapping[str, Any], *names: str) -> None:
    """Refuses a request that lacks a value.

    Raises:
        ServiceError: 400, with the name of the first missing value.
    """
    for name in names:
        value = values.get(name)
        if value is None or value == "":
            raise invalid(f"{label}.{name}", f"The {name} field is required.")


def typed(label: str, values: Mapping[str, Any], **types: type) -> None:
    """Refuses a value whose type is not the contract's.

    Raises:
        ServiceError: 400, with the name of the first value of a wrong type.
    """
    for name, expected in types.items():
        value = values.get(name)
        if value is None:
            continue
        if not isinstance(value, expected) or (expected is int and isinstance(value, bool)):
            raise invalid(f"{label}.{name}", f"The value '{value}' of {name} is not {_WORDS[expected]}.")


def named_as_the_path(label: str, arm: ArmRequest, payload: Body) -> None:
    """Refuses a body without a name, and a body whose name differs from the name in the path.

    Raises:
        ServiceError: 400.
    """
    required(label, payload, "name")
    if str(payload["name"]).lower() != arm.path.name.lower():
        raise refused(
            f"The name '{payload['name']}' in the request body does not match the name '{arm.path.name}' in the "
            "request uri."
        )


def hashed_content(label: str, link: Body) -> None:
    """Refuses a content link whose hash lacks its algorithm or its value.

    Raises:
        ServiceError: 400.
    """
    typed(label, link, uri=str, version=str, contentHash=dict)
    if link.get("contentHash"):
        required(f"{label}.contentHash", link["contentHash"], "algorithm", "value")
