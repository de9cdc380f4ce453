"""Every component with every argument, created directly or by the plugin."""

from __future__ import annotations

import base64
import hashlib
import inspect
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi
import typing_extensions
from pulumi_azure_native import automation, managedidentity, operationalinsights, storage

from exchange_automation.plugin.provider import COMPONENTS
from localtenant.state import seed
from tests.localtenant.test_login import certificate

GROUP = seed.EXISTING_RESOURCE_GROUP
PROVIDERS = f"/subscriptions/{seed.CONTOSO.subscription_id}/resourceGroups/{GROUP}/providers"
ACCOUNT_ID = f"{PROVIDERS}/Microsoft.Automation/automationAccounts/aa-theirs"
IDENTITY_ID = f"{PROVIDERS}/Microsoft.ManagedIdentity/userAssignedIdentities/id-theirs"
UNIT = f"/administrativeUnits/{next(iter(seed.CONTOSO.administrative_units.values()))}"
SCRIPT = """param([int]$Days = 7, [string]$Mailbox, [object]$WebhookData)
Connect-ExchangeOnline -ManagedIdentity -Organization contoso.onmicrosoft.com
try { Get-EXOMailbox } finally { Disconnect-ExchangeOnline -Confirm:$false }
"""
CERTIFICATE = base64.b64encode(b"a certificate with its private key").decode()
PEM = certificate()[1].decode()
NEXT_PEM = certificate()[1].decode()


@dataclass
class Surroundings:
    """What the components are given and do not make."""

    principal_id: str
    webhook_address: str
    script_address: str
    script_file: str


def theirs() -> None:
    """An account with an identity, a workspace, and a storage account with a public file."""
    operationalinsights.Workspace(
        "log", resource_group_name=GROUP, workspace_name="log-mail", location="westeurope", retention_in_days=30
    )
    identity = managedidentity.UserAssignedIdentity(
        "id", resource_group_name=GROUP, resource_name_="id-theirs", location="westeurope"
    )
    automation.AutomationAccount(
        "aa",
        resource_group_name=GROUP,
        automation_account_name="aa-theirs",
        location="westeurope",
        disable_local_auth=False,
        sku={"name": automation.SkuNameEnum.BASIC},
        identity={"type": automation.ResourceIdentityType.USER_ASSIGNED, "user_assigned_identities": [identity.id]},
    )
    account = storage.StorageAccount(
        "st",
        resource_group_name=GROUP,
        account_name="sttheirs",
        location="westeurope",
        sku={"name": storage.SkuName.STANDARD_LRS},
        kind=storage.Kind.STORAGE_V2,
        allow_blob_public_access=True,
        allow_shared_key_access=True,
    )
    container = storage.BlobContainer(
        "public",
        resource_group_name=GROUP,
        account_name=account.name,
        container_name="public",
        public_access=storage.PublicAccess.BLOB,
    )
    blob = storage.Blob(
        "report.ps1",
        resource_group_name=GROUP,
        account_name=account.name,
        container_name=container.name,
        source=pulumi.StringAsset(SCRIPT),
    )
    pulumi.export("uri", blob.url)


