"""Sign-in: the Microsoft identity platform's token endpoint, with the client credentials grant.

Errors carry the AADSTS numbers and texts of the published error reference.
"""

from __future__ import annotations

from typing import Any

from localtenant.core.errors import ServiceError
from localtenant.core.messages import Request, Response
from localtenant.login import ci_issuer, credentials, documents, tokens
from localtenant.login.refusals import SignInRefusedError, refusal, unknown_tenant
from localtenant.state.cloud import Cloud, Tenant
from localtenant.state.store import Body


class Login:
    """Answers sign-in requests.

    Attributes:
        keys: What access tokens are signed with.
    """

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.keys = tokens.Keys()
        self._ci_issuer = ci_issuer.CiIssuer(cloud.clock)

    def handle(self, request: Request) -> Response:
        """Answers a request to the sign-in host.

        Raises:
            ServiceError: 404 for an address that it does not have.
        """
        if request.path.startswith(ci_issuer.PREFIX):
            return self._ci_issuer.handle(request, request.segments[2:])
        if request.path.lower().startswith("/metadata/endpoints"):
            return Response(200, documents.metadata(request.base_url, self.cloud.national))
        try:
            return self._answer(request)
        except SignInRefusedError as refused:
            return refusal(request, refused, self.cloud.clock.now())

    def _answer(self, request: Request) -> Response:
        parts = request.segments
        tail = [part.lower() for part in parts[1:]]
        if tail in (["oauth2", "v2.0", "token"], ["oauth2", "token"]) and request.method == "POST":
            return self._token(request, parts[0])
        if tail == ["discovery", "instance"]:
            return Response(200, documents.instance_discovery(request.base_url))
        if tail in (["v2.0", ".well-known", "openid-configuration"], [".well-known", "openid-configuration"]):
            return self._configuration(request, parts[0])
        if tail in (["discovery", "v2.0", "keys"], ["discovery", "keys"]):
            return Response(200, self.keys.jwks())
        raise ServiceError(404, "NotFound", f"There is nothing at '{request.path}'.")

    def _configuration(self, request: Request, name: str) -> Response:
        tenant = self.cloud.tenant(name)
        if tenant is None and name.lower() not in ("common", "organizations"):
            raise unknown_tenant(name, "invalid_tenant")
        return Response(200, documents.openid_configuration(request.base_url, name, tenant.id if tenant else None))

    def _token(self, request: Request, name: str) -> Response:
        tenant = self.cloud.tenant(name)
        if tenant is None:
            raise unknown_tenant(name, "invalid_request")
        form = request.form()
        if form.get("grant_type") != "client_credentials":
            raise SignInRefusedError(
                400, "unsupported_grant_type", 70003, f"The grant type '{form.get('grant_type')}' is not supported."
            )
        audience = _audience(form, request.base_url, tenant)
        application = self._application(form, tenant)
        credentials.check(request, form, application, self.cloud.clock, self._ci_issuer.keys)
        principal = tenant.directory.by_app_id(application["appId"], self.cloud.access(application["appId"]))
        if principal is None:
            raise SignInRefusedError(
                400,
                "unauthorized_client",
                7000229,
                f"The client application {application['appId']} is missing service principal in the tenant {tenant.id}.",
            )
        if not principal["accountEnabled"]:
            raise SignInRefusedError(
                400,
                "unauthorized_client",
                7000112,
                f"Application '{application['appId']}'({application['displayName']}) is disabled.",
            )
        token = self.issue(request.base_url, tenant, application, principal, audience)
        body = {"token_type": "Bearer", "expires_in": tokens.LIFETIME - 1, "ext_expires_in": tokens.LIFETIME - 1}
        if "oauth2/token" in request.path:
            body["resource"] = audience
        return Response(200, {**body, "access_token": token}, {"Cache-Control": "no-store, no-cache"})

    def _application(self, form: dict[str, str], tenant: Tenant) -> Body:
        client_id = str(form.get("client_id", "")).lower()
        for application in tenant.directory.live("applications"):
            if application["appId"] == client_id:
                return application
        # A multi-tenant application signs in where it has a service principal, with the credentials of its own tenant.
        foreign = self.cloud.application_of_another_tenant(tenant, client_id)
        if foreign is not None and tenant.directory.by_app_id(client_id, self.cloud.access(client_id)) is not None:
            return foreign.application
        raise SignInRefusedError(
            400,
            "unauthorized_client",
            700016,
            f"Application with identifier '{client_id}' was not found in the directory '{tenant.seed.name}'. This can "
            "happen if the application has not been installed by the administrator of the tenant.",
        )

    def issue(self, base_url: str, tenant: Tenant, application: Body, principal: Body, audience: str) -> str:
        """An access token for a service principal."""
        now = int(self.cloud.clock.now().timestamp())
        lifetime = tokens.VIRTUAL_LIFETIME if self.cloud.clock.virtual else tokens.LIFETIME
        claims: dict[str, Any] = {
            "aud": audience,
            "iss": f"https://sts.windows.net/{tenant.id}/",
            "iat": now,
            "nbf": now - 300,
            "exp": now + lifetime,
            "app_displayname": application["displayName"],
            "appid": application["appId"],
            "appidacr": "1",
            "idp": f"https://sts.windows.net/{tenant.id}/",
            "idtyp": "app",
            "oid": principal["id"],
            "sub": principal["id"],
            "tenant_region_scope": "EU",
            "tid": tenant.id,
            "uti": self.cloud.ids.opaque("uti")[:22],
            "ver": "1.0",
        }
        if tokens.api_of_audience(audience, base_url) in ("graph", "any"):
            claims["roles"] = self.cloud.graph_roles(tenant, application["appId"])
        return self.keys.sign(claims)


def _audience(form: dict[str, str], base_url: str, tenant: Tenant) -> str:
    """Returns the resource that a token is wanted for."""
    audience = form.get("resource") or _audience_of_scope(form.get("scope", ""))
    if tokens.api_of_audience(audience, base_url) is None:
        raise SignInRefusedError(
            400,
            "invalid_resource",
            500011,
            f"The resource principal named {audience} was not found in the tenant named {tenant.seed.name}.",
        )
    return audience


def _audience_of_scope(scope: str) -> str:
    scopes = [item for item in scope.split() if item not in ("openid", "profile", "offline_access")]
    if len(scopes) != 1 or not scopes[0].endswith("/.default"):
        raise SignInRefusedError(
            400,
            "invalid_scope",
            1002012,
            f"The provided value for scope {scope} is not valid. Client credential flows must have a scope value with "
            "/.default suffixed to the resource identifier (application ID URI).",
        )
    return scopes[0][: -len("/.default")]
