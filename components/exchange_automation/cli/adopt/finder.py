"""Finds in the directory and in Azure the resources that a preview would create.

Every resource type has one rule. A rule identifies a resource by its inputs. Where the preview does not know an input yet,
the rule takes the value from the resource that the input comes from, once that resource is found. All requests are reads.

Sources: Microsoft Graph v1.0 and Azure REST references; the "Import" sections of the providers' resources for the ids.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from exchange_automation.cli.client.errors import ServiceError
from exchange_automation.cli.client.session import Session
from exchange_automation.cli.documents import Record
from exchange_automation.cli.pulumi.previews import Preview, Step
from exchange_automation.core.problems import Problem

Verdict = Literal["found", "missing", "ambiguous", "not looked for"]

ACCOUNT = "azure-native:automation:AutomationAccount"
IDENTITY = "azure-native:managedidentity:UserAssignedIdentity"
PRINCIPAL = "azuread:index/servicePrincipal:ServicePrincipal"
"""The resources that identities come from."""


@dataclass(frozen=True)
class Outcome:
    """The outcome of the search for one resource.

    Attributes:
        verdict: Whether it exists.
        id: Its id as the provider imports it.
        why: The property by which it was found, or the reason why it was not found.
        body: The resource as the service shows it.
        inputs: Inputs that the service does not return, for the import file.
        candidates: Ids of an ambiguous match.
    """

    verdict: Verdict
    id: str = ""
    why: str = ""
    body: Record = field(default_factory=lambda: Record({}, _no_body))
    inputs: Mapping[str, Any] = field(default_factory=dict)
    candidates: tuple[str, ...] = ()


def _no_body(what: str) -> Problem:
    return Problem(
        "EXA416",
        f"The command lost the body of a resource that it found: {what}",
        remedy="Report it as a mistake of this command.",
    )


class Finder:
    """Looks for the resources of one preview.

    Args:
        session: The directory and Azure.
        preview: The preview, with the resources that the program would create.
        subscription: Id of the Azure subscription for resources without a provider of their own; may be empty.
        rules: By resource type, without an API version; a type without a rule is not looked for.
        picks: Id by logical name or URN, where the user has decided.
    """

    def __init__(
        self,
        session: Session,
        preview: Preview,
        subscription: str,
        rules: "Mapping[str, Rule]",
        picks: Mapping[str, str] | None = None,
    ) -> None:
        self.session = session
        self._steps = {step.urn: step for step in preview.steps if step.new is not None}
        self._created = {step.urn for step in preview.steps if step.operation == "create"}
        self._subscription = subscription
        self._rules = rules
        self._picks = dict(picks or {})
        self._tasks: dict[str, asyncio.Task[Outcome]] = {}

    async def find(self, urn: str) -> Outcome:
        """Looks for one resource, once.

        Raises:
            Problem: A service cannot be reached.
            ServiceError: The resource may not be read.
        """
        if urn not in self._tasks:
            self._tasks[urn] = asyncio.ensure_future(self._look(urn))
        return await self._tasks[urn]

    async def _look(self, urn: str) -> Outcome:
        step = self._steps.get(urn)
        if step is None:
            return Outcome("not looked for", why="the preview does not show its inputs")
        picked = self._picks.get(urn) or self._picks.get(step.name)
        if picked:
            return Outcome("found", picked, "decided with --pick")
        rule = self._rules.get(step.type)
        if rule is None:
            return Outcome("not looked for", why="adopt does not know this type")
        return await rule(self, step)

    # What rules share

    async def source(self, step: Step, name: str, *types: str) -> Outcome | None:
        """Returns the outcome of the resource that an input comes from; None where it comes from none of ``types``."""
        for urn in step.sources_of(name):
            source = self._steps.get(urn)
            if urn in self._created and source is not None and source.type in types:
                return await self.find(urn)
        return None

    async def text(self, step: Step, name: str, key: str, *types: str) -> str:
        """Returns the input, or its future value: ``key`` of the resource that it comes from. Empty when that is missing."""
        known = step.known(name)
        if known:
            return known
        source = await self.source(step, name, *types)
        return source.body.plain(key) if source is not None and source.verdict == "found" else ""

    async def principal(self, step: Step, name: str = "principalObjectId") -> str:
        """Returns the object id of the service principal that a grant is for.

        Args:
            step: What happens to the grant.
            name: The input with the object id.
        """
        known = step.known(name)
        if known:
            return known
        source = await self.source(step, name, ACCOUNT, IDENTITY, PRINCIPAL)
        if source is None or source.verdict != "found":
            return ""
        body = source.body
        return (
            body.record("identity").text("principalId")
            or body.record("properties").text("principalId")
            or body.text("_objectId")
        )

    def subscription_of(self, step: Step) -> str:
        """Returns the subscription that the resource's provider is for."""
        reference = str((step.new or {}).get("provider", "")).rpartition("::")[0]
        provider = self._steps.get(reference)
        return (provider.known("subscriptionId") if provider else "") or self._subscription


Rule = Callable[[Finder, Step], Awaitable[Outcome]]


async def held(read: Awaitable[list[Record]]) -> list[Record] | None:
    """Returns the result of a read; None where the parent does not exist."""
    try:
        return await read
    except ServiceError as refused:
        if refused.absent:
            return None
        raise
