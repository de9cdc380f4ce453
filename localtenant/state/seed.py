"""The identifiers and names in a new tenant.

Well-known ids (application ids of Microsoft's own APIs, app role ids, role template ids) are the public ones, from
the Microsoft Entra built-in roles reference, the Microsoft Graph permissions reference and the first-party
application list. Ids that Microsoft draws per tenant (object ids, tenant and subscription ids) are invented here and
fixed. ``Exchange.ManageAsAppV2`` and ``POP.AccessAsApp`` have no id in those references; theirs are invented as well,
which is one more reason to resolve app roles by value.
"""

from __future__ import annotations

from dataclasses import dataclass

from localtenant.core.ids import stable_guid

EXCHANGE_APP_ID = "00000002-0000-0ff1-ce00-000000000000"
GRAPH_APP_ID = "00000003-0000-0000-c000-000000000000"
SHAREPOINT_APP_ID = "00000003-0000-0ff1-ce00-000000000000"
MICROSOFT_TENANT_ID = "f8cdef31-a31e-4b4a-93e4-5f571e91255a"
MANAGE_AS_APP_ID = "dc50a0fb-09a3-484d-be87-e023b12c6440"

EXCHANGE_APP_ROLES: dict[str, tuple[str, str]] = {
    "Exchange.ManageAsApp": (MANAGE_AS_APP_ID, "Manage Exchange As Application"),
    "Exchange.ManageAsAppV2": (stable_guid("approle", "Exchange.ManageAsAppV2"), "Manage Exchange As Application V2"),
    "full_access_as_app": ("dc890d15-9560-4a4c-9b7f-a736ec74ec40", "Use Exchange Web Services with full access"),
    "IMAP.AccessAsApp": ("5e5addcd-3e8d-4e90-baf5-964efab2b20a", "IMAP.AccessAsApp"),
    "POP.AccessAsApp": (stable_guid("approle", "POP.AccessAsApp"), "POP.AccessAsApp"),
}
"""App roles of Office 365 Exchange Online: value -> (id, display name)."""

GRAPH_APP_ROLES: dict[str, tuple[str, str]] = {
    "AdministrativeUnit.Read.All": ("134fd756-38ce-4afd-ba33-e9623dbe66c2", "Read all administrative units"),
    "AdministrativeUnit.ReadWrite.All": (
        "5eb59dd3-1da2-4329-8733-9dabdc435916",
        "Read and write all administrative units",
    ),
    "AppRoleAssignment.ReadWrite.All": (
        "06b708a9-e830-4db3-a914-8e69da51d44f",
        "Manage app permission grants and app role assignments",
    ),
    "Application.Read.All": ("9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30", "Read all applications"),
    "Application.ReadWrite.All": ("1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9", "Read and write all applications"),
    "Application.ReadWrite.OwnedBy": (
        "18a4783c-866b-4cc7-a460-3d5e5662c884",
        "Manage apps that this app creates or owns",
    ),
    "Directory.Read.All": ("7ab1d382-f21e-4acd-a863-ba3e13f7da61", "Read directory data"),
    "Directory.ReadWrite.All": ("19dbc75e-c2e2-444c-a770-ec69d8559fc7", "Read and write directory data"),
    "Domain.Read.All": ("dbb9058a-0e50-45d7-ae91-66909b5d4664", "Read domains"),
    "Group.Read.All": ("5b567255-7703-4780-807c-7be8301ae99b", "Read all groups"),
    "Group.ReadWrite.All": ("62a82d76-70ea-41e2-9197-370581804d09", "Read and write all groups"),
    "Mail.Read": ("810c84a8-4a9e-49e6-bf7d-12d183f40d01", "Read mail in all mailboxes"),
    "Mail.ReadWrite": ("e2a3a72e-5f79-4c64-b1b1-878b674786c9", "Read and write mail in all mailboxes"),
    "Mail.Send": ("b633e1c5-b582-4048-a93e-9f11b44c7e96", "Send mail as any user"),
    "MailboxSettings.Read": ("40f97065-369a-49f4-947c-6a255697ae91", "Read all user mailbox settings"),
    "Organization.Read.All": ("498476ce-e0fe-48b0-b801-37ba7e2685c6", "Read organization information"),
    "Policy.Read.All": ("246dd0d5-5bd0-4def-940b-0421030a5b68", "Read your organization's policies"),
    "Policy.ReadWrite.ConditionalAccess": (
        "01c0a623-fc9b-48e9-b794-0756f8e8f067",
        "Read and write your organization's conditional access policies",
    ),
    "Reports.Read.All": ("230c1aed-a721-4c5d-9cb4-a90514e508ef", "Read all usage reports"),
    "RoleManagement.Read.All": (
        "c7fbd983-d9aa-4fa7-84b8-17382c103bc4",
        "Read role management data for all RBAC providers",
    ),
    "RoleManagement.Read.Exchange": ("c769435f-f061-4d0b-8ff1-3d39870e5f85", "Read Exchange Online RBAC configuration"),
    "RoleManagement.Read.Directory": ("483bed4a-2ad3-4361-a73b-c83ccdbdc53c", "Read all directory RBAC settings"),
    "RoleManagement.ReadWrite.Directory": (
        "9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8",
        "Read and write all directory RBAC settings",
    ),
    "RoleManagement.ReadWrite.Exchange": (
        "025d3225-3f02-4882-b4c0-cd5b541a4e80",
        "Read and write Exchange Online RBAC configuration",
    ),
    "Sites.FullControl.All": ("a82116e5-55eb-4c41-a434-62fe8a61c773", "Have full control of all site collections"),
    "Sites.Read.All": ("332a536c-c7ef-4017-ab91-336970924f0d", "Read items in all site collections"),
    "Sites.Selected": ("883ea226-0bf2-4a8f-9f9d-92c9162a727d", "Access selected site collections"),
    "User.Read.All": ("df021288-bdef-4463-88db-98f22de89214", "Read all users' full profiles"),
    "User.ReadWrite.All": ("741f803b-c850-494e-b5df-cde7c675a1ca", "Read and write all users' full profiles"),
}
"""App roles of Microsoft Graph: value -> (id, display name)."""

