"""ApiPermissions: app roles of any API for one service principal, by their values.

Owns the app role assignments. It refuses to own directory roles, which belong to ExchangeAccess, and delegated permissions,
which an unattended identity cannot use.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Optional, TypedDict

import pulumi
import pulumi_azuread as azuread

from exchange_automation.access.directory_lookup import api_of, app_role_id
from exchange_automation.access.grant_errors import grant_error_hook
from exchange_automation.catalog.app_roles import APIS, WIDE
from exchange_automation.core.call_stacks import short_call_stacks
from exchange_automation.core.calls import takes_one_dictionary
from exchange_automation.core.errors import Mistakes
from exchange_automation.core.guids import is_guid
from exchange_automation.core.naming import slug
from exchange_automation.core.outputs import available_after, computed_when_read
from exchange_automation.core.validation import check_arguments, check_object_id, checked_object_id

_WORDS = r"[A-Za-z0-9]+(\.[A-Za-z0-9]+)*"


class ApiPermissionsArgs(TypedDict):
    """Arguments of ApiPermissions."""

    principal_id: pulumi.Input[str]
    """Required. Object id (a GUID) of the service principal: the principal id of a managed identity, or the object
    id of a registered application's service principal. The client id is another id."""
    permissions: Mapping[str, Sequence[str]]
    """Required. Values of app roles by API, such as {"Microsoft Graph": ["User.Read.All"]}. An API is "Microsoft
    Graph", "Office 365 Exchange Online", "Office 365 SharePoint Online", or the client id of any other API."""


class _Planned(NamedTuple):
    """One app role assignment, decided before anything is registered.

    Attributes:
        api: The API as the program names it.
        client_id: Client id of the API.
        value: Value of the app role.
    """

    api: str
    client_id: str
    value: str
    former: Optional[str] = None
    """The end of the logical name in the first version, where it was another."""

    @property
    def slug(self) -> str:
        """The end of the logical name."""
        return f"{slug(self.api)}-{_value_part(self.value)}"


@takes_one_dictionary
class ApiPermissions(pulumi.ComponentResource):
    """App roles of APIs for one service principal.

    The component reads each API's service principal once and creates one app role assignment for each permission.
    It warns of wide permissions and names a narrower way. The deployer needs the Microsoft Graph application
    permissions ``Application.Read.All`` and ``AppRoleAssignment.ReadWrite.All``.

    Sources: ``POST /servicePrincipals/{id}/appRoleAssignedTo`` of Microsoft Graph v1.0; "Microsoft Graph
    permissions reference" and "Role Based Access Control for Applications in Exchange Online" on
    learn.microsoft.com.

    Example:
        ```python
        permissions = ApiPermissions(
            "permissions",
            {
                "principal_id": "11111111-2222-4333-8444-555555555555",
                "permissions": {"Microsoft Graph": ["User.Read.All"]},
            },
        )
        ```

    Raises:
        InvalidArgumentsError: An argument is wrong. The component registered nothing.
        DirectoryLookupError: The API or an app role is not in the tenant, or the deployer may not read it. The
            component created no grant of that API.
    """

    principal_id: pulumi.Output[str] = computed_when_read(
        lambda self: available_after(self._principal_id, *self.grants)
    )
    """Object id of the service principal, available after every grant."""
    app_role_assignment_ids: pulumi.Output[dict[str, str]] = computed_when_read(
        lambda self: pulumi.Output.all(
            **{label: assignment.id for label, assignment in self._assignments.items()}
        ).apply(dict)
    )
    """Id of each app role assignment, in the form that the azuread provider imports, by API and value, such as
    "Microsoft Graph User.Read.All"."""

    def __init__(self, name: str, args: ApiPermissionsArgs, opts: Optional[pulumi.ResourceOptions] = None) -> None:
        """Registers the component and its resources.

        Args:
            name: The logical name of the component. The logical names of its resources begin with it.
            args: The arguments: a dictionary with the keys of ApiPermissionsArgs.
            opts: The options of the component. Its resources have the component as their parent.
        """
        planned = _check(name, args)
        with short_call_stacks():
            super().__init__("exchange-automation:index:ApiPermissions", name, None, opts)
            self._principal_id = checked_object_id("principal_id", args["principal_id"])
            self._assignments: dict[str, azuread.AppRoleAssignment] = {
                f"{plan.api} {plan.value}": self._grant(name, plan) for plan in planned
            }

    @property
    def grants(self) -> list[pulumi.Resource]:
        """All assignments, for a resource that must not exist before them."""
        return list(self._assignments.values())

    def _grant(self, name: str, plan: _Planned) -> azuread.AppRoleAssignment:
        if plan.value in WIDE:
            pulumi.log.warn(f'"{name}" grants {plan.value}: {WIDE[plan.value]}.', self)
        api = api_of(self, plan.client_id, plan.api)
        return azuread.AppRoleAssignment(
            f"{name}-{plan.slug}",
            app_role_id=api.apply(lambda found: app_role_id(found, plan.value)),
            principal_object_id=self._principal_id,
            resource_object_id=api.apply(lambda found: found.object_id),
            opts=pulumi.ResourceOptions(
                parent=self,
                hooks=pulumi.ResourceHookBinding(on_error=[grant_error_hook()]),
                aliases=[pulumi.Alias(name=f"{name}-{plan.former}")] if plan.former else None,
            ),
        )


