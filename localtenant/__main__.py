"""``python -m localtenant``: serve a tenant, or run a command on one."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import shlex
import shutil
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from localtenant.environment import CLOUD_NAMES, PROVIDERS, azapi_variables, current

SERVE_EXAMPLES = """\
examples:
  python -m localtenant serve
      print the environment to export, and serve until interrupted
  python -m localtenant serve --lag 20 --port 8443
      new directory objects replicate 20 s after their creation
  python -m localtenant serve --virtual-time --emulate azuread
      waiting moves the tenant's clock; azuread is emulated
  python -m localtenant serve --cloud usgovernment
      initial domains, metadata and audiences of GCC High
"""
RUN_EXAMPLES = """\
examples:
  python -m localtenant run -- bash
      a shell in which pulumi works on the tenant: pulumi stack init dev, pulumi up, ...
  python -m localtenant run --lag 17 -- sh -c 'pulumi stack init dev && pulumi up --yes'
      new identities take 17 s to replicate
  python -m localtenant run --real azuread -- sh -c 'pulumi stack init dev && pulumi preview'
      azuread's own plugin, from PATH, against the tenant
  python -m localtenant run -- env
      what a program is given

The tenant and, unless PULUMI_BACKEND_URL is set, Pulumi's state are gone when the command ends, so each run makes its stack.
The command's exit code is this command's; 128 + N when signal N ended it.
"""


def parser() -> argparse.ArgumentParser:
    """The command line."""
    main = argparse.ArgumentParser(
        prog="python -m localtenant",
        description="An Azure and Entra ID tenant on the loopback interface.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = main.add_subparsers(dest="command", required=True, metavar="serve | run")
    serve = commands.add_parser(
        "serve",
        help="start a tenant and print the environment to export",
        epilog=SERVE_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_common(serve)
    serve.add_argument("--host", default="localhost", help="a loopback address (default: %(default)s)")
    serve.add_argument("--port", type=int, default=0, help="port to listen on (default: any free one)")
    serve.add_argument(
        "--emulate", action="append", metavar="NAME", choices=PROVIDERS, help="emulate this provider as well"
    )
    serve.add_argument("--json", action="store_true", help="print one line of JSON instead of exports")
    serve.add_argument("--ready-file", type=Path, metavar="F", help="write that JSON to F once ready")
    serve.add_argument("--until-stdin-closes", action="store_true", help="stop when standard input ends")
    run = commands.add_parser(
        "run",
        help="run a command on a tenant of its own",
        epilog=RUN_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_common(run)
    run.add_argument(
        "--real",
        action="append",
        default=[],
        metavar="NAME",
        choices=PROVIDERS,
        help="take this provider's own plugin from PATH instead of emulating it (azuread, azure-native; repeatable)",
    )
    run.add_argument("argv", nargs=argparse.REMAINDER, metavar="-- COMMAND ...", help="what to run")
    return main


def _add_common(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--lag",
        type=_seconds,
        default=0.0,
        metavar="S",
        help="replication lag of the directory in seconds (default: 0)",
    )
    command.add_argument(
        "--cloud", default="public", choices=CLOUD_NAMES, help="the cloud that it stands for (default: %(default)s)"
    )
    command.add_argument(
        "--virtual-time", action="store_true", help="waiting moves the tenant's clock instead of the wall's"
    )


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0.0 <= value < 1e7:
        raise argparse.ArgumentTypeError(f"'{text}' is no number of seconds; write 0 or more, such as 20")
    return value


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command line; returns the exit code."""
    options = parser().parse_args(argv)
    try:
        return asyncio.run(_serve(options) if options.command == "serve" else _run(options))
    except KeyboardInterrupt:
        return 130
    except (ValueError, OSError) as error:
        print(f"localtenant: {error}", file=sys.stderr)
        return 2


