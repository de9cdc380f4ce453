"""A language host of Python for an engine that was built with Go, so that `pulumi up` works by hand.

It is the server of the SDK's Automation API as a plugin. It runs the project's ``__main__.py`` in its own interpreter, once for
each command, and installs nothing.
"""

from __future__ import annotations

import runpy
import signal
import sys
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


def main() -> None:
    """Serve until the engine ends the process."""
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
