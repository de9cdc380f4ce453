"""ApiPermissions on the engine."""

from __future__ import annotations

from collections.abc import Callable

from exchange_automation import ApiPermissions, ExchangeAccess
from localtenant.process import LocalTenant
from tests.engine.support import Deployment, Program


def program(principal_id: str, *graph: str) -> Program:
    """Access to Exchange and permissions of Graph and SharePoint for one identity."""

    def run() -> None:
        ExchangeAccess("mail", {"principal_id": principal_id})
        permissions = {"Microsoft Graph": list(graph), "Office 365 SharePoint Online": ["Sites.Selected"]}
        ApiPermissions("apis", {"principal_id": principal_id, "permissions": permissions})

    return run


def test_permissions_are_granted_changed_one_by_one_and_removed(
    tenant: LocalTenant, deploy: Callable[..., Deployment]
) -> None:
    [created] = tenant.add_service_principal("job", servicePrincipalType="ManagedIdentity")
    stack = deploy(program(created["id"], "User.Read.All", "Mail.Send"))
    text = stack.up().check().text
    assert "Mail.Send: it sends as everybody" in " ".join(text.split())
    held = {(grant["resource"], grant["grant"]) for grant in tenant.grants() if grant["kind"] == "appRole"}
    assert held == {
        ("Office 365 Exchange Online", "Exchange.ManageAsApp"),
        ("Microsoft Graph", "User.Read.All"),
        ("Microsoft Graph", "Mail.Send"),
        ("Office 365 SharePoint Online", "Sites.Selected"),
    }
    since = len(tenant.request_log())
    assert stack.up().check().changes == {}
    looked_up = [request for request in tenant.request_log()[since:] if "$filter=appId" in request["path"]]
    assert len(looked_up) == 3  # One for each API.
    stack.program = program(created["id"], "Reports.Read.All", "User.Read.All")
    assert stack.up().check().changes == {"create": 1, "delete": 1}
    stack.destroy().check()
    assert tenant.grants() == []
