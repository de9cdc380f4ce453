"""Hands a local text to Azure Automation: a private file, and an address that may read it for an hour.

Azure Automation takes a runbook's text only from an address that it can read without credentials, so the text goes into a
private container and its address carries a signature (docs/adr/0006 has the other ways, and why not).

Sources: ``Microsoft.Storage/storageAccounts`` and ``blobServices/containers``, API 2024-01-01; "Create a service SAS" of
the Storage REST reference.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, Optional

import pulumi
from pulumi_azure_native import automation, storage

from exchange_automation.core.errors import ExchangeAutomationError
from exchange_automation.core.invokes import Function, looked_up, looked_up_or_none, once_per_run
from exchange_automation.core.physical_names import letter_case_kept

STORAGE_ACCOUNT = Function(
    "azure-native:storage:getStorageAccount", storage.GetStorageAccountResult, "pulumi-azure-native"
)
# The SDK's class of this result is not needed: the metadata alone are read.
CONTAINER = Function("azure-native:storage:getBlobContainer", None, "pulumi-azure-native")
SERVICE_SAS = Function(
    "azure-native:storage:listStorageAccountServiceSAS",
    storage.ListStorageAccountServiceSASResult,
    "pulumi-azure-native",
)
SIGNED_BEFORE = timedelta(minutes=15)
SIGNED_AFTER = timedelta(minutes=60)
CONTENT_TYPE = "text/plain; charset=utf-8"


@dataclass(frozen=True)
class Text:
    """A text to hand over."""

    name: str
    """Name of the runbook."""
    content: str
    sha256: str


@dataclass(frozen=True)
class HandedOver:
    """A text that Azure Automation can fetch.

    Attributes:
        address: The address with its signature.
        container_name: The container of the text.
        account_name: The name of the storage account.
        group: The resource group of the storage account.
    """

    address: pulumi.Output[str]
    container_name: pulumi.Output[str]
    account_name: pulumi.Input[str]
    group: pulumi.Input[str]


def handed_over(
    component: pulumi.Resource,
    name: str,
    args: Mapping[str, Any],
    text: Text,
    there: pulumi.Output[Any],
    now: Callable[[], datetime],
) -> HandedOver:
    """Registers a private file with the text, and signs its address.

    The hour of the signature begins when the container is created, so the address is the same at every later run. The
    container stays while the runbook has its text from it. A new one is created whenever Azure has to fetch again, so
    that a used address is always a fresh one.

    Args:
        component: The component that owns the resources.
        name: The component's name.
        args: The component's arguments.
        text: The text.
        there: The runbook as it is in Azure; None where there is none.
        now: Returns the present.
    """
    account_name, group = _storage(component, name, args)
    record: dict[str, pulumi.Input[str]] = {"resourceGroupName": group, "accountName": account_name}
    record["containerName"] = _record_name(args, text.name)
    published = looked_up_or_none(component, CONTAINER, record, _record_failure)
    container_name = pulumi.Output.all(_digest(args, text), there, published).apply(
        lambda known: _container_name(known[0], known[1], known[2], now)
    )
    container = storage.BlobContainer(
        f"{name}-content",
        resource_group_name=group,
        account_name=account_name,
        container_name=container_name,
        public_access=storage.PublicAccess.NONE,
        opts=pulumi.ResourceOptions(parent=component),
    )
    blob = storage.Blob(
        f"{name}-content-file",
        resource_group_name=group,
        account_name=account_name,
        container_name=container.name,
        blob_name=f"{text.name}.ps1",
        content_type=CONTENT_TYPE,
        source=pulumi.StringAsset(text.content),
        opts=pulumi.ResourceOptions(parent=component, **letter_case_kept(text.name, "blobName")),
    )
    signed = pulumi.Output.all(container.last_modified_time, account_name, container.name, blob.name).apply(
        lambda known: _signing(*known)
    )
    question: dict[str, pulumi.Input[str]] = {"resourceGroupName": group, "accountName": account_name}
    question.update({key: signed[key] for key in _SIGNED})
    token = looked_up(component, SERVICE_SAS, question, _signature_failure)
    address = pulumi.Output.all(blob.url, token).apply(lambda known: f"{known[0]}?{known[1].service_sas_token}")
    return HandedOver(address, container_name, account_name, group)


def record_publication(
    component: pulumi.Resource, name: str, args: Mapping[str, Any], runbook: automation.Runbook, text: HandedOver
) -> storage.BlobContainer:
    """Registers an empty container whose metadata tell which text the runbook has, once Azure has published it.

    The record is in the storage account, because everything on the runbook itself is the user's: transformations add
    tags, policies of Azure change them, and ``ignore_changes`` keeps the component from writing them.
    """
    return storage.BlobContainer(
        f"{name}-content-record",
        resource_group_name=text.group,
        account_name=text.account_name,
        container_name=_record_name(args, runbook.name),
        public_access=storage.PublicAccess.NONE,
        metadata={"content": text.container_name, "tags": runbook.tags.apply(_tags_digest)},
        opts=pulumi.ResourceOptions(parent=component, depends_on=[runbook]),
    )


def _record_name(args: Mapping[str, Any], runbook_name: pulumi.Input[str]) -> pulumi.Output[str]:
    """Returns the name of the record of one runbook; a storage account may have those of several."""
    place = (args["resource_group_name"], args["automation_account_name"], runbook_name)
    return pulumi.Output.all(*place).apply(
        lambda known: "published-" + hashlib.sha256("/".join(map(str, known)).lower().encode()).hexdigest()[:32]
    )


def _tags_digest(tags: Optional[Mapping[str, str]]) -> str:
    return hashlib.sha256(json.dumps(dict(tags or {}), sort_keys=True).encode()).hexdigest()[:32]


def _storage(
    component: pulumi.Resource, name: str, args: Mapping[str, Any]
) -> tuple[pulumi.Input[str], pulumi.Input[str]]:
    given = args.get("storage_account_name")
    if given is not None:
        group = args.get("storage_resource_group_name") or args["resource_group_name"]
        found = looked_up(
            component, STORAGE_ACCOUNT, {"resourceGroupName": group, "accountName": given}, _storage_failure
        )
        return found.apply(_usable), group
    made = storage.StorageAccount(
        storage_name(name),
        resource_group_name=args["resource_group_name"],
        location=args.get("location"),
        sku={"name": storage.SkuName.STANDARD_LRS},
        kind=storage.Kind.STORAGE_V2,
        minimum_tls_version=storage.MinimumTlsVersion.TLS1_2,
        enable_https_traffic_only=True,
        allow_blob_public_access=False,
        # The signature that hands the text over is made with a key.
        allow_shared_key_access=True,
        tags=args.get("tags"),
        opts=pulumi.ResourceOptions(parent=component, aliases=storage_aliases(name)),
    )
    return pulumi.Output.all(made.name, made.allow_shared_key_access).apply(_with_keys), args["resource_group_name"]


def storage_name(name: str) -> str:
    """Returns the logical name of a runbook's storage account, which no other runbook's name has.

    The provider appends eight digits to it for the name in Azure, which has 24 characters, without hyphens and capitals.
    """
    letters = re.sub(r"[^a-z0-9]", "", name.lower())
    return f"{letters[:4]}{hashlib.sha256(name.encode()).hexdigest()[:10]}st"


def _former_storage_name(name: str) -> str:
    """Returns the logical name that the first version gave a runbook's storage account; several runbooks can have the same."""
    return f"{re.sub(r'[^a-z0-9]', '', name.lower())[:14]}rb"


