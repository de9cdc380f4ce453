"""ExchangeApplication: a registered application whose unattended scripts may manage Exchange Online.

For scripts that run outside Azure: on a server with a certificate, or in a CI job with a federated credential. Composes
the application, its service principal, its credentials and its access. It refuses to make client secrets:
Connect-ExchangeOnline accepts none, and a secret in a state file is one more to leak.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from typing import Any, Optional, TypedDict

import pulumi
import pulumi_azuread as azuread
from typing_extensions import NotRequired

from exchange_automation.access.connect_command import application_command, checked_organization
from exchange_automation.access.directory_lookup import deployer_object_id
from exchange_automation.access.grants import ACCESS_TYPE, Grants
from exchange_automation.access.planned_grants import DirectoryRoleArgs, PlannedGrants, plan_grants
from exchange_automation.catalog import name_rules
from exchange_automation.catalog.enumerations import ExchangeEnvironment, OneOf
from exchange_automation.core.errors import Mistakes
from exchange_automation.core.former_parents import FormerParent
from exchange_automation.core.naming import (
    check_name,
    checked_name_or_none,
    former_name_part,
    name_part,
    name_problem,
)
from exchange_automation.core.organization import exchange_environment_mistake, organization_mistake
from exchange_automation.core.outputs import available_after, computed_when_read
from exchange_automation.core.validation import check_arguments, checked, entries, plain, plain_list, plain_text

MOST_FEDERATED_CREDENTIALS = 20
"""Source: https://learn.microsoft.com/graph/api/application-post-federatedidentitycredentials, read on 25 November 2026."""

TOKEN_EXCHANGE_AUDIENCE = "api://AzureADTokenExchange"

_PEM = re.compile(r"-----BEGIN CERTIFICATE-----(?P<body>[A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----")


class FederatedCredentialArgs(TypedDict):
    """A token issuer and a subject whose tokens the application accepts in place of a secret."""

    name: str
    """Required. Name of the credential, unique within the application. A plain value, because it is part of the
    resource's name."""
    issuer: pulumi.Input[str]
    """Required. Address of the token issuer, such as "https://token.actions.githubusercontent.com"."""
    subject: pulumi.Input[str]
    """Required. Subject of the token, such as "repo:contoso/mail:environment:prod"."""
    audience: NotRequired[pulumi.Input[str]]
    """Optional. Audience of the token. Default: "api://AzureADTokenExchange"."""


class ExchangeApplicationArgs(TypedDict):
    """Arguments of ExchangeApplication."""

    organization: pulumi.Input[str]
    """Required. The initial domain of the tenant, such as "contoso.onmicrosoft.com". With a custom domain or a
    tenant id, Set-Mailbox and Enable-Mailbox fail with INSUFF_ACCESS_RIGHTS."""
    display_name: NotRequired[pulumi.Input[str]]
    """Optional. Display name of the application. Default: the component's name."""
    certificate: NotRequired[pulumi.Input[str]]
    """Optional. Public certificate in PEM form that scripts sign in with. The private key stays where the script
    runs. Default: none."""
    federated_credentials: NotRequired[list[FederatedCredentialArgs]]
    """Optional. Token issuers that scripts sign in with. Default: none."""
    app_role: NotRequired[str]
    """Optional. Value of the app role of Exchange Online to grant. Default: "Exchange.ManageAsApp"."""
    directory_roles: NotRequired[list[DirectoryRoleArgs]]
    """Optional. Directory roles to grant. An empty list needs permissions_from_exchange_role_group. Default:
    Exchange Administrator for the whole directory."""
    permissions_from_exchange_role_group: NotRequired[bool]
    """Optional. States that a role group in Exchange gives the service principal its permissions, so that the
    component grants no directory role. Default: false."""
    allow_global_administrator: NotRequired[bool]
    """Optional. Accepts Global Administrator among directory_roles. Exchange Online never needs it. Default: false."""
    exchange_environment: NotRequired[OneOf[ExchangeEnvironment]]
    """Optional. Value of -ExchangeEnvironmentName in the connect command. Default: the cloud that the
    organization's domain belongs to."""


