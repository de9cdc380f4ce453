"""The states of stacks, as ``pulumi stack export`` writes them.

Source: ``pulumi stack export``; schema versions 3 and 4.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from exchange_automation.catalog.exchange_module import MODULE
from exchange_automation.cli.documents import Record, Refuse, parse_json
from exchange_automation.core.problems import Problem

COMPONENTS = "exchange-automation:"
"""How the types of this package's components begin."""
APP_ROLE_ASSIGNMENT = "azuread:index/appRoleAssignment:AppRoleAssignment"
DIRECTORY_ROLE_ASSIGNMENT = "azuread:index/directoryRoleAssignment:DirectoryRoleAssignment"
SERVICE_PRINCIPAL = "azuread:index/servicePrincipal:ServicePrincipal"
GRANT_TYPES = (APP_ROLE_ASSIGNMENT, DIRECTORY_ROLE_ASSIGNMENT)
AUTOMATION_ACCOUNT = "azure-native:automation:AutomationAccount"
PACKAGE = "azure-native:automation:Package"
RUNBOOK = "azure-native:automation:Runbook"
RUNTIME_ENVIRONMENT = "azure-native:automation:RuntimeEnvironment"
STATE_VERSIONS = (3, 4)
"""What the engine writes; 4 where the program uses what older engines do not know, such as hooks."""

_REMEDY = "Give what this writes: pulumi stack export --file state.json"
_ORGANIZATION = re.compile(r"Connect-ExchangeOnline .*-Organization (\S+)")
_VERSIONED = re.compile(r"/v\d{8}(?:private)?(?:preview)?(?=:)")
_PACKAGE_OF_ONE_VERSION = re.compile(r"^azure-native_[^:]+:([^:]+)(?=:)")


def unversioned(resource_type: str) -> str:
    """Returns the type without the API version, which azure-native has in the module or in the name of the package."""
    plain = _PACKAGE_OF_ONE_VERSION.sub(lambda found: f"azure-native:{found[1]}", resource_type)
    return _VERSIONED.sub("", plain)


@dataclass(frozen=True)
class ManagedGrant:
    """A grant that a stack manages.

    Attributes:
        stack: Project and stack.
        urn: Its URN.
        name: Its logical name.
        type: Its resource type.
        id: Its id as the provider imports it.
        principal_id: Object id of who holds it.
        role_id: Id of the app role or directory role.
        created: When the state was given it, ISO 8601; empty in states of old engines.
    """

    stack: str
    urn: str
    name: str
    type: str
    id: str
    principal_id: str
    role_id: str
    created: str

    @property
    def assignment_id(self) -> str:
        """The assignment's own id in the directory."""
        return self.id.rsplit("/", 1)[-1]

    @property
    def resource_id(self) -> str:
        """Object id of the service principal whose app role it is; empty for a directory role."""
        parts = self.id.strip("/").split("/")
        return parts[1] if len(parts) == 4 and parts[2] == "appRoleAssignedTo" else ""


@dataclass(frozen=True)
class ManagedRunbook:
    """A runbook that a stack manages.

    Attributes:
        stack: Project and stack.
        id: Its resource id.
        sha256: SHA-256 of the text that the stack published, in lower case.
    """

    stack: str
    id: str
    sha256: str