@dataclass
class Everything:
    """Creates all components, and keeps their arguments.

    Attributes:
        given: component and arguments, in the order of their creation.
    """

    make: Any
    around: Surroundings
    given: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def __call__(self) -> None:
        self._identities()
        self._account()
        self._in_their_account()

    def _component(self, component: str, name: str, **args: Any) -> Any:
        self.given.append((component, args))
        return self.make(component, name, args)

    def _identities(self) -> None:
        roles = [{"role": "Global Reader"}, {"role": "Helpdesk Administrator", "scope": UNIT}]
        access = self._component(
            "ExchangeAccess",
            "access",
            principal_id=self.around.principal_id,
            app_role="Exchange.ManageAsAppV2",
            directory_roles=[*roles, {"role": "Global Administrator"}],
            permissions_from_exchange_role_group=False,
            allow_global_administrator=True,
        )
        self._component(
            "ApiPermissions",
            "permissions",
            # Waits for the other grants.
            principal_id=output(access, "principal_id"),
            permissions={"Microsoft Graph": ["User.Read.All", "Mail.Send"]},
        )
        application = self._component(
            "ExchangeApplication",
            "job",
            organization="contoso.onmicrosoft.com",
            display_name="Mail job",
            certificate=PEM,
            certificates=[{"name": "next", "certificate": NEXT_PEM}],
            federated_credentials=[
                {
                    "name": "ci",
                    "issuer": "https://issuer.example",
                    "subject": "main",
                    "audience": "api://mail",
                    "description": "The pipeline",
                },
                {
                    "name": "releases",
                    "issuer": "https://token.actions.githubusercontent.com",
                    "claims_matching_expression": "claims['sub'] matches 'repo:contoso/mail:ref:refs/heads/release/*'"
                    " and claims['repository_id'] eq '821093847'",
                },
            ],
            owners={"mail-team": seed.CONTOSO.users["Adele Vance"]},
            account_enabled=True,
            declare_api_access=True,
            notes="Mail jobs",
            service_principal_tags=["mail"],
            app_role="Exchange.ManageAsApp",
            directory_roles=roles,
            permissions_from_exchange_role_group=False,
            allow_global_administrator=False,
            exchange_environment="O365Default",
        )
        pulumi.export("clientId", output(application, "client_id"))

    def _account(self) -> None:
        account = self._component(
            "ExchangeAutomationAccount",
            "mail",
            organization="contoso.onmicrosoft.com",
            resource_group_name=GROUP,
            location="westeurope",
            account_name="aa-mail",
            disable_local_auth=True,
            public_network_access=False,
            customer_managed_key={
                "key_vault_uri": "https://kv-mail.vault.azure.net/",
                "key_name": "mail",
                "key_version": "1",
                "user_assigned_identity_id": IDENTITY_ID,
            },
            identity_type="UserAssigned",
            user_assigned_identity_name="id-mail",
            keep_system_assigned_identity=True,
            app_role="Exchange.ManageAsApp",
            directory_roles=[{"role": "Exchange Administrator", "scope": "/"}],
            permissions_from_exchange_role_group=False,
            allow_global_administrator=False,
            grants_managed_elsewhere=False,
            exchange_environment="O365Default",
            powershell_version="7.4",
            exchange_module_version="3.9.0",
            exchange_module_uri="https://modules.example/exo.nupkg",
            exchange_module_sha256="ab" * 32,
            extra_packages={
                "My-Tools": {"version": "1.2.3", "uri": "https://modules.example/t.nupkg", "sha256": "cd" * 32}
            },
            allow_clashing_packages=True,
            prepared_pins=[
                {
                    "powershell_version": "7.4",
                    "exchange_module_version": "3.9.1",
                    "exchange_module_uri": "https://modules.example/next.nupkg",
                    "exchange_module_sha256": "ef" * 32,
                }
            ],
            tags={"owner_team": "mail"},
        )
        self._component(
            "ExchangeAccountGovernance",
            "governance",
            account_id=output(account, "account_id"),
            resource_group_name=output(account, "resource_group_name"),
            location="westeurope",
            lock="CanNotDelete",
            lock_notes="Managed by the mail team.",
            workspace_id=f"{PROVIDERS}/Microsoft.OperationalInsights/workspaces/log-mail",
            linked_workspace_id=f"{PROVIDERS}/Microsoft.OperationalInsights/workspaces/log-mail",
            diagnostic_storage_account_id=f"{PROVIDERS}/Microsoft.Storage/storageAccounts/sttheirs",
            event_hub_authorization_rule_id=f"{PROVIDERS}/Microsoft.EventHub/namespaces/eh/authorizationRules/send",
            event_hub_name="mail",
            private_endpoints=[
                {
                    "group": "Webhook",
                    "subnet_id": f"{PROVIDERS}/Microsoft.Network/virtualNetworks/vnet/subnets/endpoints",
                    "dns_zone_ids": [f"{PROVIDERS}/Microsoft.Network/privateDnsZones/privatelink.azure-automation.net"],
                }
            ],
            role_assignments=[
                {
                    "role": "Automation Operator",
                    "principal_id": output(account, "principal_id"),
                    "principal_type": "ServicePrincipal",
                    "description": "Starts jobs.",
                    "condition": "@Resource[Microsoft.Storage/storageAccounts:name] StringEquals 'st'",
                }
            ],
            alert_emails=["mail-team@contoso.com"],
            action_group_ids=[f"{PROVIDERS}/Microsoft.Insights/actionGroups/ag"],
            alert_on_failed_jobs=True,
            alert_on_changes=True,
            tags={"owner_team": "mail"},
        )
        for name in ("account_name", "connect_command", "client_id", "grants_managed_here"):
            pulumi.export(name, output(account, name))
        self._component(
            "ExchangeAutomationAccount",
            "theirs",
            organization="contoso.onmicrosoft.com",
            account_id=ACCOUNT_ID,
            identity_type="UserAssigned",
            user_assigned_identity_id=IDENTITY_ID,
        )

    def _in_their_account(self) -> None:
        there = {"resource_group_name": GROUP, "automation_account_name": "aa-theirs"}
        runtime = self._component(
            "ExchangeRuntimeEnvironment",
            "runtime",
            **there,
            location="westeurope",
            powershell_version="7.2",
            exchange_module_version="3.4.0",
            exchange_module_uri="https://modules.example/exo.nupkg",
            exchange_module_sha256="ab" * 32,
            extra_packages={"Az.Accounts": {"version": "2.0.0"}},
            allow_clashing_packages=True,
            prepared_pins=[
                {
                    "powershell_version": "7.4",
                    "exchange_module_version": "3.9.1",
                    "exchange_module_uri": "https://modules.example/next.nupkg",
                    "exchange_module_sha256": "ef" * 32,
                }
            ],
            tags={"owner_team": "mail"},
        )
        self._component(
            "ExchangeAccountAssets",
            "assets",
            **there,
            variables={
                "quota_percent": {
                    "value": {"warn_at": 85, "days": [1, 2]},
                    "encrypted": False,
                    "description": "Of it.",
                },
                "token": {"value": pulumi.Output.secret("planted"), "encrypted": True},
            },
            credentials={"proxy_user": {"user_name": "mail", "password": "planted", "description": "For the proxy."}},
            certificates={
                "signing": {
                    "content": CERTIFICATE,
                    "exportable": True,
                    "description": "Signs.",
                }
            },
            connections={
                "old": {
                    "type": "Azure",
                    "fields": {"AutomationCertificateName": "old", "SubscriptionID": "3"},
                    "description": "From before.",
                }
            },
        )
        in_it = {**there, "runtime_environment_name": output(runtime, "runtime_environment_name")}
        stored = {
            "location": "westeurope",
            "storage_account_name": "sttheirs",
            "storage_resource_group_name": GROUP,
            "tags": {"owner_team": "mail"},
        }
        self._component(
            "ExchangeRunbook",
            "report",
            **in_it,
            **stored,
            source={"text": SCRIPT},
            runbook_name="Report-Mailboxes",
            description="Reports.",
            schedules=schedules(),
            directory_roles=["Global Reader"],
            management_roles=["View-Only Recipients"],
            modules=["ImportExcel"],
            user_assigned_identity=False,
            strict=False,
            log_verbose=True,
            log_progress=True,
            republish="2031-01",
            webhooks={
                "ticket_system": {
                    "address": self.around.webhook_address,
                    "expires": "2031-01-01T00:00:00Z",
                    "enabled": True,
                    "parameters": {"Days": 5},
                }
            },
        )
        sha256 = hashlib.sha256(SCRIPT.encode()).hexdigest()
        self._component(
            "ExchangeRunbook",
            "public",
            **in_it,
            source={"uri": self.around.script_address, "sha256": sha256},
            # Without a storage account they change nothing.
            storage_network_rules={"default_action": "Deny", "ip_rules": ["203.0.113.7"], "subnet_ids": ["/subnets/a"]},
        )
        self._component(
            "ExchangeRunbook",
            "local",
            **in_it,
            source={"file": self.around.script_file},
            storage_account_name="sttheirs",
        )
        self._component(
            "ExchangeSmokeTest",
            "smoke",
            **in_it,
            **stored,
            organization="contoso.onmicrosoft.com",
            client_id=self.around.principal_id,
            exchange_environment="O365Default",
            schedules=[{"frequency": "Once", "starts": "2031-02-01T06:00"}],
        )
        self._component(
            "ExchangeSmokeTest",
            "smoke-open",
            **in_it,
            location="westeurope",
            organization="contoso.onmicrosoft.com",
            storage_network_rules={"default_action": "Allow"},
        )


