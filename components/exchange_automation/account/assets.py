"""ExchangeAccountAssets: variables, credentials, certificates and connections of an automation account.

The component owns these assets. It owns neither the callers of webhooks nor Key Vaults. Everybody who can edit a runbook of
the account can read all of its assets, encrypted or not, so a Key Vault that the identity may read is a better place for
secrets.
"""

import base64
import binascii
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, Optional, TypedDict, cast

import pulumi
from pulumi_azure_native import automation
from typing_extensions import NotRequired

from exchange_automation.catalog import name_rules
from exchange_automation.catalog.name_rules import NameRule
from exchange_automation.core.call_stacks import short_call_stacks
from exchange_automation.core.calls import takes_one_dictionary
from exchange_automation.core.errors import Mistakes
from exchange_automation.core.naming import check_name, checked_name, former_name_part, name_part, name_problem
from exchange_automation.core.problems import Problem
from exchange_automation.core.validation import check_arguments, entries, with_checked_outputs

CONNECTION_TYPES: Mapping[str, frozenset[str]] = {
    "Azure": frozenset({"AutomationCertificateName", "SubscriptionID"}),
    "AzureServicePrincipal": frozenset({"ApplicationId", "CertificateThumbprint", "SubscriptionId", "TenantId"}),
    "AzureClassicCertificate": frozenset({"CertificateAssetName", "SubscriptionId", "SubscriptionName"}),
}
"""Connection type of every account -> its fields. The types that a module of the account defines are not checked."""


class VariableArgs(TypedDict):
    """A variable."""

    value: pulumi.Input[Any]
    """Required. The value that Get-AutomationVariable returns: text, a number, a bool, a list or a mapping. A
    secret output makes the variable encrypted."""
    encrypted: NotRequired[bool]
    """Optional. Whether Azure encrypts the value and never returns it. A change replaces the variable. Default:
    true for a secret output, else false."""
    description: NotRequired[str]
    """Optional. Description, which the portal shows. Default: none."""


class CredentialArgs(TypedDict):
    """A credential."""

    user_name: pulumi.Input[str]
    """Required. User name."""
    password: pulumi.Input[str]
    """Required. Password. The state keeps it as a secret, also where the program gives plain text."""
    description: NotRequired[str]
    """Optional. Description, which the portal shows. Default: none."""


class CertificateArgs(TypedDict):
    """A certificate, as Get-AutomationCertificate returns it."""

    content: pulumi.Input[str]
    """Required. The file in base64: a .pfx without a password, or a .cer. The state keeps it as a secret, also where the
    program gives plain text."""
    exportable: NotRequired[bool]
    """Optional. Whether runbooks may export the private key. Default: false."""
    description: NotRequired[str]
    """Optional. Description, which the portal shows. Default: none."""


class ConnectionArgs(TypedDict):
    """A connection, as Get-AutomationConnection returns it."""

    type: str
    """Required. Name of the connection type: "Azure", "AzureServicePrincipal", "AzureClassicCertificate", or a type
    that a module of the account defines."""
    fields: Mapping[str, pulumi.Input[str]]
    """Required. Values of the type's fields. The state keeps them as secrets, also where the program gives plain text."""
    description: NotRequired[str]
    """Optional. Description, which the portal shows. Default: none."""


class ExchangeAccountAssetsArgs(TypedDict):
    """Arguments of ExchangeAccountAssets."""

    resource_group_name: pulumi.Input[str]
    """Required. Name of the resource group that has the automation account."""
    automation_account_name: pulumi.Input[str]
    """Required. Name of the automation account."""
    variables: NotRequired[Mapping[str, VariableArgs]]
    """Optional. Variables by name. Default: none."""
    credentials: NotRequired[Mapping[str, CredentialArgs]]
    """Optional. Credentials by name, for systems that do not accept a managed identity. Default: none."""
    certificates: NotRequired[Mapping[str, CertificateArgs]]
    """Optional. Certificates by name, for systems that do not accept a managed identity. Exchange Online needs none.
    Default: none."""
    connections: NotRequired[Mapping[str, ConnectionArgs]]
    """Optional. Connections by name, for scripts that are older than managed identities. Default: none."""


