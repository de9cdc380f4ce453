"""The federated credentials of an ExchangeApplication: the checks of their arguments, and their resources.

Source: the resource type federatedIdentityCredential of Microsoft Graph.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Optional, TypedDict

import pulumi
import pulumi_azuread as azuread
from typing_extensions import NotRequired

from exchange_automation.access.claims_expressions import expression_problem
from exchange_automation.catalog import name_rules
from exchange_automation.catalog.clouds import PUBLIC, clouds_of
from exchange_automation.catalog.token_issuers import TokenIssuer, issuer_of
from exchange_automation.core.errors import ExchangeAutomationError, Mistakes
from exchange_automation.core.guids import is_guid
from exchange_automation.core.naming import former_name_part, name_part, name_problem
from exchange_automation.core.problems import Problem
from exchange_automation.core.validation import entries, plain

MOST_FEDERATED_CREDENTIALS = 20
"""Source: https://learn.microsoft.com/graph/api/application-post-federatedidentitycredentials, read on 25 November 2026."""

FLEXIBLE = "ApplicationFlexibleFederatedIdentityCredential"
"""The class of pulumi-azuread that creates a credential with a claims matching expression."""

_ENTRA_ISSUER = (
    r"https://login\.(microsoftonline\.(com|us)|partner\.microsoftonline\.cn)/(?P<tenant>[0-9a-fA-F-]{36})/v2\.0"
)


class FederatedCredentialArgs(TypedDict):
    """A token issuer and a subject whose tokens the application accepts in place of a secret."""

    name: str
    """Required. Name of the credential, unique within the application. A plain value, because it is part of the
    resource's name."""
    issuer: pulumi.Input[str]
    """Required. Address of the token issuer, such as "https://token.actions.githubusercontent.com". For a managed
    identity: "https://login.microsoftonline.com/{tenant id}/v2.0"."""
    subject: NotRequired[pulumi.Input[str]]
    """Optional. Subject of the token, such as "repo:contoso/mail:environment:prod". For a managed identity: its principal
    id. Either subject or claims_matching_expression is needed."""
    claims_matching_expression: NotRequired[pulumi.Input[str]]
    """Optional. Expression over the token's claims in place of subject, such as "claims['sub'] matches
    'repo:contoso/mail:ref:refs/heads/release/*' and claims['repository_id'] eq '821093847'". Entra ID evaluates it for
    GitHub, GitLab and HCP Terraform."""
    audience: NotRequired[pulumi.Input[str]]
    """Optional. Audience of the token. Default: "api://AzureADTokenExchange", in US Government
    "api://AzureADTokenExchangeUSGov", in China "api://AzureADTokenExchangeChina"."""
    description: NotRequired[pulumi.Input[str]]
    """Optional. Description of the credential. Default: none."""


LONGEST_PROPERTY = 600
"""Characters of an issuer, a subject, an audience and a description."""


def create_federated_credentials(
    component: pulumi.Resource,
    name: str,
    application_id: pulumi.Input[str],
    credentials: Sequence[Mapping[str, Any]],
    organization: pulumi.Input[str],
) -> list[pulumi.Resource]:
    """Registers the credentials.

    Args:
        component: The parent.
        name: The component's logical name.
        application_id: The id of the application.
        credentials: The checked arguments.
        organization: The initial domain of the tenant, which shows the cloud.
    """
    default_audience = pulumi.Output.from_input(organization).apply(_audience_of)
    created: list[pulumi.Resource] = []
    names = {credential["name"] for credential in credentials}
    for credential in credentials:
        former = former_name_part(credential["name"], names)
        given = credential.get("audience")
        audience: pulumi.Output[str] = pulumi.Output.from_input(given or default_audience)
        if isinstance(given, pulumi.Output):
            audience = pulumi.Output.all(given, default_audience).apply(lambda known: str(known[0] or known[1]))
        common: dict[str, Any] = {
            "application_id": application_id,
            "display_name": credential["name"],
            "description": credential.get("description"),
            "issuer": credential["issuer"],
            "opts": pulumi.ResourceOptions(
                parent=component,
                aliases=None if former is None else [pulumi.Alias(name=f"{name}-federated-{former}")],
            ),
        }
        logical_name = f"{name}-federated-{name_part(credential['name'])}"
        expression = credential.get("claims_matching_expression")
        if expression is not None:
            flexible = getattr(azuread, FLEXIBLE)
            checked = _checked_expression(credential, expression)
            created.append(flexible(logical_name, audience=audience, claims_matching_expression=checked, **common))
        else:
            created.append(
                azuread.ApplicationFederatedIdentityCredential(
                    logical_name, audiences=[audience], subject=credential["subject"], **common
                )
            )
    return created


