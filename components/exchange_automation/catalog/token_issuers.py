"""The token issuers that unattended work commonly has, and the subjects that their tokens carry.

A federated credential compares issuer and subject with the token letter by letter, so a slash too many means that no
token ever matches.

Sources, each on its owner's site: "OpenID Connect reference" of GitHub Actions; "ID token authentication" of GitLab
CI/CD; "Workload identity federation" of Azure DevOps service connections; "Workload identity tokens" of HCP Terraform;
"Use Microsoft Entra Workload ID" of Azure Kubernetes Service; "Configure an application to trust a managed identity" and
"Flexible federated identity credentials" of Microsoft Entra.
"""

import re
from typing import NamedTuple, Optional


class TokenIssuer(NamedTuple):
    """One kind of token issuer.

    Attributes:
        name: What people call it.
        issuer: Pattern of the issuer's address.
        example_issuer: An address of that form.
        subject: Pattern of a subject.
        example_subject: A subject of that form.
        trailing_slash: Whether its tokens name the issuer with a slash at the end.
        claims_matching: Whether Entra ID evaluates a claims matching expression for it.
    """

    name: str
    issuer: str
    example_issuer: str
    subject: str
    example_subject: str
    trailing_slash: bool = False
    claims_matching: bool = False


TOKEN_ISSUERS: tuple[TokenIssuer, ...] = (
    TokenIssuer(
        "GitHub Actions",
        r"https://token\.actions\.githubusercontent\.com(/[\w.-]+)?",
        "https://token.actions.githubusercontent.com",
        r"repo:[^:]+:.+|[\w]+:.+",
        "repo:contoso/mail:environment:production",
        claims_matching=True,
    ),
    TokenIssuer(
        "GitLab",
        r"https://gitlab\.com",
        "https://gitlab.com",
        r"project_path:.+:ref_type:(branch|tag):ref:.+",
        "project_path:contoso/mail:ref_type:branch:ref:main",
        claims_matching=True,
    ),
    TokenIssuer(
        "Azure DevOps (vstoken)",
        r"https://vstoken\.dev\.azure\.com/[0-9a-fA-F-]{36}",
        "https://vstoken.dev.azure.com/00000000-0000-0000-0000-000000000001",
        r"sc://[^/]+/[^/]+/.+",
        "sc://contoso/mail/exchange-deploy",
    ),
    TokenIssuer(
        "HCP Terraform",
        r"https://app\.terraform\.io",
        "https://app.terraform.io",
        r"organization:.+:project:.+:workspace:.+:run_phase:(plan|apply)",
        "organization:contoso:project:mail:workspace:prod:run_phase:apply",
        claims_matching=True,
    ),
    TokenIssuer(
        "Azure Kubernetes Service",
        r"https://[\w-]+\.oic\.prod-aks\.azure\.(com|us|cn)/[0-9a-fA-F-]{36}/[0-9a-fA-F-]{36}/",
        "https://westeurope.oic.prod-aks.azure.com/00000000-0000-0000-0000-000000000001/00000000-0000-0000-0000-000000000002/",
        r"system:serviceaccount:[^:]+:[^:]+",
        "system:serviceaccount:mail:report",
        trailing_slash=True,
    ),
    TokenIssuer(
        "Entra ID (a managed identity, or an Azure DevOps service connection)",
        r"https://login\.(microsoftonline\.(com|us)|partner\.microsoftonline\.cn)/[0-9a-fA-F-]{36}/v2\.0",
        "https://login.microsoftonline.com/00000000-0000-0000-0000-000000000001/v2.0",
        r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|/eid1/.+",
        "00000000-0000-0000-0000-000000000003",
    ),
)
"""The issuers by the patterns of their addresses. Others are accepted as they are."""


def issuer_of(address: str) -> Optional[TokenIssuer]:
    """Returns the issuer that an address belongs to, also where it has a slash too many or too few; None for another."""
    bare = address.rstrip("/")
    for issuer in TOKEN_ISSUERS:
        if re.fullmatch(issuer.issuer, bare + "/" if issuer.trailing_slash else bare):
            return issuer
    return None
