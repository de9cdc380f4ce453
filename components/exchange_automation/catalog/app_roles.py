"""App roles of Microsoft's APIs: the wide ones, and the ids of well-known ones.

The components look an app role up by its value in the directory. The ids are for commands that read output without a
directory. They are the same in every tenant.
"""

import datetime as dt
from typing import Optional

from exchange_automation.catalog.sources import Source

SOURCES: tuple[Source, ...] = (
    Source(
        "https://learn.microsoft.com/graph/permissions-reference",
        dt.date(2026, 11, 25),
        "App roles of Microsoft Graph.",
    ),
    Source(
        "https://learn.microsoft.com/powershell/exchange/app-only-auth-powershell-v2",
        dt.date(2026, 11, 25),
        "The app roles of Exchange Online; those of SharePoint Online are from its application manifest.",
    ),
)

EXCHANGE_ONLINE = "Office 365 Exchange Online"
"""Display name of Exchange Online's API."""
EXCHANGE_ONLINE_APP_ID = "00000002-0000-0ff1-ce00-000000000000"
"""Client id (app id) of Exchange Online's API, the same in every tenant."""

APIS = {
    "Microsoft Graph": "00000003-0000-0000-c000-000000000000",
    EXCHANGE_ONLINE: EXCHANGE_ONLINE_APP_ID,
    "Office 365 SharePoint Online": "00000003-0000-0ff1-ce00-000000000000",
}
"""Display name -> client id (app id), the same in every tenant. Every other API is named by its client id."""

WIDE = {
    "AppRoleAssignment.ReadWrite.All": "it can grant itself everything, Global Administrator included. Nothing replaces it",
    "RoleManagement.ReadWrite.Directory": "it can make itself Global Administrator. Nothing replaces it",
    "RoleManagement.ReadWrite.Exchange": "it can give itself and anybody every role in Exchange Online. Nothing replaces it",
    "Application.ReadWrite.All": "it can sign in as any application. Application.ReadWrite.OwnedBy reaches its own alone",
    "Directory.ReadWrite.All": "it can change most of the directory. Take the permission of the one kind of object",
    "User.ReadWrite.All": "it can change every account. User.Read.All reads them",
    "Group.ReadWrite.All": "it can join any group, those that give access included. Group.Read.All reads them",
    "GroupMember.ReadWrite.All": "it can join groups, those that give access included. GroupMember.Read.All reads them",
    "Mail.Read": "it reads every mailbox. A role group in Exchange (Application Mail.Read) reaches chosen mailboxes",
    "Mail.ReadWrite": "it reads and changes every mailbox. A role group in Exchange (Application Mail.ReadWrite) reaches chosen "
    "mailboxes",
    "Mail.Send": "it sends as everybody. A role group in Exchange (Application Mail.Send) reaches chosen mailboxes",
    "Sites.FullControl.All": "it owns every site. Sites.Selected reaches chosen sites",
    "Sites.Read.All": "it reads every site. Sites.Selected reaches chosen sites",
    "Files.ReadWrite.All": "it changes every file. Sites.Selected reaches chosen sites",
    "full_access_as_app": "it opens every mailbox over EWS, which is being retired. A role group in Exchange reaches chosen ones",
}
"""Value of an app role -> its effect, and a narrower way."""

_GRAPH = "Microsoft Graph"
_EXCHANGE = EXCHANGE_ONLINE
_SHAREPOINT = "Office 365 SharePoint Online"

