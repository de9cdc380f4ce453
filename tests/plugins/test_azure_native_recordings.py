"""The emulated azure-native provider checks, requests and returns what the real plugin did, type by type.

The recordings in ``azure-native-3.29.0`` were made in November 2026 with the real plugin's running part, whose
metadata came from the public specifications, on the local tenant.
"""

from __future__ import annotations

import asyncio
import re

import pytest

from tests.plugins import recordings
from tests.plugins.recordings import Comparison, Recording, play

POLLS = (
    "the tenant of the recording answered a long PUT with the finished body; now it answers Creating, as Azure does, and "
    "the provider polls the operation once"
)
PACKAGE = (
    "the tenant of the recording left location and tags out of a package and gave state Created and a version at once; "
    "now it answers as the REST contract says"
)
KNOWN = {
    r"(Workspace|LinkedService) [^ ]+ requests: GET PUT GET GET became GET PUT GET GET GET": POLLS,
    r"Package [^ ]+ outputs( after the change)?\.(location|tags): only the emulated provider has it": PACKAGE,
    r"Package [^ ]+ outputs( after the change)?\.version: only the real plugin has it": PACKAGE,
    r"Package [^ ]+ outputs( after the change)?\.provisioningState: 'Created' became 'Creating'": PACKAGE,
}
"""Patterns of intended differences, with their reason."""


def unknown(differences: list[str]) -> list[str]:
    return [difference for difference in differences if not any(re.fullmatch(pattern, difference) for pattern in KNOWN)]


@pytest.mark.parametrize("name", recordings.names())
def test_the_emulated_provider_does_what_the_real_one_did(name: str) -> None:
    comparison = asyncio.run(play(name))
    assert unknown(comparison.differences) == []
    assert comparison.compared["requests"] > 2 * comparison.compared["outputs"]


def test_every_known_difference_still_exists() -> None:
    found = asyncio.run(play("everything")).differences
    assert [pattern for pattern in KNOWN if not any(re.fullmatch(pattern, difference) for difference in found)] == []


def test_a_difference_in_inputs_requests_or_outputs_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    recorded = Recording.load("root-dev")
    group = recorded.command("up")["resources"][0]
    group["outputs"]["managedBy"] = "somebody"
    group["inputs"]["azureApiVersion"] = "2020-01-01"
    next(call for call in recorded.command("up")["requests"] if call[0] == "PUT")[3]["location"] = "northeurope"
    monkeypatch.setattr(Recording, "load", lambda _: recorded)
    assert unknown(asyncio.run(play("root-dev")).differences) == [
        "ResourceGroup exchange-automation inputs.azureApiVersion: '2020-01-01' became '2024-03-01'",
        "ResourceGroup exchange-automation PUT[3].location: 'northeurope' became 'westeurope'",
        "ResourceGroup exchange-automation outputs.managedBy: only the real plugin has it",
    ]


def test_a_value_that_a_tenant_chose_matches_one_other_value() -> None:
    one, two, three = (f"0000000{number}-0000-4000-8000-000000000000" for number in (1, 2, 3))
    comparison = Comparison()
    comparison.compare("first", {"principalId": one}, {"principalId": two})
    comparison.compare("second", {"principalId": one}, {"principalId": three})
    assert comparison.differences == [f"second.principalId: '{two}' became '{three}'"]
