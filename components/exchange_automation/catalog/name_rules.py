"""The name rules of the resources that the components create: lengths, characters, and where each rule comes from.

Azure compares all of these names without regard to letter case.
"""

import datetime as dt
from collections.abc import Mapping
from typing import NamedTuple

from exchange_automation.catalog.sources import Source

_READ = dt.date(2026, 11, 25)
_RULES_PAGE = Source(
    "https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules",
    _READ,
    "The copy that was read carries the date of 20 November 2023 and knows no runtime environments.",
)
_AUTOMATION_SPECIFICATION = Source(
    "https://github.com/Azure/azure-rest-api-specs/tree/main/specification/automation/resource-manager/Microsoft.Automation",
    _READ,
    "The specification's patterns; the azure-native provider applies them before it sends a request.",
)
_REQUEST_PATHS = Source(
    "https://github.com/pulumi/pulumi-azure-native",
    _READ,
    'Observed with version 3.29.0: it sends "a#b" as "a%23b" when it creates the resource, and cuts the name at "#" when it '
    "reads or deletes the resource.",
)
_FEDERATED_PAGE = Source("https://learn.microsoft.com/graph/api/resources/federatedidentitycredential", _READ)
_APPLICATION_PAGE = Source(
    "https://learn.microsoft.com/graph/api/resources/application",
    _READ,
    'The property displayName, "Maximum length is 256 characters", as Microsoft\'s Graph libraries of 2026 quote the page.',
)
_TAGS_PAGE = Source(
    "https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources",
    dt.date(2026, 11, 26),
    'The section "Limitations", as other public documentation repeats it: 512 characters, 128 for storage accounts; 15 tags for '
    "Azure Automation, else 50; names are not case-sensitive.",
)
_GALLERY_PAGE = Source(
    "https://learn.microsoft.com/dotnet/core/compatibility/sdk/11/nuget-pack-nu5052-packageid",
    _READ,
    "The rules for the names of NuGet packages: 100 characters. That the PowerShell Gallery takes the same is inferred.",
)


class NameRule(NamedTuple):
    """The rule for the names of one type of resource.

    ``characters``, ``first`` and ``last`` are regular expressions of one character.
    """

    resource: str
    """What has the name, with its article."""
    shortest: int
    """Least number of characters."""
    longest: int
    """Greatest number of characters."""
    characters: str
    """The characters that a name may have."""
    reads: str
    """The rule in words, after "Give"."""
    sources: tuple[Source, ...]
    """Where the rule comes from."""
    first: str = "."
    """The first character, where fewer are allowed."""
    last: str = "."
    """The last character, where fewer are allowed."""


AUTOMATION_ACCOUNT = NameRule(
    "an automation account",
    6,
    50,
    "[A-Za-z0-9-]",
    "6 to 50 letters (a to z), digits and hyphens, with a letter first and a letter or a digit last",
    (_RULES_PAGE, _AUTOMATION_SPECIFICATION),
    first="[A-Za-z]",
    last="[A-Za-z0-9]",
)
RESOURCE_GROUP = NameRule(
    "the resource group of an automation account",
    1,
    90,
    r"[A-Za-z0-9._-]",
    "1 to 90 letters (a to z), digits, underscores, hyphens and full stops, without a full stop at the end; other resource "
    "groups may have parentheses and other letters, but Azure Automation takes none in them",
    (_RULES_PAGE, _AUTOMATION_SPECIFICATION),
    last="[^.]",
)
PLAIN_RESOURCE_GROUP = NameRule(
    "a resource group",
    1,
    90,
    r"[\w().-]",
    "1 to 90 letters, digits, underscores, hyphens, full stops and parentheses, without a full stop at the end",
    (_RULES_PAGE,),
    last="[^.]",
)
USER_ASSIGNED_IDENTITY = NameRule(
    "a user-assigned identity",
    3,
    128,
    "[A-Za-z0-9_-]",
    "3 to 128 letters (a to z), digits, hyphens and underscores, with a letter or a digit first",
    (_RULES_PAGE,),
    first="[A-Za-z0-9]",
)
RUNBOOK = NameRule(
    "a runbook",
    1,
    63,
    "[A-Za-z0-9_-]",
    "1 to 63 letters (a to z), digits, underscores and hyphens, with a letter first",
    (_RULES_PAGE, _AUTOMATION_SPECIFICATION),
    first="[A-Za-z]",
)
RUNTIME_ENVIRONMENT = NameRule(
    "a runtime environment",
    1,
    128,
    "[A-Za-z0-9_-]",
    "letters (a to z), digits, underscores and hyphens, with a letter first",
    (_AUTOMATION_SPECIFICATION,),
    first="[A-Za-z]",
)


def _asset(resource: str) -> NameRule:
    return NameRule(
        resource,
        1,
        128,
        r"[^<>*%&:\\?.+/#\x00-\x1f\x7f]",
        r"1 to 128 characters without < > * % & : \ ? . + / # and control characters, and without a blank at the end",
        (_RULES_PAGE, _REQUEST_PATHS),
        last="[^ ]",
    )


SCHEDULE = _asset("a schedule")
VARIABLE = _asset("a variable")
CREDENTIAL = _asset("a credential")
CERTIFICATE = _asset("a certificate")
CONNECTION = _asset("a connection")
WEBHOOK = _asset("a webhook")

PACKAGE = NameRule(
    "a PowerShell module",
    1,
    100,
    "[A-Za-z0-9._-]",
    "the module's name in the PowerShell Gallery: letters (a to z), digits, full stops, hyphens and underscores",
    (_GALLERY_PAGE,),
    first="[A-Za-z0-9_]",
    last="[A-Za-z0-9_]",
)
STORAGE_ACCOUNT = NameRule(
    "a storage account",
    3,
    24,
    "[a-z0-9]",
    "3 to 24 lower-case letters (a to z) and digits",
    (_RULES_PAGE,),
)
PRIVATE_ENDPOINT = NameRule(
    "a private endpoint",
    2,
    64,
    "[A-Za-z0-9._-]",
    "2 to 64 letters (a to z), digits, full stops, underscores and hyphens, with a letter or a digit first, and a letter, a digit "
    "or an underscore last",
    (_RULES_PAGE,),
    first="[A-Za-z0-9]",
    last="[A-Za-z0-9_]",
)
FEDERATED_CREDENTIAL = NameRule(
    "a federated credential",
    1,
    120,
    "[A-Za-z0-9_-]",
    "1 to 120 letters (a to z), digits, hyphens and underscores, with a letter or a digit first",
    (_FEDERATED_PAGE,),
    first="[A-Za-z0-9]",
)
APPLICATION = NameRule(
    "a registered application",
    1,
    256,
    r"[^\x00-\x1f\x7f]",
    "1 to 256 characters without control characters",
    (_APPLICATION_PAGE,),
)


def _tag(resource: str, longest: int) -> NameRule:
    return NameRule(
        resource,
        1,
        longest,
        r"[^<>%&\\?/\x00-\x1f\x7f]",
        rf"1 to {longest} characters without < > % & \ ? / and control characters",
        (_TAGS_PAGE,),
    )


TAG = _tag("a tag", 512)
STORAGE_TAG = _tag("a tag of a storage account", 128)

NAME_RULES: Mapping[str, NameRule] = {
    name: rule for name, rule in sorted(globals().items()) if isinstance(rule, NameRule)
}
"""Every rule of this module, by the name of its constant."""
