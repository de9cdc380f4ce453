"""``make demo``: deploys the root program to a local tenant, shows both grants, and destroys it again.

The program runs unchanged, with the stack ``local``, on the real Pulumi engine. The grants are read from the tenant's
directory and not from Pulumi's state.
"""

from __future__ import annotations

import contextlib
import os
import runpy
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pulumi import automation as auto
from pulumi.automation.events import EngineEvent
from rich import box
from rich.console import Console
from rich.table import Table

from localtenant.process import LocalTenant

ROOT = Path(__file__).resolve().parent.parent
STACK = "local"
REPLICATION_SECONDS = 5.0


class DemoError(Exception):
    """The directory does not hold what it should."""


class _Output(Console):
    """A console that notes when nobody reads any more (``make demo | head``).

    Rich would end the thread that writes. The steps are written by the thread that reads the engine's events, and
    without it the Automation API waits for ever.
    """

    broken = False

    def on_broken_pipe(self) -> None:
        """Stops writing. The main thread decides what happens next."""
        self.broken = True
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def run(console: Console | None = None) -> int:
    """Runs the demonstration.

    Returns:
        0 when the directory held what it should, 1 when it did not, 141 when nobody reads the output any more.
    """
    console = console or _Output(highlight=False)
    began = time.monotonic()
    try:
        with (
            tempfile.TemporaryDirectory(prefix="exchange-automation-demo-") as directory,
            LocalTenant.start(lag=REPLICATION_SECONDS, virtual_time=True) as tenant,
        ):
            console.print(f"An emulated Azure and Entra ID tenant answers at {tenant.url}.")
            _show(console, tenant, _stack(Path(directory), tenant))
    except BrokenPipeError:
        return 141
    except DemoError as failure:
        console.print(f"\n[bold red]The demonstration failed:[/] {failure}")
        return 1
    except OSError as refused:
        console.print("\n[bold red]The system refused a file:[/]")
        console.print(
            f"{refused}. For a temporary file, name a directory in which you may write in TMPDIR.", markup=False
        )
        return 1
    except auto.CommandError as failure:
        console.print("\n[bold red]Pulumi failed:[/]")
        console.print(str(failure), markup=False)
        return 1
    console.print(f"\nAll of it took {time.monotonic() - began:.0f} s.")
    console.print("Next: type [bold]make shell[/] for a shell on such a tenant, and follow docs/first-grant.md in it.")
    return 0


def _stack(directory: Path, tenant: LocalTenant) -> auto.Stack:
    """Creates the root program's stack in a copy of the project, because Pulumi writes to the project's files."""
    work = directory / "project"
    (work / "stacks").mkdir(parents=True)
    shutil.copy(ROOT / "Pulumi.yaml", work)
    shutil.copy(ROOT / "stacks" / f"Pulumi.{STACK}.yaml", work / "stacks")
    (directory / "backend").mkdir()
    return auto.create_stack(
        stack_name=STACK,
        project_name="exchange-automation",
        program=_program,
        opts=auto.LocalWorkspaceOptions(
            work_dir=str(work),
            env_vars={
                **tenant.environment,
                "PULUMI_BACKEND_URL": (directory / "backend").as_uri(),
                "PULUMI_HOME": str(directory / "home"),
                "PULUMI_CONFIG_PASSPHRASE": "demo",
            },
        ),
    )


def _program() -> None:
    sys.path.insert(0, str(ROOT))
    try:
        runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")
    finally:
        sys.path.remove(str(ROOT))


def _show(console: Console, tenant: LocalTenant, stack: auto.Stack) -> None:
    with _step(console, "pulumi preview") as steps:
        stack.preview(on_event=steps)
    _check(not tenant.grants(), "the preview created a grant.")

    with _step(console, "pulumi up") as steps:
        deployed = stack.up(on_event=steps)
    grants = tenant.grants()
    console.print(_table(grants))
    _check(
        sorted(grant["kind"] for grant in grants) == ["appRole", "directoryRole"],
        f"the directory holds {len(grants)} grants and should hold an app role and a directory role.",
    )
    console.print(f"{grants[0]['principalName']} is the account's managed identity: it has the account's name.")
    console.print(
        "The app role came first: the directory role is not retried, and a new identity takes time to appear everywhere.\n"
    )
    console.print("A runbook connects with:", style="bold")
    console.print(f"  {deployed.outputs['connectCommand'].value}\n", soft_wrap=True, markup=False)

    with _step(console, "pulumi up, again") as steps:
        stack.up(on_event=steps)
    _check(not steps.changes, f"the second up changed {', '.join(steps.changes)}.")
    console.print("No change.\n")

    with _step(console, "pulumi destroy") as steps:
        stack.destroy(on_event=steps)
    left = tenant.grants()
    if left:
        console.print(_table(left))
    _check(not left, f"the directory still holds {len(left)} grants after destroy.")
    console.print("The directory holds no grant.", style="bold green")


class _Steps:
    """Prints a line for every resource that a step changed."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self.changes: list[str] = []
        self._seen: set[str] = set()

    def __call__(self, event: EngineEvent) -> None:
        done = event.res_outputs_event
        if done is None or done.metadata.type.startswith("pulumi:"):
            return
        operation = str(getattr(done.metadata.op, "value", done.metadata.op))
        if operation in {"same", "refresh", "read"}:
            return
        # The engine reports a component twice: when it is registered, and when its outputs are.
        if done.metadata.urn in self._seen:
            return
        self._seen.add(done.metadata.urn)
        name = done.metadata.urn.rsplit("::", 1)[-1]
        self.changes.append(name)
        sign = {"create": "[green]+[/]", "delete": "[red]-[/]", "update": "[yellow]~[/]"}.get(operation, operation)
        self._console.print(f"  {sign} {done.metadata.type.split(':')[-1]:<26} {name}")


@contextlib.contextmanager
def _step(console: Console, title: str) -> Iterator[_Steps]:
    console.print(f"\n[bold]{title}[/]")
    began = time.monotonic()
    yield _Steps(console)
    if isinstance(console, _Output) and console.broken:
        raise BrokenPipeError
    console.print(f"  [dim]{time.monotonic() - began:.1f} s[/]")


def _table(grants: list[dict[str, Any]]) -> Table:
    table = Table(
        title="\nWhat the directory holds",
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    table.add_column("Principal", no_wrap=True)
    table.add_column("Grant", no_wrap=True)
    # One column for both kinds of grant: four are wider than a terminal of 80 columns.
    table.add_column("On", no_wrap=True)
    for grant in grants:
        on = grant["resource"] if grant["kind"] == "appRole" else grant["scope"].replace("/", "", 1) or "the directory"
        table.add_row(grant["principalName"], grant["grant"], on)
    return table


def _check(holds: bool, otherwise: str) -> None:
    if not holds:
        raise DemoError(otherwise)


def main(argv: list[str]) -> int:
    """Runs the command ``python -m tools.demo``, which takes no arguments."""
    if argv:
        print(f"demo: this command takes no arguments, but it got {' '.join(argv)}", file=sys.stderr)
        return 2
    return run()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
