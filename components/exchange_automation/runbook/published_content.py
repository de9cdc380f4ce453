"""Publishes a local text: stores it in a private container and signs an address that can read it for an hour.

Azure Automation takes a runbook's text only from an address that it can read without credentials (docs/adr/0006 compares
other ways).

Sources: ``Microsoft.Storage/storageAccounts`` and ``blobServices/containers``, API 2024-01-01; "Create a service SAS" of
the Storage REST reference.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any, NamedTuple, Optional

import pulumi
from pulumi_azure_native import automation, storage

from exchange_automation.core.errors import ExchangeAutomationError
from exchange_automation.core.hooks import hook_of_run
from exchange_automation.core.invokes import Function, looked_up, looked_up_or_none
from exchange_automation.core.problems import Problem
from exchange_automation.runbook.storage_account import closed_failure, storage_place

# The component reads the metadata alone, so it needs no class for this result.
CONTAINER = Function("azure-native:storage:getBlobContainer", None, "pulumi-azure-native")
SERVICE_SAS = Function(
    "azure-native:storage:listStorageAccountServiceSAS",
    lambda: storage.ListStorageAccountServiceSASResult,
    "pulumi-azure-native",
)
SIGNED_BEFORE = timedelta(minutes=15)
SIGNED_AFTER = timedelta(minutes=60)
CONTENT_TYPE = "text/plain; charset=utf-8"


class ScriptText(NamedTuple):
    """The text of a runbook.

    Attributes:
        name: The name of the runbook.
        content: The text.
        sha256: The SHA-256 of the text in UTF-8, in hexadecimal.
    """

    name: str
    content: str
    sha256: str


class UploadedText(NamedTuple):
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


def upload_text(
    component: pulumi.Resource,
    name: str,
    args: Mapping[str, Any],
    text: ScriptText,
    existing: pulumi.Output[Any],
    now: Callable[[], datetime],
) -> UploadedText:
    """Registers a private file with the text, and signs its address.

    The hour of the signature begins when Azure creates the container, so the address is the same in every later run. The
    container stays as long as the runbook has its text from it. The component creates a new container whenever Azure has
    to fetch the text again, so that Azure always gets an address whose hour has just begun.

    Args:
        component: The component that owns the resources.
        name: The component's name.
        args: The component's arguments.
        text: The text.
        existing: The runbook in Azure; None where it does not exist yet.
        now: Returns the present.
    """
    place = storage_place(component, name, args)
    account_name, group = place.account_name, place.group
    account: dict[str, pulumi.Input[str]] = {"resourceGroupName": group, "accountName": account_name}
    record = {**account, "containerName": _record_name(args, text.name)}
    published = looked_up_or_none(component, CONTAINER, record, _record_failure)

    async def container_for(known: list[Any]) -> str:
        where, *facts = known
        kept = _kept_container(*facts)
        if kept is None and await place.is_closed(where):
            raise closed_failure(where["accountName"])
        return kept or f"runbook-{facts[0]}-{now():%Y%m%d%H%M%S}"

    container_name: pulumi.Output[str] = pulumi.Output.all(account, _digest(args, text), existing, published).apply(
        container_for
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
        # The file goes with its account, and a closed firewall would keep the deployer from deleting it.
        opts=pulumi.ResourceOptions(parent=component, deleted_with=place.account),
    )
    signed = pulumi.Output.all(container.last_modified_time, account_name, container.name, blob.name).apply(
        lambda known: _signing(*known)
    )
    question = {**account, **{key: signed[key] for key in _SIGNED}}
    token = looked_up(component, SERVICE_SAS, question, _signature_failure)
    address = pulumi.Output.all(blob.url, token).apply(lambda known: f"{known[0]}?{known[1].service_sas_token}")
    return UploadedText(address, container_name, account_name, group)


def record_publication(
    component: pulumi.Resource, name: str, args: Mapping[str, Any], runbook: automation.Runbook, text: UploadedText
) -> "storage.BlobContainer":
    """Registers an empty container whose metadata name the text that Azure has published for the runbook.

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
    """Returns the name of the record of one runbook. A storage account may have the records of several runbooks."""
    place = (args["resource_group_name"], args["automation_account_name"], runbook_name)
    return pulumi.Output.all(*place).apply(
        lambda known: "published-" + hashlib.sha256("/".join(map(str, known)).lower().encode()).hexdigest()[:32]
    )