class ExchangeApplication(pulumi.ComponentResource):
    """A registered application with its service principal, its credentials and the grants of ExchangeAccess.

    The deployer needs the permissions of ExchangeAccess and ``Application.ReadWrite.OwnedBy``.

    Sources: ``POST /applications``, ``POST /servicePrincipals`` and ``POST
    /applications/{id}/federatedIdentityCredentials`` of Microsoft Graph v1.0; "App-only authentication for
    unattended scripts" on learn.microsoft.com.

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
    thumbprint. With federated credentials alone it takes an access token for Exchange Online from $token."""
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
        super().__init__("exchange-automation:index:ExchangeApplication", name, None, opts)
        self._exchange_environment = args.get("exchange_environment")
        self._organization = checked_organization(args["organization"], self._exchange_environment)

        self.application: azuread.ApplicationRegistration = azuread.ApplicationRegistration(
            f"{name}-application",
            display_name=checked_name_or_none(args, "display_name", name_rules.APPLICATION) or name,
            sign_in_audience="AzureADMyOrg",
            opts=pulumi.ResourceOptions(parent=self),
        )
        # Without owners the provider takes the deployer off the list, who then may not delete what it made: its
        # permission covers the applications that it owns. Set once, so that another deployer changes nothing.
        self.service_principal: azuread.ServicePrincipal = azuread.ServicePrincipal(
            f"{name}-service-principal",
            client_id=self.application.client_id,
            owners=[deployer_object_id(self)],
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["owners"]),
        )
        self._certificate = args.get("certificate")
        if self._certificate is not None:
            self._certificate = checked(self._certificate, "EXA140", certificate_mistake)
        self.credentials: Sequence[pulumi.Resource] = self._create_credentials(name, args)
        former = FormerParent(self, opts, ACCESS_TYPE)
        self.access: Grants = Grants(self, f"{name}-access", planned, self.service_principal.object_id, former)
        self.application_id = self.application.id
        self.principal_id = self.service_principal.object_id
        self.app_role_assignment_id = self.access.app_role_assignment_id

    def _create_credentials(self, name: str, args: ExchangeApplicationArgs) -> Sequence[pulumi.Resource]:
        credentials: list[pulumi.Resource] = []
        if self._certificate is not None:
            credentials.append(
                azuread.ApplicationCertificate(
                    f"{name}-certificate",
                    application_id=self.application.id,
                    type="AsymmetricX509Cert",
                    value=self._certificate,
                    opts=pulumi.ResourceOptions(parent=self),
                )
            )
        given = args.get("federated_credentials") or []
        names = {credential["name"] for credential in given}
        for credential in given:
            former = former_name_part(credential["name"], names)
            audience = pulumi.Output.from_input(credential.get("audience") or TOKEN_EXCHANGE_AUDIENCE)
            credentials.append(
                azuread.ApplicationFederatedIdentityCredential(
                    f"{name}-federated-{name_part(credential['name'])}",
                    application_id=self.application.id,
                    display_name=credential["name"],
                    issuer=credential["issuer"],
                    subject=credential["subject"],
                    audiences=[audience],
                    opts=pulumi.ResourceOptions(
                        parent=self,
                        aliases=None if former is None else [pulumi.Alias(name=f"{name}-federated-{former}")],
                    ),
                )
            )
        return credentials

    def _connect_command(self) -> pulumi.Output[str]:
        def command(known: Sequence[Any]) -> str:
            organization, client_id, certificate = known
            by_thumbprint = thumbprint(certificate) if certificate else None
            return application_command(str(organization), str(client_id), by_thumbprint, self._exchange_environment)

        known = pulumi.Output.all(self._organization, self.application.client_id, self._certificate)
        return available_after(known.apply(command), *self.access.grants)


def thumbprint(certificate: str) -> str:
    """SHA-1 thumbprint of a PEM certificate in upper-case hexadecimal, as Windows certificate stores show it."""
    match = _PEM.search(certificate)
    if match is None:
        raise ValueError("not a certificate in PEM form")
    der = base64.b64decode("".join(match["body"].split()), validate=True)
    # It identifies the certificate to Connect-ExchangeOnline; nothing relies on its strength.
    return hashlib.sha1(der, usedforsecurity=False).hexdigest().upper()