def storage_aliases(name: str) -> "list[pulumi.Input[Any]]":
    """Returns the alias of a storage account from the first version.

    Of several runbooks with the same former name the first one in the program gets it: the engine refuses an alias that two
    resources have, and the first version could not create two such runbooks in one stack.
    """
    former = _former_storage_name(name)
    owner = once_per_run((None, f"former storage account {former}"), lambda: name)
    return [pulumi.Alias(name=former)] if owner == name else []


_SIGNED = (
    "canonicalizedResource",
    "resource",
    "permissions",
    "protocols",
    "sharedAccessStartTime",
    "sharedAccessExpiryTime",
    "keyToSign",
)


def _signing(modified: str, account_name: str, container_name: str, blob_name: str) -> dict[str, str]:
    """What a signature is asked for: reading one file, for an hour from the container's creation."""
    made = datetime.fromisoformat(re.sub(r"\.\d+", "", modified).replace("Z", "+00:00")).astimezone(timezone.utc)
    return {
        "canonicalizedResource": f"/blob/{account_name}/{container_name}/{blob_name}",
        "resource": "b",
        "permissions": "r",
        "protocols": "https",
        "sharedAccessStartTime": (made - SIGNED_BEFORE).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "sharedAccessExpiryTime": (made + SIGNED_AFTER).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "keyToSign": "key1",
    }


