"""What a script needs: management roles or a directory role in Exchange Online, and permissions in Microsoft Graph.

Every command that the script runs has its row in a table, needs nothing, or is unknown. Nothing is left out.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple, Optional

from exchange_automation.catalog import cmdlet_roles, graph_permissions, powershell_commands
from exchange_automation.catalog.directory_roles import EXCHANGE_ROLES, GLOBAL_ADMINISTRATOR
from exchange_automation.catalog.management_roles import BROUGHT
from exchange_automation.runbook.findings import own_commands
from exchange_automation.runbook.powershell import Command, Kind, Script, Token, read_script

VERSION = 1
"""Version of the file's form."""
_HOPS = 4
"""Assignments of one variable to another that are followed."""
_COMPUTED = "a command whose name the script computes"
_INTERPOLATED = re.compile(r"\$\((?:[^()]|\([^()]*\))*\)|\$\{[^}]*\}|\$[\w:.]+")
_TOKEN_ADDRESS = re.compile(r"(?i)[\"']?\$\{?env:(?:IDENTITY|MSI)_ENDPOINT")


class CmdletNeed(NamedTuple):
    """A cmdlet of Exchange Online that a script runs.

    Attributes:
        name: Its name, as Microsoft writes it.
        roles: Management roles of which one is enough, the narrowest first.
        inferred: Whether the table's row is inferred.
    """

    name: str
    roles: tuple[str, ...]
    inferred: bool


class Needs(NamedTuple):
    """What a script needs, in the order of names.

    Attributes:
        cmdlets: Cmdlets of Exchange Online whose roles are known.
        graph: Calls of Microsoft Graph, each with a permission that is enough.
        unknown: Commands, and calls of Microsoft Graph, that no table has.
    """

    cmdlets: tuple[CmdletNeed, ...]
    graph: tuple[tuple[str, str], ...]
    unknown: tuple[str, ...]

    @property
    def management_roles(self) -> tuple[str, ...]:
        """Management roles that together have every known cmdlet, the narrowest where there is a choice."""
        chosen: set[str] = set()
        # Cmdlets without a choice come first, so that their roles serve the others.
        for need in sorted(self.cmdlets, key=lambda each: len(each.roles)):
            if not chosen & set(need.roles):
                chosen.add(need.roles[0])
        return tuple(sorted(chosen))

    @property
    def directory_roles(self) -> tuple[str, ...]:
        """Directory roles of which each alone allows every known cmdlet; never Global Administrator, which nobody needs."""
        if not self.cmdlets:
            return ()
        enough = (
            role.name for role in EXCHANGE_ROLES if role.name != GLOBAL_ADMINISTRATOR and not self.refused([role.name])
        )
        return tuple(enough)

    @property
    def graph_permissions(self) -> tuple[str, ...]:
        """Permissions in Microsoft Graph that are enough for every known call."""
        return tuple(sorted({permission for _, permission in self.graph}))

    def refused(self, roles: Collection[str]) -> tuple[CmdletNeed, ...]:
        """Returns the known cmdlets that none of the directory roles and management roles allows."""
        brought = [BROUGHT[role] for role in roles if role in BROUGHT]
        assigned = set(roles)
        return tuple(
            need
            for need in self.cmdlets
            if not assigned & set(need.roles)
            and not any(brought_roles.has(role) for brought_roles in brought for role in need.roles)
        )


def needs_of(text: str) -> Needs:
    """Returns what a script needs.

    Args:
        text: The script.

    Returns:
        Its needs.
    """
    script = read_script(text)
    own = own_commands(script)
    cmdlets: dict[str, CmdletNeed] = {}
    graph: dict[str, str] = {}
    unknown: dict[str, str] = {}
    for command in script.commands:
        name = command.name or ""
        lowered = name.lower()
        if lowered in own or _needs_nothing(lowered):
            continue
        if found := cmdlet_roles.find_row(name):
            cmdlets[lowered] = CmdletNeed(found[0], found[1].roles, found[1].inferred)
        elif graph_permissions.REQUESTS.fullmatch(name):
            _add_call(_request(script, command), graph, unknown)
        elif row := graph_permissions.of_cmdlet(name):
            graph.setdefault(name, row.permission)
        else:
            unknown.setdefault(lowered, name or _COMPUTED)
    return Needs(
        tuple(need for _, need in sorted(cmdlets.items())),
        tuple(sorted(graph.items(), key=lambda item: item[0].lower())),
        tuple(sorted(unknown.values(), key=str.lower)),
    )


def as_document(script_name: str, needs: Needs) -> Mapping[str, Any]:
    """Returns the needs as the file beside the script has them."""
    return {
        "version": VERSION,
        "script": script_name,
        "directoryRoles": list(needs.directory_roles),
        "managementRoles": list(needs.management_roles),
        "graphPermissions": list(needs.graph_permissions),
        "cmdlets": {need.name: {"roles": list(need.roles), "inferred": need.inferred} for need in needs.cmdlets},
        "graphCalls": dict(needs.graph),
        "unknown": list(needs.unknown),
    }


def added_names(before: Iterable[str], after: Iterable[str]) -> list[str]:
    """Returns the names of the second list that the first one lacks, without regard to case."""
    known = {name.lower() for name in before}
    return [name for name in after if name.lower() not in known]


def _needs_nothing(name: str) -> bool:
    return (
        name in cmdlet_roles.WITHOUT_ROLE
        or (name in powershell_commands.WITHOUT_PERMISSION and not graph_permissions.REQUESTS.fullmatch(name))
        or bool(graph_permissions.WITHOUT_PERMISSION.fullmatch(name))
    )


def _add_call(call: Optional[tuple[str, Optional[str]]], graph: dict[str, str], unknown: dict[str, str]) -> None:
    if call is None:
        return
    words, permission = call
    if permission is None:
        unknown.setdefault(words.lower(), words)
    else:
        graph.setdefault(words, permission)


def _request(script: Script, command: Command) -> Optional[tuple[str, Optional[str]]]:
    """Returns the words for a request and its permission; None for one that only asks the host for a token."""
    address = _address(script, command)
    if address is None:
        return f"{command.name} to an address that the script computes", None
    if _TOKEN_ADDRESS.match(address):
        return None
    path = graph_permissions.path_of(_INTERPOLATED.sub("x", address.strip("\"'")))
    if path is None:
        return f"{command.name} to another service than Microsoft Graph", None
    method = _method(script, command)
    row = graph_permissions.of_request(method, path)
    # Identifiers stay out of the file.
    shape = re.sub(r"(?<=/)(?:x|[0-9a-f-]{32,36}|[^/]*@[^/]*)(?=/|$)", "{id}", path)
    return f"{method} /{shape}", row.permission if row else None


def _address(script: Script, command: Command) -> Optional[str]:
    named = [value for name, value in command.parameters() if name and "uri".startswith(name.lower())]
    bare = [token for token in command.arguments[:1] if token.kind in (Kind.WORD, Kind.STRING, Kind.VARIABLE)]
    token: Optional[Token] = next(iter(named or bare), None)
    for _ in range(_HOPS):
        if token is None or token.kind is not Kind.VARIABLE:
            break
        if token.text.lower().startswith("env:"):
            return f"${token.text}"
        token = script.assigned(token.text)
    return token.text if token is not None and token.kind in (Kind.WORD, Kind.STRING) else None


def _method(script: Script, command: Command) -> str:
    given = next((value for name, value in command.parameters() if name.lower() == "method"), None)
    return (script.value(given) or "GET").upper() if given is not None else "GET"
