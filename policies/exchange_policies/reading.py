"""Reads the resources that the engine gives to a policy, with values that are not known yet."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from pulumi_policy import PolicyResource, ResourceValidationArgs
from pulumi_policy.proxy import UnknownValueError

UNKNOWN: Final = object()
"""A value that a preview does not know. A rule reports nothing about it in the preview, and checks it in the update."""

Resource = ResourceValidationArgs | PolicyResource

_COMPONENTS = "exchange-automation:index:"


def value(properties: Mapping[str, Any], *path: str | int) -> Any:
    """Returns the value at a path; None where it is missing, UNKNOWN where it is not known yet."""
    current: Any = properties
    for step in path:
        try:
            current = current[step]
        except UnknownValueError:
            return UNKNOWN
        except (KeyError, IndexError, TypeError):
            return None
    return current


def values(of: Any) -> list[Any]:
    """Returns the items of a list, UNKNOWN for each that is not known yet; empty for anything else."""
    if of is None or of is UNKNOWN or isinstance(of, (str, Mapping)):
        return []
    return [value(of, index) for index in range(len(of))]


def is_azure(resource_type: str, module: str, *names: str) -> bool:
    """Returns whether it is a type of azure-native, with any form of its API version.

    ``azure-native:automation:Runbook``, ``azure-native:automation/v20241023:Runbook`` and the packages of one API version
    (``azure-native_automation_v20241023:automation:Runbook``) are the same type.
    """
    parts = resource_type.split(":")
    return (
        len(parts) == 3
        and parts[0].split("_")[0] == "azure-native"
        and parts[1].split("/")[0] == module
        and parts[2] in names
    )


def is_entra(resource_type: str, *names: str) -> bool:
    """Returns whether it is a type of the azuread provider, such as ``azuread:index/appRoleAssignment:AppRoleAssignment``."""
    return resource_type.startswith("azuread:index/") and resource_type.rsplit(":", 1)[-1] in names


def is_child(resource: Resource, *components: str) -> bool:
    """Returns whether a component of exchange-automation with one of these names is the direct parent of the resource.

    The URN of a resource contains the types of all its parents, the direct one last. The components own their resources
    directly, so a resource further down belongs to something that the program itself put there.
    """
    parents = resource.urn.split("::")[2].split("$")[:-1]
    return parents[-1:] in [[_COMPONENTS + component] for component in components]


def joined(names: Iterable[str]) -> str:
    """Returns names for a sentence: "a", "b"."""
    return ", ".join(f'"{name}"' for name in names)
