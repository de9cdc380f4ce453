"""The list of every operation of Microsoft Graph that the tenant answers."""

from __future__ import annotations

from localtenant.graph import (
    administrative_units,
    app_role_assignments,
    applications,
    deleted_items,
    directory_objects,
    directory_roles,
    organization,
    owners,
    service_principals,
)
from localtenant.graph.requests import Relations, Route

ROUTES: tuple[Route, ...] = (
    *administrative_units.ROUTES,
    *app_role_assignments.ROUTES,
    *applications.ROUTES,
    *deleted_items.ROUTES,
    *directory_objects.ROUTES,
    *directory_roles.ROUTES,
    *organization.ROUTES,
    *owners.ROUTES,
    *service_principals.ROUTES,
)

RELATIONS: Relations = {
    **app_role_assignments.RELATIONS,
    **directory_roles.RELATIONS,
    **owners.RELATIONS,
}
