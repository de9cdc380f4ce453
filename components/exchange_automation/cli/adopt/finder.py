"""Finding in the directory and in Azure what a preview would create.

One rule a resource type. A rule knows the resource by what the program gives it; a value that the preview does not
know yet is taken from the resource that it depends on, once that one is found. Only reads are made.

Sources: Microsoft Graph v1.0 and Azure REST references; the "Import" sections of the providers' resources for the ids.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from exchange_automation.cli.client.session import Json, Session
from exchange_automation.cli.problems import RefusedError
from exchange_automation.cli.pulumi.previews import Preview, Step

Verdict = Literal["found", "missing", "ambiguous", "not looked for"]

ACCOUNT = "azure-native:automation:AutomationAccount"
IDENTITY = "azure-native:managedidentity:UserAssignedIdentity"
PRINCIPAL = "azuread:index/servicePrincipal:ServicePrincipal"
"""The resources that identities come from."""


@dataclass(frozen=True)
class Outcome:
    """What came of looking for one resource."""

    verdict: Verdict
    id: str = ""
    """As the provider imports it."""
    why: str = ""
    """What it was found by, or why it was not."""
    body: Json = field(default_factory=dict)
    """The resource as the service shows it."""
    inputs: Mapping[str, Any] = field(default_factory=dict)
    """Inputs that the service does not give back, for the import file."""
    candidates: tuple[str, ...] = ()
    """Ids of an ambiguous match."""


class Finder:
    """Looks for the resources of one preview.

    :param subscription: id of the Azure subscription for resources without a provider of their own; may be empty.
    :param rules: by resource type, without an API version; what has none is not looked for.
    :param chosen: id by logical name or URN, where the user has decided.
    """

    def __init__(
        self,
        session: Session,
        preview: Preview,
        subscription: str,
        rules: "Mapping[str, Rule]",
        chosen: Mapping[str, str] | None = None,
    ) -> None:
        self.session = session
        self._steps = {step.urn: step for step in preview.steps if step.new is not None}
        self._created = {step.urn for step in preview.steps if step.operation == "create"}
        self._subscription = subscription
        self._rules = rules
        self._chosen = dict(chosen or {})
        self._tasks: dict[str, asyncio.Task[Outcome]] = {}

    async def find(self, urn: str) -> Outcome:
        """Look for one resource, once.

        :raises Problem: a service cannot be reached.
        :raises RefusedError: it may not be read.
        """
        if urn not in self._tasks:
            self._tasks[urn] = asyncio.ensure_future(self._look(urn))
        return await self._tasks[urn]

    async def _look(self, urn: str) -> Outcome:
        step = self._steps.get(urn)
        if step is None:
            return Outcome("not looked for", why="the preview does not tell its inputs")
        chosen = self._chosen.get(urn) or self._chosen.get(step.name)
        if chosen:
            return Outcome("found", chosen, "chosen with --pick")
        rule = self._rules.get(step.type)
        if rule is None:
            return Outcome("not looked for", why="this type is not one that adopt knows")
        return await rule(self, step)

    # What rules share

    async def source(self, step: Step, name: str, *types: str) -> Outcome | None:
        """What the resource that an input comes from was found to be; None where it comes from none of ``types``."""
        for urn in step.sources_of(name):
            source = self._steps.get(urn)
            if urn in self._created and source is not None and source.type in types:
                return await self.find(urn)
        return None

    async def text(self, step: Step, name: str, key: str, *types: str) -> str:
        """The input, or what it will be: ``key`` of the resource that it comes from. Empty when that is missing."""
        known = step.known(name)
        if known:
            return known
        source = await self.source(step, name, *types)
        return str(source.body.get(key, "")) if source is not None and source.verdict == "found" else ""

    async def principal(self, step: Step) -> str:
        """Object id of the service principal that a grant is for."""
        known = step.known("principalObjectId")
        if known:
            return known
        source = await self.source(step, "principalObjectId", ACCOUNT, IDENTITY, PRINCIPAL)
        if source is None or source.verdict != "found":
            return ""
        body = source.body
        identity, properties = body.get("identity") or {}, body.get("properties") or {}
        return str(identity.get("principalId") or properties.get("principalId") or body.get("_objectId") or "")

    def subscription_of(self, step: Step) -> str:
        """The subscription that the resource's provider is for."""
        reference = str((step.new or {}).get("provider", "")).rpartition("::")[0]
        provider = self._steps.get(reference)
        return (provider.known("subscriptionId") if provider else "") or self._subscription


Rule = Callable[[Finder, Step], Awaitable[Outcome]]


async def held(read: Awaitable[list[Json]]) -> list[Json] | None:
    """What was read; None where what it belongs to is not there."""
    try:
        return await read
    except RefusedError as refused:
        if refused.absent:
            return None
        raise
