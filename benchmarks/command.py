"""One command of the engine with its program, in a process of its own: ``python -m benchmarks.command SPECIFICATION``.

The process serves the program to the engine, as the Automation API does, and writes what the command cost as one line of
JSON. Time and memory of program and engine are apart because they are different processes; the local tenant with the
emulated providers is a third one, which the caller measures.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from concurrent import futures
from pathlib import Path
from typing import Any

import grpc
from pulumi.automation._server import LanguageServer
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS
from pulumi.runtime.proto import language_pb2_grpc

from benchmarks.checkpoints import Checkpoints
from benchmarks.programs import SUBJECTS, Request

COMMANDS: Mapping[str, tuple[str, ...]] = {
    "preview": ("preview",),
    "up": ("up", "--yes", "--skip-preview"),
    "up without a change": ("up", "--yes", "--skip-preview"),
    "up with a changed tag": ("up", "--yes", "--skip-preview"),
    "destroy": ("destroy", "--yes", "--skip-preview"),
}
"""Arguments of the engine's command line for each phase."""


class CommandFailedError(RuntimeError):
    """The engine ended with an error; the message has what it printed."""


def measure(specification: Mapping[str, Any]) -> dict[str, Any]:
    """Runs one command and returns what it cost.

    Raises:
        CommandFailedError: The command failed, so its figures mean nothing.
    """
    request = Request(**specification["request"])
    program = SUBJECTS[specification["subject"]].programs[specification["variant"]]
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=4), options=_GRPC_CHANNEL_OPTIONS)
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(LanguageServer(lambda: program(request)), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()

    checkpoints = Checkpoints(Path(specification["state"]))
    before = resource.getrusage(resource.RUSAGE_SELF)
    began = time.monotonic()
    engine = _run_engine(specification, port)
    wall = time.monotonic() - began
    after = resource.getrusage(resource.RUSAGE_SELF)
    server.stop(None)
    return {
        "wall_seconds": round(wall, 3),
        "program_seconds": round(_cpu(after) - _cpu(before), 3),
        "engine_seconds": round(_cpu(engine), 3),
        "program_mib": round(after.ru_maxrss / 1024, 1),
        "engine_mib": round(engine.ru_maxrss / 1024, 1),
        "checkpoints": checkpoints.count(),
    }


def _run_engine(specification: Mapping[str, Any], port: int) -> resource.struct_rusage:
    executable = shutil.which("pulumi")
    if executable is None:
        raise CommandFailedError("pulumi is not on PATH, so nothing can be measured. Run: make bench.")
    command = [executable, *COMMANDS[specification["phase"]], "--stack", specification["stack"], "--non-interactive"]
    command += ["--parallel", str(specification["parallel"]), "--suppress-progress"]
    command += [f"--client=127.0.0.1:{port}", "--exec-kind=auto.inline"]
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            command,
            cwd=specification["work"],
            env={**os.environ, **specification["environment"]},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            output.seek(0)
            text = output.read().decode("utf-8", "replace")[-4000:]
            raise CommandFailedError(f"{specification['phase']} ended with exit code {process.returncode}:\n{text}")
    return usage


def _cpu(usage: resource.struct_rusage) -> float:
    return usage.ru_utime + usage.ru_stime


def main() -> int:
    """Measures the command of the first argument; returns the exit code."""
    try:
        measured = measure(json.loads(sys.argv[1]))
    except CommandFailedError as failure:
        sys.stderr.write(f"{failure}\n")
        return 1
    sys.stdout.write(json.dumps(measured) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
