"""Reads the list of tenants and checks it, and the credentials that belong to it, before anything runs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

KEYS = {"name", "organization", "location", "directory_roles"}
CREDENTIALS = ("ARM_CLIENT_ID", "ARM_TENANT_ID", "ARM_SUBSCRIPTION_ID")
SIGN_INS = ("ARM_CLIENT_SECRET", "ARM_CLIENT_CERTIFICATE_PATH", "ARM_OIDC_TOKEN_FILE_PATH", "ARM_USE_OIDC")
FOREIGN = ("ARM_", "AZURE_")
"""Beginnings of variables that sign somebody in; a tenant's process sees none but its own."""

_NAME = re.compile(r"[a-z][a-z0-9-]{0,38}[a-z0-9]")


class RosterError(Exception):
    """The list of tenants has mistakes. The message has one line for each."""


@dataclass(frozen=True)
class Tenant:
    """One tenant of the list.

    Attributes:
        name: The name of its stack, in lower case with hyphens.
        organization: Its initial domain, ``contoso.onmicrosoft.com``.
        location: The Azure region of its automation account.
        directory_roles: Display names of the directory roles that the identity gets.
    """

    name: str
    organization: str
    location: str
    directory_roles: tuple[str, ...]

    @property
    def prefix(self) -> str:
        """The beginning of the tenant's environment variables: ``CONTOSO_`` for ``contoso``."""
        return f"{self.name.upper().replace('-', '_')}_"

    def credentials(self, environment: Mapping[str, str]) -> dict[str, str]:
        """Returns the tenant's own variables without their prefix."""
        return {
            name.removeprefix(self.prefix): value for name, value in environment.items() if name.startswith(self.prefix)
        }


def read(path: Path, environment: Mapping[str, str]) -> list[Tenant]:
    """Returns the tenants of a file, in its order.

    Args:
        path: A YAML file with a list of ``{name, organization, location, directory_roles}``.
        environment: The variables that hold the credentials of every tenant, each with the tenant's prefix.

    Raises:
        RosterError: The file cannot be read, an entry is wrong, a tenant is listed twice, or its credentials are missing.
    """
    try:
        entries = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise RosterError(f"{path} cannot be read, so no tenant is deployed: {error}") from error
    if not isinstance(entries, list) or not entries:
        raise RosterError(f"{path} is not a list of tenants, so no tenant is deployed. Begin with - name: contoso")
    tenants: list[Tenant] = []
    mistakes: list[str] = []
    for number, entry in enumerate(entries, 1):
        found = list(_mistakes(entry))
        mistakes += [f"entry {number}: {mistake}" for mistake in found]
        if not found:
            roles = entry.get("directory_roles", ["Exchange Recipient Administrator"])
            tenants.append(Tenant(entry["name"], entry["organization"].lower(), entry["location"], tuple(roles)))
    mistakes += _duplicates(tenants)
    for tenant in tenants:
        mistakes += _missing_credentials(tenant, environment)
    if mistakes:
        lines = "\n".join(f"  - {mistake}" for mistake in mistakes)
        raise RosterError(f"{path} has mistakes, so no tenant is deployed:\n{lines}")
    return tenants


def environment_of(tenant: Tenant, tenants: list[Tenant], environment: Mapping[str, str]) -> dict[str, str]:
    """Returns the environment of the tenant's process.

    It has the tenant's own variables without their prefix. It has neither the variables of other tenants nor a sign-in
    that belongs to the whole run.
    """
    prefixes = (*(other.prefix for other in tenants), *FOREIGN)
    shared = {name: value for name, value in environment.items() if not name.startswith(prefixes)}
    return {**shared, **tenant.credentials(environment)}


def _mistakes(entry: Any) -> Iterator[str]:
    if not isinstance(entry, dict):
        yield "is not a mapping. Give name and organization."
        return
    for key in sorted(map(str, entry.keys() - KEYS)):
        yield f"{key} is not known, so its value would be ignored. Known are {', '.join(sorted(KEYS))}."
    name = entry.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        yield f"name {name!r} does not name a stack. Use lower-case letters, digits and hyphens, such as contoso."
    if not isinstance(entry.get("organization"), str):
        yield "organization is missing. Give the tenant's initial domain, such as contoso.onmicrosoft.com."
    if not isinstance(entry.get("location"), str):
        yield "location is missing. Give an Azure region, such as westeurope."
    roles = entry.get("directory_roles", ["-"])
    if not isinstance(roles, list) or not roles or not all(isinstance(role, str) for role in roles):
        yield "directory_roles is not a list of role names. Leave it out for Exchange Recipient Administrator."


def _duplicates(tenants: list[Tenant]) -> Iterator[str]:
    for what, values in (
        ("name", [tenant.prefix for tenant in tenants]),
        ("organization", [tenant.organization for tenant in tenants]),
    ):
        for value in sorted({value for value in values if values.count(value) > 1}):
            names = ", ".join(tenant.name for tenant, own in zip(tenants, values, strict=True) if own == value)
            yield f"{names}: the same {what} twice, so two stacks would manage one tenant. Remove one of the entries."
    ordered = sorted(tenants, key=lambda tenant: tenant.prefix)
    for shorter, longer in pairwise(ordered):
        if longer.prefix != shorter.prefix and longer.prefix.startswith(shorter.prefix):
            yield (
                f"{longer.name}: its variables begin with {shorter.prefix} as those of {shorter.name} do, so {shorter.name} "
                "would see them. Rename one of the two."
            )


def _missing_credentials(tenant: Tenant, environment: Mapping[str, str]) -> Iterator[str]:
    own = tenant.credentials(environment)
    for name in CREDENTIALS:
        if not own.get(name):
            yield f"{tenant.name}: {tenant.prefix}{name} is not set, so nothing can sign in to this tenant. Set it."
    if not any(own.get(name) for name in SIGN_INS):
        names = ", ".join(f"{tenant.prefix}{name}" for name in SIGN_INS)
        yield f"{tenant.name}: no credential, so nothing can sign in to this tenant. Set one of {names}."
