"""ExchangeApplication: a registered application whose unattended scripts may manage Exchange Online.

For scripts that run outside Azure: on a server with a certificate, or in a CI job with a federated credential. Composes
the application, its service principal, its credentials and its access. It refuses to create client secrets:
Connect-ExchangeOnline accepts none, and a secret in a state file can leak.
"""

from collections.abc import Sequence
from typing import Any, Optional, TypedDict, cast

import pulumi
import pulumi_azuread as azuread
from typing_extensions import NotRequired

from exchange_automation.access.application_certificates import (
    ApplicationCertificateArgs,
    certificate_problem,
    check_certificates,
    pem_of,
    thumbprint,
)
from exchange_automation.access.connect_command import (
    application_command,
    certificate_file_command,
    checked_organization,
)
from exchange_automation.access.directory_lookup import (
    app_role_id,
    deployer_object_id,
    deployer_tenant_id,
    exchange_online,
    existing_owner,
)
from exchange_automation.access.federated_credentials import (
    FederatedCredentialArgs,
    check_federated_credentials,
    create_federated_credentials,
    identity_tenant_problem,
    identity_tenants,
)
from exchange_automation.access.grants import ACCESS_TYPE, Grants
from exchange_automation.access.planned_grants import GRANT_ARGUMENTS, DirectoryRoleArgs, PlannedGrants, plan_grants
from exchange_automation.catalog import name_rules
from exchange_automation.catalog.app_roles import EXCHANGE_ONLINE_APP_ID
from exchange_automation.catalog.enumerations import ExchangeEnvironment, ExchangeEnvironmentText, OneOf
from exchange_automation.core.call_stacks import short_call_stacks
from exchange_automation.core.calls import takes_one_dictionary
from exchange_automation.core.errors import ExchangeAutomationError, Mistakes
from exchange_automation.core.former_parents import FormerParent
from exchange_automation.core.naming import check_name, checked_name_or_none, name_part
from exchange_automation.core.organization import check_organization
from exchange_automation.core.outputs import available_after, computed_when_read
from exchange_automation.core.validation import (
    check_arguments,
    check_object_id,
    checked,
    checked_object_id,
    plain_list,
    plain_text,
    with_checked_outputs,
)

CERTIFICATE_TYPE = "AsymmetricX509Cert"


class ExchangeApplicationArgs(TypedDict):
    """Arguments of ExchangeApplication."""

    organization: pulumi.Input[str]
    """Required. The initial domain of the tenant, such as "contoso.onmicrosoft.com". With a custom domain or a
    tenant id, Set-Mailbox and Enable-Mailbox fail with INSUFF_ACCESS_RIGHTS."""
    display_name: NotRequired[pulumi.Input[str]]
    """Optional. Display name of the application. Default: the component's name."""
    certificate: NotRequired[pulumi.Input[str]]
    """Optional. Public certificate that scripts sign in with: the text of a PEM file, or the cer of Key Vault. The
    private key stays where the script runs. Default: none."""
    certificates: NotRequired[list[ApplicationCertificateArgs]]
    """Optional. Certificates with names, so that the application has the next certificate before the current one expires.
    The connect command uses the argument certificate, or else the first of this list. Default: none."""
    federated_credentials: NotRequired[list[FederatedCredentialArgs]]
    """Optional. Token issuers that scripts sign in with. Default: none."""
    owners: NotRequired[dict[str, pulumi.Input[str]]]
    """Optional. Object ids of users and service principals that own the application beside the deployer, by a name that
    becomes part of the resource's name. An owner can add credentials and sign in as the application. Default: none."""
    account_enabled: NotRequired[pulumi.Input[bool]]
    """Optional. Whether the application may sign in. With false, Entra ID issues no more tokens to it, and the grants
    stay. Default: true."""
    declare_api_access: NotRequired[bool]
    """Optional. Lists the app role among the application's API permissions, so that the portal shows it there. The
    grant is the same with and without. Default: false."""
    notes: NotRequired[pulumi.Input[str]]
    """Optional. Notes of the application, for those who find it in the portal. Default: none."""
    service_principal_tags: NotRequired[list[str]]
    """Optional. Tags of the service principal. Default: none."""
    app_role: NotRequired[str]
    """Optional. Value of the app role of Exchange Online to grant. Default: "Exchange.ManageAsApp"."""
    directory_roles: NotRequired[list[DirectoryRoleArgs]]
    """Optional. Directory roles to grant. An empty list needs permissions_from_exchange_role_group. Default:
    Exchange Administrator for the whole directory, with a warning."""
    permissions_from_exchange_role_group: NotRequired[bool]
    """Optional. States that a role group in Exchange gives the service principal its permissions, so that the
    component grants no directory role. Default: false."""
    allow_global_administrator: NotRequired[bool]
    """Optional. Accepts Global Administrator among directory_roles. Exchange Online never needs it. Default: false."""
    exchange_environment: NotRequired[OneOf[ExchangeEnvironment, ExchangeEnvironmentText]]
    """Optional. Value of -ExchangeEnvironmentName in the connect command. Default: the cloud that the
    organization's domain belongs to."""


