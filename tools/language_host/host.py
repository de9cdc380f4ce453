"""A language host of Python for an engine that was built with Go, so that `pulumi up` works by hand.

It is the server of the SDK's Automation API as a plugin. It runs the project's ``__main__.py`` in its own interpreter, once for
each command. It starts a plugin that is a folder, such as ``components``, the same way, and installs nothing.
"""

from __future__ import annotations

import os
import runpy
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent import futures
from pathlib import Path
from typing import Any

import grpc
from pulumi.automation._server import LanguageServer
from pulumi.runtime.proto import language_pb2, language_pb2_grpc


class Host(LanguageServer):
    """Runs the project's program, and asks for no plugin beyond those that the engine is attached to."""

    def GetRequiredPackages(self, request: object, context: object) -> object:  # noqa: N802
        return language_pb2.GetRequiredPackagesResponse()

    def Run(self, request: Any, context: object) -> object:  # noqa: N802
        folder = request.info.program_directory or request.pwd
        sys.path.insert(0, folder)

        def program() -> None:
            runpy.run_path(str(Path(folder, "__main__.py")), run_name="__main__")

        self.program = program
        return super().Run(request, context)  # type: ignore[no-untyped-call]

    def InstallDependencies(self, request: object, context: object) -> Iterator[object]:  # noqa: N802
        return iter(())

    def RunPlugin(self, request: Any, context: Any) -> Iterator[object]:  # noqa: N802
        process = subprocess.Popen(
            [sys.executable, request.info.program_directory or request.pwd, *request.args],
            cwd=request.pwd or None,
            env={**os.environ, **dict(entry.split("=", 1) for entry in request.env)},
            stdout=subprocess.PIPE,
        )
        context.add_callback(process.terminate)
        assert process.stdout is not None
        for line in process.stdout:
            yield language_pb2.RunPluginResponse(stdout=line)
        yield language_pb2.RunPluginResponse(exitcode=process.wait())


def main() -> None:
    """Serves until the engine ends the process."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))

    def nothing() -> None:
        raise AssertionError("The engine asked for no program.")

    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(Host(nothing), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    # The engine interrupts its plugins when it is done.
    signal.sigwait({signal.SIGINT, signal.SIGTERM})


if __name__ == "__main__":
    main()
