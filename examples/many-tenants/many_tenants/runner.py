"""Runs the stacks of many tenants, a bounded number at once; one tenant's failure does not stop the others."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from many_tenants.results import Result, Results
from many_tenants.roster import Tenant, environment_of

HERE = Path(__file__).resolve().parent.parent


class Runner:
    """Runs one command on every tenant.

    Args:
        tenants: The whole list, which decides what every process must not see.
        results: Receives every result at once.
        logs: The folder for the output of every tenant's engine.
        environment: The variables of the run, with the credentials of every tenant.
        progress: Receives a line whenever a tenant is done.
    """

    def __init__(
        self,
        tenants: list[Tenant],
        results: Results,
        logs: Path,
        environment: Mapping[str, str],
        progress: Callable[[str], None],
    ) -> None:
        self.tenants = tenants
        self.results = results
        self.logs = logs
        self.environment = environment
        self.progress = progress
        self.interrupted = False
        self._running: set[int] = set()

    async def run(self, selected: Sequence[Tenant], at_once: int) -> None:
        """Runs the selected tenants, at most ``at_once`` at the same time.

        An interrupt starts no further tenant. The engines that run finish the step they are in and write their state.
        """
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, self.interrupt)
        slots = asyncio.Semaphore(at_once)
        done = 0

        async def one(tenant: Tenant) -> None:
            nonlocal done
            async with slots:
                if self.interrupted:
                    return
                result = await self._run_one(tenant)
                self.results.add(tenant.name, result)
                done += 1
                self.progress(f"{done}/{len(selected)} {tenant.name}: {result}")

        try:
            await asyncio.gather(*(one(tenant) for tenant in selected))
        finally:
            loop.remove_signal_handler(signal.SIGINT)

    def interrupt(self) -> None:
        """Starts no further tenant and interrupts the engines that run."""
        self.interrupted = True
        for process in self._running:
            os.killpg(process, signal.SIGINT)

    async def _run_one(self, tenant: Tenant) -> Result:
        self.logs.mkdir(parents=True, exist_ok=True)
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as directory, (self.logs / f"{tenant.name}.log").open("wb") as log:
            outcome = Path(directory) / "outcome.json"
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "many_tenants.stack", self.results.command),
                *(json.dumps(asdict(tenant)), str(outcome)),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=HERE,
                env=environment_of(tenant, self.tenants, self.environment),
                start_new_session=True,
            )
            self._running.add(process.pid)
            await process.wait()
            self._running.discard(process.pid)
            stored: Any = json.loads(outcome.read_text("utf-8")) if outcome.exists() else {"outcome": "failed"}
        failed = stored["outcome"] != "succeeded"
        label = "interrupted" if failed and self.interrupted else stored["outcome"]
        return Result(label, round(time.monotonic() - began, 1), stored.get("changes", {}))
