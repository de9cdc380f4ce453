"""The token issuers that unattended work commonly has, and the subjects that their tokens carry.

A federated credential compares issuer and subject with the token letter by letter, so a slash too many means that no
token ever matches.

Sources, each on its owner's site: "OpenID Connect reference" of GitHub Actions; "ID token authentication" of GitLab
CI/CD; "Workload identity federation" of Azure DevOps service connections; "Workload identity tokens" of HCP Terraform;
"Use Microsoft Entra Workload ID" of Azure Kubernetes Service; of Microsoft Entra "Configure an application to trust a
managed identity", "Flexible federated identity credentials" (14 August 2026), "Set up a Flexible Federated identity
credential" (18 September 2026) and "Mutable subjects in federated identity credentials" (28 July 2026).

The last two disagree on GitLab: whether an expression has to compare an id also where the subject begins with project_id.
Both want one where the subject begins with project_path.
"""

import re
from typing import NamedTuple, Optional


class Expressions(NamedTuple):
    """What Entra ID demands of a claims matching expression for the tokens of an issuer.

    Attributes:
        example: An expression that it accepts.
        ids: Claims with the id of an owner. The expression compares one of them with eq, and they know no other operator.
        others: Claims beside sub and the ids that an expression may compare.
        subject: Pattern of the beginning of a subject that names an owner without such an id; empty where none does.
    """

    example: str
    ids: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    subject: str = ""

    @property
    def claims(self) -> tuple[str, ...]:
        """The claims that an expression may compare."""
        return ("sub", *self.ids, *self.others)


class TokenIssuer(NamedTuple):
    """One kind of token issuer.

    Attributes:
        name: What people call it.
        issuer: Pattern of the issuer's address.
        example_issuer: An address of that form.
        subject: Pattern of a subject.
        example_subject: A subject of that form.
        trailing_slash: Whether its tokens name the issuer with a slash at the end.
        expressions: What a claims matching expression needs; None where Entra ID evaluates none for this issuer.
    """

    name: str
    issuer: str
    example_issuer: str
    subject: str
    example_subject: str
    trailing_slash: bool = False
    expressions: Optional[Expressions] = None


TOKEN_ISSUERS: tuple[TokenIssuer, ...] = (
    TokenIssuer(
        "GitHub Actions",
        r"https://token\.actions\.githubusercontent\.com(/[\w.-]+)?",
        "https://token.actions.githubusercontent.com",
        r"repo:[^:]+:.+|[\w]+:.+",
        "repo:contoso/mail:environment:production",
        expressions=Expressions(
            "claims['sub'] matches 'repo:contoso/mail:ref:refs/heads/release/*' and claims['repository_id'] eq '821093847'",
            ids=("repository_id", "repository_owner_id"),
            others=("job_workflow_ref",),
        ),
    ),
    TokenIssuer(
        "GitLab",
        r"https://gitlab\.(com|[\w.-]+\.(com|ca))",
        "https://gitlab.com",
        r"project_path:[^:]+/[^:]+(:.+)?|project_id:\d+(:.+)?",
        "project_path:contoso/mail:ref_type:branch:ref:main",
        expressions=Expressions(
            "claims['sub'] matches 'project_path:contoso/mail:ref_type:branch:ref:*' and claims['project_id'] eq '57382910'",
            ids=("project_id", "namespace_id"),
            others=("user_id",),  # A fork runs the pipelines of its upstream as the person who forked it.
            subject=r"project_id:\d+(:|$)",
        ),
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
        r"https://app\.(eu\.)?terraform\.io",
        "https://app.terraform.io",
        r"organization:.+:project:.+:(workspace:.+:run_phase|stack:.+:deployment:.+:operation):(plan|apply)",
        "organization:contoso:project:mail:workspace:prod:run_phase:apply",
        expressions=Expressions(
            "claims['sub'] matches 'organization:contoso:project:mail:workspace:prod:run_phase:*'",
            subject=r"organization:[^*?:]+:",
        ),
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
