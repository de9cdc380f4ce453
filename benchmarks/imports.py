"""The processor time that importing the package takes beyond the SDKs that it imports."""

from __future__ import annotations

import json
import os
import subprocess
import sys

PACKAGE = "exchange_automation"
_NAMES = f"""
import importlib, json, sys
import {PACKAGE}
for name in {PACKAGE}.__all__:
    getattr({PACKAGE}, name)
print(json.dumps([name for name in sys.modules if name.split(".")[0] != "{PACKAGE}" and name != "__main__"]))
"""
_TIME = f"""
import importlib, json, sys, time
for name in json.load(sys.stdin):
    try:
        importlib.import_module(name)
    except Exception:
        pass
began = time.process_time()
import {PACKAGE}
for name in {PACKAGE}.__all__:
    getattr({PACKAGE}, name)
print((time.process_time() - began) * 1000)
"""


def import_milliseconds(runs: int) -> list[float]:
    """Returns the time of the package's own modules in several interpreters, in milliseconds.

    Every module that the package imports is imported first, so that it does not count. The first interpreter writes the
    bytecode, as an installation does, so that compiling does not count either.

    Args:
        runs: Number of interpreters.
    """
    names = json.loads(_python(_NAMES))
    return [round(float(_python(_TIME, json.dumps(names))), 2) for _ in range(runs)]


def _python(program: str, text: str = "") -> str:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    ran = subprocess.run(
        [sys.executable, "-c", program], input=text, capture_output=True, text=True, check=True, env=environment
    )
    return ran.stdout.splitlines()[-1]
