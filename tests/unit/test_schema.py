"""The schema that programs in other languages see."""

from __future__ import annotations

import ast
import enum
import json
import re
from collections.abc import Iterator
from typing import Any, get_args

import pytest

import exchange_automation
from exchange_automation.account import planned_account
from exchange_automation.catalog import clouds, directory_roles, enumerations
from exchange_automation.plugin.provider import COMPONENTS
from exchange_automation.plugin.schema import SECRETS, published
from exchange_automation.runbook import schedules
from tools.schema import SCHEMA, rendered

STORED: dict[str, Any] = json.loads(SCHEMA.read_text())
TYPES = {token.rsplit(":", 1)[-1]: definition for token, definition in STORED["types"].items()}
RESOURCES = {token.rsplit(":", 1)[-1]: resource for token, resource in STORED["resources"].items()}


def described() -> Iterator[tuple[str, dict[str, Any]]]:
    """Everything that has a description."""
    for name, definition in {**RESOURCES, **TYPES}.items():
        yield name, definition
        for kind in ("inputProperties", "properties"):
            for key, described_property in definition.get(kind, {}).items():
                yield f"{name}.{kind}.{key}", described_property
        for member in definition.get("enum", []):
            yield f"{name}.{member['name']}", member


def test_the_stored_schema_is_that_of_the_components() -> None:
    assert SCHEMA.read_text() == rendered(), "components/schema.json is stale: make schema"


def test_every_public_component_is_hosted() -> None:
    public = {getattr(exchange_automation, name) for name in exchange_automation.__all__}
    components = {name for name in public if hasattr(name, "__mro__") and "ComponentResource" in str(name.__mro__)}
    assert components == set(COMPONENTS)
    assert set(RESOURCES) == {component.__name__ for component in components}


def test_everything_has_a_description_and_none_of_them_is_pythons() -> None:
    everything = list(described())
    assert len(everything) > 200
    for path, definition in everything:
        text = definition.get("description", "").split("{{% examples %}}")[0]
        assert text.rstrip().endswith("."), path
        assert not re.search(r":raises|Raises:|Args:|``|:class:|\bNone\b|\bTrue\b|\bFalse\b", text), path
        assert not re.search(r"\b(resource_group_name|account_id|directory_roles|user_assigned_\w+)\b", text), path


def test_arguments_that_several_components_share_have_one_description() -> None:
    # A reader in an editor sees only the description: a reference to another component would be no help.
    shared = (
        "app_role directory_roles permissions_from_exchange_role_group allow_global_administrator exchange_environment "
        "organization powershell_version exchange_module_version exchange_module_uri exchange_module_sha256 "
        "extra_packages allow_clashing_packages prepared_pins storage_account_name storage_resource_group_name tags"
    )
    for name in shared.split():
        key = re.sub(r"_(\w)", lambda letter: letter[1].upper(), name)
        texts = {
            resource["inputProperties"][key]["description"]
            for token, resource in RESOURCES.items()
            if key in resource.get("inputProperties", {}) and (token, key) != ("ExchangeRunbook", "directoryRoles")
        }
        assert len(texts) == 1, (name, texts)
        assert "As in " not in texts.pop()


def test_every_argument_is_required_exactly_when_its_description_says_so() -> None:
    for name, definition in {**RESOURCES, **TYPES}.items():
        kind, required = ("inputProperties", "requiredInputs") if name in RESOURCES else ("properties", "required")
        for key, described_property in definition.get(kind, {}).items():
            says = described_property["description"].startswith("Required. ")
            assert says == (key in definition.get(required, [])), f"{name}.{key}"


