"""The credential of a sign-in: a secret, a certificate assertion or a federated token.

A virtual clock may be ahead of the wall clock by which a client dates its assertion, so the validity of assertions is
checked on the wall clock only.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt.types import Options

from localtenant.core.clock import Clock
from localtenant.core.messages import Request
from localtenant.login import ci_issuer
from localtenant.login.refusals import SignInRefusedError
from localtenant.login.tokens import Keys
from localtenant.state import applications, seed
from localtenant.state.store import Body

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def check(request: Request, form: dict[str, str], application: Body, clock: Clock, issuer_keys: Keys) -> None:
    """Refuses a sign-in whose credential is not one of the application's.

    Raises:
        SignInRefusedError: The credential is missing, unknown or expired.
    """
    assertion = form.get("client_assertion")
    if not assertion:
        _check_secret(form.get("client_secret"), application)
        return
    if form.get("client_assertion_type") != ASSERTION_TYPE:
        raise SignInRefusedError(400, "invalid_request", 900144, "client_assertion_type is not supported.")
    try:
        header = jwt.get_unverified_header(assertion)
        claims = jwt.decode(assertion, options={"verify_signature": False})
    except jwt.PyJWTError:
        raise SignInRefusedError(401, "invalid_client", 50027, "JWT token is invalid or malformed.") from None
    if claims.get("iss") == application["appId"] and claims.get("sub") == application["appId"]:
        _check_certificate(assertion, header, application, clock)
    else:
        _check_federated(request, assertion, claims, application, clock, issuer_keys)


def _check_secret(secret: str | None, application: Body) -> None:
    if not secret:
        raise SignInRefusedError(
            401,
            "invalid_client",
            7000216,
            "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.",
        )
    if not applications.has_secret(application, secret):
        raise SignInRefusedError(
            401,
            "invalid_client",
            7000215,
            "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not "
            f"the client secret ID, for a secret added to app '{application['appId']}'.",
        )


def _check_federated(
    request: Request, assertion: str, claims: dict[str, Any], application: Body, clock: Clock, issuer_keys: Keys
) -> None:
    issuer = request.base_url + ci_issuer.PREFIX
    if not _trusts(application, claims, issuer):
        raise SignInRefusedError(
            401,
            "invalid_client",
            700213,
            "No matching federated identity record found for presented assertion subject "
            f"'{claims.get('sub')}'. Check your federated identity credential Subject, Audience and Issuer against the "
            "presented assertion.",
        )
    if claims.get("iss") != issuer or issuer_keys.claims(assertion) is None:
        raise SignInRefusedError(
            401, "invalid_client", 7000272, "The federated token's signature could not be verified."
        )
    if float(claims.get("exp", 0)) <= clock.now().timestamp() and not clock.virtual:
        raise SignInRefusedError(401, "invalid_client", 700024, "Client assertion is not within its valid time range.")


def _trusts(application: Body, claims: dict[str, Any], issuer: str) -> bool:
    audience = claims.get("aud")
    audiences = set(audience if isinstance(audience, list) else [audience])
    for credential in applications.federated_credentials(application):
        named = credential["issuer"] == claims.get("iss") and credential["subject"] == claims.get("sub")
        if named and set(credential["audiences"]) & audiences:
            return True
    # A deployer trusts the tenant's own issuer without an entry: the issuer's port is unknown when it is seeded.
    return (
        any(application["appId"] == tenant.client_id for tenant in seed.TENANTS)
        and (claims.get("iss"), claims.get("sub")) == (issuer, seed.OIDC_SUBJECT)
        and ci_issuer.AUDIENCE in audiences
    )


def _check_certificate(assertion: str, header: dict[str, Any], application: Body, clock: Clock) -> None:
    # Microsoft's own library pads what the standard leaves unpadded.
    named = {str(header.get(name) or "").rstrip("=") for name in ("x5t", "x5t#S256")}
    options: Options = {"verify_aud": False, "verify_exp": not clock.virtual, "verify_nbf": False}
    for encoded in applications.credentials_of(application).certificates.values():
        raw = base64.b64decode(encoded)
        certificate = x509.load_der_x509_certificate(raw)
        sha1 = hashlib.sha1(raw, usedforsecurity=False).digest()
        public = certificate.public_key()
        if not named & {_b64(sha1), _b64(certificate.fingerprint(hashes.SHA256()))}:
            continue
        if not isinstance(public, RSAPublicKey):
            continue
        try:
            jwt.decode(assertion, public, algorithms=["RS256", "PS256"], options=options)
        except jwt.PyJWTError:
            break
        return
    raise SignInRefusedError(
        401,
        "invalid_client",
        700027,
        "The certificate with identifier used to sign the client assertion is not registered on application. [Reason - The "
        f"key was not found., Thumbprint of key used by client: '{header.get('x5t')}', Please visit the Azure Portal, Graph "
        f"Explorer or directly use MS Graph to see configured keys for app Id '{application['appId']}'.",
    )


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode("ascii").rstrip("=")
