"""Look-ups of a provider that is not signed in: one message for every component, which says how to sign in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from exchange_automation import (
    ApiPermissions,
    DirectoryLookupError,
    ExchangeAccess,
    ExchangeApplication,
    ExchangeAutomationAccount,
    ExistingResourceError,
    FederatedCredentialArgs,
)
from tests.unit.support import ACCOUNT_ID, PRINCIPAL_ID, Recorder, run

DOMAIN = "contoso.onmicrosoft.com"
CREDENTIAL: FederatedCredentialArgs = {"name": "ci", "issuer": "https://issuer.example", "subject": "main"}
COMPONENTS: dict[str, Callable[[], object]] = {
    "access": lambda: ExchangeAccess("mail", {"principal_id": PRINCIPAL_ID}),
    "account": lambda: ExchangeAutomationAccount("mail", {"organization": DOMAIN, "resource_group_name": "rg"}),
    "application": lambda: ExchangeApplication("mail", {"organization": DOMAIN, "federated_credentials": [CREDENTIAL]}),
    "apis": lambda: ApiPermissions(
        "apis", {"principal_id": PRINCIPAL_ID, "permissions": {"Microsoft Graph": ["User.Read.All"]}}
    ),
}
REFUSALS = [
    "unable to build authorizer for Microsoft Graph API: no Authorizer could be configured, please check your configuration",
    "clientCredentialsToken: received HTTP status 401 with response: AADSTS7000215: Invalid client secret provided.",
    "Listing service principals: unexpected status 401 (401 Unauthorized) with error: InvalidAuthenticationToken: expired",
    "rpc error: code = Unknown desc = failed to load Azure credentials.",
]


@pytest.mark.parametrize("component", COMPONENTS)
@pytest.mark.parametrize("text", REFUSALS)
def test_every_component_says_how_to_sign_in(component: str, text: str) -> None:
    engine = f"invoke of azuread:index/f:f failed: invocation of azuread:index/f:f returned an error: {text}"
    with pytest.raises(DirectoryLookupError, match="EXA223") as caught:
        run(COMPONENTS[component], Recorder(failure=engine), preview=True)
    message = str(caught.value)
    assert message.startswith("The azuread provider is not signed in")
    assert "az login" in message
    assert message.endswith(f"The provider answered: {text} [EXA223]")


@pytest.mark.parametrize(
    "text",
    [
        "DefaultAzureCredential: failed to acquire a token.",
        'StatusCode=401 -- Original Error: Status=401 Code="ExpiredAuthenticationToken"',
        "RESPONSE 401: 401 Unauthorized ERROR CODE: InvalidAuthenticationToken",
    ],
)
def test_an_existing_account_that_cannot_be_asked_for_says_so(text: str) -> None:
    def program() -> Any:
        return ExchangeAutomationAccount("mail", {"organization": DOMAIN, "account_id": ACCOUNT_ID}).account_name

    with pytest.raises(ExistingResourceError, match=r"The azure-native provider is not signed in.*EXA223"):
        run(program, Recorder(account=text), preview=True)


def test_a_permission_that_is_missing_is_no_sign_in() -> None:
    text = "unexpected status 403 (403 Forbidden) with error: Authorization_RequestDenied: Insufficient privileges"
    with pytest.raises(DirectoryLookupError, match="EXA205"):
        run(COMPONENTS["access"], Recorder(failure=text), preview=True)
