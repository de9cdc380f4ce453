"""Runs a program without the engine, and records what it registers and looks up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import grpc
import pulumi
from pulumi.runtime import mocks

from exchange_automation_testing import leftovers

EXCHANGE_OBJECT_ID = "33333333-3333-4333-8333-333333333333"
PRINCIPAL_ID = "11111111-1111-4111-8111-111111111111"
CLIENT_ID = "22222222-2222-4222-8222-222222222222"
TENANT_ID = "44444444-4444-4444-8444-444444444444"
DEPLOYER_ID = "55555555-5555-4555-8555-555555555555"
MANAGE_AS_APP_ID = "dc50a0fb-09a3-484d-be87-e023b12c6440"
SUBSCRIPTION = "/subscriptions/sub/resourceGroups/rg/providers"
ACCOUNT_ID = f"{SUBSCRIPTION}/Microsoft.Automation/automationAccounts/aa-existing"
IDENTITY_ID = f"{SUBSCRIPTION}/Microsoft.ManagedIdentity/userAssignedIdentities/id-existing"

# The SDK's stand-in of the engine works on the thread's event loop and keeps its stack's futures there from run to run,
# while asyncio.run, which other tests of the same process use, leaves the thread without one.
_LOOP = asyncio.new_event_loop()

GET_SERVICE_PRINCIPAL = "azuread:index/getServicePrincipal:getServicePrincipal"


def app_role(value: str = "Exchange.ManageAsApp", **changes: Any) -> dict[str, Any]:
    """Returns an app role as the look-up returns it."""
    role = {
        "id": MANAGE_AS_APP_ID,
        "value": value,
        "enabled": True,
        "allowedMemberTypes": ["Application"],
        "description": "",
        "displayName": "",
    }
    return {**role, **changes}


class Refused(grpc.RpcError):
    """The failure of a provider, as it reaches the program."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._text = text

    def code(self) -> grpc.StatusCode:
        return grpc.StatusCode.UNKNOWN

    def details(self) -> str:
        return self._text


@dataclass
class Recorder(pulumi.runtime.Mocks):
    """Answers as Azure would, and keeps the requests.

    Attributes:
        app_roles: the app roles of Exchange Online.
        account: the answer to the look-up of an existing account, or the text with which the look-up fails.
        failure: text of a failure for every look-up of a service principal.
    """

    app_roles: list[dict[str, Any]] = field(default_factory=lambda: [app_role()])
    account: Any = None
    failure: str | None = None
    resources: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        self.resources[args.name] = (args.typ, dict(args.inputs))
        state = dict(args.inputs)
        kind = args.typ.rsplit(":", 1)[-1]
        if kind == "AutomationAccount":
            state["name"] = args.inputs.get("automationAccountName", "auto-named")
            state["identity"] = {**args.inputs["identity"], "principalId": PRINCIPAL_ID, "tenantId": TENANT_ID}
            state["identity"].pop("userAssignedIdentities", None)
        elif kind == "UserAssignedIdentity":
            state.update(principalId=PRINCIPAL_ID, clientId=CLIENT_ID, tenantId=TENANT_ID)
        elif args.typ == "azure-native:automation:RuntimeEnvironment":
            state["name"] = args.inputs["runtimeEnvironmentName"]
        elif kind == "ApplicationRegistration":
            state["clientId"] = CLIENT_ID
        elif kind == "ServicePrincipal":
            state["objectId"] = PRINCIPAL_ID
        return f"{args.name}-id", state

    def call(self, args: pulumi.runtime.MockCallArgs) -> Any:
        self.calls.append((args.token, dict(args.args)))
        if args.token == GET_SERVICE_PRINCIPAL:
            if self.failure is not None:
                raise Refused(self.failure)
            exchange = "clientId" in args.args
            return {
                "objectId": EXCHANGE_OBJECT_ID if exchange else PRINCIPAL_ID,
                "clientId": args.args.get("clientId", CLIENT_ID),
                "displayName": "Office 365 Exchange Online" if exchange else "aa-mail",
                "appRoles": self.app_roles,
            }
        if args.token.endswith("getAutomationAccount"):
            if isinstance(self.account, str):
                raise Refused(self.account)
            return self.account
        if args.token.endswith("getUserAssignedIdentity"):
            return {"id": IDENTITY_ID, "principalId": PRINCIPAL_ID, "clientId": CLIENT_ID, "tenantId": TENANT_ID}
        if args.token.endswith("getClientConfig"):
            return {"objectId": DEPLOYER_ID, "tenantId": TENANT_ID, "clientId": CLIENT_ID}
        if args.token.endswith("getDirectoryObject"):
            return {"objectId": args.args["objectId"], "type": "User"}
        raise AssertionError(f"Nobody should ask for {args.token}.")

    def of(self, kind: str) -> dict[str, dict[str, Any]]:
        """Returns the inputs of the resources of a type, by logical name."""
        return {name: inputs for name, (typ, inputs) in self.resources.items() if typ.rsplit(":", 1)[-1] == kind}

    @property
    def grants(self) -> list[str]:
        """Logical names of the grants."""
        return sorted([*self.of("AppRoleAssignment"), *self.of("DirectoryRoleAssignment")])


def run(program: Callable[[], Any], recorder: Recorder | None = None, *, preview: bool = False) -> Recorder:
    """Runs a program to its end, and waits for what it returns.

    Raises:
        Exception: whatever the program, or an output that it returns, ends in.
    """
    recorder = recorder or Recorder()
    asyncio.set_event_loop(_LOOP)
    mocks.set_mocks(recorder, preview=preview)

    @pulumi.runtime.test  # type: ignore[untyped-decorator]
    def test() -> Any:
        return program()

    try:
        test()
    except BaseException:
        leftovers.expect()
        raise
    return recorder


def values(resource: Any, *names: str) -> dict[str, Any]:
    """Collects outputs; filled once the program has run."""
    seen: dict[str, Any] = {}
    for name in names or tuple(type(resource).__annotations__):
        getattr(resource, name).apply(lambda value, name=name: seen.__setitem__(name, value))
    return seen
