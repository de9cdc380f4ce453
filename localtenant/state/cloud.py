"""The state of the local tenant: directories, their subscriptions, and the clock that they share."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from localtenant.core.clock import Clock, iso
from localtenant.core.ids import IdSource
from localtenant.state import applications, seed
from localtenant.state.directory import Access, Directory, app_role
from localtenant.state.national_clouds import PUBLIC, NationalCloud
from localtenant.state.people import user_body
from localtenant.state.resources import Resources
from localtenant.state.store import Body

MULTI_TENANT = ("AzureADMultipleOrgs", "AzureADandPersonalMicrosoftAccount")
"""The values of ``signInAudience`` with which other tenants can have a service principal."""


@dataclass
class Behaviour:
    """How the services behave where reports of them differ, and what a test can turn on.

    Attributes:
        runbook_update_drops_links: whether an update of a runbook deletes its job schedules.
        second_link_is_refused: whether a second link of a runbook with a schedule is refused.
        package_imports_fail: whether every import of a package fails.
        shared_keys_are_turned_off: whether a policy turns shared keys of storage accounts off.
        graph_throttling: whether Microsoft Graph limits an application's writes.
    """

    runbook_update_drops_links: bool = False
    second_link_is_refused: bool = True
    package_imports_fail: bool = False
    shared_keys_are_turned_off: bool = False
    graph_throttling: bool = False


@dataclass
class Deployer:
    """The permissions of a tenant's deployer. They are not assignments, so the list of grants does not have them.

    Attributes:
        graph_roles: values of the ``roles`` claim in its Graph tokens.
        arm_roles: names of the Azure roles it holds on every subscription of the tenant.
    """

    graph_roles: tuple[str, ...] = seed.DEPLOYER_GRAPH_ROLES
    arm_roles: tuple[str, ...] = seed.DEPLOYER_ARM_ROLES


@dataclass
class Tenant:
    """One Entra tenant with its subscriptions.

    Attributes:
        seed: its identifiers.
        directory: its objects.
        deployer: the permissions of its deployer.
        consented: permissions in Graph of applications of other tenants, by client id. Like the deployer's they are not
            assignments.
    """

    seed: seed.TenantSeed
    directory: Directory
    deployer: Deployer = field(default_factory=Deployer)
    consented: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return self.seed.tenant_id

    def answers_to(self, name: str) -> bool:
        """Whether ``name`` is the tenant's id or one of its verified domains."""
        return name.lower() in (self.seed.tenant_id, self.seed.initial_domain, self.seed.custom_domain)


