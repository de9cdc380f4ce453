"""ExchangeAccess: the resource set for every argument, and every mistake."""

from __future__ import annotations

from typing import Any, cast

import pulumi
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_automation import DirectoryLookupError, ExchangeAccess, ExchangeAutomationError, InvalidArgumentsError
from exchange_automation.catalog.directory_roles import EXCHANGE_ROLES
from tests.unit.support import EXCHANGE_OBJECT_ID, MANAGE_AS_APP_ID, PRINCIPAL_ID, Recorder, app_role, run, values

UNIT = "/administrativeUnits/66666666-6666-4666-8666-666666666666"


def access(recorder: Recorder | None = None, preview: bool = False, **arguments: Any) -> Recorder:
    """What a program with one ExchangeAccess registers."""
    args = cast("Any", {"principal_id": PRINCIPAL_ID, **arguments})
    return run(lambda: ExchangeAccess("mail", args), recorder, preview=preview)


def mistakes(**arguments: Any) -> tuple[str, ...]:
    """The mistakes in these arguments; nothing was registered."""
    recorder = Recorder()
    with pytest.raises(InvalidArgumentsError) as refused:
        access(recorder, **arguments)
    assert recorder.resources == {}
    assert recorder.calls == []
    assert str(refused.value).startswith(f'ExchangeAccess "mail": {len(refused.value.mistakes)} mistake')
    return refused.value.mistakes


def test_by_default_it_grants_manage_as_app_and_exchange_administrator() -> None:
    recorder = access()
    assert recorder.of("AppRoleAssignment") == {
        "mail-exchange-manageasapp": {
            "appRoleId": MANAGE_AS_APP_ID,
            "principalObjectId": PRINCIPAL_ID,
            "resourceObjectId": EXCHANGE_OBJECT_ID,
        }
    }
    assert recorder.of("DirectoryRoleAssignment") == {
        "mail-exchange-administrator": {
            "roleId": "29232cdf-9323-42fd-ade2-1d097af3e4de",
            "principalObjectId": PRINCIPAL_ID,
            "directoryScopeId": "/",
        }
    }
    assert len(recorder.resources) == 3


