"""The smoke test's script, and the arguments of ExchangeSmokeTest."""

from __future__ import annotations

from importlib.resources import files
from typing import Any, cast

import pytest

from exchange_automation import ExchangeSmokeTest, ExchangeSmokeTestArgs, InvalidArgumentsError
from exchange_automation.runbook.script_analysis import lint, parameters
from tests.unit.support import Recorder, run

SCRIPT = files("exchange_automation.runbook").joinpath("smoke-test.ps1").read_text("utf-8")


def test_the_script_says_nothing_that_its_own_lint_would_warn_of() -> None:
    assert lint(SCRIPT, ["Global Reader"]) == ()
    assert [(parameter.name, parameter.mandatory) for parameter in parameters(SCRIPT)] == [
        ("Organization", True),
        ("ClientId", False),
        ("EnvironmentName", False),
    ]


@pytest.mark.parametrize(
    ("args", "says"),
    [
        ({"organization": "contoso.com"}, "EXA120"),
        ({"organisation": "x"}, 'Did you mean "organization"?'),
        ({"organization": "c.onmicrosoft.com", "client_id": "my-identity"}, "EXA103"),
        ({"organization": "c.onmicrosoft.com", "exchange_environment": "O365Mars"}, "EXA121"),
        ({"organization": "c.onmicrosoft.com", "exchange_environment": "O365China"}, "EXA121"),
        ({"organization": "c.onmicrosoft.com", "schedules": [{"frequency": "Never"}]}, "EXA155"),
        ({"organization": "c.onmicrosoft.com", "schedules": [{"frequency": "Day"}] * 2}, "EXA156"),
        ({"organization": "c.onmicrosoft.com", "storage_resource_group_name": "rg"}, "EXA194"),
        ({"organization": "c.onmicrosoft.com", "tags": {"x" * 129: "y"}}, "has 129 characters, more than 128"),
        (
            {
                "organization": "c.onmicrosoft.com",
                "schedules": [{"frequency": "Day", "parameters": {"Organization": "x"}}],
            },
            "schedules[0].parameters is given and the component fills in all parameters",
        ),
    ],
)
def test_a_mistake_is_reported_before_anything_is_registered(args: dict[str, Any], says: str) -> None:
    given = {"resource_group_name": "rg", "automation_account_name": "aa", "runtime_environment_name": "re", **args}
    recorder = Recorder()
    with pytest.raises(InvalidArgumentsError) as caught:
        run(lambda: ExchangeSmokeTest("smoke", cast("ExchangeSmokeTestArgs", given)), recorder)
    assert says in str(caught.value)
    assert recorder.resources.keys() <= {"project-stack"}
