"""Access tokens: their signatures, their checks and their holders.

Claims from the access token claims reference of the Microsoft identity platform (version 1.0 tokens, which Graph and
Resource Manager get).
"""

from __future__ import annotations

import json
from datetime import datetime
from functools import cached_property
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm
from jwt.types import Options

from localtenant.core.errors import ServiceError
from localtenant.core.ids import stable_guid
from localtenant.core.messages import Caller, Request
from localtenant.state import seed
from localtenant.state.national_clouds import CLOUDS

LIFETIME = 3600
VIRTUAL_LIFETIME = 24 * 3600
"""A virtual clock may jump by an hour between two requests of a client that counts real seconds, so tokens of a
virtual tenant live as long as those of clients with continuous access evaluation."""

GRAPH_AUDIENCES = (*(cloud.graph for cloud in CLOUDS.values()), seed.GRAPH_APP_ID)
ARM_AUDIENCES = (
    *(name.rstrip("/") for cloud in CLOUDS.values() for name in cloud.arm),
    "797f4846-ba00-4fd7-ba43-dac1f8f63013",
)
STORAGE_AUDIENCES = ("https://storage.azure.com",)


class Keys:
    """One RSA key pair, drawn at first use and never written anywhere."""

    @cached_property
    def private(self) -> rsa.RSAPrivateKey:
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)

    @property
    def key_id(self) -> str:
        return stable_guid("signing-key", str(self.private.public_key().public_numbers().n))[:27]

    def sign(self, claims: dict[str, Any]) -> str:
        """A JWT over the claims."""
        headers = {"kid": self.key_id, "x5t": self.key_id}
        return jwt.encode(claims, self.private, algorithm="RS256", headers=headers)

    def claims(self, token: str) -> dict[str, Any] | None:
        """The claims of a token with a good signature, None of any other. Times are left to the caller's clock."""
        unchecked: Options = {"verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False}
        try:
            return dict(jwt.decode(token, self.private.public_key(), algorithms=["RS256"], options=unchecked))
        except jwt.PyJWTError:
            return None

    def jwks(self) -> dict[str, Any]:
        """The public key as a JSON web key set."""
        key = json.loads(RSAAlgorithm.to_jwk(self.private.public_key()))
        return {"keys": [{**key, "kid": self.key_id, "x5t": self.key_id, "use": "sig", "alg": "RS256"}]}


def api_of_audience(audience: str, base_url: str) -> str | None:
    """Returns the API of an audience: ``graph``, ``arm``, ``storage``, ``any`` for the tenant's own address, or None.

    Graph and Resource Manager share one address here, so a token for that address opens both; one for Microsoft's
    name of either opens that one alone.
    """
    name = audience.rstrip("/").lower()
    if name == base_url.lower():
        return "any"
    for api, names in (("graph", GRAPH_AUDIENCES), ("arm", ARM_AUDIENCES), ("storage", STORAGE_AUDIENCES)):
        if name in names:
            return api
    return None


def authenticate(keys: Keys, request: Request, api: str, now: datetime) -> Caller:
    """Checks a request's bearer token for one API, ``graph``, ``arm`` or ``storage``.

    Raises:
        ServiceError: 401 with the code and text that this API uses.
    """
    header = request.headers.get("authorization", "")
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token:
        if api == "graph":
            raise unauthorized("Access token is empty.")
        raise ServiceError(
            401,
            "AuthenticationFailed",
            "Authentication failed. The 'Authorization' header is missing or invalid.",
            {"WWW-Authenticate": 'Bearer authorization_uri="https://login.windows.net/"'},
        )
    claims = keys.claims(token)
    if claims is None:
        raise unauthorized("The access token's signature is invalid.")
    audience = str(claims.get("aud"))
    if api_of_audience(audience, request.base_url) not in (api, "any"):
        raise unauthorized(f"Access token validation failure. Invalid audience '{audience}'.")
    if int(claims["exp"]) <= now.timestamp():
        raise expired(api)
    roles = frozenset(claims.get("roles") or ()) - request.denied
    return Caller(str(claims["tid"]), str(claims["appid"]), str(claims["oid"]), roles, audience)


def unauthorized(message: str) -> ServiceError:
    """Returns 401 for a token that is not valid."""
    header = {"WWW-Authenticate": 'Bearer error="invalid_token", error_description="The token is not valid."'}
    return ServiceError(401, "InvalidAuthenticationToken", message, header)


def expired(api: str) -> ServiceError:
    """Returns 401 for a token that has expired."""
    if api == "graph":
        return unauthorized("Lifetime validation failed, the token is expired.")
    return ServiceError(
        401,
        "ExpiredAuthenticationToken",
        "The access token expiry is in the past. Get a new access token and try again.",
        {"WWW-Authenticate": 'Bearer error="invalid_token", error_description="The access token has expired."'},
    )