SHAREPOINT_APP_ROLES: dict[str, tuple[str, str]] = {
    "Sites.FullControl.All": ("678536fe-1083-478a-9c59-b99265e6b0d3", "Have full control of all site collections"),
    "Sites.Read.All": ("d13f72ca-a275-4b96-b789-48ebcc4da984", "Read items in all site collections"),
    "Sites.Selected": ("20d37865-089c-4dee-8c41-6967602d4ac8", "Access selected site collections"),
}
"""App roles of Office 365 SharePoint Online: value -> (id, display name)."""

DIRECTORY_ROLES: dict[str, str] = {
    "Global Administrator": "62e90394-69f5-4237-9190-012177145e10",
    "Global Reader": "f2ef992c-3afb-46b9-b7cf-a126ee74c451",
    "Exchange Administrator": "29232cdf-9323-42fd-ade2-1d097af3e4de",
    "Exchange Recipient Administrator": "31392ffb-586c-42d1-9346-e59415a2cc4e",
    "Compliance Administrator": "17315797-102d-40b4-93e0-432062caca18",
    "Compliance Data Administrator": "e6d1a23a-da11-4be4-9570-befc86d067a7",
    "Security Administrator": "194ae4cb-b126-40b2-bd5b-6091b380977d",
    "Security Reader": "5d6b6bb7-de71-4623-b4af-96380a352509",
    "Helpdesk Administrator": "729827e3-9c14-49f7-bb1b-9608f156bbb8",
    "User Administrator": "fe930be7-5e62-47db-91af-98c3a49a38b1",
    "Privileged Role Administrator": "e8611ab8-c189-46e8-94e1-60213ab1f814",
    "Application Administrator": "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3",
    "Cloud Application Administrator": "158c047a-c907-4556-b7ef-446551a6b5f7",
    "SharePoint Administrator": "f28a1f50-f6e7-4571-818b-6a12f2af6b6c",
    "Teams Administrator": "69091246-20e8-4a56-aa4d-066075b2a7a8",
    "Groups Administrator": "fdd7a751-b60b-444a-984c-02652fe8fa1c",
    "License Administrator": "4d6ac14f-3453-41d0-bef9-a3e0c569773a",
    "Directory Readers": "88d8e3e3-8f55-4a1e-953a-9b9898b8876b",
    "Directory Writers": "9360feb5-f418-4baa-8175-e2a00bac4301",
    "Reports Reader": "4a5d8f65-41da-4de4-8968-e035b65339cf",
    "Printer Administrator": "644ef478-e28f-4e28-b9dc-3fdde9aa0b1f",
}
"""Built-in directory roles: display name -> template id, which is the id of the role definition as well."""

