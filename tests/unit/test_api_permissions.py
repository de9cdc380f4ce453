"""ApiPermissions: which app roles of which APIs, looked up once for each API, and the warning about wide ones."""

from __future__ import annotations

from typing import Any, cast

import pytest

from exchange_automation import ApiPermissions, ApiPermissionsArgs, DirectoryLookupError, InvalidArgumentsError
from tests.unit.support import GET_SERVICE_PRINCIPAL, PRINCIPAL_ID, Recorder, app_role, run

OWN_API = "77777777-7777-4777-8777-777777777777"
GRAPH = "00000003-0000-0000-c000-000000000000"


def granted(recorder: Recorder | None = None, **args: Any) -> Recorder:
    """A run of one component."""
    given = {"principal_id": PRINCIPAL_ID, **args}
    recorder = recorder or Recorder(app_roles=[app_role("User.Read.All"), app_role("Mail.Send"), app_role("Run.All")])
    return run(lambda: ApiPermissions("job", cast("ApiPermissionsArgs", given)).app_role_assignment_ids, recorder)


def test_each_permission_is_a_grant_and_each_api_one_look_up() -> None:
    recorder = granted(permissions={"Microsoft Graph": ["User.Read.All", "Mail.Send"], OWN_API: ["Run.All"]})
    assert recorder.grants == [
        f"job-{OWN_API}-run-all",
        "job-microsoft-graph-mail-send",
        "job-microsoft-graph-user-read-all",
    ]
    looked_up = [args["clientId"] for token, args in recorder.calls if token == GET_SERVICE_PRINCIPAL]
    assert sorted(looked_up) == sorted([GRAPH, OWN_API])


def test_the_order_changes_nothing_and_a_name_is_found_in_any_case() -> None:
    one = granted(permissions={"Microsoft Graph": ["User.Read.All", "Mail.Send"]})
    other = granted(permissions={"microsoft graph": ["Mail.Send", "User.Read.All"]})
    assert one.grants == other.grants


def test_app_roles_that_differ_in_signs_are_two_grants() -> None:
    values = ["Run.All", "Run-All", "Run_All", "読む", "書く"]
    recorder = granted(Recorder(app_roles=[app_role(value) for value in values]), permissions={OWN_API: values})
    assert len(recorder.grants) == 5


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        ({"permissions": {GRAPH: ["Mail.Send", "mail.send"]}}, "EXA172", "for the same API"),
        ({"principal_id": "job", "permissions": {GRAPH: ["x"]}}, "EXA103", 'principal_id "job" is not a GUID'),
        ({}, "EXA102", "permissions is missing"),
        ({"permissions": {}}, "EXA170", '{"Microsoft Graph": ["User.Read.All"]}'),
        ({"permissions": ["User.Read.All"]}, "EXA112", "permissions is of type list"),
        (
            {"permissions": {"Microsoft Graph": "User.Read.All"}},
            "EXA112",
            'permissions["Microsoft Graph"] is of type str',
        ),
        ({"permissions": {"Graph": ["User.Read.All"]}}, "EXA171", "Use Microsoft Graph, Office 365"),
        ({"permissions": {GRAPH: [""]}}, "EXA172", "which is not the value of an app role"),
        ({"permissions": {GRAPH: ["Mail.Send"], "Microsoft Graph": ["Mail.Send"]}}, "EXA172", "for the same API"),
        (
            {"permissions": {GRAPH: ["Mail.Send", "Mail.Send"]}},
            "EXA172",
            "has Mail.Send, which permissions has already",
        ),
    ],
)
def test_a_mistake_is_reported_before_anything_is_registered(args: dict[str, Any], code: str, says: str) -> None:
    recorder = Recorder()
    with pytest.raises(InvalidArgumentsError) as caught:
        granted(recorder, **args)
    assert says in str(caught.value)
    assert f"[{code}]" in str(caught.value)
    assert recorder.grants == []


def test_an_api_that_is_not_there_is_reported() -> None:
    with pytest.raises(DirectoryLookupError, match="EXA219") as caught:
        granted(Recorder(failure="No service principal found"), permissions={OWN_API: ["Run.All"]})
    assert f"az ad sp create --id {OWN_API}" in str(caught.value)


def test_a_permission_that_the_api_does_not_offer_is_reported() -> None:
    with pytest.raises(DirectoryLookupError, match="EXA202"):
        granted(permissions={OWN_API: ["Nothing.All"]})
