"""Names by the convention of the Cloud Adoption Framework: type, workload, purpose, environment, region.

Source: "Define your naming convention" and "Abbreviation recommendations" on learn.microsoft.com.
"""

from dataclasses import dataclass

REGIONS = {"westeurope": "weu", "northeurope": "neu", "germanywestcentral": "gwc"}
"""Regions of this organization and their short names."""


@dataclass(frozen=True)
class Names:
    """Names of one workload in one environment and region."""

    workload: str
    environment: str
    location: str

    def of(self, kind: str, purpose: str = "") -> str:
        """The name of a resource: ``of("aa", "reports")`` is ``aa-exchange-reports-prod-weu``."""
        parts = (kind, self.workload, purpose, self.environment, REGIONS[self.location])
        return "-".join(part for part in parts if part)
