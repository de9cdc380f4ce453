"""The processor time that importing the package takes beyond the SDKs.

Two imports are measured. What a program with an ExchangeAutomationAccount imports counts in full: only the parts of the SDKs
that the same program written by hand loads are imported first, so modules of the standard library and other parts of the SDKs
count. Of every public name together the package's own modules count alone.
"""

from __future__ import annotations

import os
import subprocess
import sys

PACKAGE = "exchange_automation"
PROGRAM = f"from {PACKAGE} import ExchangeAutomationAccount"
EVERYTHING = f"from {PACKAGE} import *"
_BY_HAND = """
import pulumi
import pulumi_azuread
from pulumi_azure_native import automation
automation.AutomationAccount
"""
_NAMES = f"""
import json, sys
{EVERYTHING}
print(json.dumps([name for name in sys.modules if name.split(".")[0] != "{PACKAGE}" and name != "__main__"]))
"""
_OTHERS = """
import importlib, json, sys
for name in json.load(sys.stdin):
    try:
        importlib.import_module(name)
    except Exception:
        pass
"""
_TIME = """
import time
began = time.process_time()
{program}
print((time.process_time() - began) * 1000)
"""


def program_milliseconds(runs: int) -> list[float]:
    """Returns the time of what a program with an ExchangeAutomationAccount imports beside the SDKs, in milliseconds.

    Args:
        runs: Number of interpreters.
    """
    return _times(_BY_HAND + _TIME.format(program=PROGRAM), runs)


def import_milliseconds(runs: int) -> list[float]:
    """Returns the time of all modules of the package that have a public name, in milliseconds.

    Every other module that they import is imported first, so that it does not count.

    Args:
        runs: Number of interpreters.
    """
    return _times(_OTHERS + _TIME.format(program=EVERYTHING), runs, _python(_NAMES))


def _times(program: str, runs: int, text: str = "") -> list[float]:
    _python(program, text)  # Writes the bytecode, as an installation does, so that compiling does not count.
    return [round(float(_python(program, text)), 2) for _ in range(runs)]


def _python(program: str, text: str = "") -> str:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    ran = subprocess.run(
        [sys.executable, "-c", program], input=text, capture_output=True, text=True, check=True, env=environment
    )
    return ran.stdout.splitlines()[-1]