def schedules() -> list[dict[str, Any]]:
    """Some that fire far ahead, so that the day of the test does not matter."""
    far = {"starts": "2031-01-01T00:00", "expires": "2032-01-01T00:00", "at": "06:30", "time_zone": "Europe/Berlin"}
    return [
        {**far, "frequency": "Week", "interval": 2, "week_days": ["Monday"], "parameters": {"Days": 3, "mailbox": "a"}},
        {**far, "frequency": "Month", "month_days": [1, -1]},
        {**far, "frequency": "Month", "month_weekday": {"which": -1, "day": "Friday"}},
    ]


def output(component: Any, name: str) -> Any:
    """Returns an output of a component that was created directly or by the plugin."""
    return component.output(name) if hasattr(component, "output") else getattr(component, name)


# Coverage


def arguments_of(shape: Any) -> Iterator[str]:
    """Every argument of a shape, and those of the shapes in its lists and mappings: ``ScheduleArgs.frequency``."""
    for name, annotation in shape.__annotations__.items():
        yield f"{shape.__name__}.{name}"
        inner = _shape_in(annotation)
        if inner is not None:
            yield from arguments_of(inner)


def _shape_in(annotation: Any) -> Any:
    if typing_extensions.is_typeddict(annotation):
        return annotation
    return next(filter(None, map(_shape_in, typing.get_args(annotation))), None)


