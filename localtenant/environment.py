"""The environment in which a program takes the local tenant for Azure."""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from localtenant.state import seed
from localtenant.state.national_clouds import CLOUDS

CLOUD_NAMES = tuple(CLOUDS)
"""The clouds that a local tenant can imitate."""

PROVIDERS = ("azuread", "azure-native")


@dataclass(frozen=True)
class PluginEnvironment:
    """The settings of an emulated provider.

    Attributes:
        url: Address of the tenant, ``https://localhost:PORT``.
        authority: File of the certificate authority to trust.
        environment: The variables that a plugin process of its own would see.
    """

    url: str
    authority: Path
    environment: Mapping[str, str]


def bundle(directory: Path, authority: Path, inherited: Mapping[str, str]) -> Path:
    """Writes a file with the authorities that were trusted so far and the tenant's own.

    Programs in the tenant's environment may call other services; replacing their trust would break that.
    """
    sources = [inherited.get("SSL_CERT_FILE"), ssl.get_default_verify_paths().cafile]
    trusted = next((Path(name).read_text() for name in sources if name and Path(name).is_file()), None)
    if trusted is None:
        try:
            import certifi  # noqa: PLC0415  (only where the system names no bundle)

            trusted = Path(certifi.where()).read_text()
        except ImportError:
            trusted = ""
    target = directory / "trust.pem"
    target.write_text(f"{trusted.rstrip()}\n{authority.read_text()}")
    return target


def variables(
    url: str,
    trust: Path,
    providers: Mapping[str, int],
    inherited: Mapping[str, str],
    tenant_seed: seed.TenantSeed = seed.CONTOSO,
) -> dict[str, str]:
    """The variables to export.

    ``providers`` are names of emulated providers with their ports. ``ARM_*`` is for the providers, ``AZURE_*`` for
    azure-identity, the ``*_CERT_*`` and ``*_CA_BUNDLE`` names for programs that check certificates.
    """
    result = {
        "ARM_CLIENT_ID": tenant_seed.client_id,
        "ARM_CLIENT_SECRET": tenant_seed.client_secret,
        "ARM_TENANT_ID": tenant_seed.tenant_id,
        "ARM_SUBSCRIPTION_ID": tenant_seed.subscription_id,
        "ARM_METADATA_HOSTNAME": urlsplit(url).netloc,
        "ARM_DISABLE_INSTANCE_DISCOVERY": "true",
        "AZURE_CLIENT_ID": tenant_seed.client_id,
        "AZURE_CLIENT_SECRET": tenant_seed.client_secret,
        "AZURE_TENANT_ID": tenant_seed.tenant_id,
        "AZURE_SUBSCRIPTION_ID": tenant_seed.subscription_id,
        "AZURE_AUTHORITY_HOST": url,
        "SSL_CERT_FILE": str(trust),
        "REQUESTS_CA_BUNDLE": inherited.get("REQUESTS_CA_BUNDLE") or str(trust),
        "NODE_EXTRA_CA_CERTS": str(trust),
        "LOCALTENANT_URL": url,
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        # The tenant is on this machine; a proxy would look for it on its own.
        "NO_PROXY": ",".join(filter(None, (inherited.get("NO_PROXY"), "localhost,127.0.0.1,::1"))),
    }
    if inherited.get("REQUESTS_CA_BUNDLE"):
        merged = trust.with_name("requests.pem")
        merged.write_text(Path(inherited["REQUESTS_CA_BUNDLE"]).read_text().rstrip() + "\n" + trust.read_text())
        result["REQUESTS_CA_BUNDLE"] = str(merged)
    if providers:
        result["PULUMI_DEBUG_PROVIDERS"] = ",".join(f"{name}:{port}" for name, port in providers.items())
    return result


def azapi_variables(url: str) -> dict[str, str]:
    """Returns what the Terraform provider azapi needs: it reads no metadata document, and takes each endpoint from a variable.

    They are not for every program: with all three some versions of the real azure-native plugin read no metadata either, and
    would look for storage accounts on other machines.
    """
    return {
        "ARM_ACTIVE_DIRECTORY_AUTHORITY_HOST": f"{url}/",
        "ARM_RESOURCE_MANAGER_AUDIENCE": "https://management.azure.com/",
        "ARM_RESOURCE_MANAGER_ENDPOINT": f"{url}/",
    }


def oidc_variables(url: str) -> dict[str, str]:
    """Returns the variables of a CI job with workload identity federation, which replace a client secret."""
    return {
        "ARM_USE_OIDC": "true",
        "ACTIONS_ID_TOKEN_REQUEST_URL": f"{url}/oidc/ci/token?api-version=2.0",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": seed.OIDC_REQUEST_TOKEN,
    }


def current() -> dict[str, str]:
    """The environment of this process."""
    return dict(os.environ)