class Cloud:
    """The state behind every API.

    Args:
        clock: the time of every service.
        lag: seconds until a new directory object has replicated, unless the request that creates it sets another lag.
        id_seed: object ids depend on it and on the order of creation alone.
        national: the cloud that it imitates.
    """

    def __init__(
        self, clock: Clock, lag: float = 0.0, id_seed: str = "local", national: NationalCloud = PUBLIC
    ) -> None:
        self._national = national
        self.clock = clock
        self.lag = lag
        self.ids = IdSource(id_seed)
        self.reset()

    def reset(
        self, lag: float | None = None, id_seed: str | None = None, national: NationalCloud | None = None
    ) -> None:
        """Resets the state to the seed, and changes the cloud where one is given. The clock keeps its time."""
        self.national = national or self._national
        if lag is not None:
            self.lag = lag
        self.ids = IdSource(self.ids.seed if id_seed is None else id_seed)
        self.tenants: dict[str, Tenant] = {}
        for planted in seed.TENANTS:
            tenant_seed = replace(planted, initial_domain=f"{planted.name}{self.national.initial_suffix}")
            tenant = Tenant(tenant_seed, Directory(tenant_seed, self.ids))
            self.tenants[tenant_seed.tenant_id] = tenant
            self._seed_directory(tenant)
        self.blobs: dict[str, dict[str, Any]] = {}
        self.webhook_addresses: dict[str, str] = {}
        self.behaviour = Behaviour()
        self.resources = Resources(
            {subscription: t.tenant_id for t in seed.TENANTS for subscription in t.subscription_ids}
        )
        for tenant_seed in seed.TENANTS:
            self.resources.put_group(
                tenant_seed.subscription_id,
                seed.EXISTING_RESOURCE_GROUP,
                {"location": seed.EXISTING_LOCATION, "tags": {}},
                self.clock.now(),
            )

    def tenant(self, name: str) -> Tenant | None:
        """Returns a tenant by id or verified domain."""
        return next((tenant for tenant in self.tenants.values() if tenant.answers_to(name)), None)

    def tenant_of_subscription(self, subscription_id: str) -> Tenant | None:
        owner = self.resources.subscriptions.get(subscription_id.lower())
        return self.tenants[owner] if owner is not None else None

    def access(self, app_id: str = "", lag: float | None = None, behind: float = 0.0) -> Access:
        """Returns the access of a caller at the present moment."""
        return Access(self.clock.now(), app_id, self.lag if lag is None else lag, behind)

    def graph_roles(self, tenant: Tenant, app_id: str) -> list[str]:
        """Returns the ``roles`` claim of an application's token for Microsoft Graph."""
        if app_id == tenant.seed.client_id:
            return list(tenant.deployer.graph_roles)
        if app_id in tenant.consented:
            return list(tenant.consented[app_id])
        now = self.access()
        principal = tenant.directory.by_app_id(app_id, now)
        graph = tenant.directory.find("servicePrincipals", tenant.seed.graph_object_id, now)
        if principal is None or graph is None:
            return []
        values = {role["id"]: role["value"] for role in graph["appRoles"]}
        held = tenant.directory.assignments_of("appRoleAssignments", principal["id"], now)
        return sorted(values[a["appRoleId"]] for a in held if a["resourceId"] == graph["id"])

    def application_of_another_tenant(self, tenant: Tenant, app_id: str) -> applications.ForeignApplication | None:
        """Returns the multi-tenant application of another tenant with this client id; None when there is none.

        Every tenant can have a service principal of such an application.
        """
        return next(
            (
                applications.ForeignApplication(other.id, application)
                for other in self.tenants.values()
                if other is not tenant
                for application in other.directory.live("applications")
                if application["appId"] == app_id.lower() and application["signInAudience"] in MULTI_TENANT
            ),
            None,
        )

    def consent(self, home: Tenant, customer: Tenant, roles: tuple[str, ...]) -> Body:
        """Consents, as the customer's administrator, to the deployer of another tenant; returns its service principal.

        The deployer's application becomes a multi-tenant one.
        """
        access = replace(self.access(), lag=0.0)
        object_id = home.seed.application_object_id
        changes = {"signInAudience": "AzureADMultipleOrgs"}
        foreign = applications.ForeignApplication(
            home.id, home.directory.change("applications", object_id, changes, access)
        )
        customer.consented[home.seed.client_id] = roles
        existing = customer.directory.by_app_id(home.seed.client_id, access)
        if existing is not None:
            return existing
        payload = {"appId": home.seed.client_id}
        return applications.create_service_principal(customer.directory, payload, access, None, foreign)

    def set_exchange(self, tenant: Tenant, present: bool, disabled: list[str]) -> None:
        """Removes or restores Exchange Online's service principal, and disables some of its app roles."""
        directory, access = tenant.directory, replace(self.access(), lag=0.0)
        existing = directory.find("servicePrincipals", tenant.seed.exchange_object_id, access)
        if not present:
            if existing is not None:
                directory.delete("servicePrincipals", existing["id"], access, soft=False)
            return
        if existing is None:
            existing = self._add_exchange(tenant, access)
        roles = [{**role, "isEnabled": role["value"] not in disabled} for role in existing["appRoles"]]
        directory.change("servicePrincipals", existing["id"], {"appRoles": roles}, access)

    def _add_exchange(self, tenant: Tenant, access: Access) -> Body:
        return _add_api(
            tenant.directory,
            access,
            seed.EXCHANGE_APP_ID,
            "Office 365 Exchange Online",
            tenant.seed.exchange_object_id,
            seed.EXCHANGE_APP_ROLES,
        )

    def _seed_directory(self, tenant: Tenant) -> None:
        tenant_seed, directory, access = tenant.seed, tenant.directory, replace(self.access(), lag=0.0)
        self._add_exchange(tenant, access)
        graph = (seed.GRAPH_APP_ID, "Microsoft Graph", tenant_seed.graph_object_id, seed.GRAPH_APP_ROLES)
        sharepoint = (
            seed.SHAREPOINT_APP_ID,
            "Office 365 SharePoint Online",
            tenant_seed.sharepoint_object_id,
            seed.SHAREPOINT_APP_ROLES,
        )
        api = _add_api(directory, access, *graph)
        scopes = [
            _delegated_permission(value, permission_id, text)
            for value, (permission_id, text) in seed.GRAPH_DELEGATED_PERMISSIONS.items()
        ]
        directory.change("servicePrincipals", api["id"], {"oauth2PermissionScopes": scopes}, access)
        _add_api(directory, access, *sharepoint)
        for name, object_id in tenant_seed.administrative_units.items():
            directory.add("administrativeUnits", administrative_unit(object_id, {"displayName": name}), access)
        for name, object_id in tenant_seed.users.items():
            mail = f"{name.replace(' ', '.').lower()}@{tenant_seed.custom_domain}"
            user = {
                "displayName": name,
                "givenName": name.partition(" ")[0],
                "surname": name.partition(" ")[2],
                "mail": mail,
                "mailNickname": mail.partition("@")[0],
                "userPrincipalName": mail,
            }
            directory.add("users", user_body(object_id, user, iso(access.now)), access)
        name = "exchange-automation deployer"
        application = applications.create(directory, {"displayName": name}, access, None)
        # The deployer's ids are fixed, so that programs and tests can name them.
        directory.stores["applications"].remove(application["id"], now=access.now)
        application = {**application, "id": tenant_seed.application_object_id, "appId": tenant_seed.client_id}
        directory.add("applications", application, access)
        credential = {
            "keyId": directory.ids.guid("passwordKey"),
            "displayName": "local tenant",
            "hint": tenant_seed.client_secret[:3],
            "startDateTime": iso(access.now),
            "endDateTime": None,
            "secretText": None,
            "customKeyIdentifier": None,
        }
        applications.store_secret(directory, application, credential, tenant_seed.client_secret, access)
        directory.add_service_principal(
            {"appId": tenant_seed.client_id, "displayName": name}, access, tenant_seed.principal_object_id
        )


