"""Changes whose effect a preview does not show: ``explain`` reports them as unknown with a high risk."""

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
"""Beginnings of types whose effects no preview shows."""

_GRANTING = ("azuread:index/", "azure-native:authorization:", "azure:authorization/", "azure:automation/", "azure:pim/")
"""Beginnings of types that can grant access. A type that this command does not know is reported as unknown."""

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
"""Beginnings of types that grant nothing by themselves."""

_APPLICATION = "azuread:index/application:Application"
_INLINE = ("password", "passwords", "owners")
"""Inputs of an application that give somebody a way to sign in as the application."""


def is_opaque(step: Step) -> bool:
    """Whether a preview does not show the effects of the resource."""
    return step.type.startswith(OPAQUE)


def unreadable_change(step: Step) -> Change:
    """Returns the change of a step that lacks a part in the preview."""
    risk = Risk.CRITICAL if step.operation in ADDED | CHANGED else Risk.LOW
    words = ("what happens to ", Name(step.name), " of type ", Name(step.type or "unknown"))
    return Change(words, (), (), "unknown", risk, step.urn, (step.unreadable,))


def unknown_change(step: Step, known: Mapping[str, object]) -> Iterator[Change]:
    """Yields the change of a resource whose effects no preview shows, or whose type this command does not know.

    Args:
        step: The step of the resource.
        known: The types that other modules describe.
    """
    if step.operation not in ADDED | CHANGED or step.type in known:
        return
    words = ("what ", Name(step.name), " does")
    if is_opaque(step):
        note = "it runs commands or another template, and a preview does not show their effects"
        yield Change(words, (), (), "unknown", Risk.HIGH, step.urn, (note,))
    elif step.type.startswith(_GRANTING) and (not step.type.startswith(_HARMLESS) or _grants_control(step)):
        note = "this command does not know what a resource of type "
        yield Change(words, (), (), "unknown", Risk.HIGH, step.urn, (note, Name(step.type), " grants"))


def _grants_control(step: Step) -> bool:
    return step.type == _APPLICATION and any(step.inputs().get(name) for name in _INLINE)


def missing_changes(preview: Preview) -> Iterator[Change]:
    """Yields a change for every operation of which the engine counted more than the preview contains."""
    for operation, number in preview.missing.items():
        words = (f"{number} more of the operation {operation}",)
        risk = Risk.LOW if operation == "delete" else Risk.CRITICAL
        yield Change(
            words, (), (), "unknown", risk, "", ("the engine counted them, and the preview does not contain them",)
        )
