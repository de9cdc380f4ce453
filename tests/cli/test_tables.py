"""The tables of the commands at the widths of terminals: whole identifiers, and a table or blocks that say everything."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from localtenant.process import LocalTenant
from tests.cli import plans
from tests.cli.states import grant, state_of, write_state
from tests.cli.support import CommandResult, run

WIDTHS = (60, 80, 100, 120, 200)
SNAPSHOTS = Path(__file__).parent / "snapshots"
GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def prepared(tenant: LocalTenant) -> tuple[str, str]:
    """Two identities, one of them half; their object ids."""
    created = []
    for name, app_role in (("job-mailbox-report", True), ("job half granted", False)):
        [principal] = tenant.add_service_principal(name, servicePrincipalType="ManagedIdentity")
        if app_role:
            tenant.add_grant(principal["id"], appRole="Exchange.ManageAsApp")
        tenant.add_grant(principal["id"], directoryRole="Exchange Recipient Administrator")
        created.append(str(principal["id"]))
    return created[0], created[1]


def outputs(tenant: LocalTenant, folder: Path, width: int) -> dict[str, CommandResult]:
    """What each command shows at a width."""
    whole, half = prepared(tenant)
    state = write_state(folder, state_of(grant("mail-exchange-recipient-administrator", "gone", half)))
    steps = [
        plans.step("create", new=plans.role(plans.EXCHANGE_ADMINISTRATOR, whole)),
        plans.step("delete", old=plans.role(plans.GLOBAL_READER, half, name="reader")),
    ]
    (folder / "preview.json").write_text(plans.preview(*steps))
    entries = [{"type": plans.ROLE, "name": "mail-role"}]
    (folder / "import.json").write_text(json.dumps({"resources": entries}))
    (folder / "adopted.json").write_text(plans.preview(plans.step("create", new=_recipient(whole))))
    files = ("--from", str(folder / "import.json"), "--preview-json", str(folder / "adopted.json"))
    columns = {"COLUMNS": str(width)}
    return {
        "report": run(tenant, "report", "--state", state, variables=columns),
        "doctor": run(tenant, "doctor", "--state", state, variables=columns),
        "explain": run(None, "explain", str(folder / "preview.json"), variables=columns),
        "adopt": run(tenant, "adopt", *files, "--out", str(folder / "adopt.json"), variables=columns),
    }


def _recipient(principal: str) -> dict[str, object]:
    return plans.role("31392ffb-586c-42d1-9346-e59415a2cc4e", principal)


def settled(text: str, folder: Path) -> str:
    """The text with a word of the same length in place of what differs from run to run."""
    numbers: dict[str, str] = {}
    text = GUID.sub(lambda match: numbers.setdefault(match[0], f"id-{len(numbers):0>33}"), text)
    text = re.sub(r"localhost:\d+", "localhost:12345", text)
    text = re.sub(r"20\d\d-\d\d-\d\d", "2026-01-01", text)
    text = re.sub(r"differs by \d+ s", "differs by 0 s", text)
    text = re.sub(r"roleAssignments/\S+", "roleAssignments/...", text)
    return "\n".join(line.rstrip() for line in text.replace(str(folder), "FOLDER").splitlines()) + "\n"


@pytest.mark.parametrize("width", WIDTHS)
def test_what_people_see(tenant: LocalTenant, tmp_path: Path, width: int, request: pytest.FixtureRequest) -> None:
    """Compared with files that a person has looked at; --write-snapshots writes them."""
    for command, result in outputs(tenant, tmp_path, width).items():
        shown = settled(result.out, tmp_path)
        file = SNAPSHOTS / f"{command}-{width}.txt"
        if request.config.getoption("--write-snapshots"):
            SNAPSHOTS.mkdir(exist_ok=True)
            file.write_text(shown, "utf-8")
        # adopt's last sentence has the path of a temporary folder, which is broken anywhere.
        want, have = (text.partition("Written:")[0] for text in (file.read_text("utf-8"), shown))
        assert have == want, f"{command} at {width}"


@pytest.mark.parametrize("width", WIDTHS)
def test_no_identifier_is_broken_and_nothing_is_left_out(tenant: LocalTenant, tmp_path: Path, width: int) -> None:
    found = outputs(tenant, tmp_path, width)
    principals = [grant["principalId"] for grant in tenant.grants()]
    for principal in principals:
        assert principal in found["report"].out
    for words in ("role without app role", "not tracked", "what looks wrong", "Exchange.ManageAsApp"):
        assert words in found["report"].out, words
    assert "mail-exchange-recipient-administrator" in found["report"].out
    assert "Application.Read.All" in found["doctor"].out
    assert "mail-role" in found["adopt"].out
    assert re.search(r"/roleManagement/directory/roleAssignments/\S{10,}", found["adopt"].out)
    for command, result in found.items():
        long = [
            line for line in result.out.splitlines() if len(line) > width and " " in line.strip().rpartition(": ")[2]
        ]
        assert not long, f"{command}: {long}"


def test_nothing_to_adopt_is_a_sentence(tenant: LocalTenant, tmp_path: Path) -> None:
    (tmp_path / "preview.json").write_text(plans.preview())
    (tmp_path / "import.json").write_text("{}")
    files = ("--from", str(tmp_path / "import.json"), "--preview-json", str(tmp_path / "preview.json"))
    result = run(tenant, "adopt", *files, "--out", str(tmp_path / "adopt.json"))
    assert (result.code, result.out) == (0, "The program creates nothing: everything is under management.\n")