UNIT_SCOPED_ROLES = frozenset(
    {
        "Groups Administrator",
        "Helpdesk Administrator",
        "License Administrator",
        "SharePoint Administrator",
        "Teams Administrator",
        "User Administrator",
    }
)
"""Those of the built-in roles above that can be assigned in an administrative unit ("Assign Microsoft Entra roles")."""

APPLICATION_SCOPED_ROLES = frozenset({"Application Administrator", "Cloud Application Administrator"})
"""Those of the built-in roles above that can be assigned on one application."""

GRAPH_DELEGATED_PERMISSIONS: dict[str, tuple[str, str]] = {
    "Application.Read.All": ("c79f8feb-a9db-4090-85f9-90d820caa0eb", "Read applications"),
    "Directory.Read.All": ("06da0dbc-49e2-44d2-8312-53f166ab848a", "Read directory data"),
    "Group.Read.All": ("5f8c59db-677d-491f-a6b8-5f174b11ec1d", "Read all groups"),
    "Mail.Read": ("570282fd-fa5c-430d-a7fd-fc8dc98a9dca", "Read user mail"),
    "Mail.Send": ("e383f46e-2787-4529-855e-0e479a3ffac0", "Send mail as a user"),
    "User.Read": ("e1fe6dd8-ba31-4d61-89e7-88639da4683d", "Sign in and read user profile"),
    "User.Read.All": ("a154be20-db9c-4678-8ab7-66f6cc099a59", "Read all users' full profiles"),
    "User.ReadWrite": ("b4e74841-8e56-480b-be8b-910348b18b4c", "Read and write access to user profile"),
    "email": ("64a6cdd6-aab1-4aaf-94b8-3cc8405e90d0", "View users' email address"),
    "offline_access": ("7427e0e9-2fba-42fe-b0c0-848c9e6a8182", "Maintain access to data you have given it access to"),
    "openid": ("37f7f235-527c-4136-accd-4a02d197296e", "Sign users in"),
    "profile": ("14dad69e-099b-42c9-810b-d002981feec1", "View users' basic profile"),
}
"""Delegated permissions of Microsoft Graph: value -> (id, display name)."""

DEPLOYER_GRAPH_ROLES = (
    "AdministrativeUnit.ReadWrite.All",
    "AppRoleAssignment.ReadWrite.All",
    "Application.Read.All",
    "Application.ReadWrite.OwnedBy",
    "Domain.Read.All",
    "Organization.Read.All",
    "RoleManagement.ReadWrite.Directory",
)
"""The deployer's permissions in Graph by default."""

DEPLOYER_ARM_ROLES = ("Owner",)
"""The deployer's roles in Resource Manager by default."""


@dataclass(frozen=True)
class TenantSeed:
    """Identifiers of one tenant.

    Attributes:
        name: label, also the prefix of the initial domain.
        tenant_id: GUID of the directory.
        initial_domain: the ``*.onmicrosoft.com`` domain.
        custom_domain: a verified domain of the organisation.
        subscription_id: the subscription that programs use by default.
        client_id: application id of the deployer.
        client_secret: the deployer's secret, which only the local tenant accepts.
        application_object_id: object id of the deployer's application.
        principal_object_id: object id of the deployer's service principal.
        exchange_object_id: object id of Exchange Online's service principal.
        graph_object_id: object id of Microsoft Graph's service principal.
        sharepoint_object_id: object id of SharePoint Online's service principal.
        administrative_units: display name -> object id.
        users: display name -> object id.
        further_subscription_ids: more subscriptions of the tenant, without resources.
    """

    name: str
    tenant_id: str
    initial_domain: str
    custom_domain: str
    subscription_id: str
    client_id: str
    client_secret: str
    application_object_id: str
    principal_object_id: str
    exchange_object_id: str
    graph_object_id: str
    sharepoint_object_id: str
    administrative_units: dict[str, str]
    users: dict[str, str]
    further_subscription_ids: tuple[str, ...] = ()

    @property
    def subscription_ids(self) -> tuple[str, ...]:
        """All subscriptions of the tenant."""
        return (self.subscription_id, *self.further_subscription_ids)


