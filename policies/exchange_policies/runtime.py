"""The rule about what runbooks import."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_policy import ResourceValidationArgs

from .contents import hash_problem
from .reading import UNKNOWN, is_azure, value
from .rule import Configuration, ResourceRule

_EXACT = re.compile(r"\d+(\.\d+){1,3}(-[0-9A-Za-z][0-9A-Za-z.-]*)?")
_GALLERY = "https://www.powershellgallery.com/api/v2/package/"
_MODULES = ("Package", "Module", "PowerShell72Module")


def _pinned(resource: ResourceValidationArgs, configuration: Configuration) -> Iterator[str]:
    if is_azure(resource.resource_type, "automation", "RuntimeEnvironment"):
        yield from _default_packages(resource)
    if not is_azure(resource.resource_type, "automation", *_MODULES):
        return
    link = value(resource.props, "contentLink")
    if link is UNKNOWN:
        return
    for problem in _link_problems(link or {}, require_hash=bool(configuration["requireHash"])):
        yield f'The module "{resource.name}" {problem}, so what runs as the identity can change without a deployment.'


def _default_packages(resource: ResourceValidationArgs) -> Iterator[str]:
    packages = value(resource.props, "defaultPackages")
    if not isinstance(packages, Mapping):
        return
    for name in packages:
        version = value(packages, name)
        if version is not UNKNOWN and not _EXACT.fullmatch(str(version)):
            yield f'The runtime environment "{resource.name}" takes {name} in the version "{version}", which is not exact.'


def _link_problems(link: Mapping[str, Any], *, require_hash: bool) -> Iterator[str]:
    version, uri = value(link, "version"), value(link, "uri")
    if version is None:
        yield "has no version"
    elif version is not UNKNOWN and not _EXACT.fullmatch(str(version)):
        yield f'has the version "{version}", which is not exact'
    if uri is UNKNOWN:
        return
    address = str(uri or "")
    if not address.lower().startswith("https://"):
        yield "comes from no https address"
        return
    from_gallery = address.lower().startswith(_GALLERY)
    if from_gallery and isinstance(version, str) and not address.lower().endswith(f"/{version.lower()}"):
        yield f'comes from "{address}", which is not the address of that version'
    # The gallery never changes a version that was published; any other place may.
    if (require_hash or not from_gallery) and (problem := hash_problem(link)) is not None:
        yield problem


PINNED_MODULES = ResourceRule(
    name="runtime-module-pinned",
    statement="Modules that runbooks import are pinned to an exact version.",
    remedy=(
        "Give contentLink an exact version and the address of that version, and a SHA-256 where the address is not the "
        "PowerShell Gallery's; ExchangeRuntimeEnvironment does it."
    ),
    options={
        "requireHash": {
            "type": "boolean",
            "default": False,
            "description": "Whether packages of the PowerShell Gallery need a SHA-256 as well.",
        }
    },
    check=_pinned,
)