@dataclass(frozen=True)
class State:
    """The state of one stack.

    Attributes:
        stack: Project and stack, "exchange-automation/prod".
        resources: Its resources, without those that wait for their deletion.
    """

    stack: str
    resources: tuple[Record, ...]

    def of_type(self, resource_type: str) -> Iterator[Record]:
        """Returns the resources of a type, in whatever API version."""
        return (resource for resource in self.resources if unversioned(resource.text("type")) == resource_type)

    @property
    def grants(self) -> list[ManagedGrant]:
        """The grants in it."""
        return [
            ManagedGrant(
                stack=self.stack,
                urn=item.required("urn"),
                name=item.required("urn").rsplit("::", 1)[-1],
                type=grant_type,
                id=item.text("id"),
                principal_id=item.record("inputs").plain("principalObjectId"),
                role_id=item.record("inputs").plain("appRoleId") or item.record("inputs").plain("roleId"),
                created=item.text("created"),
            )
            for grant_type in GRANT_TYPES
            for item in self.of_type(grant_type)
        ]

    @property
    def runbooks(self) -> list["ManagedRunbook"]:
        """The runbooks in it whose text has a hash."""
        found = []
        for item in self.of_type(RUNBOOK):
            content = item.record("inputs").values.get("publishContentLink")
            digest = content.get("contentHash") if isinstance(content, dict) else None
            value = digest.get("value") if isinstance(digest, dict) else None
            if isinstance(value, str) and item.text("id"):
                found.append(ManagedRunbook(self.stack, item.text("id"), value.lower()))
        return found

    @property
    def has_components(self) -> bool:
        """Whether a component of this package is in it, or a grant of the same kind."""
        return any(resource.text("type").startswith(COMPONENTS) for resource in self.resources) or bool(self.grants)

    @property
    def organization(self) -> str:
        """The organization of the first connect command among the outputs of the stack; empty without one."""
        for resource in self.resources:
            outputs = resource.record("outputs")
            for name in outputs.values:
                match = _ORGANIZATION.search(outputs.plain(name))
                if match is not None:
                    return match[1]
        return ""

    @property
    def resource_group(self) -> str:
        """The resource group of its automation account; empty without an account."""
        accounts = (item.record("inputs").plain("resourceGroupName") for item in self.of_type(AUTOMATION_ACCOUNT))
        return next(filter(None, accounts), "")

    @property
    def runtime(self) -> tuple[str, str] | None:
        """PowerShell version and module version of its runtime environment."""
        environment = next(self.of_type(RUNTIME_ENVIRONMENT), None)
        if environment is None:
            return None
        wanted = environment.record("inputs")
        for package in self.of_type(PACKAGE):
            given = package.record("inputs")
            inside = given.plain("runtimeEnvironmentName") in ("", wanted.plain("runtimeEnvironmentName"))
            content = given.values.get("contentLink")
            module = Record(content, _unreadable(self.stack)).plain("version") if isinstance(content, dict) else ""
            if inside and given.plain("packageName") in ("", MODULE) and wanted.plain("version") and module:
                return wanted.plain("version"), module
        return None


def parse_state(text: str, source: str) -> State:
    """Returns the state in what ``pulumi stack export`` wrote.

    Args:
        text: The JSON.
        source: What the text came from, for messages.

    Raises:
        Problem: The text is not a state, or is an empty one.
    """
    document = Record(parse_json(text, source, _REMEDY), _unreadable(source))
    if "deployment" not in document or "version" not in document:
        raise Problem("EXA431", f"{source} is not the state of a stack", "nothing can be read from it", _REMEDY)
    if document.values["version"] not in STATE_VERSIONS:
        raise Problem(
            "EXA431",
            f"{source} is a state of version {document.values['version']}; this command reads "
            f"{' and '.join(map(str, STATE_VERSIONS))}",
            remedy="Export it with the engine that the program runs on, and update this package.",
        )
    resources = document.record("deployment").records("resources")
    if not resources:
        raise Problem(
            "EXA432",
            f"{source} is the state of a stack without resources",
            "it manages no grant",
            "Deploy the stack first (pulumi up), or name another one.",
        )
    parts = resources[0].required("urn").split("::")
    stack = f"{parts[1]}/{parts[0].rpartition(':')[2]}" if len(parts) > 2 else source
    return State(
        stack, tuple(resource for resource in resources if resource.required("urn") and not resource.flag("delete"))
    )


def _unreadable(source: str) -> Refuse:
    return lambda what: Problem("EXA431", f"{source} is not the state of a stack: {what}", remedy=_REMEDY)


def require_own(state: State, source: str) -> State:
    """Returns ``state`` when its program uses this package.

    A stack without grants is one of them as well: its first deployment may have failed, its grants may have been lost
    from the state, or another program may manage them.

    Raises:
        Problem: The state belongs to another program.
    """
    if not state.has_components:
        raise Problem(
            "EXA432",
            f"{source} is the state of {state.stack}, which has neither a component of this package nor a grant of its "
            "kind: it belongs to another program",
            remedy="Name a stack whose program creates an ExchangeAccess, ExchangeAutomationAccount or ExchangeApplication.",
        )
    return state
