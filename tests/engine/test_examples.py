"""Every example comes up, stays as it is and leaves no grant behind."""

from __future__ import annotations

import runpy
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

import pytest

from exchange_automation.runbook import runbook
from localtenant.process import LocalTenant
from tests.engine.azure import Azure
from tests.engine.support import Deployment

APART = {"conditional-access", "many-customers"}
"""Examples that need other permissions or tenants, and have a test of their own."""
EXAMPLES = sorted(
    path
    for path in (Path(__file__).resolve().parents[2] / "examples").glob("*/__main__.py")
    if path.parent.name not in APART
)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_the_example_works(tenant: LocalTenant, deploy: Callable[..., Deployment], path: Path) -> None:
    def program() -> None:
        runpy.run_path(str(path), run_name="__main__")

    stack = deploy(program, project=(path.parent / "Pulumi.yaml").read_text().replace(_name(path), "exchange-test"))
    stack.up().check()
    assert len(tenant.grants()) >= 2
    assert stack.up().check().changes == {}
    stack.destroy().check()
    assert tenant.grants() == []


def test_the_mailbox_report_does_not_drift_on_any_day_and_leaves_nothing(
    tenant: LocalTenant, deploy: Callable[..., Deployment], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = EXAMPLES[0].parents[1] / "python-mailbox-report" / "__main__.py"
    monkeypatch.setattr(runbook, "now", lambda: datetime.fromisoformat(tenant.now()[:19]).replace(tzinfo=timezone.utc))
    azure = Azure(tenant)
    there = azure.everything()
    stack = deploy(lambda: runpy.run_path(str(path), run_name="__main__"))
    group = str(stack.up().check().outputs["accountName"])
    assert group
    for days in (1, 0.3, 200, 165):  # Other hours of the day, and both changes of clocks.
        tenant.advance(days * 86_400)
        assert stack.up().check().changes == {}
    stack.destroy().check()
    assert tenant.grants() == []
    assert azure.everything() == there


def _name(path: Path) -> str:
    """The project's name, which the test's own project takes the place of."""
    return (path.parent / "Pulumi.yaml").read_text().splitlines()[0].removeprefix("name: ")
