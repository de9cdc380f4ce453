"""A picture of what stacks hold, drawn from their states: subscriptions, resource groups, directories. The same state, the same bytes."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

State = Sequence[Mapping[str, Any]]

NAMED = {
    "automation:AutomationAccount": "Account",
    "managedidentity:UserAssignedIdentity": "Identity",
    "automation:Runbook": "Runbook",
    "network:VirtualNetwork": "Network",
    "operationalinsights:Workspace": "Workspace",
    "privatedns:PrivateZone": "Private DNS zone",
    "privatedns:VirtualNetworkLink": "Zone link",
}
"""Types that are drawn with their name, in the order in which they are drawn."""
COUNTED = {
    "automation:RuntimeEnvironment": "Runtime environment, module pinned",
    "automation:Schedule": "Schedule, linked",
    "storage:StorageAccount": "Storage account for the runbook's text",
    "network:PrivateEndpoint": "Private endpoint, in the DNS zone",
    "monitor:DiagnosticSetting": "Logs and metrics to the workspace",
    "monitor:MetricAlert": "Alert on failed jobs",
    "monitor:ActivityLogAlert": "Alert on changes",
    "authorization:ManagementLockByScope": "Lock",
}
"""Types that are drawn without their name. The rest goes with one of them: packages, links, containers, action groups."""

BOX, GAP, LINE, HEAD, PADDING = 330, 16, 20, 34, 20
BLUE, PURPLE = ("#0969da", "#f3f8ff", "#0550ae"), ("#8250df", "#faf6ff", "#6639ba")


@dataclass(frozen=True)
class _Frame:
    """A subscription or a directory with what is in it: title, colours, boxes (title, lines)."""

    title: str
    colours: tuple[str, str, str]
    boxes: Sequence[tuple[str, Sequence[str]]]


def draw(title: str, states: Iterable[State], subscriptions: Mapping[str, str], roles: Mapping[str, str]) -> str:
    """The picture as SVG.

    ``subscriptions`` are titles by subscription id, ``roles`` names by template id or ``/administrativeUnits/{id}``.
    """
    resources = [each for state in states for each in state if each.get("custom")]
    frames = [
        _Frame(shown, BLUE, _groups([each for each in resources if f"/subscriptions/{subscription}/" in each["id"]]))
        for subscription, shown in subscriptions.items()
    ]
    grants = [each for each in resources if each["type"].startswith("azuread:")]
    tenants = sorted({_directory(each) for each in grants})
    frames += [
        _Frame(f"Entra ID of {tenant}", PURPLE, _grants([g for g in grants if _directory(g) == tenant], roles))
        for tenant in tenants
    ]
    return _svg(title, frames)


def _groups(resources: State) -> list[tuple[str, list[str]]]:
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for each in resources:
        groups.setdefault(each["id"].split("/")[4], []).append(each)
    boxes = [(name, _lines(inside)) for name, inside in sorted(groups.items())]
    return sorted(boxes, key=lambda box: -len(box[1]))  # Boxes of one height share a row.


def _lines(resources: State) -> list[str]:
    accounts = [each for each in resources if each["type"] == "azure-native:automation:AutomationAccount"]
    kinds = [(each["type"].removeprefix("azure-native:"), each["id"].rsplit("/", 1)[-1]) for each in resources]
    lines = [f"{label} {name}" for kind, label in NAMED.items() for at, name in sorted(kinds) if at == kind]
    counted = Counter(kind for kind, _ in kinds)
    lines[1:1] = [f"signs in as {_identity(each)}" for each in accounts]
    return lines + [label for kind, label in COUNTED.items() if counted[kind]]


def _identity(account: Mapping[str, Any]) -> str:
    shared = account["inputs"]["identity"].get("userAssignedIdentities") or []
    return ", ".join(each.rsplit("/", 1)[-1] for each in shared) or "its own identity"


def _directory(grant: Mapping[str, Any]) -> str:
    return str(grant["provider"]).split("::")[3].removesuffix("-directory")


def _grants(grants: State, roles: Mapping[str, str]) -> list[tuple[str, list[str]]]:
    holders: dict[str, list[str]] = {}
    for each in sorted(grants, key=lambda grant: (grant["type"], grant["urn"])):
        name = each["parent"].rsplit("::", 1)[-1].removesuffix("-access")
        inputs = each["inputs"]
        if each["type"].endswith("AppRoleAssignment"):
            line = "1  Exchange.ManageAsApp"
        else:
            scope = inputs.get("directoryScopeId", "/")
            within = f", {roles[scope]} only" if scope != "/" else ""
            line = f"2  {roles[inputs['roleId']]}{within}"
        holders.setdefault(name, []).append(line)
    return [(f"Identity of {name}", lines) for name, lines in sorted(holders.items())]


def _svg(title: str, frames: Sequence[_Frame]) -> str:
    width = 3 * BOX + 4 * GAP + 2 * PADDING
    parts: list[str] = []
    top = PADDING
    for frame in frames:
        rows = [frame.boxes[at : at + 3] for at in range(0, len(frame.boxes), 3)]
        heights = [max(_height(lines) for _, lines in row) for row in rows]
        height = HEAD + sum(heights) + GAP * len(heights)
        edge, fill, ink = frame.colours
        parts.append(
            f'<rect x="{PADDING}" y="{top}" width="{width - 2 * PADDING}" height="{height}" rx="10" fill="{fill}" '
            f'stroke="{edge}" stroke-width="1.5"/>'
        )
        parts.append(_text(PADDING + GAP, top + 23, frame.title, ink, bold=True))
        y = top + HEAD
        for row, tall in zip(rows, heights, strict=True):
            for column, (name, lines) in enumerate(row):
                x = PADDING + GAP + column * (BOX + GAP)
                parts.append(
                    f'<rect x="{x}" y="{y}" width="{BOX}" height="{tall}" rx="6" fill="#ffffff" stroke="#8c959f"/>'
                )
                parts.append(_text(x + 12, y + 22, name, "#1f2328", bold=True))
                parts += [_text(x + 12, y + 44 + LINE * at, each, "#57606a") for at, each in enumerate(lines)]
            y += tall + GAP
        top += height + GAP
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {top + PADDING - GAP}" role="img" aria-labelledby="t" '
        'font-family="system-ui, -apple-system, \'Segoe UI\', Helvetica, Arial, sans-serif" font-size="13">'
    )
    background = f'<rect width="{width}" height="{top + PADDING - GAP}" fill="#ffffff"/>'
    return "\n".join([head, f'<title id="t">{html.escape(title)}</title>', background, *parts, "</svg>"]) + "\n"


def _height(lines: Sequence[str]) -> int:
    return 36 + LINE * len(lines) + (8 if lines else 0)


def _text(x: int, y: int, text: str, ink: str, *, bold: bool = False) -> str:
    weight = ' font-weight="600"' if bold else ""
    return f'<text x="{x}" y="{y}" fill="{ink}"{weight}>{html.escape(text)}</text>'
