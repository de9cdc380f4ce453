"""The policy pack on the engine: the launcher that it needs, one stack for many previews."""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from localtenant.process import LocalTenant
from tests.engine.support import Deployment, Outcome, Program

PACK = Path(__file__).resolve().parents[2] / "policies"
ALL_MANDATORY = {"all": "mandatory"}


def launcher(directory: Path) -> Path:
    """A folder with the program that the engine starts a pack with; Pulumi's installer brings one.

    The options of the pack's runtime follow the two arguments and are of no use here: this is the environment already.
    """
    directory.mkdir(parents=True, exist_ok=True)
    program = directory / "pulumi-analyzer-policy-python"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m pulumi.policy "$1" "$2"\n')
    program.chmod(0o755)
    return directory


class Judged:
    """A stack whose every command runs the pack."""

    def __init__(self, directory: Path, tenant: LocalTenant, **options: Any) -> None:
        path = f"{launcher(directory / 'launcher')}{os.pathsep}{os.environ['PATH']}"
        self.deployment = Deployment(directory, tenant, lambda: None, environment={"PATH": path}, **options)
        self._configuration = directory / "policies.json"

    def run(self, command: str, program: Program, configuration: Mapping[str, Any] | None = None) -> Outcome:
        """``pulumi preview`` or ``up`` with the pack."""
        options: dict[str, Any] = {"policy_packs": [str(PACK)]}
        if configuration is not None:
            self._configuration.write_text(json.dumps(configuration))
            options["policy_pack_configs"] = [str(self._configuration)]
        self.deployment.program = program
        outcome: Outcome = getattr(self.deployment, command)(**options)
        return outcome


def certificate(days: int) -> str:
    """A certificate that is valid for so many days."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([])
    begins = dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(begins).not_valid_after(begins + dt.timedelta(days=days))
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()
