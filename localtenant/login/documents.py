"""The documents around sign-in: where a cloud's endpoints are, OpenID configuration, instance discovery."""

from __future__ import annotations

from urllib.parse import urlsplit

from localtenant.state.national_clouds import NationalCloud
from localtenant.state.store import Body

_SUFFIXES = (
    "acrLoginServer",
    "attestationEndpoint",
    "azureDataLakeAnalyticsCatalogAndJob",
    "azureDataLakeStoreFileSystem",
    "azureFrontDoorEndpointSuffix",
    "keyVaultDns",
    "mariadbServerEndpoint",
    "mhsmDns",
    "mysqlServerEndpoint",
    "postgresqlServerEndpoint",
    "sqlServerHostname",
    "storage",
    "storageSyncEndpointSuffix",
    "synapseAnalytics",
)


def openid_configuration(base_url: str, name: str, tenant_id: str | None) -> Body:
    """Returns the OpenID configuration of a tenant.

    Args:
        base_url: Address of the tenant.
        name: The tenant as the request names it.
        tenant_id: Its id; None for ``common`` and ``organizations``.
    """
    base, host = f"{base_url}/{tenant_id or name}", urlsplit(base_url).netloc
    return {
        "token_endpoint": f"{base}/oauth2/v2.0/token",
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
        "jwks_uri": f"{base}/discovery/v2.0/keys",
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "issuer": f"{base_url}/{tenant_id or '{tenantid}'}/v2.0",
        "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
        "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
        "tenant_region_scope": "EU",
        "cloud_instance_name": host,
        "cloud_graph_host_name": host,
        "msgraph_host": host,
    }


def instance_discovery(base_url: str) -> Body:
    """Returns the document that tells clients which hosts belong together."""
    host = urlsplit(base_url).netloc
    return {
        "tenant_discovery_endpoint": f"{base_url}/common/v2.0/.well-known/openid-configuration",
        "api-version": "1.1",
        "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}],
    }


def metadata(base_url: str, cloud: NationalCloud) -> Body:
    """Returns the document that tells tools where a cloud's endpoints are (2022-09-01)."""
    return {
        "portal": "https://portal.azure.com",
        "authentication": {
            "loginEndpoint": base_url,
            "audiences": list(cloud.arm),
            "tenant": "common",
            "identityProvider": "AAD",
        },
        "media": "https://rest.media.azure.net",
        "graphAudience": "https://graph.windows.net/",
        "graph": "https://graph.windows.net/",
        "name": cloud.metadata_name,
        # Clients put a name before a suffix; resolvers keep every name below localhost on this machine (RFC 6761). Only
        # storage answers there.
        "suffixes": dict.fromkeys(_SUFFIXES, urlsplit(base_url).netloc),
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
