"""What importing the package costs somebody who has the wheel and nothing else."""

from __future__ import annotations

import json

from tests.package.support import User

HEAVY = ("azure", "httpx", "requests", "rich", "typer", "exchange_automation.cli")
LOADED = """
import json, sys
before = set(sys.modules)
{program}
new = set(sys.modules) - before
print(json.dumps(sorted(name for name in new if name.partition(".")[0] not in sys.stdlib_module_names)))
"""


def modules_of(user: User, program: str) -> list[str]:
    """What a program imports beside the standard library."""
    found: list[str] = json.loads(user.says(LOADED.format(program=program)))
    return found


def seconds_of(user: User, program: str) -> dict[str, float]:
    """How long each module took by itself."""
    result = user.run("-X", "importtime", "-c", program)
    assert result.returncode == 0, result.stderr
    rows = [line.removeprefix("import time:").split("|") for line in result.stderr.splitlines() if "|" in line]
    return {name.strip(): int(own) / 1e6 for own, _, name in rows if own.strip().isdecimal()}


def test_importing_the_package_imports_nothing_but_the_standard_library(user: User) -> None:
    own = ["exchange_automation", "exchange_automation._version"]
    assert modules_of(user, "import exchange_automation; dir(exchange_automation)") == own


def test_a_component_brings_the_three_sdks_and_nothing_of_the_command_line_tool(user: User) -> None:
    program = "import exchange_automation\nfor name in exchange_automation.__all__: getattr(exchange_automation, name)"
    loaded = modules_of(user, program)
    assert {"pulumi", "pulumi_azure_native", "pulumi_azuread"} <= set(loaded)
    assert [name for name in loaded if name.startswith(HEAVY)] == []


def test_one_component_does_not_import_the_others(user: User) -> None:
    loaded = modules_of(user, "from exchange_automation import ExchangeAccess")
    assert "pulumi_azuread" in loaded
    assert "pulumi_azure_native" not in loaded
    assert not {"exchange_automation.runbook.runbook", "exchange_automation.account.governance"} & set(loaded)


def test_the_components_own_import_time_is_a_small_part_of_their_sdks(user: User) -> None:
    user.says("from exchange_automation import ExchangeAutomationAccount")  # Compiles what was never imported before.
    seconds = seconds_of(user, "from exchange_automation import ExchangeAutomationAccount")
    own = sum(taken for name, taken in seconds.items() if name.startswith("exchange_automation"))
    # A share and not a number of seconds, so that a busy machine does not decide.
    assert own < sum(seconds.values()) / 8, f"{own:.3f} s of {sum(seconds.values()):.3f} s"


def test_the_command_line_tool_says_which_extra_it_needs(user: User) -> None:
    result = user.run(user.python.parent / "exchange-automation", "--help")
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr == (
        "exchange-automation: the package typer is not installed, so the command line tool cannot run. Install the extra: "
        "pip install 'exchange-automation[cli]'\n"
    )


def test_the_package_knows_its_version_without_its_files(user: User) -> None:
    installed = user.says("from importlib.metadata import version; print(version('exchange-automation'))")
    assert user.says("import exchange_automation; print(exchange_automation.__version__)") == installed
