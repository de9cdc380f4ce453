"""The table of what goes wrong: operations x faults x identities, and what is expected of the first attempt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from localtenant.state import seed

Fault = dict[str, Any]

LOST = "connection may have been reset"
UNCLEAR = ("[EXA305]", "[EXA306]")


@dataclass(frozen=True)
class Case:
    """One case.

    Attributes:
        identity: what holds the grants; a name of ``IDENTITIES``.
        phase: ``up`` of a new stack, ``again`` for a second ``up``, ``destroy``.
        operation: the request that is struck.
        fault: what happens to it.
        title: the fault in words.
        first: whether the first attempt succeeds.
        says: texts of which the failed attempt shows one.
        grants: how many grants there are in the end.
    """

    identity: str
    phase: str
    operation: str
    fault: Fault
    title: str
    first: bool
    says: tuple[str, ...] = field(default=())
    grants: int = 2

    @property
    def name(self) -> str:
        """For the test's name."""
        return f"{self.identity}-{self.phase}-{self.operation}-{self.title}".replace(" ", "_")


def status(number: int, /, **more: Any) -> Fault:
    """An error of this status."""
    return {"effect": "status", "status": number, **more}


REPEATED: dict[str, Fault] = {
    "429": status(429, retryAfter=17),
    "429 five times": status(429, retryAfter=3, count=5),
    "500": status(500),
    "502": status(502),
    "503": status(503, retryAfter=30),
    "504": status(504),
    "slow": {"effect": "slow", "seconds": 45},
}
"""What every client repeats or waits out."""

GRANTS = ("POST appRoleAssignedTo", "POST roleAssignments")
REMOVALS = ("DELETE appRoleAssignedTo", "DELETE roleAssignments")
IDENTITIES = (
    "managed identity",
    "application's principal",
    "system-assigned",
    "user-assigned",
    "application",
    "with Graph",
    "with a runbook",
)
NO_DIRECTORY_ROLE = ("RoleManagement.ReadWrite.Directory", "AppRoleAssignment.ReadWrite.All")


def cases() -> Iterator[Case]:
    """All cases, each once."""
    for identity in ("managed identity", "system-assigned", "application"):
        yield from _creations(identity)
    for identity in ("managed identity", "user-assigned"):
        yield from _removals(identity)
    yield from _reads("application's principal")
    yield from _accounts()
    yield from _permissions()
    yield from _runbooks()
    yield from _sign_in()


def _creations(identity: str) -> Iterator[Case]:
    for operation in GRANTS:
        for title, fault in REPEATED.items():
            yield Case(identity, "up", operation, fault, title, first=True)
        # The service creates the object and answers with a failure; the client repeats the request, and the object exists.
        created = ("[EXA302]",)
        yield Case(
            identity, "up", operation, status(500, when="after"), "500 after it was made", first=False, says=created
        )
        yield Case(identity, "up", operation, {"effect": "cut"}, "cut before", first=False, says=("[EXA305]",))
        lost: Fault = {"effect": "cut", "when": "after"}
        yield Case(identity, "up", operation, lost, "answer lost", first=False, says=("[EXA305]",))
        yield Case(
            identity, "up", operation, {"effect": "expiredToken"}, "expired token", first=False, says=("[EXA305]",)
        )
        permission = NO_DIRECTORY_ROLE[0] if operation == GRANTS[1] else NO_DIRECTORY_ROLE[1]
        denied: Fault = {"effect": "deny", "permission": permission}
        yield Case(identity, "up", operation, denied, "permission lacking", first=False, says=("[EXA301]",))
        down = status(503, count=None)
        yield Case(identity, "up", operation, down, "503 for good", first=False, says=("[EXA305]",))
    yield Case(
        identity, "up", "POST roleAssignments", status(404, message=_GONE, count=2), "not replicated", first=True
    )
    behind = status(400, message="Not a valid reference update.", count=4)
    yield Case(identity, "up", "POST appRoleAssignedTo", behind, "not replicated", first=True)


_GONE = "Resource 'x' does not exist or one of its queried reference-property objects are not present."


def _removals(identity: str) -> Iterator[Case]:
    for operation in REMOVALS:
        for title, fault in REPEATED.items():
            yield Case(identity, "destroy", operation, fault, title, first=True)
        yield Case(
            identity, "destroy", operation, {"effect": "cut"}, "cut before", first=False, says=("[EXA306]", LOST)
        )
        lost: Fault = {"effect": "cut", "when": "after"}
        yield Case(identity, "destroy", operation, lost, "answer lost", first=False, says=("[EXA306]", LOST))
        after = status(500, when="after")
        yield Case(
            identity, "destroy", operation, after, "500 after it was gone", first=False, says=("[EXA304]", "404")
        )
        stolen: Fault = {"effect": "remove", "object": "path"}
        yield Case(
            identity, "destroy", operation, stolen, "removed by somebody else", first=False, says=("[EXA304]", "404")
        )
        permission = NO_DIRECTORY_ROLE[0] if operation == REMOVALS[1] else NO_DIRECTORY_ROLE[1]
        denied: Fault = {"effect": "deny", "permission": permission}
        yield Case(identity, "destroy", operation, denied, "permission lacking", first=False, says=("[EXA301]", "403"))