@takes_one_dictionary
class ExchangeAccountAssets(pulumi.ComponentResource):
    """Variables, credentials, certificates and connections of an automation account, new or existing.

    Values of encrypted variables, passwords, certificates and the fields of connections are secrets in the state
    and are in no output. Azure returns neither the values of encrypted variables nor passwords nor certificates, so
    a refresh does not see a change in the portal.

    Sources: ``Microsoft.Automation/automationAccounts/variables``, ``credentials``, ``certificates`` and
    ``connections``, API 2024-10-23.

    Example:
        ```python
        assets = ExchangeAccountAssets(
            "assets",
            {
                "resource_group_name": "rg-exchange-automation",
                "automation_account_name": "aa-exchange",
                "variables": {"Threshold": {"value": 85}},
            },
        )
        ```

    Raises:
        InvalidArgumentsError: An argument is wrong. The component registered nothing.
    """

    variable_names: pulumi.Output[list[str]]
    """Names of the variables, sorted, available once they exist."""

    def __init__(
        self, name: str, args: ExchangeAccountAssetsArgs, opts: Optional[pulumi.ResourceOptions] = None
    ) -> None:
        """Registers the component and its resources.

        Args:
            name: The logical name of the component. The logical names of its resources begin with it.
            args: The arguments: a dictionary with the keys of ExchangeAccountAssetsArgs.
            opts: The options of the component. Its resources have the component as their parent.
        """
        _check(name, args)
        args = with_checked_outputs(args, ExchangeAccountAssetsArgs)
        with short_call_stacks():
            super().__init__("exchange-automation:index:ExchangeAccountAssets", name, None, opts)
            place = {
                "resource_group_name": checked_name(
                    "resource_group_name", args["resource_group_name"], name_rules.RESOURCE_GROUP
                ),
                "automation_account_name": checked_name(
                    "automation_account_name", args["automation_account_name"], name_rules.AUTOMATION_ACCOUNT
                ),
            }
            assets = {family.argument: self._assets(name, place, args, family) for family in _FAMILIES}
            self.variables: list[automation.Variable] = cast("list[automation.Variable]", assets["variables"])
            self.credentials: list[automation.Credential] = cast("list[automation.Credential]", assets["credentials"])
            self.certificates: list[automation.Certificate] = cast(
                "list[automation.Certificate]", assets["certificates"]
            )
            self.connections: list[automation.Connection] = cast("list[automation.Connection]", assets["connections"])
            self.variable_names = pulumi.Output.all(*(variable.name for variable in self.variables))
            self.register_outputs({"variable_names": self.variable_names})

    def _assets(
        self, name: str, place: Mapping[str, Any], args: ExchangeAccountAssetsArgs, family: "_Family"
    ) -> list[pulumi.Resource]:
        given = _entries_of(args, family)
        return [
            family.resource(
                f"{name}-{name_part(key)}-{family.word}",
                **{
                    **place,
                    f"{family.word}_name": key,
                    "name": key,
                    "description": entry.get("description"),
                    **family.properties(entry),
                },
                opts=pulumi.ResourceOptions(
                    parent=self,
                    aliases=_aliases(name, key, family, set(given)),
                    additional_secret_outputs=list(family.secret_outputs) or None,
                    # Azure refuses to change these properties of an asset that exists.
                    replace_on_changes=list(family.fixed) or None,
                    delete_before_replace=True if family.fixed else None,
                ),
            )
            for key, entry in sorted(given.items())
        ]


def _aliases(name: str, key: str, family: "_Family", keys: set[str]) -> Optional[list[pulumi.Input[Any]]]:
    former = former_name_part(key, keys)
    return None if former is None else [pulumi.Alias(name=f"{name}-{former}-{family.word}")]


def _entries_of(args: Mapping[str, Any], family: "_Family") -> Mapping[str, Mapping[str, Any]]:
    return args.get(family.argument) or {}


# The four families of assets


class _Family(NamedTuple):
    """One type of asset: its argument, its resource, and its checks."""

    argument: str
    """The argument that has the assets by name."""
    word: str
    """The end of the logical names, and the beginning of the property with the name."""
    resource: Callable[..., pulumi.Resource]
    rule: NameRule
    properties: Callable[[Mapping[str, Any]], Mapping[str, Any]]
    """The properties of the resource that come from an entry."""
    faults: Optional[Callable[[str, Mapping[str, Any]], Iterator[Problem]]] = None
    """Yields what is wrong with an entry at a path; None where every entry of the right type is right."""
    secret_outputs: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()
    """Properties whose change replaces the asset."""


