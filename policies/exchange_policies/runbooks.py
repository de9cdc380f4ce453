"""The rule about the source of a runbook's text."""

import re
from collections.abc import Iterator
from urllib.parse import unquote

from pulumi_policy import ResourceValidationArgs

from .contents import hash_fault
from .reading import UNKNOWN, is_azure, is_child, joined, value
from .rule import Configuration, ResourceRule, Violation, list_option

# A container that ExchangeRunbook creates for one text: runbook-{digest}-{time}.
_OWN_CONTAINER = re.compile(r"https://[^?#]+/runbook-[0-9a-f]{32}-\d{14}/[^/?#]+\.ps1\?.+")


def _text(resource: ResourceValidationArgs, configuration: Configuration) -> Iterator[Violation]:
    if is_azure(resource.resource_type, "automation", "SourceControl"):
        # The default of publishRunbook is true.
        if value(resource.props, "publishRunbook") not in (False, UNKNOWN):
            yield Violation(
                f'The source control "{resource.name}" publishes texts from a repository without a hash',
                "everybody who can push there changes the code that runs as the identity, without a deployment",
            )
        return
    if not is_azure(resource.resource_type, "automation", "Runbook"):
        return
    link = value(resource.props, "publishContentLink")
    if link is UNKNOWN:
        return
    if link is None:
        yield Violation(
            f'This program publishes no text for the runbook "{resource.name}"',
            "somebody edits it in the portal, without a review and without a history",
        )
        return
    if (fault := hash_fault(link)) is not None:
        yield Violation(
            f'The text of the runbook "{resource.name}" {fault}', "Azure could publish another text in its place"
        )
    uri = value(link, "uri")
    if uri is UNKNOWN or _is_allowed(resource, str(uri or ""), configuration):
        return
    # The part after the question mark may be a signature, so the message leaves it out.
    yield Violation(
        f'The text of the runbook "{resource.name}" comes from "{str(uri).split("?")[0]}", which is neither a file that '
        f"ExchangeRunbook published nor below an allowed address ({joined(configuration['addresses']) or 'none'})",
        "code that nobody reviewed in the repository could run as the identity",
    )


def _is_allowed(resource: ResourceValidationArgs, uri: str, configuration: Configuration) -> bool:
    if _has_dot_segments(uri):
        return False
    if is_child(resource, "ExchangeRunbook") and _OWN_CONTAINER.fullmatch(uri):
        return True
    return any(uri.startswith(address) for address in configuration["addresses"])


def _has_dot_segments(uri: str) -> bool:
    """Returns whether a client would shorten the path, so that the address leaves the folder that it begins with."""
    path = unquote(re.split("[?#]", uri, maxsplit=1)[0])
    return not {".", ".."}.isdisjoint(re.split(r"[/\\]", path))


def _mistakes(configuration: Configuration) -> Iterator[str]:
    for address in configuration["addresses"]:
        if not re.fullmatch(r"https://[^/?#]+/.*", address):
            yield (
                f'addresses: "{address}" is not the beginning of an https address up to a slash, so it would allow hosts that '
                'begin with the same letters. Give "https://host/path/".'
            )


RUNBOOK_TEXT = ResourceRule(
    name="runbook-text-from-repository",
    statement="The text of a runbook comes from the repository and has a hash.",
    remedy=(
        "Publish it with ExchangeRunbook from a file of the repository, or add the beginning of its address to addresses in the "
        "policy pack's configuration and give publishContentLink its SHA-256. Set publishRunbook of a source control to false."
    ),
    options={"addresses": list_option('Beginnings of addresses that texts may come from, "https://host/path/".', [])},
    mistakes=_mistakes,
    check=_text,
)