def _reads(identity: str) -> Iterator[Case]:
    for phase, operation in (
        ("up", "GET appRoleAssignedTo"),
        ("up", "GET roleAssignments"),
        ("up", "GET servicePrincipals"),
        ("again", "GET appRoleAssignedTo"),
        ("again", "GET roleAssignments"),
    ):
        for title in ("429", "503", "slow"):
            yield Case(identity, phase, operation, REPEATED[title], title, first=True)
        yield Case(identity, phase, operation, {"effect": "cut"}, "cut", first=False, says=("EOF", "[EXA206]"))
        expired: Fault = {"effect": "expiredToken"}
        says = ("InvalidAuthenticationToken", "retrieving role assignment", "[EXA223]", "401")
        yield Case(identity, phase, operation, expired, "expired token", first=False, says=says)
    # The directory's replica that answers does not have the assignment yet: the plugin takes it for gone.
    hidden = status(404)
    lost = ("expected non-empty ID", "[EXA305]")
    yield Case(identity, "up", "GET appRoleAssignedTo", hidden, "read after write 404", first=False, says=lost)
    yield Case(identity, "up", "GET roleAssignments", hidden, "read after write 404", first=True)


def _accounts() -> Iterator[Case]:
    repeated: dict[str, Fault] = {
        "429": status(429, retryAfter=17),
        "500": status(500),
        "503": status(503, retryAfter=30),
        "409": status(409, code="AnotherOperationInProgress"),
        "cut before": {"effect": "cut"},
        "answer lost": {"effect": "cut", "when": "after"},
        "500 after it was made": status(500, when="after"),
        "slow": {"effect": "slow", "seconds": 45},
    }
    for identity, phase, operation in (
        ("system-assigned", "up", "PUT automationAccounts"),
        ("user-assigned", "up", "PUT userAssignedIdentities"),
        ("system-assigned", "up", "PUT runtimeEnvironments"),
        ("system-assigned", "up", "PUT packages"),
        ("system-assigned", "destroy", "DELETE automationAccounts"),
        ("user-assigned", "destroy", "DELETE userAssignedIdentities"),
    ):
        for title, fault in repeated.items():
            yield Case(identity, phase, operation, fault, title, first=True)
        denied: Fault = {"effect": "deny", "permission": "Owner"}
        yield Case(identity, phase, operation, denied, "role lacking", first=False, says=("AuthorizationFailed",))


def _permissions() -> Iterator[Case]:
    """The permission of Microsoft Graph that stands beside the access."""
    graph = {"match": seed.CONTOSO.graph_object_id}
    lost: Fault = {"effect": "cut", "when": "after"}
    denied: Fault = {"effect": "deny", "permission": NO_DIRECTORY_ROLE[1]}
    stolen: Fault = {"effect": "remove", "object": "path"}
    expected: tuple[tuple[str, str, str, Fault, tuple[str, ...]], ...] = (
        ("up", GRANTS[0], "429", REPEATED["429"], ()),
        ("up", GRANTS[0], "cut before", {"effect": "cut"}, ("[EXA305]",)),
        ("up", GRANTS[0], "answer lost", lost, ("[EXA305]",)),
        ("up", GRANTS[0], "500 after it was made", status(500, when="after"), ("[EXA302]",)),
        ("up", GRANTS[0], "permission lacking", denied, ("[EXA301]",)),
        ("destroy", REMOVALS[0], "429", REPEATED["429"], ()),
        ("destroy", REMOVALS[0], "answer lost", lost, ("[EXA306]", LOST)),
        ("destroy", REMOVALS[0], "removed by somebody else", stolen, ("[EXA304]", "404")),
        ("destroy", REMOVALS[0], "permission lacking", denied, ("[EXA301]", "403")),
    )
    for phase, operation, title, fault, says in expected:
        yield Case("with Graph", phase, operation, {**fault, **graph}, title, first=not says, says=says, grants=3)


def _runbooks() -> Iterator[Case]:
    """Yields the cases of a runbook's publication: no failure removes a grant or leaves one behind."""
    repeated: dict[str, Fault] = {
        "429": status(429, retryAfter=17),
        "503": status(503, retryAfter=30),
        "cut before": {"effect": "cut"},
        "answer lost": {"effect": "cut", "when": "after"},
        "500 after it was made": status(500, when="after"),
    }
    for phase, operation in (
        ("up", "PUT runbooks"),
        ("up", "PUT schedules"),
        ("up", "PUT jobSchedules"),
        ("up", "PUT storageAccounts"),
        ("destroy", "DELETE jobSchedules"),
        ("destroy", "DELETE runbooks"),
    ):
        for title, fault in repeated.items():
            # A link cannot be written twice: the plugin repeats the request, and the service answers that the link exists.
            exists = operation == "PUT jobSchedules" and fault.get("when") == "after"
            says = ("already exists",) if exists else ()
            yield Case("with a runbook", phase, operation, fault, title, first=not exists, says=says)
        denied: Fault = {"effect": "deny", "permission": "Owner"}
        yield Case(
            "with a runbook", phase, operation, denied, "role lacking", first=False, says=("AuthorizationFailed",)
        )


def _sign_in() -> Iterator[Case]:
    for phase in ("up", "destroy"):
        wrong = status(
            401, code="invalid_client", message="AADSTS7000222: The provided client secret keys are expired."
        )
        says = ("AADSTS7000222",)
        yield Case("managed identity", phase, "POST token", wrong, "secret expired", first=False, says=says)
        yield Case("managed identity", phase, "GET metadata", {"effect": "cut"}, "cut", first=False, says=("metadata",))
