"""Scopes after an import.

The azure-native provider reads ``scope`` and ``resourceUri`` from a resource's id, and gives them back without their
leading slash. Programs pass resource ids, which have one. Both inputs replace the resource, so the next deployment would
delete and create a lock, a diagnostic setting or a role assignment, and a lock stops the deletion. No value of an import
file can correct this, because the engine prefers what the provider read; so the state is corrected after the import.

Source: the provider's own requests and states, recorded with release 3.29.
"""

import json
import tempfile
from pathlib import Path
from typing import Any

from exchange_automation.cli.documents import parse_json
from exchange_automation.cli.pulumi.engine import Engine
from exchange_automation.cli.pulumi.previews import Preview, Step
from exchange_automation.cli.pulumi.states import unversioned
from exchange_automation.core.problems import Problem

from .azure_rules import SCOPED_BY


async def repair_scopes(engine: Engine, stack: str | None, plan: Preview) -> bool:
    """Adds the leading slash to imported scopes; returns whether there was one to correct.

    It corrects only resources that the preview would replace because of the slash alone.

    Raises:
        Problem: The state cannot be read or written.
    """
    wanted = {step.urn for step in plan.changes() if lacks_slash(step)}
    if not wanted:
        return False
    chosen = ["--stack", stack] if stack else []
    ran = await engine.run("stack", "export", *chosen)
    if ran.code != 0:
        raise Problem("EXA443", f"The imported scopes cannot be corrected: {ran.failure}", remedy=_REMEDY)
    document = parse_json(ran.out, "pulumi stack export", _REMEDY)
    correct(document, wanted)
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "state.json"
        file.write_text(json.dumps(document), "utf-8")
        ran = await engine.run("stack", "import", f"--file={file}", *chosen)
    if ran.code != 0:
        raise Problem("EXA443", f"The imported scopes cannot be corrected: {ran.failure}", remedy=_REMEDY)
    return True


_REMEDY = "The resources are imported. Run exchange-automation adopt --yes again before pulumi up."


def lacks_slash(step: Step) -> bool:
    """Returns whether the state has the scope of a resource without the slash that the program gives it."""
    name = SCOPED_BY.get(step.type)
    if name is None or step.old is None or step.new is None:
        return False
    before, after = step.known(name, old=True), step.known(name)
    if not before or before.startswith("/"):
        return False
    # The scope is not known while its account is only previewed to change; an id always begins with a slash.
    return after.lower() == f"/{before}".lower() or (not after and bool(step.sources_of(name)))


def correct(document: dict[str, Any], urns: set[str]) -> None:
    """Adds the slash to the inputs of the resources in an exported state."""
    for resource in document.get("deployment", {}).get("resources", []):
        name = SCOPED_BY.get(unversioned(str(resource.get("type"))))
        inputs = resource.get("inputs")
        if resource.get("urn") in urns and name is not None and isinstance(inputs, dict):
            inputs[name] = f"/{str(inputs[name]).lstrip('/')}"