def certificate_mistake(certificate: str) -> Optional[str]:
    """What is wrong with ``certificate``; None when it can be given to an application. The text is never repeated."""
    if "PRIVATE KEY" in certificate:
        return (
            "certificate holds a private key, which would reach the state file. Give the public certificate alone: "
            "openssl x509 -in file.pem -out certificate.pem."
        )
    try:
        thumbprint(certificate)
    except (ValueError, binascii.Error):
        return (
            "certificate is not a public certificate in PEM form, so the application could not accept it. Give the text "
            "that starts with -----BEGIN CERTIFICATE-----."
        )
    return None


def _plan(name: str, args: ExchangeApplicationArgs) -> PlannedGrants:
    """Checks the arguments and decides the grants.

    Raises:
        InvalidArgumentsError: At least one argument is wrong.
    """
    mistakes = Mistakes("ExchangeApplication", name)
    check_arguments(mistakes, args, ExchangeApplicationArgs)
    check_name(mistakes, "display_name", args.get("display_name"), name_rules.APPLICATION)
    organization = plain(args.get("organization"))
    if organization is not None and (mistake := organization_mistake(organization)) is not None:
        mistakes.add("EXA120", mistake)
    environment = plain_text(args, "exchange_environment")
    if environment is not None and (mistake := exchange_environment_mistake(environment, organization)) is not None:
        mistakes.add("EXA121", mistake)
    certificate = plain(args.get("certificate"))
    if certificate is not None and (mistake := certificate_mistake(certificate)) is not None:
        mistakes.add("EXA140", mistake)
    _check_federated(mistakes, plain_list(args, "federated_credentials"))
    if args.get("certificate") is None and not args.get("federated_credentials"):
        mistakes.add(
            "EXA141",
            "neither certificate nor federated_credentials is given",
            "nobody could sign in as the application, and its grants would serve the next person who adds a credential",
            "Give one of them.",
        )
    planned = plan_grants(mistakes, args)
    mistakes.raise_any()
    return planned


def _check_federated(mistakes: Mistakes, credentials: Sequence[Any]) -> None:
    names: dict[str, str] = {}
    tokens: dict[tuple[str, str], str] = {}
    for where, credential in entries("federated_credentials", credentials):
        _check_credential_name(mistakes, where, credential.get("name"), names)
        issuer, subject = plain(credential.get("issuer")), plain(credential.get("subject"))
        if issuer is not None and not issuer.startswith("https://"):
            mistakes.add(
                "EXA143",
                f'{where}.issuer "{issuer}" is not an https address',
                "Entra could not check its tokens",
                "Give the issuer as its tokens name it.",
            )
        if issuer is not None and subject is not None:
            if (issuer, subject) in tokens:
                mistakes.add(
                    "EXA142",
                    f"{where} has the issuer and the subject of {tokens[issuer, subject]}",
                    "Entra would refuse the second credential",
                    "Remove one of them.",
                )
            tokens[issuer, subject] = where
    if len(credentials) > MOST_FEDERATED_CREDENTIALS:
        mistakes.add(
            "EXA142",
            f"federated_credentials has {len(credentials)} entries, and an application takes {MOST_FEDERATED_CREDENTIALS}",
            "Entra would refuse the others",
            "Create another application for them.",
        )


def _check_credential_name(mistakes: Mistakes, where: str, name: Optional[str], names: dict[str, str]) -> None:
    if name is None:
        return
    problem = name_problem("EXA142", f'{where}.name "{name}"', name, name_rules.FEDERATED_CREDENTIAL)
    if problem is not None:
        mistakes.add_problem(problem)
    if name.lower() in names:
        mistakes.add(
            "EXA142",
            f'{where}.name "{name}" is also the name of {names[name.lower()]}',
            "Entra would refuse the second credential",
            "Give one of them another name.",
        )
    names[name.lower()] = where
