"""Deploys the access of many tenants: ``python deploy.py up --at-once 4``."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from pathlib import Path

from many_tenants.results import Results, ResultsError
from many_tenants.roster import RosterError, Tenant, read
from many_tenants.runner import Runner

MOST_AT_ONCE = 64


def at_once(text: str) -> int:
    """The number of tenants that are deployed at the same time."""
    if not text.isdecimal() or not 1 <= int(text) <= MOST_AT_ONCE:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a number from 1 to {MOST_AT_ONCE}. Every tenant at once needs about 250 MB of memory."
        )
    return int(text)


def shard(text: str) -> tuple[int, int]:
    """One part of the list, such as the second of five."""
    number, _, of = text.partition("/")
    if not (number.isdecimal() and of.isdecimal() and 1 <= int(number) <= int(of)):
        raise argparse.ArgumentTypeError(f"{text!r} is not a part such as 2/5, which is the second of five.")
    return int(number), int(of)


def parser() -> argparse.ArgumentParser:
    """The options."""
    made = argparse.ArgumentParser(prog="deploy.py", description="Deploys one stack per tenant of a list.")
    made.add_argument("command", choices=("preview", "up", "destroy"))
    made.add_argument("--tenants", type=Path, default=Path("tenants.yaml"), metavar="FILE", help="the list of tenants")
    made.add_argument("--at-once", type=at_once, default=4, metavar="N", help="tenants at the same time (default: 4)")
    made.add_argument("--only", action="append", default=[], metavar="NAME", help="a tenant to deploy; may be repeated")
    made.add_argument("--shard", type=shard, default=(1, 1), metavar="K/N", help="part K of N of the list, for CI jobs")
    made.add_argument(
        "--resume", action="store_true", help="leave out the tenants that the results file says succeeded"
    )
    made.add_argument("--results", type=Path, default=Path("results.json"), metavar="FILE", help="the results file")
    made.add_argument("--logs", type=Path, default=Path("logs"), metavar="FOLDER", help="a log per tenant goes here")
    return made


def select(tenants: list[Tenant], options: argparse.Namespace, results: Results) -> list[Tenant]:
    """The tenants that this run deploys.

    Raises:
        RosterError: A name is not in the list.
    """
    unknown = sorted(set(options.only) - {tenant.name for tenant in tenants})
    if unknown:
        raise RosterError(f"{options.tenants} has no tenant {', '.join(unknown)}, so no tenant is deployed.")
    number, of = options.shard
    return [
        tenant
        for index, tenant in enumerate(tenants)
        if index % of == number - 1
        and tenant.name in (options.only or [tenant.name])
        and not results.succeeded(tenant.name)
    ]


def main(arguments: list[str] | None = None) -> int:
    """Returns 0 when every selected tenant succeeded, 1 when one did not, 2 for mistakes, 130 after an interrupt."""
    options = parser().parse_args(arguments)
    try:
        tenants = read(options.tenants, os.environ)
        results = Results(options.results, options.command, resume=options.resume)
        selected = select(tenants, options, results)
    except (RosterError, ResultsError) as error:
        print(f"deploy.py: {error}", file=sys.stderr)
        return 2
    runner = Runner(tenants, results, options.logs, os.environ, lambda line: print(line, flush=True))
    asyncio.run(runner.run(selected, options.at_once))
    failed = [tenant.name for tenant in selected if not results.succeeded(tenant.name)]
    print(f"{len(selected) - len(failed)} of {len(selected)} tenants succeeded.")
    for name in failed:
        row = results.by_tenant.get(name)
        print(f"  {name}: {row or 'not started'}" + (f" (see {options.logs / name}.log)" if row else ""))
    if failed:
        print("To continue with them, run the same command with --resume.")
    if runner.interrupted:
        return 130
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