def _delegated_permission(value: str, permission_id: str, display_name: str) -> Body:
    return {
        "adminConsentDescription": display_name,
        "adminConsentDisplayName": display_name,
        "id": permission_id,
        "isEnabled": True,
        "type": "User",
        "userConsentDescription": display_name,
        "userConsentDisplayName": display_name,
        "value": value,
    }


def administrative_unit(object_id: str, properties: dict[str, Any]) -> Body:
    """An administrative unit as Graph shows it."""
    return {
        "id": object_id,
        "deletedDateTime": None,
        "description": None,
        "displayName": None,
        "isMemberManagementRestricted": False,
        "membershipRule": None,
        "membershipType": None,
        "membershipRuleProcessingState": None,
        "visibility": None,
        **properties,
    }


def _add_api(
    directory: Directory,
    access: Access,
    app_id: str,
    name: str,
    object_id: str,
    roles: dict[str, tuple[str, str]],
) -> Body:
    return directory.add_service_principal(
        {
            "appId": app_id,
            "displayName": name,
            "appDisplayName": name,
            "appOwnerOrganizationId": seed.MICROSOFT_TENANT_ID,
            "signInAudience": "AzureADMultipleOrgs",
            "appRoles": [app_role(value, role_id, text) for value, (role_id, text) in roles.items()],
        },
        access,
        object_id,
    )
