"""Failures on demand: which request fails, and how.

A fault names an operation, the position of the first matching request that it affects, how many it affects,
and an effect. This module decides which faults affect a request; the dispatcher applies them.

An operation is a method and the last collection of the path: ``POST appRoleAssignedTo``, ``DELETE roleAssignments``,
``GET servicePrincipals``, ``PUT automationAccounts``, ``POST token``, ``GET metadata``. ``*`` means any method or
any collection; letter case makes no difference.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

from localtenant.core.ids import is_guid

Effect = Literal[
    "status",
    "hide",
    "replica",
    "lag",
    "cut",
    "slow",
    "notJson",
    "expiredToken",
    "deny",
    "remove",
    "hold",
]
EFFECTS: tuple[str, ...] = get_args(Effect)
_NEEDED = {
    "status": "status",
    "hide": "reads",
    "replica": "seconds",
    "lag": "seconds",
    "slow": "seconds",
    "deny": "permission",
}


@dataclass
class Fault:
    """One fault.

    Attributes:
        operation: ``METHOD collection``.
        effect: The effect, one of :data:`EFFECTS`.
        position: The first request affected, counted from 1 since the fault was set.
        count: How many in a row are affected; None for all from there on.
        when: ``before`` the request is processed or ``after``; an effect that can only be one ignores it.
        status: HTTP status, for ``status`` and ``notJson``.
        code: Error code instead of the service's usual one for that status.
        message: Error text likewise.
        retry_after: Seconds in a ``Retry-After`` header.
        seconds: For ``slow``, ``lag`` and ``replica``.
        reads: How many reads of the written object answer 404, for ``hide``.
        permission: Permission (Graph) or role (Azure) that the caller is treated as lacking, for ``deny``.
        object: The object that ``remove`` deletes: ``path`` (the addressed or just created object), ``principal`` (the
            request's ``principalId``), or an id.
        match: Text that the path or the body must contain.
        tenant: Id of the tenant the caller must belong to.
        item: True for requests of one object only, False for those of a whole collection, None for both.
        id: Assigned when set.
        seen: Matching requests so far.
        hits: Requests affected so far.
    """

    operation: str
    effect: str
    position: int = 1
    count: int | None = 1
    when: str = "before"
    status: int = 0
    code: str | None = None
    message: str | None = None
    retry_after: int | None = None
    seconds: float = 0.0
    reads: int = 0
    permission: str | None = None
    object: str = "path"
    match: str | None = None
    tenant: str | None = None
    item: bool | None = None
    id: str = ""
    seen: int = 0
    hits: int = 0

    def affects(self, subject: Subject) -> bool:
        """Counts the request; returns whether the fault affects it."""
        if not self._matches(subject):
            return False
        self.seen += 1
        if self.seen < self.position or (self.count is not None and self.seen >= self.position + self.count):
            return False
        self.hits += 1
        return True

    def _matches(self, subject: Subject) -> bool:
        method, _, noun = self.operation.partition(" ")
        if method not in ("*", subject.method) or noun.lower() not in ("*", subject.noun.lower()):
            return False
        if self.item is not None and self.item != subject.item:
            return False
        if self.tenant is not None and self.tenant != subject.tenant:
            return False
        return self.match is None or self.match in subject.path or self.match in subject.body

    def as_json(self) -> dict[str, Any]:
        """As the admin API shows it: the names that a request uses, unset ones left out."""
        plain = {_camel(name): value for name, value in asdict(self).items()}
        keep = {"id", "operation", "effect", "position", "count", "when", "seen", "hits"}
        return {name: value for name, value in plain.items() if name in keep or value not in (None, 0, 0.0)}

    def describe(self) -> str:
        """A few words for the request log."""
        detail = {
            "status": str(self.status),
            "notJson": str(self.status or 200),
            "slow": f"{self.seconds:g} s",
            "lag": f"{self.seconds:g} s",
            "replica": f"{self.seconds:g} s behind",
            "hide": f"{self.reads} reads",
            "deny": str(self.permission),
            "remove": self.object,
        }.get(self.effect, "")
        when = f" {self.when}" if self.effect in ("cut", "hold", "slow", "status", "notJson", "remove") else ""
        return f"fault {self.id}: {self.effect}{when} {detail}".rstrip()


@dataclass(frozen=True)
class Subject:
    """What a fault looks at in a request."""

    method: str
    noun: str
    item: bool
    path: str
    body: str
    tenant: str | None

    @property
    def operation(self) -> str:
        return f"{self.method} {self.noun}"


@dataclass
class FaultSet:
    """The faults in force, in the order they were set."""

    faults: list[Fault] = field(default_factory=list)
    hidden: dict[str, int] = field(default_factory=dict)
    _count: int = 0

    def add(self, payload: dict[str, Any]) -> Fault:
        """Sets a fault from its JSON form.

        Raises:
            ValueError: What is wrong with it, and what would be right.
        """
        fault = parse(payload)
        self._count += 1
        fault.id = f"f{self._count}"
        self.faults.append(fault)
        return fault

    def get(self, fault_id: str) -> Fault | None:
        return next((fault for fault in self.faults if fault.id == fault_id), None)

    def clear(self) -> None:
        self.faults.clear()
        self.hidden.clear()

    def matching(self, subject: Subject) -> list[Fault]:
        """Returns the faults that affect this request."""
        return [fault for fault in self.faults if fault.affects(subject)]

    def hide(self, object_id: str, reads: int) -> None:
        """Lets the next reads of an object miss it."""
        self.hidden[object_id.lower()] = reads

    def is_hidden(self, object_id: str) -> bool:
        """Whether this read of an object misses it; each call uses one up."""
        left = self.hidden.get(object_id.lower(), 0)
        if left <= 0:
            return False
        self.hidden[object_id.lower()] = left - 1
        return True


def parse(payload: dict[str, Any]) -> Fault:
    """A fault from its JSON form (camelCase names).

    Raises:
        ValueError: What is wrong with it, and what would be right.
    """
    known = {_camel(name): name for name in Fault.__dataclass_fields__ if name not in ("id", "seen", "hits")}
    unknown = sorted(set(payload) - set(known))
    if unknown:
        raise ValueError(f"A fault has no '{unknown[0]}'. It has: {', '.join(sorted(known))}.")
    for name in ("operation", "effect"):
        if not payload.get(name):
            raise ValueError(f"A fault needs '{name}', a text.")
    for name, value in payload.items():
        _check_type(name, known[name], value)
    fault = Fault(**{known[name]: value for name, value in payload.items()})
    method, _, noun = fault.operation.partition(" ")
    if not noun or not (method == "*" or method.isalpha()):
        raise ValueError(
            f"'{fault.operation}' is no operation. Write a method and a collection: 'POST roleAssignments'."
        )
    fault.operation = f"{method.upper()} {noun}"
    if fault.effect not in EFFECTS:
        raise ValueError(f"There is no effect '{fault.effect}'. There are: {', '.join(EFFECTS)}.")
    if fault.position < 1 or (fault.count is not None and fault.count < 1):
        raise ValueError("'position' and 'count' begin at 1; leave 'count' null for every request from 'position' on.")
    if fault.when not in ("before", "after"):
        raise ValueError("'when' is 'before' or 'after' the request is processed.")
    needed = _NEEDED.get(fault.effect)
    if needed is not None and not getattr(fault, needed):
        raise ValueError(f"The effect '{fault.effect}' needs '{needed}'.")
    if fault.effect == "status" and not 400 <= fault.status <= 599:
        raise ValueError(
            f"The effect 'status' is an error, so its status is a number from 400 to 599, not {fault.status}."
        )
    if fault.effect == "notJson" and fault.status and (fault.status < 200 or fault.status in _WITHOUT_BODY):
        raise ValueError(f"An answer of status {fault.status} has no body. Give 'notJson' a status such as 200 or 502.")
    return fault


_WITHOUT_BODY = (204, 205, 304)
_NUMBERS = {"position": 1e9, "count": 1e9, "status": 599, "retry_after": 1e9, "seconds": 1e9, "reads": 1e9}
_OPTIONAL = {"count", "code", "message", "retry_after", "permission", "match", "tenant", "item"}


def _check_type(name: str, field_name: str, value: Any) -> None:
    if value is None and field_name in _OPTIONAL:
        return
    if field_name in _NUMBERS:
        kinds = (int, float) if field_name == "seconds" else (int,)
        if isinstance(value, bool) or not isinstance(value, kinds) or not 0 <= value <= _NUMBERS[field_name]:
            raise ValueError(f"'{name}' is a number from 0 to {_NUMBERS[field_name]:.0f}, not {str(value)[:40]}.")
    elif not isinstance(value, bool if field_name == "item" else str):
        raise ValueError(f"'{name}' is {'true or false' if field_name == 'item' else 'a text'}, not {str(value)[:40]}.")


def subject_of(method: str, path: str, body: str, tenant: str | None) -> Subject:
    """What a fault looks at, from the parts of a request."""
    noun, item = operation_noun(path)
    return Subject(method, noun, item, path, body, tenant)


def operation_noun(path: str) -> tuple[str, bool]:
    """The last collection or action in a path, and whether one of its objects is addressed.

    ``/v1.0/servicePrincipals/{id}/appRoleAssignedTo/{id}`` -> (``appRoleAssignedTo``, True);
    ``/subscriptions/{id}/resourceGroups/{name}`` -> (``resourceGroups``, True); ``/{tenant}/oauth2/v2.0/token`` ->
    (``token``, False).
    """
    parts = [part for part in path.split("/") if part]
    if not parts:
        return "", False
    lower = [part.lower() for part in parts]
    if lower[-1] in ("token", "openid-configuration", "keys", "jwks", "instance"):
        return parts[-1], False
    if lower[0] == "metadata":
        return "metadata", False
    if lower[0] in ("v1.0", "beta"):
        return _graph_noun(parts[1:])
    if "providers" in lower[2:]:
        at = len(lower) - 1 - lower[::-1].index("providers")
        tail = parts[at + 2 :]
        return (tail[-1] if len(tail) % 2 else tail[-2], len(tail) % 2 == 0) if tail else ("providers", False)
    return (parts[-1], False) if len(parts) % 2 else (parts[-2], True)


def _graph_noun(parts: list[str]) -> tuple[str, bool]:
    names = [part.partition("(")[0] for part in parts]
    if not names:
        return "", False
    if names[-1] in ("$ref", "$count"):
        names = names[:-1]
    item = _is_key(names[-1]) or "(" in parts[-1]
    return (names[-2] if _is_key(names[-1]) and len(names) > 1 else names[-1]), item


def _is_key(text: str) -> bool:
    """Graph's keys are GUIDs, opaque ids of 43 characters and more, and ``appId=`` alternates."""
    return is_guid(text) or len(text) >= 40 or "=" in text


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)
