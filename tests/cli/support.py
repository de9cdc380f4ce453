"""The command line tool as people call it, on a local tenant."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import ssl
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from unittest import mock

import httpx

from exchange_automation.cli.app import run as tool
from localtenant.process import LocalTenant
from localtenant.state import seed

TOKEN = re.compile(r"eyJ[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,}\.")
"""What an access token looks like."""

CODE = re.compile(r"EXA4\d\d")
"""What the message of a command that could not do its work ends in."""

# Runs the tool and tells the most memory that it had, in kilobytes.
_MEASURED = """
import resource, sys
from exchange_automation.cli.app import run
try:
    run()
finally:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
"""

_OURS = ("ARM_", "AZURE_", "PULUMI_", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")


@dataclass(frozen=True)
class CommandResult:
    """The outcome of a command.

    Attributes:
        code: its exit code.
        out: standard output.
        err: standard error.
    """

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output, which has to be JSON and nothing else."""
        return json.loads(self.out)

    @property
    def text(self) -> str:
        """Both streams, with one blank in place of line ends and of several blanks."""
        return " ".join(f"{self.out} {self.err}".split())


def run(
    tenant: LocalTenant | None,
    *arguments: str,
    stdin: str | None = None,
    apart: bool = False,
    measured: bool = False,
    variables: Mapping[str, str | None] | None = None,
) -> CommandResult:
    """Runs ``exchange-automation`` with these arguments.

    In this process, because starting one and importing azure-identity takes longer than most commands; everything that the
    command sees of the outside is exchanged meanwhile.

    Args:
        tenant: whose environment the command gets; None for none.
        arguments: of the command.
        stdin: what it reads on standard input.
        apart: run it in a process of its own, as people do.
        measured: the same, and let it tell its peak memory in kilobytes as the last line of standard error.
        variables: more environment; None takes a variable away.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    given = {**inherited, **(tenant.environment if tenant else {}), "COLUMNS": "120", **(variables or {})}
    environment = {name: value for name, value in given.items() if value is not None}
    result = (
        _apart(arguments, environment, stdin, measured=measured)
        if apart or measured
        else _here(arguments, environment, stdin)
    )
    assert "Traceback" not in result.err, result.err
    assert "EXA499" not in result.err, result.err  # A mistake of the command's own.
    assert tenant is None or tenant.environment["ARM_CLIENT_SECRET"] not in result.out + result.err
    assert not TOKEN.search(result.out + result.err)
    # The parser of the options speaks for itself; everything else that keeps a command from its work has a code.
    assert result.code != 2 or "Usage:" in result.err or CODE.search(result.out + result.err), result.err
    return result


def _apart(
    arguments: tuple[str, ...], environment: dict[str, str], stdin: str | None, *, measured: bool
) -> CommandResult:
    done = subprocess.run(
        [sys.executable, *(("-c", _MEASURED) if measured else ("-m", "exchange_automation.cli")), *arguments],
        env=environment,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return CommandResult(done.returncode, done.stdout, done.stderr)


def _here(arguments: tuple[str, ...], environment: dict[str, str], stdin: str | None) -> CommandResult:
    out, err = io.StringIO(), io.StringIO()
    with (
        mock.patch.dict(os.environ, environment, clear=True),
        mock.patch.multiple(sys, argv=["exchange-automation", *arguments], stdin=io.StringIO(stdin or "")),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            tool()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        else:
            code = 0
    return CommandResult(code, out.getvalue(), err.getvalue())


def identity(tenant: LocalTenant, *roles: str, app_role: bool = True, name: str = "job") -> str:
    """Creates a managed identity with grants; returns its object id."""
    [created] = tenant.add_service_principal(name, servicePrincipalType="ManagedIdentity")
    if app_role:
        tenant.add_grant(created["id"], appRole="Exchange.ManageAsApp")
    for role in roles:
        tenant.add_grant(created["id"], directoryRole=role)
    return str(created["id"])


def graph(tenant: LocalTenant, method: str, path: str, body: dict[str, Any], version: str = "v1.0") -> Any:
    """A request to Graph as the deployer."""
    form = {
        "grant_type": "client_credentials",
        "client_id": seed.CONTOSO.client_id,
        "client_secret": seed.CONTOSO.client_secret,
        "scope": "https://graph.microsoft.com/.default",
    }
    with httpx.Client(verify=ssl.create_default_context(cafile=str(tenant.authority)), trust_env=False) as client:
        token = client.post(f"{tenant.url}/{seed.CONTOSO.tenant_id}/oauth2/v2.0/token", data=form).json()[
            "access_token"
        ]
        headers = {"Authorization": f"Bearer {token}"}
        answer = client.request(method, f"{tenant.url}/{version}/{path}", json=body, headers=headers)
    answer.raise_for_status()
    return answer.json() if answer.content else None


def checks(result: CommandResult) -> dict[str, dict[str, Any]]:
    """Returns the lines of ``doctor --json`` by subject."""
    return {check["subject"]: check for check in result.json["checks"]}
