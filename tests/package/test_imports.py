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


def test_an_import_loads_no_part_of_the_sdks_that_only_an_argument_needs(user: User) -> None:
    """The SDK of networks alone takes half a second."""
    program = "from exchange_automation import ExchangeAccountGovernance, ExchangeAutomationAccount, ExchangeRunbook"
    loaded = modules_of(user, program)
    parts = ("authorization", "managedidentity", "monitor", "network", "operationalinsights", "storage")
    unneeded = ("tzlocal", "cryptography", *(f"pulumi_azure_native.{part}." for part in parts))
    assert [name for name in loaded if name.startswith(unneeded)] == []
    assert "exchange_automation.account.existing_resources" not in loaded


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
