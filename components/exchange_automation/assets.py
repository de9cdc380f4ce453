"""ExchangeAccountAssets: variables and credentials of an automation account.

Owns these assets. It refuses to own webhooks' callers and Key Vaults. Whoever can edit a runbook of the account can read
every one of its assets, encrypted or not: for secrets, a Key Vault that the identity may read is the better place.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Optional, TypedDict

import pulumi
from pulumi_azure_native import automation
from typing_extensions import NotRequired

from .access_names import slug
from .arguments import check_names
from .errors import Mistakes

_NAME = re.compile(r"[^<>*%&:\\?.+/\x00-\x1f]{1,128}")


class VariableArgs(TypedDict):
    """One variable."""

    value: pulumi.Input[Any]
    """Required. What Get-AutomationVariable returns: text, number, bool, list or mapping. A secret output makes the variable
    encrypted."""
    encrypted: NotRequired[bool]
    """Optional. Azure keeps the value encrypted and never returns it. Cannot be changed later without a new variable. Default:
    false."""
    description: NotRequired[str]
    """Optional. What it is for."""


class CredentialArgs(TypedDict):
    """One credential."""

    user_name: pulumi.Input[str]
    """Required. User name."""
    password: pulumi.Input[str]
    """Required. Password; a secret in the state, whatever it is given as."""
    description: NotRequired[str]
    """Optional. What it is for."""


class ExchangeAccountAssetsArgs(TypedDict):
    """Arguments of ExchangeAccountAssets."""

    resource_group_name: pulumi.Input[str]
    """Required. Resource group of the automation account."""
    automation_account_name: pulumi.Input[str]
    """Required. Name of the automation account."""
    variables: NotRequired[Mapping[str, VariableArgs]]
    """Optional. Variables by name. Default: none."""
    credentials: NotRequired[Mapping[str, CredentialArgs]]
    """Optional. Credentials by name, for systems that know no managed identity. Default: none."""


class ExchangeAccountAssets(pulumi.ComponentResource):
    """Variables and credentials of an automation account, new or existing.

    Values of encrypted variables and passwords are secrets in the state, and appear in no output. Azure never returns them,
    so a value that somebody changes in the portal is not seen by a refresh.

    Sources: ``Microsoft.Automation/automationAccounts/variables`` and ``credentials``, API 2024-10-23.

    :raises InvalidArgumentsError: before anything is registered.
    """

    variable_names: pulumi.Output[list[str]]
    """Names of the variables, sorted, available once they are there."""

    def __init__(
        self, name: str, args: ExchangeAccountAssetsArgs, opts: Optional[pulumi.ResourceOptions] = None
    ) -> None:
        _check(name, args)
        super().__init__("exchange-automation:index:ExchangeAccountAssets", name, None, opts)
        variables = sorted((args.get("variables") or {}).items())
        self.variables = [
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
        self.credentials = [
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
        self.variable_names = pulumi.Output.all(*(each.name for each in self.variables))
        self.register_outputs({"variable_names": self.variable_names})


def _written(value: pulumi.Input[Any], *, secret: bool) -> pulumi.Output[str]:
    """The value as variables keep it, which is JSON."""
    written = pulumi.Output.json_dumps(value)
    return pulumi.Output.secret(written) if secret else written


def _check(name: str, args: ExchangeAccountAssetsArgs) -> None:
    mistakes = Mistakes("ExchangeAccountAssets", name)
    check_names(mistakes, args, ExchangeAccountAssetsArgs)
    shapes: Mapping[str, Any] = {"variables": VariableArgs, "credentials": CredentialArgs}
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
            _check_value(mistakes, where, kind, entry)
    mistakes.raise_any()


def _check_value(mistakes: Mistakes, where: str, kind: str, entry: Mapping[str, Any]) -> None:
    value = entry.get("value")
    if kind != "variables" or value is None or isinstance(value, pulumi.Output):
        return
    try:
        json.dumps(value)
    except (TypeError, ValueError):
        mistakes.add(
            "EXA182",
            f"{where}.value is of type {type(value).__name__}, which variables cannot hold. Give text, a number, a bool, a list "
            "or a mapping of these.",
        )
