"""A key service in the test's process, so that no command derives a key from a passphrase.

Deriving it takes the engine 0.2 s of processor time, half of what a command on a small stack costs. Pulumi asks a key service
once for each command instead: to encrypt or decrypt the key of the stack's secrets. This one serves the two paths of
HashiCorp Vault's transit API that Pulumi calls. It hides nothing: it encodes the key in Base64.
"""

from __future__ import annotations

import functools
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

PROVIDER = "hashivault://tests"
"""What a stack's settings name as ``secretsprovider``."""

_PREFIX = "vault:v1:"


class _Transit(BaseHTTPRequestHandler):
    def do_PUT(self) -> None:
        given: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/v1/transit/encrypt/tests":
            data = {"ciphertext": _PREFIX + given["plaintext"]}
        elif self.path == "/v1/transit/decrypt/tests":
            data = {"plaintext": given["ciphertext"].removeprefix(_PREFIX)}
        else:
            self.send_error(404)
            return
        body = json.dumps({"data": data}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (the base class's name)
        """Prints nothing about a request."""


@functools.cache
def environment() -> dict[str, str]:
    """Returns the variables that lead the engine to the service, which serves until the process ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Transit)
    Thread(target=server.serve_forever, name="key service", daemon=True).start()
    return {"VAULT_SERVER_URL": f"http://127.0.0.1:{server.server_port}", "VAULT_SERVER_TOKEN": "of-no-value"}