_WELL_KNOWN = {
    _EXCHANGE: {
        "Exchange.ManageAsApp": "dc50a0fb-09a3-484d-be87-e023b12c6440",
        "full_access_as_app": "dc890d15-9560-4a4c-9b7f-a736ec74ec40",
        "IMAP.AccessAsApp": "5e5addcd-3e8d-4e90-baf5-964efab2b20a",
    },
    _GRAPH: {
        "AccessReview.ReadWrite.All": "ef5f7d5c-338f-44b0-86c3-351f46c8bb5f",
        "AdministrativeUnit.Read.All": "134fd756-38ce-4afd-ba33-e9623dbe66c2",
        "AdministrativeUnit.ReadWrite.All": "5eb59dd3-1da2-4329-8733-9dabdc435916",
        "AppRoleAssignment.ReadWrite.All": "06b708a9-e830-4db3-a914-8e69da51d44f",
        "Application.Read.All": "9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30",
        "Application.ReadWrite.All": "1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9",
        "Application.ReadWrite.OwnedBy": "18a4783c-866b-4cc7-a460-3d5e5662c884",
        "Calendars.Read": "798ee544-9d2d-430c-a058-570e29e34338",
        "Calendars.ReadWrite": "ef54d2bf-783f-4e0f-bca1-3210c0444d99",
        "Contacts.Read": "089fe4d0-434a-44c5-8827-41ba8a0b17f5",
        "Contacts.ReadWrite": "6918b873-d17a-4dc1-b314-35f528134491",
        "Directory.Read.All": "7ab1d382-f21e-4acd-a863-ba3e13f7da61",
        "Directory.ReadWrite.All": "19dbc75e-c2e2-444c-a770-ec69d8559fc7",
        "Domain.Read.All": "dbb9058a-0e50-45d7-ae91-66909b5d4664",
        "Files.Read.All": "01d4889c-1287-42c6-ac1f-5d1e02578ef6",
        "Files.ReadWrite.All": "75359482-378d-4052-8f01-80520e7db3cd",
        "Group.Read.All": "5b567255-7703-4780-807c-7be8301ae99b",
        "Group.ReadWrite.All": "62a82d76-70ea-41e2-9197-370581804d09",
        "GroupMember.Read.All": "98830695-27a2-44f7-8c18-0c3ebc9698f6",
        "GroupMember.ReadWrite.All": "dbaae8cf-10b5-4b86-a4a1-f871c94c6695",
        "Mail.Read": "810c84a8-4a9e-49e6-bf7d-12d183f40d01",
        "Mail.ReadBasic.All": "693c5e45-0940-467d-9b8a-1022fb9d42ef",
        "Mail.ReadWrite": "e2a3a72e-5f79-4c64-b1b1-878b674786c9",
        "Mail.Send": "b633e1c5-b582-4048-a93e-9f11b44c7e96",
        "MailboxSettings.Read": "40f97065-369a-49f4-947c-6a255697ae91",
        "MailboxSettings.ReadWrite": "6931bccd-447a-43d1-b442-00a195474933",
        "Member.Read.Hidden": "658aa5d8-239f-45c4-aa12-864f4fc7e490",
        "Organization.Read.All": "498476ce-e0fe-48b0-b801-37ba7e2685c6",
        "Policy.Read.All": "246dd0d5-5bd0-4def-940b-0421030a5b68",
        "Policy.ReadWrite.ConditionalAccess": "01c0a623-fc9b-48e9-b794-0756f8e8f067",
        "Reports.Read.All": "230c1aed-a721-4c5d-9cb4-a90514e508ef",
        "RoleManagement.Read.All": "c7fbd983-d9aa-4fa7-84b8-17382c103bc4",
        "RoleManagement.Read.Directory": "483bed4a-2ad3-4361-a73b-c83ccdbdc53c",
        "RoleManagement.Read.Exchange": "c769435f-f061-4d0b-8ff1-3d39870e5f85",
        "RoleManagement.ReadWrite.Directory": "9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8",
        "RoleManagement.ReadWrite.Exchange": "025d3225-3f02-4882-b4c0-cd5b541a4e80",
        "Sites.FullControl.All": "a82116e5-55eb-4c41-a434-62fe8a61c773",
        "Sites.Read.All": "332a536c-c7ef-4017-ab91-336970924f0d",
        "Sites.ReadWrite.All": "9492366f-7969-46a4-8d15-ed1a20078fff",
        "Sites.Selected": "883ea226-0bf2-4a8f-9f9d-92c9162a727d",
        "User.Read.All": "df021288-bdef-4463-88db-98f22de89214",
        "User.ReadWrite.All": "741f803b-c850-494e-b5df-cde7c675a1ca",
    },
    _SHAREPOINT: {
        "Sites.FullControl.All": "678536fe-1083-478a-9c59-b99265e6b0d3",
        "Sites.Read.All": "d13f72ca-a275-4b96-b789-48ebcc4da984",
        "Sites.ReadWrite.All": "fbcd29d2-fcca-4405-aded-518d457caae4",
        "Sites.Selected": "20d37865-089c-4dee-8c41-6967602d4ac8",
    },
}
_BY_ID = {role_id: (api, value) for api, roles in _WELL_KNOWN.items() for value, role_id in roles.items()}


def well_known(app_role_id: str) -> Optional[tuple[str, str]]:
    """Display name of the API and value of the app role with this id (a GUID); None when it is not among the known ones."""
    return _BY_ID.get(app_role_id.strip().lower())


def only_reads(value: str) -> bool:
    """Whether an app role of Microsoft's APIs changes nothing, by the pattern resource.operation.constraint of its value."""
    operation = value.split(".")[1:2]
    return operation in (["Read"], ["ReadBasic"])
