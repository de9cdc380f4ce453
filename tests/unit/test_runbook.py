"""The arguments of ExchangeRunbook: every mistake is reported, all together, before anything is registered."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, cast

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange_automation import ExchangeAutomationError, ExchangeRunbook, ExchangeRunbookArgs, InvalidArgumentsError
from exchange_automation.runbook import published_content, storage_account
from exchange_automation.runbook import runbook as module
from exchange_automation.runbook.job_parameters import job_text
from exchange_automation.runbook.schedule_arguments import plan
from tests.unit.support import Recorder, run

SCRIPT = """param([Parameter(Mandatory)][string]$Mailbox, [int]$Days = 7)
Connect-ExchangeOnline -ManagedIdentity -Organization contoso.onmicrosoft.com
Disconnect-ExchangeOnline
"""
CONNECT = "Connect-ExchangeOnline -ManagedIdentity -Organization contoso.onmicrosoft.com"
DAILY = {"frequency": "Day", "parameters": {"mailbox": "a"}}


def refused(name: str = "report", **args: Any) -> str:
    """The message about these arguments; nothing may have been registered."""
    given = {
        "resource_group_name": "rg",
        "automation_account_name": "aa-mail",
        "runtime_environment_name": "re",
        "source": {"text": SCRIPT},
        **args,
    }
    recorder = Recorder()
    with pytest.raises(InvalidArgumentsError) as caught:
        run(lambda: ExchangeRunbook(name, cast("ExchangeRunbookArgs", given)), recorder)
    assert recorder.resources.keys() <= {"project-stack"}
    return str(caught.value)


AT_AN_ADDRESS = {"uri": "https://scripts.example/report.ps1", "sha256": "a" * 64}


def with_address(address: str) -> dict[str, Any]:
    return {"storage_network_rules": {"default_action": "Deny", "ip_rules": [address]}}


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        ({"sourse": {}}, "EXA101", 'Did you mean "source"?'),
        ({"source": None}, "EXA102", "source is missing"),
        ({"runbook_name": "1st"}, "EXA150", "begins with a letter"),
        ({"runbook_name": "a b"}, "EXA150", "Give another runbook_name"),
        ({"source": {}}, "EXA151", "not one of file, text and uri"),
        ({"source": {"file": "a", "text": "b"}}, "EXA151", "not one of file, text and uri"),
        ({"source": "report.ps1"}, "EXA112", "source is of type str"),
        ({"source": {"text": pulumi.Output.from_input("x")}}, "EXA112", "source.text is an output"),
        ({"source": {"file": "/nowhere/x.ps1"}}, "EXA152", "No such file or directory"),
        ({"source": {"text": "  "}}, "EXA152", "text is empty"),
        ({"source": {"text": "\udc80"}}, "EXA112", "source.text contains U+DC80, a lone surrogate"),
        ({"source": {"text": "#" * 1_048_577}}, "EXA152", "1,048,577 bytes"),
        ({"source": {"uri": "http://x/y.ps1", "sha256": "0" * 64}}, "EXA153", "not an https address"),
        ({"source": {"uri": "https://x/y.ps1"}}, "EXA154", "Get-FileHash"),
        ({"source": {"uri": "https://x/y.ps1", "sha256": "abc"}}, "EXA154", "64 hexadecimal digits"),
        ({"schedules": ["daily"]}, "EXA112", "schedules[0] is of type str"),
        ({"schedules": [{**DAILY, "at": "25:00"}]}, "EXA155", "not a time of day"),
        (
            {"schedules": [{**DAILY, "time_zone": "Mars"}]},
            "EXA155",
            'time_zone "Mars" is not a time zone that Azure knows',
        ),
        ({"schedules": [{**DAILY, "at": pulumi.Output.from_input("06:00")}]}, "EXA112", "schedules[0].at is an output"),
        (
            {"schedules": [{**DAILY, "starts": "2027-03-01T06:00", "expires": "2027-03-01T06:00"}]},
            "EXA155",
            "so the schedule would never fire",
        ),
        ({"schedules": [{**DAILY, "interval": 101}]}, "EXA155", "not a whole number between 1 and 100"),
        ({"schedules": [{**DAILY, "hour": 6}]}, "EXA101", "schedules[0].hour is not an argument"),
        ({"schedules": [DAILY, DAILY]}, "EXA156", "schedules[1] is the same as another schedule"),
        (
            {"schedules": [{**DAILY, "parameters": {"mailbox": "a", "Day": 1}}]},
            "EXA158",
            "the script's parameters: Mailbox, Days",
        ),
        ({"schedules": [{"frequency": "Day"}]}, "EXA158", "lacks Mailbox, which is mandatory in the script"),
        ({"strict": True, "source": {"text": "Get-Mailbox"}}, "EXA159", "The script, line 1: Connect-ExchangeOnline"),
        (
            {
                "strict": True,
                "directory_roles": ["Exchange Recipient Administrator"],
                "source": {"text": f"{CONNECT}\nSet-TransportRule x\nDisconnect-ExchangeOnline"},
            },
            "EXA159",
            (
                "The script, line 2: Set-TransportRule needs Exchange Administrator or Compliance Administrator; granted is "
                "Exchange Recipient Administrator. In Exchange it needs the management role Transport Rules or Data Loss "
                "Prevention. Change the line, or leave strict out."
            ),
        ),
        ({"strict": "yes"}, "EXA112", "strict is of type str"),
        (
            {"storage_network_rules": {"default_action": "Deny"}, "storage_account_name": "stother"},
            "EXA193",
            "storage_network_rules and storage_account_name are both given",
        ),
        ({"storage_network_rules": {}}, "EXA102", "storage_network_rules.default_action is missing"),
        ({"storage_network_rules": {"default_action": "deny"}}, "EXA193", 'Give "Allow" or "Deny"'),
        (
            {"storage_network_rules": {"default_action": "Allow", "ip_rules": ["203.0.113.7"]}},
            "EXA193",
            "the rules have no effect",
        ),
        (with_address("10.1.2.3"), "EXA193", 'ip_rules[0] "10.1.2.3" has private addresses'),
        (with_address("203.0.113.4/31"), "EXA193", "is a range of one or two addresses"),
        (with_address("203.0.113.1/24"), "EXA193", "has host bits set"),
        (with_address("2001:db8::1"), "EXA193", "is not an IPv4 address or range"),
        (with_address("runner.example"), "EXA193", "Give a public IPv4 address"),
        (
            {"tags": {f"t{number}": "x" for number in range(16)}},
            "EXA117",
            "some resources of this component take only 15",
        ),
        ({"tags": {"x" * 129: "x"}}, "EXA117", "has 129 characters, more than 128"),
        (
            {"tags": {"x" * 513: "x"}, "storage_account_name": "stmail"},
            "EXA117",
            "has 513 characters, more than 512",
        ),
        (
            {"storage_resource_group_name": "rg"},
            "EXA194",
            "is given without storage_account_name, so the component would",
        ),
        ({"source": {"text": "Get-EXOMailbox", "sha256": "a" * 64}}, "EXA194", "source.sha256 is given beside text"),
        ({"source": AT_AN_ADDRESS, "strict": True}, "EXA194", "strict is given beside source.uri"),
    ],
)
def test_a_mistake_is_reported_before_anything_is_registered(args: dict[str, Any], code: str, says: str) -> None:
    message = refused(**args)
    assert says in message
    assert f"[{code}]" in message


def test_all_mistakes_are_reported_together() -> None:
    message = refused(runbook_name="1", source={"text": ""}, schedules=[{"frequency": "Never"}], zebra=1)
    assert message.startswith('ExchangeRunbook "report": 4 mistakes')


def test_a_file_that_is_not_utf_8(tmp_path: Path) -> None:
    (tmp_path / "x.ps1").write_bytes("Größe".encode("latin-1"))
    assert "is not UTF-8 at byte 2" in refused(source={"file": str(tmp_path / "x.ps1")})


@pytest.mark.parametrize(
    ("explain", "code", "says"),
    [
        (published_content._signature_failure, "EXA215", "source uri with sha256"),
        (storage_account._storage_failure, "EXA216", "storage_resource_group_name"),
        (published_content.existence_failure, "EXA217", "Automation Contributor"),
    ],
)
def test_a_look_up_that_fails_says_what_to_do(explain: Any, code: str, says: str) -> None:
    message = str(explain("403 from the service."))
    assert "403 from the service." in message
    assert says in message
    assert f"[{code}]" in message


def test_a_change_to_a_runtime_environment_that_is_not_ready_says_how_it_is_done() -> None:
    message = str(module.module_not_imported("report", "ExchangeOnline-3-9-0-PowerShell-7-4", "Creating"))
    assert "is not imported (Creating)" in message
    assert "prepared_pins in one update" in message
    assert message.endswith("[EXA308]")


def test_a_time_that_is_over_is_reported() -> None:
    when = plan({"frequency": "Once", "starts": "2020-01-01T00:00"})
    with pytest.raises(ExchangeAutomationError, match="EXA157"):
        module._start(when, None)
    assert module._start(when, "2020-01-01T00:00:00.0000000+00:00") == "2020-01-01T00:00:00+00:00"


def test_a_storage_account_that_cannot_be_fetched_from_is_reported() -> None:
    class Closed:
        name, allow_shared_key_access, public_network_access, network_rule_set = "st", True, "Disabled", None

    with pytest.raises(ExchangeAutomationError, match="EXA218"):
        storage_account._usable(Closed())


def test_a_firewall_that_is_closed_or_cannot_be_read_says_what_to_do() -> None:
    closed, would_open = str(storage_account.closed_failure("st")), str(storage_account._would_open("st"))
    assert 'storage_network_rules={"default_action": "Allow"}' in closed
    assert closed.endswith("[EXA218]")
    assert "pulumi up with --refresh" in would_open
    assert would_open.endswith("[EXA221]")
    assert str(storage_account._unread_failure("st", "403")).endswith("storage account. Azure answered: 403 [EXA216]")


def test_a_storage_account_that_a_policy_changed_is_reported() -> None:
    with pytest.raises(ExchangeAutomationError, match=r"a policy turned its shared keys off.*\[EXA220\]"):
        storage_account._with_keys(["st", False])
    assert storage_account._with_keys(["st", True]) == "st"


def test_a_link_that_cannot_be_fetched_is_reported_and_not_retried(caplog: pytest.LogCaptureFixture) -> None:
    class Args:
        name, errors = "report-runbook", ['Message="Validation errors while reading content link."']

    logged: list[str] = []
    log, pulumi.log.error = pulumi.log.error, logged.append  # type: ignore[assignment]
    try:
        assert published_content.on_publish_error(cast("pulumi.ErrorHookArgs", Args())) is False
        assert "EXA307" in logged[0]
    finally:
        pulumi.log.error = log


class Registered(Recorder):
    """Notes the type and the name of every registration, and answers every look-up with nothing."""

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        self.__dict__.setdefault("registered", []).append((args.typ, args.name))
        identity, state = super().new_resource(args)
        for key, value in (("name", args.name), ("lastModifiedTime", "2026-01-01T00:00:00Z"), ("url", "https://x/y")):
            state.setdefault(key, value)
        return identity, state

    def call(self, args: pulumi.runtime.MockCallArgs) -> Any:
        return {"serviceSasToken": "s"} if "SAS" in args.token else {}


def storage_accounts(*names: str) -> list[str]:
    """The logical names of the storage accounts of runbooks with these names."""
    given = {"resource_group_name": "rg", "automation_account_name": "aa-test", "runtime_environment_name": "rt"}

    def program() -> None:
        for name in names:
            args = {**given, "runbook_name": "report", "source": {"text": SCRIPT}}
            ExchangeRunbook(name, cast("ExchangeRunbookArgs", args))

    recorder = Registered()
    run(program, recorder)
    registered = recorder.__dict__["registered"]
    assert len(set(registered)) == len(registered)
    return [name for typ, name in registered if typ.endswith(":StorageAccount")]


def test_runbooks_whose_names_begin_alike_have_storage_accounts_of_their_own() -> None:
    names = storage_accounts(
        "nightly-license-report-a", "nightly-license-report-b", "re-port", "report", "日本", "東京"
    )
    assert len(set(names)) == 6
    # The provider appends eight digits, and Azure takes 24 characters.
    assert all(len(name) <= 16 and name.isalnum() for name in names)


@given(st.lists(st.text(max_size=20) | st.text("Rr-_eé1", max_size=4), min_size=2, max_size=30, unique=True))
def test_no_two_names_of_components_share_a_storage_account(names: list[str]) -> None:
    storage_names = [storage_account.storage_name(name) for name in names]
    assert len(set(storage_names)) == len(names)
    # The first version's names end in "rb", so an alias is never the name of another storage account.
    assert all(re.fullmatch("[a-z0-9]{12,16}", name) and name.endswith("st") for name in storage_names)


def test_the_first_of_two_runbooks_keeps_the_storage_account_of_the_first_version() -> None:
    aliases: dict[str, list[str]] = {}

    def program() -> None:
        for name in ("re-port", "report", "mail"):
            aliases[name] = [str(cast("pulumi.Alias", alias).name) for alias in storage_account.storage_aliases(name)]

    run(program)
    assert aliases == {"re-port": ["reportrb"], "report": [], "mail": ["mailrb"]}


def link(parameters: dict[str, Any], **args: Any) -> dict[str, Any]:
    """The inputs of the link between a runbook and its schedule. The program computes a parameter that is a function."""
    given = {"resource_group_name": "rg", "automation_account_name": "aa-test", "runtime_environment_name": "rt"}

    def program() -> None:
        computed = {name: value() if callable(value) else value for name, value in parameters.items()}
        schedules = [{"frequency": "Day", "parameters": computed}]
        created = {**given, "source": {"text": SCRIPT}, "schedules": schedules, **args}
        ExchangeRunbook("report", cast("ExchangeRunbookArgs", created))

    [found] = run(program, Registered()).of("JobSchedule").values()
    return found


def test_republish_creates_the_links_of_a_script_at_an_address_again() -> None:
    first, second, third = (
        link({}, source=AT_AN_ADDRESS, republish=text)["jobScheduleId"] for text in ("first", "second", "second")
    )
    assert first != second == third


def test_the_order_of_the_keys_of_a_parameter_does_not_replace_a_link() -> None:
    one, other = ({"Mailbox": value} for value in ({"a": 1, "b": 2}, {"b": 2, "a": 1}))
    assert link(one)["jobScheduleId"] == link(other)["jobScheduleId"]


def test_the_order_of_the_parameters_does_not_replace_a_link() -> None:
    assert link({"Mailbox": "a", "Days": 3}) == link({"Days": 3, "Mailbox": "a"})
    assert link({"Mailbox": "a", "Days": 3})["jobScheduleId"] != link({"Mailbox": "b", "Days": 3})["jobScheduleId"]


@pytest.mark.parametrize(
    ("given", "same"),
    [
        (lambda: [pulumi.Output.from_input("a"), "b"], ["a", "b"]),
        (lambda: {"x": [pulumi.Output.from_input({"y": 1})]}, {"x": [{"y": 1}]}),
        (lambda: pulumi.Output.from_input([True]), [True]),
    ],
)
def test_outputs_inside_a_parameter_have_the_text_of_their_values(given: Any, same: Any) -> None:
    assert link({"Mailbox": given}) == link({"Mailbox": same})
    assert link({"Mailbox": given})["parameters"] == {"Mailbox": json.dumps(same)}


def test_a_parameter_with_a_secret_inside_is_a_secret() -> None:
    shown: list[bool] = []

    def program() -> Any:
        text = job_text(["a", pulumi.Output.secret("b")])
        return pulumi.Output.from_input(text.is_secret()).apply(shown.append)

    run(program)
    assert shown == [True]


@pytest.mark.parametrize(
    ("source", "name"), [({"text": SCRIPT}, "owner"), ({"text": SCRIPT}, "x" * 128), (AT_AN_ADDRESS, "x" * 512)]
)
def test_tags_pass_through_as_they_are_given(source: Any, name: str) -> None:
    given = {"resource_group_name": "rg", "automation_account_name": "aa-test", "runtime_environment_name": "rt"}
    tagged = {**given, "source": source, "tags": {name: "mail"}}
    recorder = run(lambda: ExchangeRunbook("report", cast("ExchangeRunbookArgs", tagged)), Registered())
    assert [runbook["tags"] for runbook in recorder.of("Runbook").values()] == [{name: "mail"}]


@pytest.mark.parametrize(
    "args",
    [
        {"republish": pulumi.Output.from_input("x")},
        {"schedules": [{"frequency": "Month", "month_days": list(range(2, 31))}]},
        {"schedules": [{"frequency": "Day", "time_zone": "right/UTC"}]},
        {"description": "about Calling __str__ on an Output[T] is not supported."},
        {"source": {"text": SCRIPT + "# Calling __str__ on an Output[T] is not supported."}},
        {"schedules": [{**DAILY, "parameters": {"mailbox": "Calling __str__ on an Output[T] is not supported."}}]},
    ],
)
def test_what_azure_would_refuse_or_misread_is_found_in_the_arguments(args: dict[str, Any]) -> None:
    assert "[EXA" in refused(**args)