def arguments_given(given: Any, shape: Any) -> Iterator[str]:
    """The arguments that are in use."""
    for name, value in given.items():
        yield f"{shape.__name__}.{name}"
        inner = _shape_in(shape.__annotations__[name])
        if inner is not None:
            one = isinstance(value, Mapping) and set(value) <= set(inner.__annotations__)
            for item in [value] if one else value.values() if isinstance(value, Mapping) else value:
                yield from arguments_given(item, inner)


def shape_of(component: str) -> Any:
    """The dictionary type of a component's arguments."""
    [found] = [listed for listed in COMPONENTS if listed.__name__ == component]
    return inspect.get_annotations(found.__init__)["args"]


def all_arguments() -> set[str]:
    """Of all components."""
    return {name for listed in COMPONENTS for name in arguments_of(shape_of(listed.__name__))}


def covered(given: list[tuple[str, dict[str, Any]]]) -> set[str]:
    """Of these components."""
    return {name for component, args in given for name in arguments_given(args, shape_of(component))}


def outputs_of(component: str) -> list[str]:
    """Names of a component's outputs."""
    [found] = [listed for listed in COMPONENTS if listed.__name__ == component]
    hints: Mapping[str, Any] = inspect.get_annotations(found)
    return [name for name in hints if not name.startswith("_")]
