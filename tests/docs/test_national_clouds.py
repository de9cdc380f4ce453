"""The table of the national clouds says what the package and the local tenant do."""

from __future__ import annotations

from pathlib import Path

import pytest

from exchange_automation.catalog.clouds import CHINA, PUBLIC, US_GOVERNMENT_DOD, US_GOVERNMENT_GCC_HIGH, Cloud
from exchange_automation.cli.client.endpoints import by_environment
from localtenant.state.national_clouds import CLOUDS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "national-clouds.md"
ROWS = [[cell.strip() for cell in line.split("|")[1:-1]] for line in PAGE.read_text().splitlines() if line[:1] == "|"]
CELLS = {row[0].partition(" [")[0]: row[1:] for row in ROWS}


@pytest.mark.parametrize(
    ("column", "cloud", "name"),
    [
        (0, PUBLIC, "public"),
        (1, US_GOVERNMENT_GCC_HIGH, "usgovernment"),
        (2, US_GOVERNMENT_DOD, "dod"),
        (3, CHINA, "china"),
    ],
)
def test_the_table_has_what_the_code_has(column: int, cloud: Cloud, name: str) -> None:
    endpoints, local = by_environment(name), CLOUDS[name]
    assert {row: cells[column].strip("`") for row, cells in CELLS.items()}.items() >= {
        "`organization` ends in": cloud.organization_suffix,
        "`-ExchangeEnvironmentName`": cloud.exchange_environment,
        "`azuread:environment`": name,
        "`ARM_ENVIRONMENT`, for the commands": name,
        "sign-in": endpoints.login,
        "Microsoft Graph": endpoints.graph,
        "Resource Manager": endpoints.resource_manager,
        "audience of federated credentials": cloud.token_exchange_audience,
    }.items()
    assert (local.initial_suffix, local.graph) == (cloud.organization_suffix, endpoints.graph)
    assert endpoints.resource_manager in [audience.rstrip("/") for audience in local.arm]
