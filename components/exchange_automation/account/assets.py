"""ExchangeAccountAssets: variables, credentials, certificates and connections of an automation account.

Owns these assets. It refuses to own webhooks' callers and Key Vaults. Whoever can edit a runbook of the account can read
every one of its assets, encrypted or not: for secrets, a Key Vault that the identity may read is the better place.
"""

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Optional, TypedDict

import pulumi
from pulumi_azure_native import automation
from typing_extensions import NotRequired

from exchange_automation.core.errors import Mistakes
from exchange_automation.core.naming import slug
from exchange_automation.core.validation import check_names

_NAME = re.compile(r"[^<>*%&:\\?.+/\x00-\x1f]{1,128}")

CONNECTION_TYPES: Mapping[str, frozenset[str]] = {
    "Azure": frozenset({"AutomationCertificateName", "SubscriptionID"}),
    "AzureServicePrincipal": frozenset({"ApplicationId", "CertificateThumbprint", "SubscriptionId", "TenantId"}),
    "AzureClassicCertificate": frozenset({"CertificateAssetName", "SubscriptionId", "SubscriptionName"}),
}
"""Connection types that every account has -> their fields. Others come with a module of the account and are not checked."""


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
    """Required. Password. A secret in the state, whatever it is given as."""
    description: NotRequired[str]
    """Optional. Description, which the portal shows. Default: none."""


class CertificateArgs(TypedDict):
    """A certificate, as Get-AutomationCertificate returns it."""

    content: pulumi.Input[str]
    """Required. The file in base64: a .pfx without a password, or a .cer. A secret in the state, whatever it is
    given as."""
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
    """Required. Values of the type's fields. Secrets in the state, whatever they are given as."""
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
    """Optional. Credentials by name, for systems that know no managed identity. Default: none."""
    certificates: NotRequired[Mapping[str, CertificateArgs]]
    """Optional. Certificates by name, for systems that know no managed identity. Exchange Online needs none here.
    Default: none."""
    connections: NotRequired[Mapping[str, ConnectionArgs]]
    """Optional. Connections by name, for scripts that are older than managed identities. Default: none."""


