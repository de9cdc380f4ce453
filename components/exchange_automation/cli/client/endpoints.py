"""Where sign-in, Microsoft Graph and Resource Manager are, by cloud.

Sources: "National cloud deployments" of Microsoft Graph, "Azure Government" and "Azure China" developer guides on
learn.microsoft.com; the metadata document of a Resource Manager (``/metadata/endpoints``) for a cloud that is none of
these.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from exchange_automation.catalog.clouds import CHINA, PUBLIC, US_GOVERNMENT_DOD, US_GOVERNMENT_GCC_HIGH, Cloud
from exchange_automation.cli.documents import Record
from exchange_automation.core.problems import Problem

METADATA_VERSION = "2022-09-01"


@dataclass(frozen=True)
class Endpoints:
    """The addresses of one cloud, without trailing slashes.

    Attributes:
        name: What the cloud is called.
        login: The sign-in authority.
        graph: Microsoft Graph.
        resource_manager: Azure Resource Manager.
        resource_manager_audience: The audience of a token for Resource Manager.
        custom: Whether they came from a metadata document, so that Microsoft's instance discovery does not know them.
    """

    name: str
    login: str
    graph: str
    resource_manager: str
    resource_manager_audience: str
    custom: bool = False

    @property
    def graph_scope(self) -> str:
        """The scope of a token for Microsoft Graph."""
        return f"{self.graph}/.default"

    @property
    def resource_manager_scope(self) -> str:
        """The scope of a token for Resource Manager."""
        return f"{self.resource_manager_audience}/.default"


def _known(cloud: Cloud, login: str, graph: str, resource_manager: str) -> Endpoints:
    return Endpoints(cloud.exchange_environment, login, graph, resource_manager, resource_manager)


_US_LOGIN = "https://login.microsoftonline.us"
_US_ARM = "https://management.usgovcloudapi.net"
_PUBLIC = _known(
    PUBLIC, "https://login.microsoftonline.com", "https://graph.microsoft.com", "https://management.azure.com"
)
_GCC_HIGH = _known(US_GOVERNMENT_GCC_HIGH, _US_LOGIN, "https://graph.microsoft.us", _US_ARM)
_DOD = _known(US_GOVERNMENT_DOD, _US_LOGIN, "https://dod-graph.microsoft.us", _US_ARM)
_CHINA = _known(
    CHINA,
    "https://login.chinacloudapi.cn",
    "https://microsoftgraph.chinacloudapi.cn",
    "https://management.chinacloudapi.cn",
)

BY_ENVIRONMENT: Mapping[str, Endpoints] = {
    "public": _PUBLIC,
    "global": _PUBLIC,
    "azurecloud": _PUBLIC,
    "azurepubliccloud": _PUBLIC,
    "usgovernment": _GCC_HIGH,
    "usgovernmentl4": _GCC_HIGH,
    "azureusgovernment": _GCC_HIGH,
    "azureusgovernmentcloud": _GCC_HIGH,
    "usgovernmentl5": _DOD,
    "dod": _DOD,
    "china": _CHINA,
    "azurechinacloud": _CHINA,
}
"""Values of ``ARM_ENVIRONMENT`` that the azure-native and azuread providers accept, in lower case."""


def by_environment(name: str) -> Endpoints:
    """Returns the endpoints of a cloud by its provider name; those of the public cloud for an empty name.

    Raises:
        Problem: No cloud has this name.
    """
    found = BY_ENVIRONMENT.get(name.strip().lower() or "public")
    if found is None:
        raise Problem(
            "EXA406",
            f'ARM_ENVIRONMENT is "{name}", which is not a cloud, so there is nowhere to sign in.',
            remedy="Use public, usgovernment, dod or china, or leave it out for the public cloud.",
        )
    return found


def from_metadata(host: str, document: Record) -> Endpoints:
    """Returns the endpoints that a metadata document names.

    Args:
        host: Where the document came from.
        document: The metadata.

    Raises:
        Problem: The document is not the metadata of a cloud.
    """
    authentication = document.record("authentication")
    found = {
        "loginEndpoint": authentication.text("loginEndpoint"),
        "microsoftGraphResourceId": document.text("microsoftGraphResourceId"),
        "resourceManager": document.text("resourceManager"),
        "audiences": next(iter(authentication.texts("audiences")), ""),
    }
    missing = [name for name, value in found.items() if not value]
    if missing:
        raise Problem(
            "EXA407",
            f"ARM_METADATA_HOSTNAME is {host}, but its answer is not the metadata of a cloud: {missing[0]} is missing",
            "there is nowhere to sign in",
            "Give the host of the cloud's metadata, or leave the variable out and name the cloud in ARM_ENVIRONMENT.",
        )
    login, graph, resource_manager = (found[name].rstrip("/") for name in list(found)[:3])
    for address in (login, graph, resource_manager):
        if not _is_https(address):
            raise Problem(
                "EXA407",
                f"The metadata of {host} names the endpoint {address}, which is not an https address",
                "a token could be read on its way",
                "Ask the operator of the cloud for complete metadata, or name the cloud in ARM_ENVIRONMENT.",
            )
    name = document.text("name", host)
    return Endpoints(f"{name} ({host})", login, graph, resource_manager, found["audiences"].rstrip("/"), custom=True)


def _is_https(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname)
