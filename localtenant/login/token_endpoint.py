"""Sign-in: the Microsoft identity platform's token endpoint and the documents around it.

The client credentials grant with a secret, a certificate assertion or a federated token; OpenID configuration and
keys; instance discovery; an outside token issuer of the kind a CI service runs, so that workload identity federation
can be exercised. Errors carry the AADSTS numbers and texts of the published error reference.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from urllib.parse import urlsplit

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt.types import Options

from localtenant.core.clock import iso
from localtenant.core.errors import ServiceError
from localtenant.core.ids import stable_guid
from localtenant.core.messages import Request, Response
from localtenant.login import tokens
from localtenant.state import applications, seed
from localtenant.state.cloud import Cloud, Tenant
from localtenant.state.store import Body

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
FEDERATED_AUDIENCE = "api://AzureADTokenExchange"
OIDC_PREFIX = "/oidc/ci"


class Login:
    """Answers sign-in requests."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.keys = tokens.Keys()
        self.outside_keys = tokens.Keys()

    def handle(self, request: Request) -> Response:
        """Answer a request of the sign-in host.

        Raises:
            ServiceError: 404 for an address it has not. Refused sign-ins are replies, in OAuth's form.
        """
        parts = request.segments
        if request.path.startswith(OIDC_PREFIX):
            return self._outside(request, parts[2:])
        tail = [part.lower() for part in parts[1:]]
        if tail in (["oauth2", "v2.0", "token"], ["oauth2", "token"]) and request.method == "POST":
            return self._token(request, parts[0])
        if tail == ["discovery", "instance"]:
            return Response(200, self._instance(request))
        if tail in (["v2.0", ".well-known", "openid-configuration"], [".well-known", "openid-configuration"]):
            return self._configuration(request, parts[0])
        if tail in (["discovery", "v2.0", "keys"], ["discovery", "keys"]):
            return Response(200, self.keys.jwks())
        raise ServiceError(404, "NotFound", f"There is nothing at '{request.path}'.")

    # Documents

    def _configuration(self, request: Request, name: str) -> Response:
        known = name.lower() in ("common", "organizations")
        tenant = self.cloud.tenant(name)
        if tenant is None and not known:
            return self._refused(
                request,
                400,
                "invalid_tenant",
                90002,
                f"Tenant '{name}' not found. Check to make sure you have the correct tenant ID and are signing into "
                "the correct cloud. Check with your subscription administrator, this may happen if there are no "
                "active subscriptions for the tenant.",
            )
        tenant_id = tenant.id if tenant is not None else "{tenantid}"
        base = f"{request.base_url}/{tenant_id if tenant else name}"
        return Response(
            200,
            {
                "token_endpoint": f"{base}/oauth2/v2.0/token",
                "token_endpoint_auth_methods_supported": [
                    "client_secret_post",
                    "private_key_jwt",
                    "client_secret_basic",
                ],
                "jwks_uri": f"{base}/discovery/v2.0/keys",
                "response_modes_supported": ["query", "fragment", "form_post"],
                "subject_types_supported": ["pairwise"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
                "scopes_supported": ["openid", "profile", "email", "offline_access"],
                "issuer": f"{request.base_url}/{tenant_id}/v2.0",
                "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
                "tenant_region_scope": "EU",
                "cloud_instance_name": urlsplit(request.base_url).netloc,
                "cloud_graph_host_name": urlsplit(request.base_url).netloc,
                "msgraph_host": urlsplit(request.base_url).netloc,
            },
        )

    def _instance(self, request: Request) -> Body:
        host = urlsplit(request.base_url).netloc
        return {
            "tenant_discovery_endpoint": f"{request.base_url}/common/v2.0/.well-known/openid-configuration",
            "api-version": "1.1",
            "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}],
        }

    # Tokens

    def _token(self, request: Request, name: str) -> Response:
        tenant = self.cloud.tenant(name)
        form = request.form()
        if tenant is None:
            return self._refused(
                request,
                400,
                "invalid_request",
                90002,
                f"Tenant '{name}' not found. Check to make sure you have the correct tenant ID and are signing into "
                "the correct cloud.",
            )
        if form.get("grant_type") != "client_credentials":
            return self._refused(
                request,
                400,
                "unsupported_grant_type",
                70003,
                f"The grant type '{form.get('grant_type')}' is not supported.",
            )
        audience = _audience(form)
        if audience is None:
            return self._refused(
                request,
                400,
                "invalid_scope",
                1002012,
                f"The provided value for scope {form.get('scope')} is not valid. Client credential flows must have a "
                "scope value with /.default suffixed to the resource identifier (application ID URI).",
            )
        if tokens.audience_kind(audience, request.base_url) is None:
            return self._refused(
                request,
                400,
                "invalid_resource",
                500011,
                f"The resource principal named {audience} was not found in the tenant named {tenant.seed.name}.",
            )
        client_id = str(form.get("client_id", "")).lower()
        application = next((a for a in tenant.directory.live("applications") if a["appId"] == client_id), None)
        if application is None:
            return self._refused(
                request,
                400,
                "unauthorized_client",
                700016,
                f"Application with identifier '{client_id}' was not found in the directory '{tenant.seed.name}'. This "
                "can happen if the application has not been installed by the administrator of the tenant.",
            )
        refused = self._check_credential(request, form, application)
        if refused is not None:
            return refused
        principal = tenant.directory.by_app_id(client_id, self.cloud.access(client_id))
        if principal is None:
            return self._refused(
                request,
                400,
                "unauthorized_client",
                7000229,
                f"The client application {client_id} is missing service principal in the tenant {tenant.id}.",
            )
        token = self.issue(request.base_url, tenant, application, principal, audience)
        body = {"token_type": "Bearer", "expires_in": tokens.LIFETIME - 1, "ext_expires_in": tokens.LIFETIME - 1}
        if "oauth2/token" in request.path:
            body["resource"] = audience
        return Response(200, {**body, "access_token": token}, {"Cache-Control": "no-store, no-cache"})

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
        if tokens.audience_kind(audience, base_url) in ("graph", "any"):
            claims["roles"] = self.cloud.graph_roles(tenant, application["appId"])
        return self.keys.sign(claims)

    def _check_credential(self, request: Request, form: dict[str, str], application: Body) -> Response | None:
        client_id = application["appId"]
        if form.get("client_assertion"):
            if form.get("client_assertion_type") != ASSERTION_TYPE:
                return self._refused(request, 400, "invalid_request", 900144, "client_assertion_type is not supported.")
            return self._check_assertion(request, form["client_assertion"], application)
        secret = form.get("client_secret")
        if not secret:
            return self._refused(
                request,
                401,
                "invalid_client",
                7000216,
                "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.",
            )
        if not applications.has_secret(application, secret):
            return self._refused(
                request,
                401,
                "invalid_client",
                7000215,
                "Invalid client secret provided. Ensure the secret being sent in the request is the client secret "
                f"value, not the client secret ID, for a secret added to app '{client_id}'.",
            )
        return None

    def _check_assertion(self, request: Request, assertion: str, application: Body) -> Response | None:
        try:
            header = jwt.get_unverified_header(assertion)
            claims = jwt.decode(assertion, options={"verify_signature": False})
        except jwt.PyJWTError:
            return self._refused(request, 401, "invalid_client", 50027, "JWT token is invalid or malformed.")
        now = self.cloud.clock.now().timestamp()
        if claims.get("iss") == application["appId"] and claims.get("sub") == application["appId"]:
            return self._check_certificate(request, assertion, header, application)
        trusted = [
            item
            for item in applications.federated_credentials(application)
            if item["issuer"] == claims.get("iss") and item["subject"] == claims.get("sub")
        ]
        audiences = claims.get("aud") if isinstance(claims.get("aud"), list) else [claims.get("aud")]
        trusted = [item for item in trusted if set(item["audiences"]) & set(audiences or ())]
        if not trusted and not self._is_deployer_of_ci(request, application, claims, audiences):
            return self._refused(
                request,
                401,
                "invalid_client",
                700213,
                "No matching federated identity record found for presented assertion subject "
                f"'{claims.get('sub')}'. Check your federated identity credential Subject, Audience and Issuer against "
                "the presented assertion.",
            )
        if claims.get("iss") != request.base_url + OIDC_PREFIX or self.outside_keys.claims(assertion) is None:
            return self._refused(
                request, 401, "invalid_client", 7000272, "The federated token's signature could not be verified."
            )
        if float(claims.get("exp", 0)) <= now and not self.cloud.clock.virtual:
            return self._refused(
                request, 401, "invalid_client", 700024, "Client assertion is not within its valid time range."
            )
        return None

    def _is_deployer_of_ci(self, request: Request, application: Body, claims: dict[str, Any], audiences: Any) -> bool:
        """Whether the token is the tenant's own CI issuer's, for a deployer.

        The deployers trust it without an entry of their own: its address has a port that is not known when they are
        planted.
        """
        tenant_seed = any(application["appId"] == tenant.client_id for tenant in seed.TENANTS)
        return (
            tenant_seed
            and claims.get("iss") == request.base_url + OIDC_PREFIX
            and claims.get("sub") == seed.OIDC_SUBJECT
            and FEDERATED_AUDIENCE in audiences
        )

    def _check_certificate(
        self, request: Request, assertion: str, header: dict[str, Any], application: Body
    ) -> Response | None:
        keys: dict[str, str] = application.get("_keys") or {}
        for encoded in keys.values():
            certificate = x509.load_der_x509_certificate(base64.b64decode(encoded))
            sha1 = hashlib.sha1(base64.b64decode(encoded), usedforsecurity=False).digest()
            sha256 = certificate.fingerprint(hashes.SHA256())
            # Microsoft's own library pads what the standard leaves unpadded.
            named = {str(header.get(name) or "").rstrip("=") for name in ("x5t", "x5t#S256")}
            if not named & {_b64(sha1), _b64(sha256)}:
                continue
            public = certificate.public_key()
            if not isinstance(public, RSAPublicKey):
                continue
            try:
                options: Options = {
                    "verify_aud": False,
                    "verify_exp": not self.cloud.clock.virtual,
                    "verify_nbf": False,
                }
                jwt.decode(assertion, public, algorithms=["RS256", "PS256"], options=options)
            except jwt.PyJWTError:
                break
            return None
        return self._refused(
            request,
            401,
            "invalid_client",
            700027,
            "The certificate with identifier used to sign the client assertion is not registered on application. "
            f"[Reason - The key was not found., Thumbprint of key used by client: '{header.get('x5t')}', Please visit "
            f"the Azure Portal, Graph Explorer or directly use MS Graph to see configured keys for app Id "
            f"'{application['appId']}'.",
        )

    def _refused(self, request: Request, status: int, error: str, number: int, text: str) -> Response:
        moment = iso(self.cloud.clock.now()).replace("T", " ")
        correlation = request.headers.get("client-request-id") or request.request_id
        return Response(
            status,
            {
                "error": error,
                "error_description": f"AADSTS{number}: {text} Trace ID: {request.request_id} Correlation ID: "
                f"{correlation} Timestamp: {moment}",
                "error_codes": [number],
                "timestamp": moment,
                "trace_id": request.request_id,
                "correlation_id": correlation,
            },
        )

    # The outside issuer

    def _outside(self, request: Request, tail: list[str]) -> Response:
        issuer = request.base_url + OIDC_PREFIX
        if tail == [".well-known", "openid-configuration"]:
            return Response(200, {"issuer": issuer, "jwks_uri": f"{issuer}/jwks"})
        if tail == ["jwks"]:
            return Response(200, self.outside_keys.jwks())
        if tail != ["token"]:
            raise ServiceError(404, "NotFound", f"There is nothing at '{request.path}'.")
        if request.headers.get("authorization", "").lower() != f"bearer {seed.OIDC_REQUEST_TOKEN}".lower():
            return Response(401, {"message": "The request token is not valid."})
        now = int(self.cloud.clock.now().timestamp())
        claims = {
            "iss": issuer,
            "sub": request.query.get("subject", seed.OIDC_SUBJECT),
            "aud": request.query.get("audience", FEDERATED_AUDIENCE),
            "iat": now,
            "nbf": now - 300,
            "exp": now + 300,
            "jti": stable_guid("oidc", request.request_id),
        }
        token = self.outside_keys.sign(claims)
        return Response(200, {"count": len(token), "value": token})


def metadata(base_url: str) -> Body:
    """The document that tells tools where a cloud's endpoints are (2022-09-01)."""
    return {
        "portal": "https://portal.azure.com",
        "authentication": {
            "loginEndpoint": base_url,
            "audiences": ["https://management.core.windows.net/", "https://management.azure.com/"],
            "tenant": "common",
            "identityProvider": "AAD",
        },
        "media": "https://rest.media.azure.net",
        "graphAudience": "https://graph.windows.net/",
        "graph": "https://graph.windows.net/",
        "name": "AzureCloud",
        "suffixes": {
            "azureDataLakeStoreFileSystem": "azuredatalakestore.net",
            "acrLoginServer": "azurecr.io",
            "sqlServerHostname": "database.windows.net",
            "azureDataLakeAnalyticsCatalogAndJob": "azuredatalakeanalytics.net",
            "keyVaultDns": "vault.azure.net",
            # Clients put an account's name before it; resolvers keep every name below localhost on this machine.
            "storage": urlsplit(base_url).netloc,
            "azureFrontDoorEndpointSuffix": "azurefd.net",
            "storageSyncEndpointSuffix": "afs.azure.net",
            "mhsmDns": "managedhsm.azure.net",
            "mysqlServerEndpoint": "mysql.database.azure.com",
            "postgresqlServerEndpoint": "postgres.database.azure.com",
            "mariadbServerEndpoint": "mariadb.database.azure.com",
            "synapseAnalytics": "dev.azuresynapse.net",
            "attestationEndpoint": "attest.azure.net",
        },
        "batch": "https://batch.core.windows.net/",
        "resourceManager": f"{base_url}/",
        "vmImageAliasDoc": "",
        "activeDirectoryDataLake": "https://datalake.azure.net/",
        "sqlManagement": "https://management.core.windows.net:8443/",
        "microsoftGraphResourceId": f"{base_url}/",
        "appInsightsResourceId": "https://api.applicationinsights.io",
        "appInsightsTelemetryChannelResourceId": "https://dc.applicationinsights.azure.com/v2/track",
        "attestationResourceId": "https://attest.azure.net",
        "synapseAnalyticsResourceId": "https://dev.azuresynapse.net",
        "logAnalyticsResourceId": "https://api.loganalytics.io",
        "ossrDbmsResourceId": "https://ossrdbms-aad.database.windows.net",
        "gallery": "https://gallery.azure.com/",
    }


def _audience(form: dict[str, str]) -> str | None:
    if form.get("resource"):
        return form["resource"]
    scopes = [scope for scope in form.get("scope", "").split() if scope not in ("openid", "profile", "offline_access")]
    if len(scopes) != 1 or not scopes[0].endswith("/.default"):
        return None
    return scopes[0][: -len("/.default")]


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode("ascii").rstrip("=")
