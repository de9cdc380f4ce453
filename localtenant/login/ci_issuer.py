"""A token issuer outside Entra, of the kind that a CI service runs, for workload identity federation."""

from __future__ import annotations

from localtenant.core.clock import Clock
from localtenant.core.errors import ServiceError
from localtenant.core.ids import stable_guid
from localtenant.core.messages import Request, Response
from localtenant.login.tokens import Keys
from localtenant.state import seed

PREFIX = "/oidc/ci"
AUDIENCE = "api://AzureADTokenExchange"


class CiIssuer:
    """Answers requests below ``/oidc/ci``.

    Attributes:
        keys: What the issuer signs its tokens with.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.keys = Keys()

    def handle(self, request: Request, tail: list[str]) -> Response:
        """Answers a request; ``tail`` is the path after the prefix.

        Raises:
            ServiceError: 404 for an address that the issuer does not have.
        """
        issuer = request.base_url + PREFIX
        if tail == [".well-known", "openid-configuration"]:
            return Response(200, {"issuer": issuer, "jwks_uri": f"{issuer}/jwks"})
        if tail == ["jwks"]:
            return Response(200, self.keys.jwks())
        if tail != ["token"]:
            raise ServiceError(404, "NotFound", f"There is nothing at '{request.path}'.")
        if request.headers.get("authorization", "").lower() != f"bearer {seed.OIDC_REQUEST_TOKEN}".lower():
            return Response(401, {"message": "The request token is not valid."})
        now = int(self._clock.now().timestamp())
        claims = {
            "iss": issuer,
            "sub": request.query.get("subject", seed.OIDC_SUBJECT),
            "aud": request.query.get("audience", AUDIENCE),
            "iat": now,
            "nbf": now - 300,
            "exp": now + 300,
            "jti": stable_guid("oidc", request.request_id),
        }
        token = self.keys.sign(claims)
        return Response(200, {"count": len(token), "value": token})