CONTOSO = TenantSeed(
    name="contoso",
    tenant_id="c0c0c0c0-0000-4000-8000-000000000001",
    initial_domain="contoso.onmicrosoft.com",
    custom_domain="contoso.com",
    subscription_id="c0c0c0c0-0000-4000-8000-0000000005b1",
    client_id="c0c0c0c0-0000-4000-8000-000000000c11",
    client_secret="local-tenant-only~contoso",
    application_object_id="c0c0c0c0-0000-4000-8000-000000000a11",
    principal_object_id="c0c0c0c0-0000-4000-8000-000000000511",
    exchange_object_id="c0c0c0c0-0000-4000-8000-0000000005e1",
    graph_object_id="c0c0c0c0-0000-4000-8000-0000000005e2",
    sharepoint_object_id="c0c0c0c0-0000-4000-8000-0000000005e3",
    administrative_units={
        "Berlin": "c0c0c0c0-0000-4000-8000-000000000a01",
        "Lisbon": "c0c0c0c0-0000-4000-8000-000000000a02",
    },
    users={"Adele Vance": "c0c0c0c0-0000-4000-8000-000000000d01"},
    further_subscription_ids=("c0c0c0c0-0000-4000-8000-0000000005b2",),
)

FABRIKAM = TenantSeed(
    name="fabrikam",
    tenant_id="fab00000-0000-4000-8000-000000000001",
    initial_domain="fabrikam.onmicrosoft.com",
    custom_domain="fabrikam.com",
    subscription_id="fab00000-0000-4000-8000-0000000005b1",
    client_id="fab00000-0000-4000-8000-000000000c11",
    client_secret="local-tenant-only~fabrikam",
    application_object_id="fab00000-0000-4000-8000-000000000a11",
    principal_object_id="fab00000-0000-4000-8000-000000000511",
    exchange_object_id="fab00000-0000-4000-8000-0000000005e1",
    graph_object_id="fab00000-0000-4000-8000-0000000005e2",
    sharepoint_object_id="fab00000-0000-4000-8000-0000000005e3",
    administrative_units={"Porto": "fab00000-0000-4000-8000-000000000a01"},
    users={"Nestor Wilke": "fab00000-0000-4000-8000-000000000d01"},
)

TAILSPIN = TenantSeed(
    name="tailspin",
    tenant_id="7a150000-0000-4000-8000-000000000001",
    initial_domain="tailspin.onmicrosoft.com",
    custom_domain="tailspintoys.com",
    subscription_id="7a150000-0000-4000-8000-0000000005b1",
    client_id="7a150000-0000-4000-8000-000000000c11",
    client_secret="local-tenant-only~tailspin",
    application_object_id="7a150000-0000-4000-8000-000000000a11",
    principal_object_id="7a150000-0000-4000-8000-000000000511",
    exchange_object_id="7a150000-0000-4000-8000-0000000005e1",
    graph_object_id="7a150000-0000-4000-8000-0000000005e2",
    sharepoint_object_id="7a150000-0000-4000-8000-0000000005e3",
    administrative_units={"Oslo": "7a150000-0000-4000-8000-000000000a01"},
    users={"Megan Bowen": "7a150000-0000-4000-8000-000000000d01"},
)

TENANTS = (CONTOSO, FABRIKAM, TAILSPIN)
EXISTING_RESOURCE_GROUP = "rg-existing"
EXISTING_LOCATION = "westeurope"
OIDC_SUBJECT = "repo:contoso/exchange-automation:ref:refs/heads/main"
OIDC_REQUEST_TOKEN = "local-tenant-only~oidc-request"
