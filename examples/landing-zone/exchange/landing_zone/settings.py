"""The settings of a stack: configuration -> one frozen, typed value, or one error with every mistake."""

import dataclasses
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi

from exchange_automation import DirectoryRoleName

from .naming import REGIONS, Names

NAMESPACE = "landing-zone"
RUNBOOKS = Path(__file__).resolve().parents[1] / "runbooks"


class SettingsError(pulumi.RunError):
    """A stack's configuration is wrong; nothing was registered."""


@dataclass(frozen=True)
class Tenant:
    """A tenant with the subscription of its part of the landing zone.

    Attributes:
        name: Key in the configuration.
        connected: Whether it is the platform's tenant, so that its accounts can use workspace and DNS zone.
        client_id: Its own deployer; None for the one that the environment signs in.
    """

    name: str
    tenant_id: str
    subscription_id: str
    organization: str
    connected: bool = False
    client_id: str | None = None


@dataclass(frozen=True)
class Identity:
    """An identity that several accounts share, with its grants."""

    name: str
    tenant: str
    role: str


@dataclass(frozen=True)
class Account:
    """An automation account of one team.

    Attributes:
        role: Directory role of its own identity.
        identity: The shared identity that it uses instead of one of its own.
        runbook: A file in ``runbooks``.
        daily: Local time at which it runs each day; on demand without it.
    """

    name: str
    tenant: str
    runbook: str
    role: str | None = None
    identity: str | None = None
    daily: str | None = None


@dataclass(frozen=True)
class Settings:
    """All settings of a stack.

    Attributes:
        secrets: The secret of each tenant's own deployer, by the tenant's name. One without a secret signs in with OIDC.
    """

    platform_stack: str
    names: Names
    owner: str
    address_space: str
    tags: Mapping[str, str]
    tenants: Mapping[str, Tenant]
    identities: Mapping[str, Identity]
    accounts: Mapping[str, Account]
    secrets: Mapping[str, pulumi.Output[str]]

    @property
    def common_tags(self) -> dict[str, str]:
        """Tags of everything."""
        return {**self.tags, "owner": self.owner, "environment": self.names.environment}


def load() -> Settings:
    """Reads the settings of the current stack.

    Raises:
        SettingsError: With every mistake.
    """
    config = pulumi.Config(NAMESPACE)
    mistakes: list[str] = []

    def text(key: str) -> str:
        value = (config.get(key) or "").strip()
        if not value:
            mistakes.append(f"{key} is missing. Set it: pulumi config set {NAMESPACE}:{key} VALUE")
        return value

    names = Names(text("workload"), text("environment"), text("location"))
    if names.location and names.location not in REGIONS:
        mistakes.append(
            f'location "{names.location}" has no short name. Use {", ".join(REGIONS)}, or add it to naming.py.'
        )
    platform_stack, owner, space = text("platformStack"), text("owner"), text("addressSpace")
    if space:
        try:
            ipaddress.ip_network(space)
        except ValueError:
            mistakes.append(f'addressSpace "{space}" is not a network such as 10.64.0.0/24.')
    tenants = _read(config, "tenants", Tenant, mistakes)
    identities = _read(config, "identities", Identity, mistakes)
    accounts = _read(config, "accounts", Account, mistakes)
    secrets = _read_secrets(config, mistakes)
    _check_tenants(tenants, secrets, mistakes)
    _check(tenants, identities, accounts, mistakes)
    if mistakes:
        lines = "\n".join(f"  - {mistake}" for mistake in mistakes)
        raise SettingsError(
            f"Stack {pulumi.get_stack()}: {len(mistakes)} mistake(s) in its configuration, so nothing was registered:\n{lines}"
        )
    return Settings(
        platform_stack,
        names,
        owner,
        space,
        config.get_object("tags") or {},
        tenants,
        identities,
        accounts,
        {name: pulumi.Output.secret(secret) for name, secret in secrets.items()},
    )


def _read(config: pulumi.Config, key: str, kind: Any, mistakes: list[str]) -> dict[str, Any]:
    """A mapping of names to entries of one kind."""
    read: dict[str, Any] = {}
    fields = {_as_configured(field.name): field for field in dataclasses.fields(kind) if field.name != "name"}
    needed = {name for name, field in fields.items() if field.default is field.default_factory is dataclasses.MISSING}
    for name, entry in (config.get_object(key) or {}).items():
        if not isinstance(entry, Mapping) or not needed <= set(entry) <= set(fields):
            rest = ", ".join(sorted(set(fields) - needed))
            beside = f" and at most {rest} beside" if rest else ""
            mistakes.append(f'{key}["{name}"] is not a mapping with {", ".join(sorted(needed))}{beside}.')
            continue
        read[name] = kind(name=name, **{fields[given].name: value for given, value in entry.items()})
    return read


def _as_configured(field_name: str) -> str:
    """``tenant_id`` as configuration files spell it, ``tenantId``."""
    first, *rest = field_name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def _read_secrets(config: pulumi.Config, mistakes: list[str]) -> Mapping[str, Any]:
    """The secrets as they are. No message repeats one, so the SDK's error, which does, stays here."""
    try:
        secrets = config.get_object("secrets") or {}
    except pulumi.ConfigTypeError:
        secrets = None
    if isinstance(secrets, Mapping):
        return secrets
    mistakes.append(f"secrets is not a mapping. Set one: pulumi config set --secret --path {NAMESPACE}:secrets.TENANT")
    return {}


def _check_tenants(tenants: Mapping[str, Tenant], secrets: Mapping[str, Any], mistakes: list[str]) -> None:
    connected = [tenant.name for tenant in tenants.values() if tenant.connected]
    if len(connected) > 1:
        mistakes.append(
            f"tenants {', '.join(connected)} are connected, and only one can be: they would share one address space."
        )
    own = [tenant.name for tenant in tenants.values() if tenant.client_id is not None]
    for name, secret in secrets.items():
        if name not in own:
            mistakes.append(f'secrets["{name}"] is not one of the tenants with a clientId: {", ".join(own) or "none"}.')
        elif not isinstance(secret, str) or not secret:
            mistakes.append(f'secrets["{name}"] is not text.')


def _check(
    tenants: Mapping[str, Tenant],
    identities: Mapping[str, Identity],
    accounts: Mapping[str, Account],
    mistakes: list[str],
) -> None:
    for key, entries in (("identities", identities), ("accounts", accounts)):
        mistakes += [
            f'{key}["{item.name}"].tenant "{item.tenant}" is not one of tenants: {", ".join(tenants)}.'
            for item in entries.values()
            if item.tenant not in tenants
        ]
        mistakes += [
            f'{key}["{entry.name}"].role "{entry.role}" is not one of {", ".join(DirectoryRoleName)}.'
            for entry in entries.values()
            if entry.role is not None and entry.role not in list(DirectoryRoleName)
        ]
    for account in accounts.values():
        where = f'accounts["{account.name}"]'
        if (account.role is None) == (account.identity is None):
            mistakes.append(f"{where} needs either role, for an identity of its own, or identity, for a shared one.")
        shared = identities.get(account.identity or "")
        if account.identity is not None and (shared is None or shared.tenant != account.tenant):
            mistakes.append(f'{where}.identity "{account.identity}" is not one of the identities of its tenant.')
        if not (RUNBOOKS / account.runbook).is_file():
            mistakes.append(f'{where}.runbook "{account.runbook}" is not a file in runbooks.')
