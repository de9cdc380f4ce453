"""The published schema: the SDK's analysis of the annotations, and the facts that annotations cannot express."""

import inspect
import re
from collections.abc import Iterator, Mapping
from typing import Any

from exchange_automation.catalog.directory_roles import EXCHANGE_ROLES
from exchange_automation.catalog.enumerations import DirectoryRoleName
from exchange_automation.plugin.examples import in_other_languages, python_example, without_example

SECRETS = frozenset(
    {"CertificateArgs.content", "ConnectionArgs.fields", "CredentialArgs.password", "WebhookArgs.address"}
)
"""Properties whose values are secrets, also where a program gives plain text."""

PACKAGE: Mapping[str, Any] = {
    "displayName": "Exchange automation",
    "description": "Components that give a script that runs without a person its access to Exchange Online. "
    "Both grants are Pulumi resources: a preview shows them, and destroy deletes them.",
    "keywords": ["category/cloud", "kind/component", "azure", "entra", "exchange-online", "automation"],
    "license": "Apache-2.0",
}


LANGUAGES: Mapping[str, Mapping[str, Any]] = {
    # Without it the generator leaves out the argument types of entries in a plain list, and the SDK does not compile.
    "go": {"generateExtraInputTypes": True}
}
"""Options of the generators, beside those of the SDK's analysis."""


def published(analysed: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the schema for other languages.

    Types lose the ending "Args", because the SDK of a language adds its own. Descriptions lose the marks of Python's
    docstrings and name arguments as the other languages do. Secrets are marked. Keys are sorted, so that the stored schema
    changes only where the components change.

    Args:
        analysed: The result of the SDK's analysis, as JSON.
    """
    for token, described_type in analysed["types"].items():
        for name, described in described_type.get("properties", {}).items():
            if f"{token.rsplit(':', 1)[-1]}.{name}" in SECRETS:
                described["secret"] = True
    if _ROLE_TYPE in analysed["types"]:
        _name_roles(analysed["types"])
    examples = {
        token: python_example(inspect.cleandoc(resource.get("description") or ""))
        for token, resource in analysed["resources"].items()
    }
    names = {_snake_case(name): name for name in _property_names(analysed)}
    given = analysed.get("language", {})
    languages = {**given, **{name: {**given.get(name, {}), **more} for name, more in LANGUAGES.items()}}
    schema: dict[str, Any] = _rewritten({**analysed, **PACKAGE, "language": languages}, names)
    for token, example in examples.items():
        if example is not None:
            schema["resources"][token]["description"] += f"\n\n{in_other_languages(example)}"
    schema["types"] = {_type_name(token): definition for token, definition in schema["types"].items()}
    return schema


_ROLE_TYPE = "exchange-automation:index:DirectoryRoleArgs"


def _name_roles(types: dict[str, Any]) -> None:
    """Gives the role of a directory role its names, beside any text: a role template id is right as well."""
    token = f"exchange-automation:index:{DirectoryRoleName.__name__}"
    types[token] = {
        "type": "string",
        "description": DirectoryRoleName.__doc__,
        "enum": [
            {"name": member.name, "value": member.value, "description": f"{role.allows[0].upper()}{role.allows[1:]}."}
            for member, role in zip(DirectoryRoleName, EXCHANGE_ROLES, strict=True)
        ],
    }
    role = types[_ROLE_TYPE]["properties"]["role"]
    role["oneOf"] = [{"type": role.pop("type")}, {"type": "string", "$ref": f"#/types/{token}"}]


def _rewritten(node: Any, names: Mapping[str, str]) -> Any:
    if isinstance(node, list):
        return [_rewritten(item, names) for item in node]
    if not isinstance(node, dict):
        return node
    rewritten = {key: _rewritten(value, names) for key, value in sorted(node.items())}
    if isinstance(node.get("$ref"), str):
        rewritten["$ref"] = _type_name(node["$ref"])
    if isinstance(node.get("description"), str):
        rewritten["description"] = _description(node["description"], names)
    for inner in ("items", "additionalProperties"):
        if isinstance(rewritten.get(inner), dict):
            # The analysis repeats the property's own.
            rewritten[inner].pop("description", None)
    return rewritten


def _type_name(token: str) -> str:
    return re.sub(r"^((?:#/types/)?exchange-automation:index:\w+?)Args$", r"\1", token)


_PYTHON_SECTIONS = ("Args:", "Attributes:", "Raises:", "Returns:")
"""First words of the paragraphs of a docstring that describe Python alone."""


def _description(docstring: str, names: Mapping[str, str]) -> str:
    paragraphs = re.split(r"\n\s*\n", without_example(inspect.cleandoc(docstring)))
    text = "\n\n".join(
        " ".join(paragraph.split()) for paragraph in paragraphs if not paragraph.startswith(_PYTHON_SECTIONS)
    )
    text = re.sub(r"\bNone\b", "null", text.replace("``", "`"))
    return re.sub(r"\b[a-z]+(?:_[a-z0-9]+)+\b", lambda name: names.get(name[0], name[0]), text)


def _property_names(analysed: Mapping[str, Any]) -> Iterator[str]:
    for resource in (*analysed["resources"].values(), *analysed["types"].values()):
        yield from resource.get("inputProperties", {})
        yield from resource.get("properties", {})


def _snake_case(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])[A-Z]", lambda capital: f"_{capital[0]}", name).lower()
