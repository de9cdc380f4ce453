"""The list of customers, and whether each of them can be reached, checked before anything is registered."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi
import pulumi_azuread as azuread
import yaml

EXCHANGE_ONLINE = "00000002-0000-0ff1-ce00-000000000000"
KEYS = {"name", "tenant", "organization", "role"}
DEFAULT_ROLE = "Exchange Recipient Administrator"

_NAME = re.compile(r"[a-z][a-z0-9-]{0,30}[a-z0-9]")
_TENANT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class CustomersError(pulumi.RunError):
    """The list has mistakes, or customers cannot be reached. The message has one line for each."""


@dataclass(frozen=True)
class Customer:
    """One customer.

    Attributes:
        name: Short name, which becomes part of the names of its resources.
        tenant: Id of its tenant.
        organization: Initial domain of its tenant.
        role: Display name of the directory role that the application gets there.
    """

    name: str
    tenant: str
    organization: str
    role: str = DEFAULT_ROLE


def read(path: Path) -> list[Customer]:
    """Returns the customers of a file.

    Raises:
        CustomersError: The file cannot be read, an entry is wrong, or a customer is listed twice.
    """
    try:
        entries = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise CustomersError(f"{path.name} cannot be read, so nothing is deployed: {error}") from error
    # An empty list is the way in which the last customer leaves.
    entries = [] if entries is None else entries
    if not isinstance(entries, list):
        raise CustomersError(f"{path.name} is not a list of customers, so nothing is deployed.")
    mistakes = [f"entry {number}: {mistake}" for number, entry in enumerate(entries, 1) for mistake in _mistakes(entry)]
    _refuse(f"{path.name} has mistakes", mistakes)
    customers = [Customer(**{**entry, "tenant": entry["tenant"].lower()}) for entry in entries]
    _refuse(f"{path.name} has mistakes", list(_duplicates(customers)))
    return customers


def reach(customers: Sequence[Customer], provider_of: Callable[[Customer], azuread.Provider]) -> None:
    """Signs in to every customer's tenant and reads Exchange Online's service principal there.

    Raises:
        CustomersError: A tenant did not consent to the deployer, does not exist, or has no Exchange Online.
    """
    found = []
    for customer in customers:
        options = pulumi.InvokeOptions(provider=provider_of(customer))
        try:
            azuread.get_service_principal(client_id=EXCHANGE_ONLINE, opts=options)
        except Exception as error:  # noqa: BLE001  (an engine's failure has no type of its own)
            found.append(f"{customer.name} ({customer.tenant}): {_reason(str(error))}")
    _refuse("Some customers cannot be reached", found)


def _mistakes(entry: Any) -> Iterator[str]:
    if not isinstance(entry, dict):
        yield "it is not a mapping with name, tenant and organization."
        return
    unknown = sorted(map(str, entry.keys() - KEYS))
    if unknown:
        yield f"{unknown[0]} is not known. Known are {', '.join(sorted(KEYS))}."
    if not (isinstance(entry.get("name"), str) and _NAME.fullmatch(entry["name"])):
        yield "name is missing or has other characters than lower-case letters, digits and hyphens."
    if not (isinstance(entry.get("tenant"), str) and _TENANT.fullmatch(entry["tenant"])):
        yield "tenant is not the id of a tenant, which is a GUID."
    if not isinstance(entry.get("organization"), str):
        yield "organization is missing. It is the tenant's initial domain, such as fabrikam.onmicrosoft.com."
    if not isinstance(entry.get("role", DEFAULT_ROLE), str):
        yield "role is not the name of a directory role."


def _duplicates(customers: Sequence[Customer]) -> Iterator[str]:
    for key in ("name", "tenant", "organization"):
        counts = Counter(str(getattr(customer, key)).lower() for customer in customers)
        for value in (value for value, count in counts.items() if count > 1):
            yield f"{key} {value} is listed {counts[value]} times. Two entries would grant the same access twice."


def _reason(text: str) -> str:
    if "AADSTS700016" in text or "AADSTS7000229" in text:
        return "its administrator has not consented to the deployer's application (README, step 2)."
    if "AADSTS90002" in text:
        return "there is no such tenant."
    if "no service principal found" in text.lower():
        return "it has no Exchange Online: no service principal of Office 365 Exchange Online."
    return " ".join(text.split())


def _refuse(what: str, mistakes: Sequence[str]) -> None:
    if mistakes:
        lines = "\n".join(f"  - {mistake}" for mistake in mistakes)
        raise CustomersError(f"{what}, so nothing is deployed:\n{lines}")