def test_what_names_a_resource_is_plain() -> None:
    for name, key in (
        ("DirectoryRole", "role"),
        ("FederatedCredential", "name"),
        ("PrivateEndpoint", "group"),
        ("RoleAssignment", "role"),
        ("Schedule", "frequency"),
        ("Schedule", "timeZone"),
    ):
        assert TYPES[name]["properties"][key]["plain"] is True, f"{name}.{key}"
    for name, key in (("ExchangeRunbook", "runbookName"), ("ExchangeAutomationAccount", "directoryRoles")):
        assert RESOURCES[name]["inputProperties"][key]["plain"] is True, f"{name}.{key}"
    for name, key in (("ExchangeAutomationAccount", "organization"), ("ExchangeAccess", "principalId")):
        assert "plain" not in RESOURCES[name]["inputProperties"][key], f"{name}.{key}"


def test_enumerations_are_what_the_checks_accept() -> None:
    members = {
        name: [member["value"] for member in definition["enum"]]
        for name, definition in TYPES.items()
        if "enum" in definition
    }
    assert members["Frequency"] == list(schedules.FREQUENCIES)
    assert members["ExchangeEnvironment"] == [cloud.exchange_environment for cloud in clouds.CLOUDS]
    defined = {
        member.__name__ for member in vars(enumerations).values() if isinstance(member, enum.EnumMeta) and len(member)
    }
    assert defined == set(members) - {"IdentityType"}
    assert members["DirectoryRoleName"] == [role.name for role in directory_roles.EXCHANGE_ROLES]


def test_a_type_checker_knows_the_texts_of_every_enumeration() -> None:
    described = {**vars(enumerations), **vars(planned_account)}
    for name in (name for name, definition in TYPES.items() if "enum" in definition):
        texts = list(get_args(described[f"{name}Text"]))
        ids = [role.template_id for role in directory_roles.EXCHANGE_ROLES] if name == "DirectoryRoleName" else []
        assert texts == [member.value for member in described[name]] + ids, name


def test_a_role_is_one_of_the_names_or_any_text() -> None:
    role = TYPES["DirectoryRole"]["properties"]["role"]
    assert role["oneOf"][0] == {"type": "string"}
    assert role["oneOf"][1]["$ref"] == "#/types/exchange-automation:index:DirectoryRoleName"
    assert role["plain"]
    assert "type" not in role


def test_a_member_of_an_enumeration_reads_as_its_value() -> None:
    assert f"{enumerations.ExchangeEnvironment.CHINA} {enumerations.Weekday.MONDAY!s}" == "O365China Monday"


def test_a_property_is_a_secret_exactly_when_its_description_says_so() -> None:
    secret = 0
    for name, definition in {**RESOURCES, **TYPES}.items():
        for key, described_property in {
            **definition.get("inputProperties", {}),
            **definition.get("properties", {}),
        }.items():
            says = bool(
                re.search(r"The state keeps (it as a secret|them as secrets)", described_property["description"])
            )
            assert described_property.get("secret", False) is says, f"{name}.{key}"
            secret += says
            if re.search(r"password|secret|private_?key", key, re.IGNORECASE):
                assert says, f"{name}.{key}"
    assert secret == len(SECRETS)


def test_no_module_of_a_component_defers_its_annotations() -> None:
    # The analysis reads annotations as objects, and fails on texts.
    for component in COMPONENTS:
        source = (SCHEMA.parent / f"{component.__module__.replace('.', '/')}.py").read_text()
        imports = [node.module for node in ast.parse(source).body if isinstance(node, ast.ImportFrom)]
        assert "__future__" not in imports, component.__module__


def test_a_property_without_a_description_would_be_seen() -> None:
    bare = published({"types": {}, "resources": {"x:index:Thing": {"inputProperties": {"size": {"type": "string"}}}}})
    assert "description" not in bare["resources"]["x:index:Thing"]["inputProperties"]["size"]


@pytest.mark.parametrize("name", sorted(RESOURCES))
def test_the_token_of_a_component_is_the_one_that_it_registers(name: str) -> None:
    [component] = [component for component in COMPONENTS if component.__name__ == name]
    source = (SCHEMA.parent / f"{component.__module__.replace('.', '/')}.py").read_text()
    assert f'"exchange-automation:index:{name}"' in source
