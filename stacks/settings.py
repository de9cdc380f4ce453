"""The settings of a stack: reads ``pulumi.Config`` into one typed value, or raises one error with every mistake."""

import difflib
from dataclasses import dataclass, field
from typing import Any

import pulumi
from pulumi.runtime.config import CONFIG

from exchange_automation import DirectoryRoleArgs, IdentityType

NAMESPACE = "exchange-automation"

_KEYS = ("organization", "location", "resourceGroupName", "identityType", "directoryRoles", "tags")
_ROLE_KEYS = {"role", "scope"}


class InvalidSettingsError(pulumi.RunError):
    """The configuration of a stack is wrong. The program registered nothing."""


@dataclass(frozen=True)
class Settings:
    """The settings of one stack. This module checks their form; the components check their meaning.

    Attributes:
        organization: The initial domain of the tenant.
        location: The Azure region.
        resource_group_name: The resource group that the program creates for the account.
        identity_type: The identity that runbooks sign in with.
        directory_roles: The directory roles of the identity. None for the default of the component, which warns of it.
        tags: The tags of every resource that can have tags.
    """

    organization: str
    location: str
    resource_group_name: str
    identity_type: IdentityType = IdentityType.SYSTEM_ASSIGNED
    directory_roles: list[DirectoryRoleArgs] | None = None
    tags: dict[str, str] = field(default_factory=dict)


def load() -> Settings:
    """Reads the settings of the current stack.

    Raises:
        InvalidSettingsError: At least one setting is wrong. The message has every mistake.
    """
    config = pulumi.Config(NAMESPACE)
    mistakes: list[str] = []
    values: dict[str, Any] = {}
    _check_keys(mistakes)
    for key, name in (
        ("organization", "organization"),
        ("location", "location"),
        ("resourceGroupName", "resource_group_name"),
    ):
        text = (config.get(key) or "").strip()
        if not text:
            mistakes.append(f"{key} is missing. Set it: pulumi config set {key} VALUE")
        values[name] = text
    _read_identity_type(config, values, mistakes)
    _read_directory_roles(config, values, mistakes)
    _read_tags(config, values, mistakes)
    if mistakes:
        count = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
        lines = "\n".join(f"  - {mistake}" for mistake in mistakes)
        raise InvalidSettingsError(
            f"Stack {pulumi.get_stack()}: {count} in its configuration, so nothing was registered:\n{lines}"
        )
    return Settings(**values)


def _check_keys(mistakes: list[str]) -> None:
    """Adds the keys that no setting has. A misspelled key would leave its setting at the default, without a word."""
    for full_key in sorted({*pulumi.runtime.get_config_env(), *CONFIG.get()}):
        namespace, _, key = full_key.partition(":")
        if namespace == NAMESPACE and key not in _KEYS:
            near = difflib.get_close_matches(key, _KEYS, n=1)
            hint = f"Did you mean {near[0]}?" if near else f"Known are {', '.join(_KEYS)}."
            mistakes.append(f"{key} is not a setting, and its value would be ignored. {hint}")


def _read_identity_type(config: pulumi.Config, values: dict[str, Any], mistakes: list[str]) -> None:
    given = config.get("identityType")
    if given is None:
        return
    try:
        values["identity_type"] = IdentityType(given)
    except ValueError:
        known = " or ".join(identity_type.value for identity_type in IdentityType)
        mistakes.append(f'identityType "{given}" is not a type of managed identity. Use {known}.')


def _read_directory_roles(config: pulumi.Config, values: dict[str, Any], mistakes: list[str]) -> None:
    given = _read_object(config, "directoryRoles", mistakes)
    if given is None:
        return
    if not isinstance(given, list) or not given:
        mistakes.append(
            "directoryRoles is not a list with an entry for each role, such as: - role: Exchange Administrator"
        )
        return
    roles: list[DirectoryRoleArgs] = []
    for index, entry in enumerate(given):
        if (
            not isinstance(entry, dict)
            or not set(entry) <= _ROLE_KEYS
            or not all(isinstance(value, str) and value for value in (entry.get("role"), entry.get("scope", "/")))
        ):
            mistakes.append(
                f"directoryRoles[{index}] does not have the name of a role under the key role, and at most a scope beside it. "
                "Write it as - role: Exchange Administrator"
            )
            continue
        roles.append(
            DirectoryRoleArgs(role=entry["role"], scope=entry["scope"])
            if "scope" in entry
            else DirectoryRoleArgs(role=entry["role"])
        )
    values["directory_roles"] = roles


def _read_tags(config: pulumi.Config, values: dict[str, Any], mistakes: list[str]) -> None:
    given = _read_object(config, "tags", mistakes)
    if given is None:
        return
    if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
        mistakes.append('tags is not a map of text to text, such as: costCenter: "4711"')
        return
    values["tags"] = given


def _read_object(config: pulumi.Config, key: str, mistakes: list[str]) -> Any:
    try:
        return config.get_object(key)
    except pulumi.ConfigTypeError:
        mistakes.append(f"{key} is not structured configuration. Write it as YAML in the stack's file.")
        return None
