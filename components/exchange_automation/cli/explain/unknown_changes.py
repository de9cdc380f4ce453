"""What cannot be judged: it is shown as unknown with a high risk, and never left out."""

from collections.abc import Iterator, Mapping

from exchange_automation.cli.pulumi.previews import Preview, Step

from .changes import Change, Name, Risk
from .operations import ADDED, CHANGED

OPAQUE = (
    "command:",
    "pulumi-python:dynamic",
    "pulumi-nodejs:dynamic",
    "azapi:",
    "msgraph:",
    "azure-native:resources:DeploymentScript",
    "azure-native:resources:AzureCliScript",
    "azure-native:resources:AzurePowerShellScript",
    "azure-native:resources:Deployment",
)
"""How the types begin whose effects no preview shows."""

_GRANTING = ("azuread:index/", "azure-native:authorization:", "azure:authorization/", "azure:automation/", "azure:pim/")
"""How the types begin that can grant access; those of them that this command does not know are unknown."""

_HARMLESS = (
    *(f"azuread:index/{name}:" for name in ("administrativeUnit", "application", "applicationApiAccess")),
    *(f"azuread:index/{name}:" for name in ("applicationAppRole", "applicationFallbackPublicClient")),
    *(f"azuread:index/{name}:" for name in ("applicationIdentifierUri", "applicationKnownClients")),
    *(f"azuread:index/{name}:" for name in ("applicationOptionalClaims", "applicationPermissionScope")),
    *(f"azuread:index/{name}:" for name in ("applicationRedirectUris", "applicationRegistration", "directoryRole")),
    *(f"azuread:index/{name}" for name in ("authenticationStrengthPolicy", "claimsMappingPolicy", "synchronization")),
    *(f"azuread:index/{name}:" for name in ("conditionalAccessPolicy", "groupLicense", "groupWithoutMembers")),
    *(f"azuread:index/{name}:" for name in ("namedLocation", "servicePrincipal", "user", "userFlowAttribute")),
    *(f"azuread:index/{name}:" for name in ("servicePrincipalClaimsMappingPolicyAssignment", "userLicense", "group")),
    *(f"azure-native:authorization:{name}" for name in ("AccessReview", "DenyAssignment", "ManagementLock", "Policy")),
    *(f"azure-native:authorization:{name}" for name in ("PrivateLink", "ResourceManagementPrivateLink", "Variable")),
    *(f"azure-native:authorization:{name}" for name in ("ScopeAccessReview",)),
)
"""How the types begin that grant nothing by themselves."""

_APPLICATION = "azuread:index/application:Application"
_INLINE = ("password", "passwords", "owners")
"""Inputs of an application that give somebody a way to act as it."""


def is_opaque(step: Step) -> bool:
    """Whether the resource does what no preview shows."""
    return step.type.startswith(OPAQUE)


def unreadable_change(step: Step) -> Change:
    """Returns the change of a step that cannot be judged, because the preview leaves out a part of it."""
    risk = Risk.CRITICAL if step.operation in ADDED | CHANGED else Risk.LOW
    words = ("what happens to ", Name(step.name), " of type ", Name(step.type or "unknown"))
    return Change(words, (), (), "unknown", risk, step.urn, (step.unreadable,))


def unknown_change(step: Step, known: Mapping[str, object]) -> Iterator[Change]:
    """Returns the change of a resource whose effects no preview shows, or whose type is not known here.

    Args:
        step: what happens to the resource.
        known: types that other parts of this command judge.
    """
    if step.operation not in ADDED | CHANGED or step.type in known:
        return
    words = ("what ", Name(step.name), " does")
    if is_opaque(step):
        note = "it runs commands or another template, and a preview does not show their effects"
        yield Change(words, (), (), "unknown", Risk.HIGH, step.urn, (note,))
    elif step.type.startswith(_GRANTING) and (not step.type.startswith(_HARMLESS) or _gives_itself_away(step)):
        note = "this command does not know what a resource of type "
        yield Change(words, (), (), "unknown", Risk.HIGH, step.urn, (note, Name(step.type), " grants"))


def _gives_itself_away(step: Step) -> bool:
    return step.type == _APPLICATION and any(step.inputs().get(name) for name in _INLINE)


def missing_changes(preview: Preview) -> Iterator[Change]:
    """Returns a change for each operation of which the engine counted more than the preview holds."""
    for operation, number in preview.missing.items():
        words = (f"{number} more of the operation {operation}",)
        risk = Risk.LOW if operation == "delete" else Risk.CRITICAL
        yield Change(
            words, (), (), "unknown", risk, "", ("the engine counted them, and the preview does not hold them",)
        )
