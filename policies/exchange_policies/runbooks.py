"""The rule about where a runbook's text comes from."""

import re
from collections.abc import Iterator

from pulumi_policy import ResourceValidationArgs

from .contents import hash_problem
from .reading import UNKNOWN, is_azure, is_below, joined, value
from .rule import Configuration, ResourceRule, list_option

# A container that ExchangeRunbook creates for one text: runbook-{digest}-{time}.
_OWN_CONTAINER = re.compile(r"https://[^?#]+/runbook-[0-9a-f]{32}-\d{14}/[^/?#]+\.ps1\?.+")


def _text(resource: ResourceValidationArgs, configuration: Configuration) -> Iterator[str]:
    if not is_azure(resource.resource_type, "automation", "Runbook"):
        return
    link = value(resource.props, "publishContentLink")
    if link is UNKNOWN:
        return
    if link is None:
        yield (
            f'The runbook "{resource.name}" has no published text here, so somebody edits it in the portal, where no '
            "review and no history sees what runs as the identity."
        )
        return
    if (problem := hash_problem(link)) is not None:
        yield f'The text of the runbook "{resource.name}" {problem}, so another text could be published in its place.'
    uri = value(link, "uri")
    if uri is UNKNOWN or _is_allowed(resource, str(uri or ""), configuration):
        return
    # The part after the question mark may be a signature, so the message leaves it out.
    yield (
        f'The text of the runbook "{resource.name}" comes from "{str(uri).split("?")[0]}", which is neither what '
        f"ExchangeRunbook published from the repository nor below an address on the list: {joined(configuration['addresses'])}."
    )


def _is_allowed(resource: ResourceValidationArgs, uri: str, configuration: Configuration) -> bool:
    if is_below(resource, "ExchangeRunbook") and _OWN_CONTAINER.fullmatch(uri):
        return True
    return any(uri.startswith(address) for address in configuration["addresses"])


def _mistakes(configuration: Configuration) -> Iterator[str]:
    for address in configuration["addresses"]:
        if not re.fullmatch(r"https://[^/?#]+/.*", address):
            yield (
                f'addresses: "{address}" is not the start of an https address up to a slash, so it would allow hosts that '
                'begin with the same letters. Give "https://host/path/".'
            )


RUNBOOK_TEXT = ResourceRule(
    name="runbook-text-from-repository",
    statement="What a runbook runs comes from the repository, with a hash.",
    remedy=(
        "Publish it with ExchangeRunbook from a file of the repository, or add the start of its address to addresses in the "
        "policy pack's configuration and give publishContentLink its SHA-256."
    ),
    options={"addresses": list_option('Starts of addresses that texts may come from, "https://host/path/".', [])},
    mistakes=_mistakes,
    check=_text,
)