def _audience_of(organization: str) -> str:
    return next(iter(clouds_of(organization)), PUBLIC).token_exchange_audience


def identity_tenants(credentials: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Returns the tenants of the managed identities that the credentials trust, by the path of the argument.

    Args:
        credentials: The checked arguments. Those whose issuer is an output are left out.
    """
    found = {}
    for where, credential in entries("federated_credentials", credentials):
        issuer, subject = plain(credential.get("issuer")), plain(credential.get("subject"))
        match = re.fullmatch(_ENTRA_ISSUER, issuer or "")
        if match is not None and (subject is None or is_guid(subject)):
            found[where] = match["tenant"].lower()
    return found


def identity_tenant_problem(where: str, tenant_id: str, own: str) -> Optional[Problem]:
    """Returns the problem of an identity of another tenant than the application's; None for one of the same tenant.

    Args:
        where: The path of the credential.
        tenant_id: The tenant of the identity.
        own: The tenant of the application.
    """
    if tenant_id == own.lower():
        return None
    return Problem(
        "EXA176",
        f"{where}.issuer is the tenant {tenant_id}, and the application is registered in {own}",
        "Entra ID refuses the tokens of a managed identity of another tenant (AADSTS700236)",
        "Register the application in the tenant of the identity, as examples/many-customers does, or take an identity of "
        "this tenant.",
    )


def check_federated_credentials(mistakes: Mistakes, credentials: Sequence[Mapping[str, Any]]) -> None:
    """Adds what is wrong with the credentials.

    Args:
        mistakes: Receives the mistakes.
        credentials: The credentials, whose names and types were checked.
    """
    names: dict[str, str] = {}
    tokens: dict[tuple[str, str], str] = {}
    for where, credential in entries("federated_credentials", credentials):
        _check_name(mistakes, where, credential.get("name"), names)
        issuer = plain(credential.get("issuer"))
        known = None if issuer is None else issuer_of(issuer)
        if issuer is not None:
            _check_issuer(mistakes, where, issuer, known)
        _check_subject(mistakes, where, credential, known)
        _check_lengths(mistakes, where, credential)
        accepted = plain(credential.get("subject")) or plain(credential.get("claims_matching_expression"))
        if issuer is not None and accepted is not None:
            if (issuer, accepted) in tokens:
                mistakes.add(
                    "EXA142",
                    f"{where} has the issuer and the subject of {tokens[issuer, accepted]}",
                    "Entra would refuse the second credential",
                    "Remove one of them.",
                )
            tokens[issuer, accepted] = where
    if len(credentials) > MOST_FEDERATED_CREDENTIALS:
        mistakes.add(
            "EXA142",
            f"federated_credentials has {len(credentials)} entries, and an application takes {MOST_FEDERATED_CREDENTIALS}",
            "Entra would refuse the others",
            "Create another application for them.",
        )


def _check_name(mistakes: Mistakes, where: str, name: Optional[str], names: dict[str, str]) -> None:
    if name is None or not name.strip():
        return  # check_arguments reports it.
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


def _check_lengths(mistakes: Mistakes, where: str, credential: Mapping[str, Any]) -> None:
    for key in ("issuer", "subject", "audience", "description"):
        text = plain(credential.get(key))
        if text is None:
            continue
        if len(text) > LONGEST_PROPERTY:
            mistakes.add(
                "EXA142",
                f"{where}.{key} has {len(text)} characters, more than {LONGEST_PROPERTY}",
                "Entra would refuse the credential",
                "Give a shorter text.",
            )
        elif key != "description" and text.strip() and text != text.strip():
            mistakes.add(
                "EXA142",
                f"{where}.{key} begins or ends with a blank",
                "no token would match: Entra ID compares letter by letter",
                "Remove the blank.",
            )


def _check_issuer(mistakes: Mistakes, where: str, issuer: str, known: Optional[TokenIssuer]) -> None:
    if not issuer.startswith("https://"):
        mistakes.add(
            "EXA143",
            f'{where}.issuer "{issuer}" is not an https address',
            "Entra could not check its tokens",
            "Give the issuer as its tokens name it.",
        )
    elif known is not None and issuer.endswith("/") != known.trailing_slash:
        right = issuer.rstrip("/") + ("/" if known.trailing_slash else "")
        mistakes.add(
            "EXA177",
            f'{where}.issuer "{issuer}" {"ends with a slash" if issuer.endswith("/") else "has no slash at its end"}',
            f"no token of {known.name} would match: Entra ID compares letter by letter",
            f'Write "{right}".',
        )


def _checked_expression(credential: Mapping[str, Any], expression: pulumi.Input[str]) -> pulumi.Input[str]:
    """Returns the expression. It is checked here where it or its issuer is an output, as soon as both are known."""
    issuer = credential["issuer"]
    if isinstance(issuer, str) and isinstance(expression, str):
        return expression.strip()
    where = f'claims_matching_expression of the federated credential "{credential["name"]}"'

    def verify(known: Sequence[Any]) -> str:
        address, text = map(str, known)
        problem = expression_problem(where, text, issuer_of(address))
        if problem is not None:
            raise ExchangeAutomationError(problem)
        return text.strip()

    return pulumi.Output.all(issuer, expression).apply(verify)


def _check_subject(mistakes: Mistakes, where: str, credential: Mapping[str, Any], known: Optional[TokenIssuer]) -> None:
    subject, expression = credential.get("subject"), credential.get("claims_matching_expression")
    if (subject is None) == (expression is None):
        both = "has both subject and" if subject is not None else "has neither subject nor"
        mistakes.add(
            "EXA178",
            f"{where} {both} claims_matching_expression",
            "it is not clear which tokens the application accepts",
            "Give one of them.",
        )
        return
    text = plain(subject)
    if text is not None:
        _check_literal(mistakes, f"{where}.subject", text, known)
    text = plain(expression)
    if text is not None and plain(credential.get("issuer")) is not None:
        _check_expression(mistakes, f"{where}.claims_matching_expression", text, known)


def _check_literal(mistakes: Mistakes, where: str, subject: str, known: Optional[TokenIssuer]) -> None:
    if "*" in subject or "?" in subject:
        mistakes.add(
            "EXA178",
            f'{where} "{subject}" has a wildcard, which subject compares as an ordinary character',
            "no token would match",
            "Write the whole subject, or give claims_matching_expression with an operator matches.",
        )
    elif known is not None and re.fullmatch(known.subject, subject) is None:
        mistakes.add(
            "EXA177",
            f'{where} "{subject}" is not a subject of {known.name}',
            "no token would match",
            f'Such a subject reads "{known.example_subject}".',
        )


def _check_expression(mistakes: Mistakes, where: str, expression: str, known: Optional[TokenIssuer]) -> None:
    if not hasattr(azuread, FLEXIBLE):
        mistakes.add(
            "EXA178",
            f"{where} needs azuread.{FLEXIBLE}, which the installed pulumi-azuread does not have",
            "the credential cannot be created",
            "Install a newer pulumi-azuread, or give subject.",
        )
        return
    problem = expression_problem(where, expression, known)
    if problem is not None:
        mistakes.add_problem(problem)
