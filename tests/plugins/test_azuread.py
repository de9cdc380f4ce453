"""The emulated provider for azuread answers and asks as the real plugin does.

``azuread-6.11.1.json`` holds the requests and the answers of the real plugin of that version; ``python -m pytest tests/plugins
--record`` writes it anew with the plugin on PATH.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from localtenant.process import LocalTenant
from tests.plugins.transcript import Transcript, real_plugin

RECORDED = Path(__file__).with_name("azuread-6.11.1.json")


def of_the_stand_in() -> list[dict[str, Any]]:
    with LocalTenant.start(providers=("azuread",)) as tenant:
        port = int(tenant.environment["PULUMI_DEBUG_PROVIDERS"].rsplit(":", 1)[-1])
        transcript = Transcript(port, tenant)
        try:
            return transcript.play()
        finally:
            transcript.close()


def of_the_real_plugin() -> list[dict[str, Any]]:
    with LocalTenant.start(providers=(), virtual_time=False) as tenant, real_plugin(tenant.environment) as port:
        transcript = Transcript(port, tenant)
        try:
            return transcript.play()
        finally:
            transcript.close()


def compare(one: list[dict[str, Any]], other: list[dict[str, Any]]) -> None:
    assert [entry["call"] for entry in one] == [entry["call"] for entry in other]
    for mine, theirs in zip(one, other, strict=True):
        assert mine == theirs, mine["call"]


def test_it_answers_and_asks_as_the_real_plugin_did(pytestconfig: pytest.Config) -> None:
    if pytestconfig.getoption("--record"):
        RECORDED.write_text(json.dumps(of_the_real_plugin(), indent=1, sort_keys=True) + "\n")
    recorded = json.loads(RECORDED.read_text())
    assert len(recorded) > 40
    compare(of_the_stand_in(), recorded)


@pytest.mark.skipif(shutil.which("pulumi-resource-azuread") is None, reason="the real plugin is not on PATH")
def test_the_real_plugin_still_answers_as_it_did() -> None:
    compare(of_the_real_plugin(), json.loads(RECORDED.read_text()))