def _value_part(value: str) -> str:
    """Returns the part of a logical name for an app role. A hash keeps values apart that differ in punctuation alone."""
    if re.fullmatch(_WORDS, value):
        return slug(value)
    return f"{slug(value)}-{hashlib.sha256(value.encode()).hexdigest()[:8]}".lstrip("-")


def _former_slug(api: str, value: str, values: Sequence[str]) -> Optional[str]:
    """Returns the end of a logical name in the first version; None where it is the same, or other values shared it."""
    is_shared = any(slug(other) == slug(value) for other in values if other != value)
    return None if re.fullmatch(_WORDS, value) or is_shared else f"{slug(api)}-{slug(value)}"


def _check(name: str, args: Any) -> list[_Planned]:
    """Checks the arguments and decides the grants.

    Raises:
        InvalidArgumentsError: At least one argument is wrong.
    """
    mistakes = Mistakes("ApiPermissions", name)
    check_arguments(mistakes, args, ApiPermissionsArgs)
    check_object_id(mistakes, "principal_id", args.get("principal_id"))
    permissions = args.get("permissions")
    if permissions is not None and not permissions:
        _add_empty(mistakes, "permissions is empty", '{"Microsoft Graph": ["User.Read.All"]}')
    planned: dict[str, _Planned] = {}
    granted: set[tuple[str, str]] = set()
    for api, values in (permissions or {}).items():
        client_id = next((known for label, known in APIS.items() if label.lower() == str(api).lower()), str(api))
        if not is_guid(client_id):
            mistakes.add(
                "EXA171",
                f'permissions names the API "{api}", which this package does not know by name',
                "the component could not find it",
                f"Use {', '.join(APIS)}, or the client id of the API.",
            )
        elif not values:
            _add_empty(mistakes, f'permissions["{api}"] is an empty list', '["User.Read.All"]')
        else:
            for plan in _plan_api(mistakes, str(api), client_id.lower(), values, granted):
                planned[plan.slug] = plan
    mistakes.raise_any()
    return list(planned.values())


def _add_empty(mistakes: Mistakes, what: str, example: str) -> None:
    mistakes.add("EXA170", what, "the component would grant nothing", f"Give {example}.")


def _plan_api(
    mistakes: Mistakes, api: str, client_id: str, values: Sequence[str], granted: set[tuple[str, str]]
) -> Iterator[_Planned]:
    """Plans the grants of one API, and adds them to ``granted``, because a program can give one API under two names."""
    for value in values:
        if not value.strip():
            mistakes.add(
                "EXA172",
                f'permissions["{api}"] has {value!r}, which is not the value of an app role',
                "the component could not find the role",
                "Give the value, such as User.Read.All.",
            )
            continue
        if (client_id, value.lower()) in granted:
            mistakes.add(
                "EXA172",
                f'permissions["{api}"] has {value}, which permissions has already for the same API',
                "the directory would refuse the second grant",
                "Remove one of them.",
            )
        granted.add((client_id, value.lower()))
        yield _Planned(api, client_id, value, _former_slug(api, value, values))
