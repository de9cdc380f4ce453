"""The list of every resource type that the tenant knows."""

from __future__ import annotations

from localtenant.arm.authorization.locks import Lock
from localtenant.arm.authorization.role_assignments import RoleAssignment
from localtenant.arm.automation.accounts import AutomationAccount
from localtenant.arm.automation.assets import CertificateAsset, ConnectionAsset, CredentialAsset, VariableAsset
from localtenant.arm.automation.runbooks import Runbook, RunbookContent, RunbookDraft
from localtenant.arm.automation.runtime_environments import Package, RuntimeEnvironment
from localtenant.arm.automation.schedules import JobSchedule, Schedule
from localtenant.arm.automation.webhooks import Webhook
from localtenant.arm.hosts.hosts import AppServicePlan, ContainerJob, ManagedEnvironment, Site
from localtenant.arm.identity.user_assigned_identities import (
    IdentityFederation,
    SystemAssignedIdentity,
    UserAssignedIdentity,
)
from localtenant.arm.insights.alerts import ActionGroup, ActivityLogAlert, DiagnosticSetting, MetricAlert
from localtenant.arm.insights.workspaces import LinkedService, Workspace
from localtenant.arm.network.networks import PrivateDnsZone, VirtualNetwork, VirtualNetworkLink
from localtenant.arm.network.private_endpoints import PrivateDnsZoneGroup, PrivateEndpoint
from localtenant.arm.resource_types import ResourceType
from localtenant.arm.storage.accounts import BlobServices, Container, StorageAccount

_ALL: tuple[ResourceType, ...] = (
    ActionGroup(),
    ActivityLogAlert(),
    AppServicePlan(),
    AutomationAccount(),
    BlobServices(),
    CertificateAsset(),
    ConnectionAsset(),
    Container(),
    ContainerJob(),
    CredentialAsset(),
    DiagnosticSetting(),
    IdentityFederation(),
    JobSchedule(),
    LinkedService(),
    Lock(),
    ManagedEnvironment(),
    MetricAlert(),
    Package(),
    PrivateDnsZone(),
    PrivateDnsZoneGroup(),
    PrivateEndpoint(),
    RoleAssignment(),
    Runbook(),
    RunbookContent(),
    RunbookDraft(),
    RuntimeEnvironment(),
    Schedule(),
    Site(),
    StorageAccount(),
    SystemAssignedIdentity(),
    UserAssignedIdentity(),
    VariableAsset(),
    VirtualNetwork(),
    VirtualNetworkLink(),
    Webhook(),
    Workspace(),
)

KNOWN_TYPES: dict[str, ResourceType] = {resource_type.name.lower(): resource_type for resource_type in _ALL}
"""Every known resource type by its name in lower case."""
