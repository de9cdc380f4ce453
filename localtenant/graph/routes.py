"""The list of every operation of Microsoft Graph that the tenant answers."""

from __future__ import annotations

from localtenant.graph import (
    administrative_units,
    app_role_assignments,
    applications,
    conditional_access,
    deleted_items,
    directory_objects,
    exchange_roles,
    groups,
    organization,
    owners,
    role_assignments,
    role_definitions,
    service_principals,
    users,
)
from localtenant.graph.requests import Relations, Route

ROUTES: tuple[Route, ...] = (
    *administrative_units.ROUTES,
    *app_role_assignments.ROUTES,
    *applications.ROUTES,
    *conditional_access.ROUTES,
    *deleted_items.ROUTES,
    *directory_objects.ROUTES,
    *exchange_roles.ROUTES,
    *groups.ROUTES,
    *organization.ROUTES,
    *owners.ROUTES,
    *role_assignments.ROUTES,
    *role_definitions.ROUTES,
    *service_principals.ROUTES,
    *users.ROUTES,
)

RELATIONS: Relations = {
    **app_role_assignments.RELATIONS,
    **role_assignments.RELATIONS,
    **owners.RELATIONS,
}
