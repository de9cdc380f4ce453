"""Tests for Pulumi programs that use ``azuread`` and ``azure-native``, with or without ``exchange-automation``.

Two ways. :func:`run_with_mocks` runs a program without an engine and records what it registers: milliseconds. The
fixtures ``azure_tenant`` and ``pulumi_stack`` of the pytest plugin run it on the real engine against a local tenant:
seconds, and the grants, requests, faults and clock of that tenant are the test's to read and to set.
"""

from exchange_automation_testing.mocks import AzureMocks, Recording, RefusedByProvider, Registered, run_with_mocks
from exchange_automation_testing.programs import Program
from exchange_automation_testing.stack import Outcome, PulumiStack

__all__ = [
    "AzureMocks",
    "Outcome",
    "Program",
    "PulumiStack",
    "Recording",
    "RefusedByProvider",
    "Registered",
    "run_with_mocks",
]
