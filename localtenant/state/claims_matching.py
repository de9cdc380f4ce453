"""What Entra ID demands of the claims matching expression of a flexible federated identity credential.

Sources: "Flexible federated identity credentials", "Set up a Flexible Federated identity credential" and "Mutable subjects
in federated identity credentials" on learn.microsoft.com, as of September 2026; the error that Graph answered in
July and August 2026. Expressions for other issuers are stored as they are.
"""

from __future__ import annotations

import re
from typing import Any

from localtenant.core.errors import ServiceError

_GITHUB = "https://token.actions.githubusercontent.com"
_GITHUB_IDS = {"repository_id", "repository_owner_id"}
_GITLAB = r"https://gitlab\.(com|[^/]+\.(com|ca))"
_GITLAB_IDS = {"project_id", "namespace_id", "user_id"}


def check_expression(issuer: str, matching: Any) -> None:
    """Checks an expression for the tokens of an issuer.

    Args:
        issuer: the issuer's address.
        matching: the property claimsMatchingExpression.

    Raises:
        ServiceError: 400 when a claim is missing that Entra ID demands, or when one is there that it does not compare.
    """
    value = str(matching.get("value") or "") if isinstance(matching, dict) else ""
    claims = set(re.findall(r"claims\['([^']*)'\]", value))
    if issuer == _GITHUB:
        accepted = "sub" in claims and claims & _GITHUB_IDS and claims <= {"sub", "job_workflow_ref", *_GITHUB_IDS}
    elif re.fullmatch(_GITLAB, issuer):
        # The pages disagree on a subject that begins with project_id, so such an expression is accepted without an id.
        needs_id = "'project_id:" not in value
        accepted = "sub" in claims and (claims & _GITLAB_IDS or not needs_id) and claims <= {"sub", *_GITLAB_IDS}
    else:
        return
    if not accepted:
        raise ServiceError(
            400,
            "InvalidFederatedIdentityCredentialValue",
            "The FederatedIdentityCredential.ClaimsMatchingExpression.Value is invalid. Rule exception: Expression configured "
            f"for issuer '{issuer}' either lacks all required claims or contains unallowed claims. paramName: "
            f"FederatedIdentityCredential.ClaimsMatchingExpression.Value, paramValue: {value}, objectType: "
            "Microsoft.Online.DirectoryServices.Application",
        )