async def _serve(options: argparse.Namespace) -> int:
    from localtenant.running import running  # noqa: PLC0415  (--help and mistakes need no server)

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    async with running(
        lag=options.lag,
        virtual_time=options.virtual_time,
        providers=options.emulate or (),
        inherited=current(),
        host=options.host,
        port=options.port,
        cloud=options.cloud,
    ) as tenant:
        ready = {
            "url": tenant.server.url,
            "environment": tenant.environment,
            "authority": str(tenant.server.authority),
            "ports": tenant.ports,
            "pid": os.getpid(),
        }
        if options.ready_file:
            # Written under another name first: a program that waits for the file finds it complete.
            draft = options.ready_file.with_name(options.ready_file.name + ".part")
            draft.write_text(json.dumps(ready))
            draft.replace(options.ready_file)
        if options.json:
            print(json.dumps(ready), flush=True)
        else:
            for name, value in tenant.environment.items():
                print(f"export {name}={shlex.quote(value)}")
            print(f"# The local tenant answers at {tenant.server.url}. Interrupt to stop it.", flush=True)
        if options.until_stdin_closes:
            loop.add_reader(sys.stdin.fileno(), _on_input, loop, stop)
        await stop.wait()
    return 0


def _on_input(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    if not os.read(sys.stdin.fileno(), 4096):
        loop.remove_reader(sys.stdin.fileno())
        stop.set()


async def _run(options: argparse.Namespace) -> int:
    command = options.argv[1:] if options.argv[:1] == ["--"] else options.argv
    if not command:
        raise ValueError("There is no command to run. Write it after two dashes: run -- pulumi up")
    missing = [name for name in options.real if shutil.which(f"pulumi-resource-{name}") is None]
    if missing:
        raise ValueError(
            f"--real {missing[0]} needs the program 'pulumi-resource-{missing[0]}' on PATH, and it is not there. Put the "
            f"provider's plugin on PATH, or leave --real {missing[0]} out to use the emulated provider."
        )
    from localtenant.running import running  # noqa: PLC0415  (as above)
    from localtenant.stack_files import warning  # noqa: PLC0415  (as above)

    providers = [name for name in PROVIDERS if name not in options.real]
    inherited = current()
    with contextlib.ExitStack() as stack:
        backend = _backend(inherited, stack)
        if backend and (text := warning(Path.cwd())):
            print(f"localtenant: {text}", file=sys.stderr, flush=True)
        async with running(
            lag=options.lag,
            virtual_time=options.virtual_time,
            providers=providers,
            inherited=inherited,
            cloud=options.cloud,
        ) as tenant:
            azapi = {} if "azure-native" in options.real else azapi_variables(tenant.server.url)
            environment = {**inherited, **tenant.environment, **azapi, **backend}
            return await _child(command, environment)


def _backend(inherited: dict[str, str], stack: contextlib.ExitStack) -> dict[str, str]:
    """A backend for Pulumi's state in a temporary directory, unless one is set or logged in to."""
    home = Path(inherited.get("PULUMI_HOME") or Path.home() / ".pulumi")
    if inherited.get("PULUMI_BACKEND_URL") or inherited.get("PULUMI_ACCESS_TOKEN") or _logged_in(home):
        return {}
    directory = stack.enter_context(tempfile.TemporaryDirectory(prefix="localtenant-backend-"))
    result = {"PULUMI_BACKEND_URL": Path(directory).as_uri()}
    if not inherited.get("PULUMI_CONFIG_PASSPHRASE") and not inherited.get("PULUMI_CONFIG_PASSPHRASE_FILE"):
        result["PULUMI_CONFIG_PASSPHRASE"] = "local-tenant"
    return result


def _logged_in(home: Path) -> bool:
    try:
        return bool(json.loads((home / "credentials.json").read_text()).get("current"))
    except (OSError, ValueError):
        return False


async def _child(command: Sequence[str], environment: dict[str, str]) -> int:
    try:
        child = await asyncio.create_subprocess_exec(*command, env=environment)
    except FileNotFoundError:
        print(f"localtenant: there is no program '{command[0]}'.", file=sys.stderr)
        return 127
    except PermissionError:
        print(f"localtenant: '{command[0]}' may not be run.", file=sys.stderr)
        return 126
    loop = asyncio.get_running_loop()

    def forward(number: signal.Signals) -> None:
        # A terminal interrupts the whole foreground group; passing that on would interrupt the command twice.
        if number is signal.SIGINT and sys.stdin.isatty():
            return
        with contextlib.suppress(ProcessLookupError):
            child.send_signal(number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        loop.add_signal_handler(number, forward, number)
    code = await child.wait()
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main())