class ExchangeAccountAssets(pulumi.ComponentResource):
    """Variables, credentials, certificates and connections of an automation account, new or existing.

    Values of encrypted variables, passwords, certificates and the fields of connections are secrets in the state
    and are in no output. Azure returns neither the values of encrypted variables nor passwords nor certificates, so
    a refresh does not see a change in the portal.

    Sources: ``Microsoft.Automation/automationAccounts/variables``, ``credentials``, ``certificates`` and
    ``connections``, API 2024-10-23.

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
        super().__init__("exchange-automation:index:ExchangeAccountAssets", name, None, opts)
        variables = sorted((args.get("variables") or {}).items())
        self.variables: list[automation.Variable] = [
            automation.Variable(
                f"{name}-{slug(key)}-variable",
                resource_group_name=args["resource_group_name"],
                automation_account_name=args["automation_account_name"],
                variable_name=key,
                name=key,
                is_encrypted=bool(entry.get("encrypted")),
                value=_written(entry["value"], secret=bool(entry.get("encrypted"))),
                description=entry.get("description"),
                # The property cannot be changed in place.
                opts=pulumi.ResourceOptions(
                    parent=self, replace_on_changes=["isEncrypted"], delete_before_replace=True
                ),
            )
            for key, entry in variables
        ]
        self.credentials: list[automation.Credential] = [
            automation.Credential(
                f"{name}-{slug(key)}-credential",
                resource_group_name=args["resource_group_name"],
                automation_account_name=args["automation_account_name"],
                credential_name=key,
                name=key,
                user_name=entry["user_name"],
                password=pulumi.Output.secret(entry["password"]),
                description=entry.get("description"),
                opts=pulumi.ResourceOptions(parent=self, additional_secret_outputs=["password"]),
            )
            for key, entry in sorted((args.get("credentials") or {}).items())
        ]
        self.certificates: list[automation.Certificate] = [
            automation.Certificate(
                f"{name}-{slug(key)}-certificate",
                resource_group_name=args["resource_group_name"],
                automation_account_name=args["automation_account_name"],
                certificate_name=key,
                name=key,
                base64_value=pulumi.Output.secret(entry["content"]),
                is_exportable=bool(entry.get("exportable")),
                description=entry.get("description"),
                opts=pulumi.ResourceOptions(parent=self, additional_secret_outputs=["base64Value"]),
            )
            for key, entry in sorted((args.get("certificates") or {}).items())
        ]
        self.connections: list[automation.Connection] = [
            automation.Connection(
                f"{name}-{slug(key)}-connection",
                resource_group_name=args["resource_group_name"],
                automation_account_name=args["automation_account_name"],
                connection_name=key,
                name=key,
                connection_type={"name": entry["type"]},
                field_definition_values=pulumi.Output.secret(dict(entry["fields"])),
                description=entry.get("description"),
                opts=pulumi.ResourceOptions(
                    parent=self,
                    additional_secret_outputs=["fieldDefinitionValues"],
                    # The type cannot be changed in place.
                    replace_on_changes=["connectionType"],
                    delete_before_replace=True,
                ),
            )
            for key, entry in sorted((args.get("connections") or {}).items())
        ]
        self.variable_names = pulumi.Output.all(*(each.name for each in self.variables))
        self.register_outputs({"variable_names": self.variable_names})


def _written(value: pulumi.Input[Any], *, secret: bool) -> pulumi.Output[str]:
    """The value as variables keep it, which is JSON."""
    written = pulumi.Output.json_dumps(value)
    return pulumi.Output.secret(written) if secret else written


def _check(name: str, args: ExchangeAccountAssetsArgs) -> None:
    mistakes = Mistakes("ExchangeAccountAssets", name)
    check_names(mistakes, args, ExchangeAccountAssetsArgs)
    shapes: Mapping[str, Any] = {
        "variables": VariableArgs,
        "credentials": CredentialArgs,
        "certificates": CertificateArgs,
        "connections": ConnectionArgs,
    }
    given: Mapping[str, Any] = dict(args)
    for kind, shape in shapes.items():
        entries = given.get(kind)
        if entries is not None and not isinstance(entries, Mapping):
            mistakes.add("EXA180", f"{kind} is not a mapping of names to what they hold. Correct it.")
            continue
        seen: dict[str, str] = {}
        for key, entry in (entries or {}).items():
            where = f'{kind}["{key}"]'
            if not _NAME.fullmatch(str(key)) or str(key).endswith(" "):
                mistakes.add(
                    "EXA181",
                    f"{where} has a name that Azure Automation refuses: 1 to 128 characters without < > * % & : \\ ? . + / and "
                    "no blank at the end. Give another name.",
                )
            if str(key).lower() in seen:
                mistakes.add("EXA181", f"{where} and {seen[str(key).lower()]} are one name to Azure. Rename one.")
            seen[str(key).lower()] = where
            if not isinstance(entry, Mapping):
                mistakes.add("EXA180", f"{where} is not a mapping with its value. Correct it.")
                continue
            check_names(mistakes, entry, shape, f"{where}.")
            _CHECKS[kind](mistakes, where, entry)
    mistakes.raise_any()


def _check_variable(mistakes: Mistakes, where: str, entry: Mapping[str, Any]) -> None:
    value = entry.get("value")
    if value is None or isinstance(value, pulumi.Output):
        return
    try:
        json.dumps(value)
    except (TypeError, ValueError):
        mistakes.add(
            "EXA182",
            f"{where}.value is of type {type(value).__name__}, which variables cannot hold. Give text, a number, a bool, a list "
            "or a mapping of these.",
        )


def _check_credential(mistakes: Mistakes, where: str, entry: Mapping[str, Any]) -> None:
    """Any text is a user name or a password."""


def _check_certificate(mistakes: Mistakes, where: str, entry: Mapping[str, Any]) -> None:
    content = entry.get("content")
    if not isinstance(content, str):
        return
    try:
        empty = not base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        empty = True
    if empty:
        mistakes.add(
            "EXA183",
            f"{where}.content is not a file in base64, so Azure would refuse the certificate. Give the .pfx (without a "
            'password) or .cer as base64.b64encode(Path("x.pfx").read_bytes()).decode().',
        )


def _check_connection(mistakes: Mistakes, where: str, entry: Mapping[str, Any]) -> None:
    kind, fields = entry.get("type"), entry.get("fields")
    if kind is None or fields is None:
        return
    if not isinstance(kind, str) or not isinstance(fields, Mapping):
        mistakes.add("EXA184", f"{where} has no type as plain text, or fields that are not a mapping. Correct it.")
        return
    wanted = CONNECTION_TYPES.get(kind)
    if wanted is not None and set(fields) != wanted:
        mistakes.add(
            "EXA184",
            f"{where}.fields are {', '.join(sorted(fields)) or 'none'}, but connections of type {kind} have "
            f"{', '.join(sorted(wanted))}, all of them needed. Correct them.",
        )


_CHECKS: Mapping[str, Callable[[Mistakes, str, Mapping[str, Any]], None]] = {
    "variables": _check_variable,
    "credentials": _check_credential,
    "certificates": _check_certificate,
    "connections": _check_connection,
}
