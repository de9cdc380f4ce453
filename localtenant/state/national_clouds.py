"""The clouds that the local tenant can imitate: the public one and Microsoft's national clouds.

Sources: the metadata documents that Resource Manager of each cloud serves, as hashicorp/go-azure-sdk (``sdk/environments``)
names their values; "National cloud deployments" of Microsoft Graph for the names of Graph.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class NationalCloud:
    """One cloud.

    Attributes:
        metadata_name: its name in the metadata document.
        initial_suffix: the end of a tenant's initial domain.
        graph: audience of a token for Microsoft Graph.
        arm: audiences of a token for Resource Manager, the metadata's first one first.
    """

    metadata_name: str
    initial_suffix: str
    graph: str
    arm: tuple[str, ...]


_US_ARM = ("https://management.core.usgovcloudapi.net", "https://management.usgovcloudapi.net")

CLOUDS = {
    "public": NationalCloud(
        "AzureCloud",
        ".onmicrosoft.com",
        "https://graph.microsoft.com",
        ("https://management.core.windows.net/", "https://management.azure.com/"),
    ),
    "usgovernment": NationalCloud("AzureUSGovernment", ".onmicrosoft.us", "https://graph.microsoft.us", _US_ARM),
    "dod": NationalCloud("AzureUSGovernment", ".onmicrosoft.us", "https://dod-graph.microsoft.us", _US_ARM),
    "china": NationalCloud(
        "AzureChinaCloud",
        ".partner.onmschina.cn",
        "https://microsoftgraph.chinacloudapi.cn",
        ("https://management.core.chinacloudapi.cn", "https://management.chinacloudapi.cn"),
    ),
}
"""The clouds by the names that the azuread provider has for them."""

PUBLIC = CLOUDS["public"]
