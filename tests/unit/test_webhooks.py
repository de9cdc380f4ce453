"""Webhooks of a runbook: every mistake is reported, and no message shows an address."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pulumi
import pytest

from exchange_automation import ExchangeAutomationError, InvalidArgumentsError
from exchange_automation.core.errors import Mistakes
from exchange_automation.runbook import webhooks
from exchange_automation.runbook.powershell import Parameter

ADDRESS = "https://1.webhook.we.azure-automation.net/webhooks?token=planted-token"
NOW = datetime(2026, 11, 24, 12, tzinfo=timezone.utc)
HOOK = {"address": ADDRESS, "expires": "2027-03-01T06:00:00Z", "parameters": {"mailbox": "a"}}
KNOWN = (Parameter("Mailbox", mandatory=True), Parameter("WebhookData", mandatory=True))


def message(given: Any) -> str:
    mistakes = Mistakes("ExchangeRunbook", "report")
    webhooks.plan_webhooks(mistakes, given, KNOWN, NOW)
    with pytest.raises(InvalidArgumentsError) as caught:
        mistakes.raise_any()
    return str(caught.value)


@pytest.mark.parametrize(
    ("given", "code", "says"),
    [
        (
            {"a": {**HOOK, "parameters": {"mailbox": "a", "webhookdata": "x"}}},
            "EXA185",
            "Azure would replace it by the request",
        ),
        ({"a/b": HOOK}, "EXA186", "contains /"),
        ({"a b": HOOK, "A B": HOOK}, "EXA186", "in letter case alone"),
        ({"a": {**HOOK, "expires": "tomorrow"}}, "EXA187", '"tomorrow" is not a time in UTC'),
        ({"a": {**HOOK, "expires": "2036-11-25T00:00:00Z"}}, "EXA187", "more than ten years ahead"),
        (
            {"a": {**HOOK, "address": "http://x/webhooks?token=planted-token"}},
            "EXA188",
            "not an address that Azure generated",
        ),
        ({"a": {**HOOK, "address": "planted-token"}}, "EXA188", "exchange-automation webhook-address"),
        ({"a": {**HOOK, "parameters": {}}}, "EXA158", "lacks Mailbox, which is mandatory in the script"),
        ({"a": {**HOOK, "parameters": {"mailbox": "a", "Day": 1}}}, "EXA158", "has Day, which the script's"),
    ],
)
def test_a_mistake_is_reported_without_the_address(given: Any, code: str, says: str) -> None:
    text = message(given)
    assert says in text
    assert f"[{code}]" in text
    assert "planted" not in text


def test_all_mistakes_are_reported_together() -> None:
    text = message({"a/b": {**HOOK, "address": "x", "expires": "y", "parameters": {}}})
    assert all(f"[{code}]" in text for code in ("EXA158", "EXA186", "EXA187", "EXA188"))


def test_a_new_webhook_cannot_be_over_and_an_old_one_is_only_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    messages: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", messages.append)
    planned = webhooks.PlannedWebhook("a", NOW)
    with pytest.raises(ExchangeAutomationError, match="EXA187"):
        webhooks._expiry_time(planned, None, NOW)
    assert webhooks._expiry_time(planned, {}, NOW + timedelta(days=1)) == "2026-11-24T12:00:00+00:00"
    [warning] = messages
    assert "Azure refuses its requests and cannot renew it" in warning


def test_an_account_for_entra_tokens_only_has_no_webhooks() -> None:
    with pytest.raises(ExchangeAutomationError, match=r"disable_local_auth=False .*\[EXA189\]"):
        webhooks._with_local_authentication({"name": "aa", "disableLocalAuth": True})
    assert webhooks._with_local_authentication({"disableLocalAuth": False})
    assert webhooks._with_local_authentication(None)


def test_a_look_up_that_fails_says_what_to_do() -> None:
    assert "Reader at the automation account. Azure answered: 403 from the service. [EXA190]" in str(
        webhooks._failure("403 from the service.")
    )