def _tags_digest(tags: Optional[Mapping[str, str]]) -> str:
    return hashlib.sha256(json.dumps(dict(tags or {}), sort_keys=True).encode()).hexdigest()[:32]


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
    """Returns the request for a signature that allows reading one file for an hour after the container's creation."""
    created = datetime.fromisoformat(re.sub(r"\.\d+", "", modified).replace("Z", "+00:00")).astimezone(timezone.utc)
    return {
        "canonicalizedResource": f"/blob/{account_name}/{container_name}/{blob_name}",
        "resource": "b",
        "permissions": "r",
        "protocols": "https",
        "sharedAccessStartTime": (created - SIGNED_BEFORE).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "sharedAccessExpiryTime": (created + SIGNED_AFTER).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "keyToSign": "key1",
    }


def _digest(args: Mapping[str, Any], text: ScriptText) -> "pulumi.Output[str]":
    """Returns a hash of everything whose change makes Azure fetch the text: every update of a runbook carries its link."""
    plain = [
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
        return hashlib.sha256(json.dumps([plain, folded], sort_keys=True).encode()).hexdigest()[:32]

    return pulumi.Output.all(*places, *rest).apply(digest)


def _kept_container(
    digest: str, existing: Optional[Mapping[str, Any]], published: Optional[Mapping[str, Any]]
) -> Optional[str]:
    """Returns the container that the runbook has its text from while nothing changes; else None, for a new one.

    Somebody else's change of tags leads to an update of the runbook, and Azure fetches the text in every update.
    """
    record = (published or {}).get("metadata") or {}
    kept = str(record.get("content", ""))
    is_unchanged = existing is not None and _tags_digest(existing.get("tags")) == record.get("tags")
    return kept if is_unchanged and kept.startswith(f"runbook-{digest}-") else None


def publish_error_hook() -> pulumi.ErrorHook:
    """Returns the error hook of every runbook of this program."""
    name = "exchange-automation-publish"
    return hook_of_run(name, lambda: pulumi.ErrorHook(name, on_publish_error))


def on_publish_error(args: pulumi.ErrorHookArgs) -> bool:
    """Explains why Azure could not fetch a script.

    Returns:
        False, because the engine should not try again.
    """
    if "reading content link" in args.errors[0]:
        problem = Problem(
            "EXA307",
            f'Azure Automation could not fetch the script of "{args.name}", or the script does not match its SHA-256',
            "the published text is unchanged",
            "A storage account refuses when its key was changed since the last deployment, or when a policy closes it: give "
            'republish another text, for instance republish="2027-03". For an address of your own, open it without '
            "credentials and compare sha256.",
        )
        pulumi.log.error(str(problem))
    return False


def _signature_failure(text: str) -> ExchangeAutomationError:
    return ExchangeAutomationError(
        Problem(
            "EXA215",
            "The component could not sign the address from which Azure fetches the runbook's text",
            "it published nothing",
            "The storage account has to accept shared keys. Where a policy forbids them, give the text an address of its own: "
            f"source uri with sha256. Azure answered: {text.strip()}",
        )
    )


def _record_failure(text: str) -> ExchangeAutomationError:
    return ExchangeAutomationError(
        Problem(
            "EXA217",
            "The component could not read in the storage account which text the runbook has",
            "it published nothing",
            f"Give the deployer Contributor at the storage account. Azure answered: {text.strip()}",
        )
    )


def existence_failure(text: str) -> ExchangeAutomationError:
    """Returns the error of a look-up of a runbook, a schedule or a package that failed for another reason than 404."""
    return ExchangeAutomationError(
        Problem(
            "EXA217",
            "The component could not read whether the runbook or its schedule exists",
            "it changed neither",
            f"Give the deployer Automation Contributor at the automation account. Azure answered: {text.strip()}",
        )
    )
