"""The language server of the SDK's Automation API, as a plugin of its own, for commands that run no program.

The real one comes with Pulumi's installer; where the engine was built from its module there is none. It answers what
`pulumi import` asks before it imports: that there is nothing to install.
"""

from __future__ import annotations

import sys
import threading
from concurrent import futures

import grpc
from pulumi.automation._server import LanguageServer
from pulumi.runtime.proto import language_pb2, language_pb2_grpc


class ImportHost(LanguageServer):
    """No program, no plugins to install beyond those that the engine attaches to."""

    def GetRequiredPackages(self, request: object, context: object) -> object:  # noqa: N802
        return language_pb2.GetRequiredPackagesResponse()


def main() -> None:
    """Serve until the engine ends the process."""
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))

    def nothing() -> None:
        raise AssertionError("This host runs no program.")

    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(ImportHost(nothing), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    threading.Event().wait()


if __name__ == "__main__":
    main()