@pytest.mark.parametrize(
    ("arguments", "warnings"),
    [
        ({}, 1),
        ({"directory_roles": None}, 1),
        ({"directory_roles": [{"role": "Exchange Administrator"}]}, 0),
        ({"permissions_from_exchange_role_group": True}, 0),
    ],
)
def test_the_role_that_nobody_named_is_a_warning(
    arguments: dict[str, Any], warnings: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed: list[tuple[str, pulumi.Resource]] = []
    monkeypatch.setattr(pulumi.log, "warn", lambda text, resource: printed.append((text, resource)))
    access(**arguments)
    assert len(printed) == warnings
    for text, resource in printed:
        assert text.startswith(
            "directory_roles is left out, so the identity gets Exchange Administrator for the whole tenant"
        )
        assert '"Exchange Recipient Administrator" for mailboxes' in text
        assert text.endswith("[EXA116]")
        assert isinstance(resource, ExchangeAccess)


def test_names_come_from_roles_and_scopes_and_not_from_places_in_the_list() -> None:
    wanted = [
        {"role": "Global Reader"},
        {"role": "Helpdesk Administrator", "scope": UNIT},
        {"role": "Helpdesk Administrator"},
    ]
    one, other = access(directory_roles=wanted), access(directory_roles=wanted[::-1])
    assert (
        one.grants
        == other.grants
        == [
            "mail-exchange-manageasapp",
            "mail-global-reader",
            "mail-helpdesk-administrator",
            "mail-helpdesk-administrator-66666666-6666-4666-8666-666666666666",
        ]
    )
    assert one.of("DirectoryRoleAssignment") == other.of("DirectoryRoleAssignment")


@pytest.mark.parametrize("role", EXCHANGE_ROLES, ids=lambda role: role.name)
def test_every_role_is_found_by_name_in_any_case_and_by_template_id(role: Any) -> None:
    allowed: dict[str, Any] = {"allow_global_administrator": True} if role.name == "Global Administrator" else {}
    for given_as in (role.name, role.name.upper(), role.template_id):
        recorder = access(directory_roles=[{"role": given_as}], **allowed)
        [inputs] = recorder.of("DirectoryRoleAssignment").values()
        assert inputs["roleId"] == role.template_id


def test_a_role_group_in_exchange_leaves_no_directory_role() -> None:
    without: list[dict[str, Any]] = [{}, {"directory_roles": []}]
    for roles in without:
        recorder = access(permissions_from_exchange_role_group=True, **roles)
        assert recorder.grants == ["mail-exchange-manageasapp"]


def test_another_app_role_is_found_by_its_value() -> None:
    other = app_role("Exchange.ManageAsAppV2", id="77777777-7777-4777-8777-777777777777")
    recorder = access(Recorder(app_roles=[app_role(), other]), app_role="Exchange.ManageAsAppV2")
    assert recorder.of("AppRoleAssignment")["mail-exchange-manageasappv2"]["appRoleId"] == other["id"]


def test_a_principal_and_a_scope_may_be_outputs() -> None:
    def program() -> None:
        ExchangeAccess(
            "mail",
            {
                "principal_id": pulumi.Output.from_input(PRINCIPAL_ID),
                "directory_roles": [{"role": "Helpdesk Administrator", "scope": pulumi.Output.from_input(UNIT)}],
            },
        )

    recorder = run(program)
    assert recorder.of("DirectoryRoleAssignment")["mail-helpdesk-administrator-scoped"]["directoryScopeId"] == UNIT


def test_the_outputs_name_each_assignment_by_its_role() -> None:
    seen: dict[str, Any] = {}

    def program() -> None:
        created = ExchangeAccess(
            "mail",
            {
                "principal_id": PRINCIPAL_ID,
                "directory_roles": [{"role": "Global Reader"}, {"role": "Helpdesk Administrator", "scope": UNIT}],
            },
        )
        seen["outputs"] = values(created)

    run(program)
    assert seen["outputs"] == {
        "principal_id": PRINCIPAL_ID,
        "app_role_assignment_id": "mail-exchange-manageasapp-id",
        "directory_role_assignment_ids": {
            "Global Reader": "mail-global-reader-id",
            f"Helpdesk Administrator {UNIT}": f"mail-helpdesk-administrator-{UNIT.rsplit('/', 1)[-1]}-id",
        },
    }


def test_one_look_up_serves_all_components_of_a_run_and_none_of_the_next() -> None:
    def program() -> None:
        for number in range(5):
            ExchangeAccess(f"job-{number}", {"principal_id": PRINCIPAL_ID})

    recorder = run(program)
    assert len(recorder.calls) == 1
    run(program, recorder)
    assert len(recorder.calls) == 2


@pytest.mark.parametrize(
    ("arguments", "code", "expected"),
    [
        ({"principal_id": "mail-job"}, "EXA103", 'principal_id "mail-job" is not a GUID'),
        ({"principal_id": None}, "EXA102", "principal_id is missing"),
        ({"princpal_id": PRINCIPAL_ID}, "EXA101", 'Did you mean "principal_id"?'),
        ({"zebra": 1}, "EXA101", "Known are: "),
        ({"app_role": " "}, "EXA112", "app_role is empty"),
        ({"app_role": pulumi.Output.from_input("x")}, "EXA112", "app_role is an output"),
        ({"directory_roles": []}, "EXA105", "permissions_from_exchange_role_group"),
        (
            {"directory_roles": [{"role": "Global Reader"}], "permissions_from_exchange_role_group": True},
            "EXA106",
            "Keep one of the two",
        ),
        ({"permissions_from_exchange_role_group": "yes"}, "EXA112", "True or False"),
        ({"directory_roles": pulumi.Output.from_input([])}, "EXA112", "directory_roles is an output"),
        ({"directory_roles": ["Global Reader"]}, "EXA112", "directory_roles[0] is of type str"),
        (
            {"directory_roles": [{"role": pulumi.Output.from_input("x")}]},
            "EXA112",
            "directory_roles[0].role is an output",
        ),
        ({"directory_roles": [{"scope": "/"}]}, "EXA102", "directory_roles[0].role is missing"),
        ({"directory_roles": [{"role": "Global Reader", "scpoe": "/"}]}, "EXA101", 'Did you mean "scope"?'),
        ({"directory_roles": [{"role": "Exchange Admin"}]}, "EXA108", 'Nearest: "Exchange Administrator"'),
        ({"directory_roles": [{"role": "User Administrator"}]}, "EXA108", "is not a role that Exchange Online honours"),
        ({"directory_roles": [{"role": "Global Administrator"}]}, "EXA109", "allow_global_administrator"),
        (
            {"directory_roles": [{"role": "Global Reader"}, {"role": "global reader", "scope": "/"}]},
            "EXA110",
            "second time",
        ),
        (
            {"directory_roles": [{"role": "Helpdesk Administrator", "scope": pulumi.Output.from_input(UNIT)}] * 2},
            "EXA110",
            "Give the scope of one of them as a plain string",
        ),
        (
            {"directory_roles": [{"role": "Global Reader", "scope": "/groups/1"}]},
            "EXA111",
            "not an administrative unit",
        ),
    ],
)
def test_a_mistake_is_reported_before_anything_is_registered(
    arguments: dict[str, Any], code: str, expected: str
) -> None:
    [mistake] = mistakes(**arguments)
    assert expected in mistake
    assert mistake.endswith(f"[{code}]")


def test_all_mistakes_are_reported_together() -> None:
    found = mistakes(
        principal_id="x", app_role="", directory_roles=[{"role": "a"}, {"role": "Global Administrator"}], nonsense=1
    )
    assert len(found) == 5


@given(st.text())
@settings(max_examples=60, deadline=None)
def test_no_text_passes_for_a_scope_but_the_directory_and_a_unit(text: str) -> None:
    from exchange_automation.access.planned_grants import scope_problem  # noqa: PLC0415  (users reach it through the component)

    [role] = [known_role for known_role in EXCHANGE_ROLES if known_role.takes_administrative_unit]
    fine = scope_problem("scope", text, role) is None
    assert fine == (text == "/" or text.startswith("/administrativeUnits/"))


def test_a_principal_that_turns_out_to_be_no_guid_stops_the_program() -> None:
    with pytest.raises(ExchangeAutomationError, match=r"is not a GUID.*\[EXA103\]"):
        access(principal_id=pulumi.Output.from_input("mail-job"))


def test_a_scope_that_turns_out_to_be_no_unit_stops_the_program() -> None:
    roles = [{"role": "Helpdesk Administrator", "scope": pulumi.Output.from_input("/groups/1")}]
    with pytest.raises(ExchangeAutomationError, match=r"not an administrative unit.*\[EXA111\]"):
        access(directory_roles=roles)


@pytest.mark.parametrize(
    ("recorder", "code", "expected"),
    [
        (Recorder(failure="No service principal found: no service principal found"), "EXA201", "az ad sp create --id"),
        (Recorder(app_roles=[app_role("Other")]), "EXA202", "It offers Other."),
        (Recorder(app_roles=[]), "EXA202", "It offers none at all."),
        (Recorder(app_roles=[app_role(enabled=False)]), "EXA203", "is disabled in this tenant"),
        (Recorder(app_roles=[app_role(allowedMemberTypes=["User"])]), "EXA204", "is for users only"),
        (Recorder(failure="403 Authorization_RequestDenied"), "EXA205", "Application.Read.All"),
        (Recorder(failure="connection reset"), "EXA206", "connection reset"),
    ],
)
def test_what_the_directory_lacks_is_reported_before_any_grant(recorder: Recorder, code: str, expected: str) -> None:
    with pytest.raises(DirectoryLookupError) as refused:
        access(recorder)
    assert expected in str(refused.value)
    assert f"[{code}]" in str(refused.value)
    assert "created no grant" in str(refused.value)
    assert recorder.grants == []


@pytest.mark.parametrize("role", EXCHANGE_ROLES, ids=lambda role: role.name)
@pytest.mark.parametrize("given_as", [UNIT, pulumi.Output.from_input(UNIT)], ids=["plain", "output"])
def test_a_role_takes_an_administrative_unit_only_where_entra_does(role: Any, given_as: Any) -> None:
    allowed: dict[str, Any] = {"allow_global_administrator": True}
    wanted = [{"role": role.name, "scope": given_as}]
    if role.name == "Helpdesk Administrator":
        assert len(access(directory_roles=wanted, **allowed).of("DirectoryRoleAssignment")) == 1
        return
    [mistake] = mistakes(directory_roles=wanted, **allowed)
    assert f"Entra assigns {role.name} for the whole directory only" in mistake
    assert "permissions_from_exchange_role_group" in mistake
    assert mistake.endswith("[EXA115]")


def test_the_roles_that_microsoft_labels_privileged() -> None:
    assert {role.name for role in EXCHANGE_ROLES if not role.privileged} == {
        "Exchange Administrator",
        "Exchange Recipient Administrator",
        "Compliance Administrator",
    }
