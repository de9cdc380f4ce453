"""Checks whether the deployer has the Graph permissions of a deployment.

Source: permission tables of the operations in the Microsoft Graph v1.0 reference.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from exchange_automation.catalog.directory_roles import GLOBAL_ADMINISTRATOR, TEMPLATE_IDS, find_role
from exchange_automation.cli.client.credentials import AccessToken

from .lines import Line


@dataclass(frozen=True)
class Need:
    """A Graph permission that a deployment needs.

    Attributes:
        purpose: The operation that needs it.
        any_of: Application permissions of which one is enough, the least first.
        directory_roles: Template ids of directory roles of which one is enough for a user.
    """

    purpose: str
    any_of: tuple[str, ...]
    directory_roles: tuple[str, ...]


_GLOBAL = TEMPLATE_IDS[GLOBAL_ADMINISTRATOR]
_PRIVILEGED_ROLE = "e8611ab8-c189-46e8-94e1-60213ab1f814"
_CLOUD_APPLICATION = "158c047a-c907-4556-b7ef-446551a6b5f7"
_APPLICATION = "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3"
_GLOBAL_READER = TEMPLATE_IDS["Global Reader"]

READ_PRINCIPALS = Need(
    "read service principals",
    (
        "Application.Read.All",
        "Application.ReadWrite.OwnedBy",
        "Application.ReadWrite.All",
        "Directory.Read.All",
        "Directory.ReadWrite.All",
    ),
    (_CLOUD_APPLICATION, _APPLICATION, _GLOBAL, _GLOBAL_READER, _PRIVILEGED_ROLE),
)
GRANT_APP_ROLES = Need("grant app roles", ("AppRoleAssignment.ReadWrite.All",), (_PRIVILEGED_ROLE, _GLOBAL))
GRANT_DIRECTORY_ROLES = Need(
    "grant directory roles", ("RoleManagement.ReadWrite.Directory",), (_PRIVILEGED_ROLE, _GLOBAL)
)
CREATE_APPLICATIONS = Need(
    "create applications",
    ("Application.ReadWrite.OwnedBy", "Application.ReadWrite.All", "Directory.ReadWrite.All"),
    (_CLOUD_APPLICATION, _APPLICATION, _GLOBAL),
)


def identity_lines(token: AccessToken, method: str) -> list[Line]:
    """Returns who is signed in, and where."""
    claims = token.claims
    name = claims.text("app_displayname") or claims.text("upn") or claims.text("unique_name") or "unknown"
    return [
        Line("sign-in", "ok", f"{name}, with {method}"),
        Line("object id", "ok", claims.text("oid", "unknown")),
        *([Line("client id", "ok", claims.text("appid"))] if claims.text("appid") else []),
        Line("tenant", "ok", claims.text("tid", "unknown")),
    ]


def permission_lines(token: AccessToken, needs: Iterable[Need]) -> list[Line]:
    """Returns a line for each permission: whether the token carries it."""
    claims = token.claims
    granted = {*claims.texts("roles"), *claims.text("scp").split()}
    # A user needs the delegated permission of the client and a directory role; az login's client has all permissions.
    user_roles = set(claims.texts("wids")) if claims.text("idtyp") != "app" else set()
    lines = []
    for need in needs:
        subject = f"Graph: {need.purpose}"
        held = next((name for name in need.any_of if name in granted), None)
        by_role = next((role for role in need.directory_roles if role in user_roles), None)
        if held is not None:
            lines.append(Line(subject, "ok", held))
        elif by_role is not None:
            lines.append(Line(subject, "ok", f"by the directory role {_role_name(by_role)}"))
        elif not claims.values:
            lines.append(Line(subject, "skipped", "the token does not show its permissions"))
        else:
            lines.append(
                Line(
                    subject,
                    "failed",
                    f"the token has no {need.any_of[0]}",
                    f"grant the deployer the Microsoft Graph application permission {need.any_of[0]} with admin consent (a "
                    f"user: the role {_role_name(need.directory_roles[0])}), then take a new token",
                )
            )
    return lines


def _role_name(template_id: str) -> str:
    names = {
        _PRIVILEGED_ROLE: "Privileged Role Administrator",
        _CLOUD_APPLICATION: "Cloud Application Administrator",
        _APPLICATION: "Application Administrator",
    }
    role = find_role(template_id)
    return names.get(template_id) or (role.name if role else template_id)