def _digest(args: Mapping[str, Any], text: Text) -> "pulumi.Output[str]":
    """Of everything that makes Azure fetch the text: a runbook that is changed in any way is sent its link."""
    said = [
        text.name.lower(),
        text.sha256,
        *(args.get(key) for key in ("republish", "description", "log_verbose", "log_progress")),
    ]
    # Azure ignores the letter case of these, and blanks in a region.
    places = [args["resource_group_name"], args["automation_account_name"], args.get("location")]
    rest = [args["runtime_environment_name"], args.get("tags")]

    def digest(known: Sequence[Any]) -> str:
        group, account, location, environment, tags = known
        folded = [group.lower(), account.lower(), environment, location and location.lower().replace(" ", ""), tags]
        return hashlib.sha256(json.dumps([said, folded], sort_keys=True).encode()).hexdigest()[:32]

    return pulumi.Output.all(*places, *rest).apply(digest)


def _container_name(
    digest: str,
    there: Optional[Mapping[str, Any]],
    published: Optional[Mapping[str, Any]],
    now: Callable[[], datetime],
) -> str:
    """Returns the container that the runbook has its text from while nothing changes; else a new one.

    Tags that were changed from outside end in an update of the runbook, and Azure fetches the text in each of them.
    """
    record = (published or {}).get("metadata") or {}
    kept = str(record.get("content", ""))
    is_unchanged = there is not None and _tags_digest(there.get("tags")) == record.get("tags")
    is_kept = is_unchanged and kept.startswith(f"runbook-{digest}-")
    return kept if is_kept else f"runbook-{digest}-{now():%Y%m%d%H%M%S}"


def publish_error_hook() -> pulumi.ErrorHook:
    """The error hook of every runbook of this program; registered once per run."""
    hook: pulumi.ErrorHook = once_per_run(
        (None, "publish error hook"), lambda: pulumi.ErrorHook("exchange-automation-publish", on_publish_error)
    )
    return hook


def on_publish_error(args: pulumi.ErrorHookArgs) -> bool:
    """Explain why Azure could not fetch a script; nothing is repeated.

    :returns: False.
    """
    if "reading content link" in args.errors[0]:
        pulumi.log.error(
            f'Azure Automation could not fetch the script of "{args.name}", or it was not what its SHA-256 says, so the '
            "published text is as it was. From a storage account: its key was changed since, or it is closed by a policy; "
            'give republish another text, for instance republish="2027-03". From an address of your own: open it without '
            "credentials and compare sha256. [EXA307]"
        )
    return False


def _signature_failure(text: str) -> Exception:
    return ExchangeAutomationError(
        "The address from which Azure would fetch the runbook's text could not be signed, so nothing was published: "
        f"{text.strip()} The storage account has to accept shared keys; where a policy forbids them, give the text an "
        "address of its own: source uri with sha256. [EXA215]"
    )


def _storage_failure(text: str) -> Exception:
    return ExchangeAutomationError(
        f"The storage account that storage_account_name names could not be read, so nothing was published: {text.strip()} "
        "Correct the name or storage_resource_group_name, or leave both out: the component then creates an account. [EXA216]"
    )


def _record_failure(text: str) -> Exception:
    return ExchangeAutomationError(
        f"Whether the runbook's text was published could not be read in the storage account: {text.strip()} Give the "
        "deployer Contributor at the storage account. [EXA217]"
    )


def existence_failure(text: str) -> Exception:
    return ExchangeAutomationError(
        f"Whether the runbook or its schedule exists could not be read: {text.strip()} Give the deployer Automation "
        "Contributor at the automation account. [EXA217]"
    )


def _with_keys(known: Sequence[Any]) -> str:
    """The name of the storage account that was made, if it is as it was asked for.

    :raises ExchangeAutomationError: a policy changed it.
    """
    name, shared_keys = known
    if shared_keys is False:
        raise ExchangeAutomationError(
            f'The storage account "{name}" was made for the script, but a policy turned its shared keys off, and neither could '
            "the file be uploaded nor its address be signed: nothing was published. Give the text an address of its own, source "
            "uri with sha256, or have the policy exempt this account. [EXA220]"
        )
    return str(name)


def _usable(account: Any) -> str:
    """The name of a storage account that Azure Automation can fetch from.

    :raises ExchangeAutomationError: it cannot.
    """
    why = None
    if account.allow_shared_key_access is False:
        why = "accepts no shared keys, and the address of the text could not be signed"
    elif account.public_network_access == "Disabled":
        why = "has its public endpoint closed, and Azure Automation fetches from outside"
    elif getattr(account.network_rule_set, "default_action", None) == "Deny":
        why = "has a firewall, and Azure Automation fetches from no address that could be let through"
    if why is not None:
        raise ExchangeAutomationError(
            f'The storage account "{account.name}" {why}, so nothing was published. Leave storage_account_name out: the '
            "component then creates an account. Or name another account, or give the text an address of its own: source uri with sha256. [EXA218]"
        )
    return str(account.name)
