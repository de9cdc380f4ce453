"""A local tenant in a process of its own, for programs and tests.

::

    with LocalTenant.start(lag=5, virtual_time=True) as tenant:
        subprocess.run(["pulumi", "up", "--yes"], env={**os.environ, **tenant.environment})
        assert tenant.grants()
"""

from __future__ import annotations

import contextlib
import json
import os
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, cast

import httpx

Json = dict[str, Any]
START_SECONDS = 20.0


class TenantError(RuntimeError):
    """The tenant did not start, or refused a request to the admin API."""


class LocalTenant:
    """A handle on a running tenant.

    Attributes:
        url: ``https://localhost:PORT``.
        environment: Variables to export to programs that use the tenant.
        authority: File of the tenant's certificate authority.
        process_id: The process behind it; None when it was attached to.
    """

    def __init__(self, url: str, environment: Mapping[str, str], authority: Path) -> None:
        self.url = url
        self.environment = dict(environment)
        self.authority = authority
        self.process_id: int | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None
        # Only the tenant's own authority: creating a context over a whole bundle costs 100 ms.
        context = ssl.create_default_context(cafile=str(authority))
        self._client = httpx.Client(base_url=url, verify=context, timeout=60.0, trust_env=False)

    @classmethod
    @contextlib.contextmanager
    def start(
        cls,
        *,
        lag: float = 0.0,
        virtual_time: bool = True,
        providers: Sequence[str] = ("azuread", "azure-native"),
        port: int = 0,
        inherited: Mapping[str, str] | None = None,
    ) -> Iterator[LocalTenant]:
        """Starts a tenant, and stops it at the end of the block, also when the block fails.

        The process ends by itself when this one dies, however it dies.

        Args:
            lag: Seconds until a new directory object has replicated.
            virtual_time: Whether waiting moves the tenant's clock instead of the wall's.
            providers: Providers to emulate; an empty sequence for none.
            port: 0 for any free one.
            inherited: Environment of the process; this process's own when None.

        Raises:
            TenantError: It was not ready in time; the message has its error output.
        """
        tenant = cls._spawn(lag, virtual_time, providers, port, inherited)
        try:
            yield tenant
        finally:
            tenant.stop()

    @classmethod
    def _spawn(
        cls, lag: float, virtual_time: bool, providers: Sequence[str], port: int, inherited: Mapping[str, str] | None
    ) -> LocalTenant:
        command = [sys.executable, "-m", "localtenant", "serve", "--json", "--until-stdin-closes"]
        command += ["--lag", str(lag), "--port", str(port)]
        command += ["--virtual-time"] if virtual_time else []
        for name in providers:
            command += ["--emulate", name]
        environment = dict(os.environ if inherited is None else inherited)
        # This process may find the package through its working directory, which the child does not have.
        root = str(Path(__file__).resolve().parent.parent)
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, (root, environment.get("PYTHONPATH"))))
        log = tempfile.TemporaryFile()  # noqa: SIM115  (lives as long as the process)
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, env=environment, start_new_session=True
        )
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            process.wait(START_SECONDS)
            log.seek(0)
            output = log.read().decode("utf-8", "replace").strip()
            log.close()
            raise TenantError(
                f"The local tenant ended with code {process.returncode} before it was ready. Its error output: {output}"
            )
        ready = json.loads(line)
        tenant = cls(ready["url"], ready["environment"], Path(ready["authority"]))
        tenant._process, tenant._log, tenant.process_id = process, log, process.pid
        return tenant

    def stop(self) -> None:
        """Ends the process; a second call does nothing."""
        self._client.close()
        process, self._process = self._process, None
        if process is not None:
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    stream.close()
            try:
                process.wait(5.0)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self._log is not None:
            self._log.close()
            self._log = None

    def log(self) -> str:
        """Returns the process's standard error so far."""
        if self._log is None:
            return ""
        descriptor = os.dup(self._log.fileno())
        with os.fdopen(descriptor, "rb") as copy:
            size = os.fstat(copy.fileno()).st_size
            return os.pread(copy.fileno(), size, 0).decode("utf-8", "replace")

    # Admin API

    def admin(self, method: str, path: str, body: Json | None = None, timeout: float = 60.0) -> Any:
        """Sends a request to the admin API.

        Raises:
            TenantError: The tenant refused it; the message has the reason.
        """
        response = self._client.request(method, f"/_tenant/{path}", json=body, timeout=timeout)
        if response.status_code >= 400:
            raise TenantError(f"{method} {path}: {response.json().get('error', response.text)}")
        return response.json()

    def grants(self) -> list[Json]:
        """Returns every grant in all tenants: app roles and directory roles."""
        return cast("list[Json]", self.admin("GET", "grants"))

    def request_log(self, since: int = 0) -> list[Json]:
        """The requests after a number, oldest first."""
        return cast("list[Json]", self.admin("GET", f"requests?since={since}"))

    def reset(self, lag: float | None = None, seed: str | None = None, cloud: str | None = None) -> None:
        """Resets states, request log and faults; the tenant becomes the named cloud until the next reset."""
        self.admin("POST", "reset", {"lag": lag, "seed": seed, "cloud": cloud})

    def add_service_principal(self, display_name: str, **properties: Any) -> list[Json]:
        """Creates service principals as somebody else would; the admin API lists the ``properties``."""
        return cast("list[Json]", self.admin("POST", "service-principals", {"displayName": display_name, **properties}))

    def add_grant(self, principal_id: str, **grant: Any) -> Json:
        """Creates a grant as somebody else would: ``appRole=...`` or ``directoryRole=...``."""
        return cast("Json", self.admin("POST", "grants", {"principalId": principal_id, **grant}))

    def remove_object(self, object_id: str) -> None:
        """Removes a directory object, an assignment or a resource as somebody else would."""
        self.admin("DELETE", f"objects/{object_id}")

    def faults(self, faults: Sequence[Json]) -> list[str]:
        """Sets faults; returns their ids."""
        return [fault["id"] for fault in self.admin("POST", "faults", {"faults": list(faults)})]

    def fault(self, fault_id: str) -> Json:
        """Returns a fault with its counts of matching and affected requests."""
        return cast("Json", self.admin("GET", f"faults/{fault_id}"))

    def clear_faults(self) -> None:
        """Removes all faults; requests that are held go on."""
        self.admin("DELETE", "faults")

    def wait_for_hold(self, fault_id: str, timeout: float = 30.0) -> Json:
        """Returns when a ``hold`` has caught a request.

        Raises:
            TenantError: It caught none in time.
        """
        return cast("Json", self.admin("GET", f"faults/{fault_id}?wait={timeout}", timeout=timeout + 10.0))

    def release(self, fault_id: str, then: str = "continue") -> None:
        """Lets held requests go on, or ``cut`` them."""
        self.admin("POST", f"faults/{fault_id}/release", {"then": then})

    def advance(self, seconds: float) -> None:
        """Moves a virtual clock forward."""
        self.admin("POST", "clock", {"advance": seconds})

    def now(self) -> str:
        """The tenant's time, ISO 8601."""
        return str(self.admin("GET", "clock")["now"])

    def set_deployer(
        self,
        roles: Sequence[str] | None = None,
        arm: Sequence[str] | None = None,
        certificate: str | None = None,
        tenant: str | None = None,
    ) -> None:
        """Sets the deployer's Graph permissions and Azure roles, and adds a certificate (PEM) that it can sign in with."""
        body: Json = {"tenant": tenant}
        body.update({"roles": list(roles)} if roles is not None else {})
        body.update({"arm": list(arm)} if arm is not None else {})
        body.update({"certificate": certificate} if certificate is not None else {})
        self.admin("POST", "deployer", body)

    def consent(self, customer: str, roles: Sequence[str] | None = None) -> Json:
        """Consents, as the administrator of the tenant ``customer`` (an id or domain), to the deployer of the first tenant.

        Returns the deployer's service principal in that tenant. ``roles`` are its permissions in Graph.
        """
        body: Json = {"tenant": customer, **({"roles": list(roles)} if roles is not None else {})}
        return cast("Json", self.admin("POST", "consent", body))

    def set_behaviour(self, **behaviour: bool) -> Json:
        """Changes the behaviour of the services, such as ``graphThrottling=True``; returns the whole behaviour.

        Raises:
            TenantError: The services do not have this behaviour.
        """
        return cast("Json", self.admin("POST", "behaviour", dict(behaviour)))

    def keep_responses(self, keep: bool = True) -> None:
        """Logs the bodies of responses as well, with their secrets hidden."""
        self.admin("POST", "requests", {"responses": keep})

    def set_exchange(
        self, present: bool = True, disabled_app_roles: Sequence[str] = (), tenant: str | None = None
    ) -> None:
        """Removes or restores Exchange Online's service principal, and disables some of its app roles."""
        body: Json = {"present": present, "disabledAppRoles": list(disabled_app_roles), "tenant": tenant}
        self.admin("POST", "exchange", body)


def wait_until(condition: Any, timeout: float = 10.0, interval: float = 0.02) -> None:
    """Waits on the wall clock until ``condition()`` holds.

    Raises:
        TimeoutError: It did not hold in time.
    """
    end = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"The condition did not hold within {timeout} s.")
        time.sleep(interval)
