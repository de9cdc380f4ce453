"""The rules about the modules that runbooks import and about the PowerShell version."""

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_policy import EnforcementLevel, ResourceValidationArgs

from .contents import hash_fault
from .reading import UNKNOWN, is_azure, value
from .rule import Configuration, ResourceRule, Violation, list_option

_EXACT = re.compile(r"\d+(\.\d+){1,3}(-[0-9A-Za-z][0-9A-Za-z.-]*)?")
_GALLERY = "https://www.powershellgallery.com/api/v2/package/"
_MODULES = ("Package", "Module", "PowerShell72Module", "Python2Package", "Python3Package")
_CONSEQUENCE = "the code that runs as the identity can change without a deployment"


def _pinned(resource: ResourceValidationArgs, configuration: Configuration) -> Iterator[Violation]:
    if is_azure(resource.resource_type, "automation", "RuntimeEnvironment"):
        yield from _default_packages(resource)
    if not is_azure(resource.resource_type, "automation", *_MODULES):
        return
    link = value(resource.props, "contentLink")
    if link is UNKNOWN:
        return
    for fault in _link_faults(link or {}, require_hash=bool(configuration["requireHash"])):
        yield Violation(f'The module "{resource.name}" {fault}', _CONSEQUENCE)


def _default_packages(resource: ResourceValidationArgs) -> Iterator[Violation]:
    packages = value(resource.props, "defaultPackages")
    if not isinstance(packages, Mapping):
        return
    for name in packages:
        version = value(packages, name)
        if version is not UNKNOWN and not _EXACT.fullmatch(str(version)):
            yield Violation(
                f'The runtime environment "{resource.name}" has {name} in the version "{version}", which is not exact',
                _CONSEQUENCE,
            )


def _link_faults(link: Mapping[str, Any], *, require_hash: bool) -> Iterator[str]:
    version, uri = value(link, "version"), value(link, "uri")
    if version is None:
        yield "has no version"
    elif version is not UNKNOWN and not _EXACT.fullmatch(str(version)):
        yield f'has the version "{version}", which is not exact'
    if uri is UNKNOWN:
        return
    address = str(uri or "")
    if not address.lower().startswith("https://"):
        yield "does not come from an https address"
        return
    from_gallery = address.lower().startswith(_GALLERY)
    if from_gallery and isinstance(version, str) and not _is_package(address[len(_GALLERY) :], version):
        yield f'comes from "{address}", which is not the address of that version'
    # The gallery never changes a published version. Any other address may.
    if (require_hash or not from_gallery) and (fault := hash_fault(link)) is not None:
        yield fault


def _is_package(path: str, version: str) -> bool:
    """Returns whether a path in the gallery is the name of a package and this version, and nothing more."""
    return re.fullmatch(rf"\w+([.-]\w+)*/{re.escape(version)}", path, re.IGNORECASE) is not None


PINNED_MODULES = ResourceRule(
    name="runtime-module-pinned",
    statement="Modules that runbooks import are pinned to an exact version.",
    remedy=(
        "Give contentLink an exact version and the address of that version, and a SHA-256 where the address is not in the "
        "PowerShell Gallery. ExchangeRuntimeEnvironment does so."
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


ENDS_OF_SUPPORT: Mapping[str, dt.date] = {
    "7.2": dt.date(2024, 11, 8),
    "7.4": dt.date(2026, 11, 10),
    "7.6": dt.date(2028, 11, 14),
}
"""PowerShell version -> last day of Microsoft's support.

Source: https://learn.microsoft.com/powershell/scripting/install/powershell-support-lifecycle, read on 25 November 2026.
"""


def today() -> dt.date:
    """Returns the day; tests replace it."""
    return dt.datetime.now(tz=dt.timezone.utc).date()


def _supported(resource: ResourceValidationArgs, configuration: Configuration) -> Iterator[Violation]:
    if not is_azure(resource.resource_type, "automation", "RuntimeEnvironment"):
        return
    language, version = value(resource.props, "language"), value(resource.props, "version")
    end = ENDS_OF_SUPPORT.get(str(version))
    if language != "PowerShell" or end is None or str(version) in configuration["accepted"] or today() <= end:
        return
    yield Violation(
        f'The runtime environment "{resource.name}" runs PowerShell {version}, whose support ended on {end.isoformat()}',
        "it gets no security updates",
    )


SUPPORTED_POWERSHELL = ResourceRule(
    name="runtime-powershell-supported",
    statement="Runtime environments run a PowerShell that Microsoft supports.",
    remedy=(
        "Use PowerShell 7.6: prepare it beside the version in use, and change the runbooks in a second update (prepared_pins "
        "of ExchangeRuntimeEnvironment). Add the old version to accepted until then."
    ),
    # Azure keeps running ended versions, and a change of versions takes two updates.
    level=EnforcementLevel.ADVISORY,
    options={"accepted": list_option("PowerShell versions that are accepted although their support has ended.", [])},
    check=_supported,
)
