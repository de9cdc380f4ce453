"""The language server of the SDK's Automation API, as a plugin of its own: for commands of the engine's own command line.

The real one comes with Pulumi's installer; where the engine was built from its module there is none. This one runs the
``__main__.py`` of the project, in a process for each command, and answers `pulumi import`, which runs none.
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
    """Runs the project's program; no plugins to install beyond those that the engine attaches to."""

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