def _variable(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    # Sorted: programs in other languages give a mapping in another order each time.
    value = pulumi.Output.json_dumps(entry["value"], sort_keys=True)
    # A program that gives a secret expects that nobody can read it in the portal.
    encrypted: Any = True if entry.get("encrypted") else pulumi.Output.from_input(cast("Any", value.is_secret()))
    return {"is_encrypted": encrypted, "value": pulumi.Output.secret(value) if entry.get("encrypted") else value}


def _credential(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"user_name": entry["user_name"], "password": pulumi.Output.secret(entry["password"])}


def _certificate(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "base64_value": pulumi.Output.secret(entry["content"]),
        "is_exportable": entry.get("exportable") or False,
    }


def _connection(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "connection_type": {"name": entry["type"]},
        "field_definition_values": pulumi.Output.secret(dict(entry["fields"])),
    }


def _certificate_faults(where: str, entry: Mapping[str, Any]) -> Iterator[Problem]:
    content = entry.get("content")
    if isinstance(content, str) and not _is_base64(content):
        yield Problem(
            "EXA183",
            f"{where}.content is not a file in base64",
            "Azure would refuse the certificate",
            'Give the .pfx (without a password) or .cer as base64.b64encode(Path("x.pfx").read_bytes()).decode().',
        )


def _is_base64(content: str) -> bool:
    try:
        return bool(base64.b64decode(content, validate=True))
    except (binascii.Error, ValueError):
        return False


def _connection_faults(where: str, entry: Mapping[str, Any]) -> Iterator[Problem]:
    connection_type, given = entry.get("type"), entry.get("fields")
    fields = CONNECTION_TYPES.get(str(connection_type))
    if fields is not None and given is not None and set(given) != fields:
        yield Problem(
            "EXA184",
            f"{where}.fields are {', '.join(sorted(given)) or 'empty'}, but connections of type {connection_type} have "
            f"{', '.join(sorted(fields))}",
            "Azure would refuse the connection",
            "Give exactly these fields.",
        )


_FAMILIES: tuple[_Family, ...] = (
    _Family(
        "variables",
        "variable",
        automation.Variable,
        name_rules.VARIABLE,
        _variable,
        fixed=("isEncrypted",),
    ),
    _Family(
        "credentials",
        "credential",
        automation.Credential,
        name_rules.CREDENTIAL,
        _credential,
        secret_outputs=("password",),
    ),
    _Family(
        "certificates",
        "certificate",
        automation.Certificate,
        name_rules.CERTIFICATE,
        _certificate,
        _certificate_faults,
        secret_outputs=("base64Value",),
    ),
    _Family(
        "connections",
        "connection",
        automation.Connection,
        name_rules.CONNECTION,
        _connection,
        _connection_faults,
        secret_outputs=("fieldDefinitionValues",),
        fixed=("connectionType",),
    ),
)


def _check(name: str, args: ExchangeAccountAssetsArgs) -> None:
    mistakes = Mistakes("ExchangeAccountAssets", name)
    check_arguments(mistakes, args, ExchangeAccountAssetsArgs)
    check_name(mistakes, "resource_group_name", args.get("resource_group_name"), name_rules.RESOURCE_GROUP)
    check_name(mistakes, "automation_account_name", args.get("automation_account_name"), name_rules.AUTOMATION_ACCOUNT)
    for family in _FAMILIES:
        given = _entries_of(args, family)
        _check_names(mistakes, family, given)
        for where, entry in entries(family.argument, given):
            for fault in family.faults(where, entry) if family.faults else ():
                mistakes.add_problem(fault)
    mistakes.raise_any()


def _check_names(mistakes: Mistakes, family: _Family, given: Mapping[str, Any]) -> None:
    seen: dict[str, str] = {}
    for key in sorted(given):
        where = f'{family.argument}["{key}"]'
        if (problem := name_problem("EXA181", where, key, family.rule)) is not None:
            mistakes.add_problem(problem)
        if key.lower() in seen:
            mistakes.add(
                "EXA181",
                f"{where} and {seen[key.lower()]} differ in letter case alone",
                "Azure takes them for one name",
                "Give one of them another name.",
            )
        seen[key.lower()] = where