@takes_one_dictionary
class ExchangeApplication(pulumi.ComponentResource):
    """A registered application with its service principal, its credentials and the grants of ExchangeAccess.

    The deployer needs the permissions of ExchangeAccess and ``Application.ReadWrite.OwnedBy``.

    Sources: ``POST /applications``, ``POST /servicePrincipals`` and ``POST
    /applications/{id}/federatedIdentityCredentials`` of Microsoft Graph v1.0; "App-only authentication for
    unattended scripts" on learn.microsoft.com.

    Example:
        ```python
        pipeline = ExchangeApplication(
            "pipeline",
            {
                "organization": "contoso.onmicrosoft.com",
                "federated_credentials": [
                    {
                        "name": "main",
                        "issuer": "https://token.actions.githubusercontent.com",
                        "subject": "repo:contoso/mail:environment:production",
                    },
                ],
                "directory_roles": [{"role": "Exchange Recipient Administrator"}],
            },
        )
        ```

    Raises:
        InvalidArgumentsError: An argument is wrong. The component registered nothing.
        DirectoryLookupError: Exchange Online or its app role is not in the tenant, or the deployer may not read it.
            The component created no grant.
    """

    application_id: pulumi.Output[str]
    """Id of the application in the form that the azuread provider imports, "/applications/{object id}"."""
    client_id: pulumi.Output[str] = computed_when_read(
        lambda self: available_after(self.application.client_id, *self.access.grants)
    )
    """Client id (app id) of the application, available after the grants."""
    principal_id: pulumi.Output[str]
    """Object id of the application's service principal."""
    connect_command: pulumi.Output[str] = computed_when_read(lambda self: self._connect_command())
    """The exact Connect-ExchangeOnline command, available after the grants. With a certificate it signs in by
    thumbprint, which works on Windows only. With federated credentials alone it takes an access token for Exchange
    Online from $token."""
    certificate_file_connect_command: pulumi.Output[str] = computed_when_read(
        lambda self: self._certificate_file_connect_command()
    )
    """The Connect-ExchangeOnline command for Linux and macOS, available after the grants. It takes the path of the file
    with certificate and private key from $certificatePath, and its password, a secure string, from $certificatePassword.
    Empty where the application has no certificate."""
    app_role_assignment_id: pulumi.Output[str]
    """Id of the app role assignment, in the form that the azuread provider imports."""
    directory_role_assignment_ids: pulumi.Output[dict[str, str]] = computed_when_read(
        lambda self: self.access.directory_role_assignment_ids
    )
    """Id of each directory role assignment by role: the display name of the role, followed by the scope where it is
    narrower than the directory. Empty where a role group in Exchange gives the permissions."""

    def __init__(self, name: str, args: ExchangeApplicationArgs, opts: Optional[pulumi.ResourceOptions] = None) -> None:
        """Registers the component and its resources.

        Args:
            name: The logical name of the component. The logical names of its resources begin with it.
            args: The arguments: a dictionary with the keys of ExchangeApplicationArgs.
            opts: The options of the component. Its resources have the component as their parent.
        """
        planned = _plan(name, args)
        args = with_checked_outputs(args, ExchangeApplicationArgs, GRANT_ARGUMENTS)
        with short_call_stacks():
            super().__init__("exchange-automation:index:ExchangeApplication", name, None, opts)
            self._exchange_environment = args.get("exchange_environment")
            self._organization = checked_organization(args["organization"], self._exchange_environment)
            self._owners = self._checked_owners(args)

            self.application: azuread.ApplicationRegistration = azuread.ApplicationRegistration(
                f"{name}-application",
                display_name=self._display_name(name, args),
                notes=args.get("notes"),
                sign_in_audience="AzureADMyOrg",
                opts=pulumi.ResourceOptions(parent=self),
            )
            # Without owners the provider removes the deployer as an owner. The deployer could then not delete the service
            # principal, because its permission covers only what it owns. A later deployer does not change the owners.
            self.service_principal: azuread.ServicePrincipal = azuread.ServicePrincipal(
                f"{name}-service-principal",
                client_id=self.application.client_id,
                account_enabled=args.get("account_enabled"),
                owners=[deployer_object_id(self)],
                tags=args.get("service_principal_tags"),
                opts=pulumi.ResourceOptions(parent=self, ignore_changes=["owners"]),
            )
            certificates = _certificates(name, args)
            self._certificate = next(iter(certificates.values()), None)
            self.credentials: Sequence[pulumi.Resource] = self._create_credentials(name, args, certificates)
            self._create_owners(name)
            if args.get("declare_api_access"):
                self._declare_api_access(name, planned)
            former = FormerParent(self, opts, ACCESS_TYPE)
            self.access: Grants = Grants(self, f"{name}-access", planned, self.service_principal.object_id, former)
            self.application_id = self.application.id
            self.principal_id = self.service_principal.object_id
            self.app_role_assignment_id = self.access.app_role_assignment_id

    def _display_name(self, name: str, args: ExchangeApplicationArgs) -> pulumi.Input[str]:
        """Returns the display name, as an output that fails if a credential or an owner is wrong.

        The application needs its display name, so the engine creates nothing before these checks.
        """
        display_name = checked_name_or_none(args, "display_name", name_rules.APPLICATION) or name
        tenants = identity_tenants(args.get("federated_credentials") or [])
        if not tenants and not self._owners:
            return display_name

        def verify(known: Sequence[Any]) -> str:
            own, given, *_ = map(str, known)
            for where, tenant_id in tenants.items():
                if (problem := identity_tenant_problem(where, tenant_id, own)) is not None:
                    raise ExchangeAutomationError(problem)
            return given

        return pulumi.Output.all(deployer_tenant_id(self), display_name, *self._owners.values()).apply(verify)

    def _create_credentials(
        self, name: str, args: ExchangeApplicationArgs, certificates: dict[str, pulumi.Input[str]]
    ) -> Sequence[pulumi.Resource]:
        created: list[pulumi.Resource] = [
            azuread.ApplicationCertificate(
                logical_name,
                application_id=self.application.id,
                type=CERTIFICATE_TYPE,
                value=certificate,
                opts=pulumi.ResourceOptions(parent=self),
            )
            for logical_name, certificate in certificates.items()
        ]
        federated = args.get("federated_credentials") or []
        return [*created, *create_federated_credentials(self, name, self.application.id, federated, self._organization)]

    def _checked_owners(self, args: ExchangeApplicationArgs) -> dict[str, pulumi.Output[str]]:
        return {
            label: existing_owner(self, f'owners["{label}"]', checked_object_id("owners", owner))
            for label, owner in (args.get("owners") or {}).items()
        }

    def _create_owners(self, name: str) -> None:
        for label, owner in self._owners.items():
            azuread.ApplicationOwner(
                f"{name}-owner-{name_part(label)}",
                application_id=self.application.id,
                owner_object_id=owner,
                opts=pulumi.ResourceOptions(parent=self),
            )

    def _declare_api_access(self, name: str, planned: PlannedGrants) -> None:
        azuread.ApplicationApiAccess(
            f"{name}-api-access",
            application_id=self.application.id,
            api_client_id=EXCHANGE_ONLINE_APP_ID,
            role_ids=exchange_online(self).apply(lambda api: [app_role_id(api, planned.app_role)]),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _connect_command(self) -> pulumi.Output[str]:
        def command(known: Sequence[Any]) -> str:
            organization, client_id, certificate = known
            by_thumbprint = thumbprint(certificate) if certificate else None
            return application_command(str(organization), str(client_id), by_thumbprint, self._exchange_environment)

        known = pulumi.Output.all(self._organization, self.application.client_id, self._certificate)
        return available_after(known.apply(command), *self.access.grants)

    def _certificate_file_connect_command(self) -> pulumi.Output[str]:
        def command(known: Sequence[Any]) -> str:
            organization, client_id = map(str, known)
            return certificate_file_command(organization, client_id, self._exchange_environment)

        if self._certificate is None:
            return pulumi.Output.from_input("")
        known = pulumi.Output.all(self._organization, self.application.client_id)
        return available_after(known.apply(command), *self.access.grants)


def _certificates(name: str, args: ExchangeApplicationArgs) -> dict[str, pulumi.Input[str]]:
    """Returns the certificates in PEM form by logical name; the first is the certificate of the connect command."""
    given = {f"{name}-certificate": args.get("certificate")}
    for item in args.get("certificates") or []:
        given[f"{name}-certificate-{name_part(item['name'])}"] = item["certificate"]
    return {
        logical_name: _pem(checked(certificate, "certificate", certificate_problem))
        for logical_name, certificate in given.items()
        if certificate is not None
    }


def _pem(certificate: pulumi.Input[str]) -> pulumi.Input[str]:
    if isinstance(certificate, str):
        return pem_of(certificate)
    return pulumi.Output.from_input(cast("pulumi.Output[str]", certificate)).apply(pem_of)


def _plan(name: str, args: ExchangeApplicationArgs) -> PlannedGrants:
    """Checks the arguments and decides the grants.

    Raises:
        InvalidArgumentsError: At least one argument is wrong.
    """
    mistakes = Mistakes("ExchangeApplication", name)
    check_arguments(mistakes, args, ExchangeApplicationArgs)
    check_name(mistakes, "display_name", args.get("display_name"), name_rules.APPLICATION)
    check_organization(mistakes, args.get("organization"), plain_text(args, "exchange_environment"))
    check_certificates(mistakes, args)
    check_federated_credentials(mistakes, plain_list(args, "federated_credentials"))
    _check_owners(mistakes, args)
    if not any(args.get(argument) for argument in ("certificate", "certificates", "federated_credentials")):
        mistakes.add(
            "EXA141",
            "none of certificate, certificates and federated_credentials is given",
            "nobody could sign in as the application, and its grants would serve the next person who adds a credential",
            "Give one of them.",
        )
    planned = plan_grants(mistakes, args)
    mistakes.raise_any()
    return planned


def _check_owners(mistakes: Mistakes, args: Any) -> None:
    seen: set[str] = set()
    for label, owner in (args.get("owners") or {}).items():
        if name_part(label) in seen:
            mistakes.add(
                "EXA142",
                f'owners has the name "{label}" twice, in different letter case',
                "the resource of the owner is named after it",
                "Give every owner a name of its own.",
            )
        seen.add(name_part(label))
        check_object_id(mistakes, f'owners["{label}"]', owner)
