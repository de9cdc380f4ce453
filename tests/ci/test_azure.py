"""The pipelines for Azure: their structure, their shell, and their scripts on the real engine and a local tenant."""

from __future__ import annotations

import json
import re
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from localtenant.process import LocalTenant
from localtenant.state import seed
from tests.ci.jobs import environment
from tests.ci.services import Service
from tools.places import CHECKOUT

PIPELINES = {
    path.stem: yaml.safe_load(path.read_text()) for path in (CHECKOUT / "examples" / "ci" / "azure").glob("*.yml")
}
SHELLCHECK = Path(sys.executable).with_name("shellcheck")
MACRO = re.compile(r"\$\([A-Za-z][A-Za-z.]*\)")


def steps() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every step of every pipeline, with where it is."""

    def walk(where: str, node: Any) -> Iterator[tuple[str, dict[str, Any]]]:
        if isinstance(node, list):
            for item in node:
                yield from walk(where, item)
        elif isinstance(node, dict):
            inner = f"{where}/{node.get('stage') or node.get('job') or node.get('deployment') or ''}".rstrip("/")
            for key, value in node.items():
                if key == "steps":
                    yield from ((inner, step) for step in value)
                else:
                    yield from walk(inner, value)

    for name, pipeline in PIPELINES.items():
        yield from walk(name, pipeline)


def script(step: dict[str, Any]) -> str:
    return str(step.get("bash") or step.get("inputs", {}).get("inlineScript") or "")


SCRIPTS = [(where, step) for where, step in steps() if script(step)]


@pytest.mark.parametrize(("where", "step"), SCRIPTS, ids=[f"{where}: {step['displayName']}" for where, step in SCRIPTS])
def test_a_script_is_sound_and_nobody_outside_chooses_its_text(where: str, step: dict[str, Any]) -> None:
    text = script(step)
    assert text.startswith("set -euo pipefail\n")
    # A macro is put into the text before bash reads it; what comes from a pull request comes as a variable.
    assert MACRO.findall(text) == []
    # The names in small letters are what AzureCLI@2 gives.
    done = subprocess.run(
        [SHELLCHECK, "--shell=bash", "--exclude=SC2154", "-"], input=text, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_no_checkout_keeps_a_token_and_every_job_has_an_end() -> None:
    checkouts = [step for _, step in steps() if "checkout" in step]
    assert len(checkouts) == 6
    assert all(step["persistCredentials"] is False for step in checkouts)
    jobs = [job for stage in PIPELINES["azure-pipelines"]["stages"] for job in stage["jobs"]]
    assert all(job["timeoutInMinutes"] <= 60 for job in [*jobs, *PIPELINES["nightly"]["jobs"]])


def test_a_fork_meets_no_service_connection_and_no_token_meets_its_code() -> None:
    for where, step in steps():
        in_fork, in_comment = where.endswith("/local"), where.endswith("/access")
        connected = step.get("inputs", {}).get("azureSubscription")
        assert not (in_fork and (connected or "System.AccessToken" in str(step))), where
        assert ("System.AccessToken" in str(step)) <= in_comment, where
        assert not (in_comment and connected), where
        assert (connected == "exchange-deploy") == ("pulumi up --stack" in script(step)), where
    stages = {stage["stage"]: stage for stage in PIPELINES["azure-pipelines"]["stages"]}
    jobs = {job["job"]: job for job in stages["pullRequest"]["jobs"]}
    assert jobs["local"]["condition"] == "eq(variables['isFork'], true)"
    assert jobs["preview"]["condition"] == "ne(variables['isFork'], true)"
    assert (jobs["access"]["condition"], jobs["access"]["dependsOn"]) == ("not(canceled())", ["local", "preview"])
    assert stages["deploy"]["jobs"][1]["environment"] == "exchange-production"
    assert "eq(variables['Build.SourceBranch'], 'refs/heads/main')" in stages["deploy"]["condition"]


class Agent:
    """An agent of Azure Pipelines, with a sign-in by the token that AzureCLI@2 gives."""

    def __init__(self, tenant: LocalTenant, engine: str, repository: Path, service: Service) -> None:
        trusted = {
            name: value for name, value in tenant.environment.items() if not name.startswith(("ARM_CLIENT", "AZURE_"))
        }
        programs = repository.parent / "programs"
        programs.mkdir()
        (programs / "az").write_text(f"#!/bin/sh\necho {tenant.environment['ARM_SUBSCRIPTION_ID']}\n")
        (programs / "az").chmod(0o755)
        (repository.parent / "backend").mkdir()
        self.repository = repository
        self.environment = environment(
            engine,
            **trusted,
            PULUMI_BACKEND_URL=(repository.parent / "backend").as_uri(),
            PULUMI_HOME=str(repository.parent / "home"),
            PULUMI_CONFIG_PASSPHRASE="test",
            PIPELINE_WORKSPACE=str(repository.parent),
            STACK="prod",
            FAIL_ON="critical",
            FORK="False",
            LOCAL="Skipped",
            PREVIEW="Succeeded",
            SHA="1" * 40,
            SYSTEM_ACCESSTOKEN="token",
            SYSTEM_COLLECTIONURI=service.url,
            SYSTEM_TEAMPROJECTID="project",
            BUILD_REPOSITORY_ID="repo",
            SYSTEM_PULLREQUEST_PULLREQUESTID="17",
            idToken=id_token(tenant),
            servicePrincipalId=tenant.environment["ARM_CLIENT_ID"],
            tenantId=tenant.environment["ARM_TENANT_ID"],
        )
        self.environment["PATH"] = f"{programs}:{self.environment['PATH']}"

    def run(self, place: str, name: str) -> tuple[int, str]:
        """Runs the script of a step."""
        [text] = [script(step) for where, step in SCRIPTS if where == place and step["displayName"] == name]
        return self.bash(text)

    def bash(self, text: str) -> tuple[int, str]:
        done = subprocess.run(
            ["bash", "-c", text], cwd=self.repository, env=self.environment, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout + done.stderr


def id_token(tenant: LocalTenant) -> str:
    """What a service connection with workload identity federation hands to the task."""
    answer = httpx.get(
        f"{tenant.url}/oidc/ci/token?api-version=2.0&audience=api://AzureADTokenExchange",
        headers={"Authorization": f"Bearer {seed.OIDC_REQUEST_TOKEN}"},
        verify=ssl.create_default_context(cafile=str(tenant.authority)),
        trust_env=False,
    )
    return str(answer.json()["value"])


def test_a_name_in_a_preview_is_no_command_to_the_agent(
    tenant: LocalTenant, engine: str, repository: Path, service: Service
) -> None:
    agent = Agent(tenant, engine, repository, service)
    (repository.parent / "preview").mkdir()
    reason = "failed ###vso[task.complete result=Succeeded;] ##[error]"
    failed = {"steps": [], "diagnostics": [{"severity": "error", "message": reason}]}
    (repository.parent / "preview" / "preview.json").write_text(json.dumps(failed))
    code, output = agent.run("azure-pipelines/pullRequest/access", "Explain and judge")
    assert code == 1
    assert "#vso[task.complete" in output
    assert re.findall(r"##\S*", output) == [f"##vso[task.uploadsummary]{repository}/comment.md"]


def test_a_pull_request_has_one_thread(tenant: LocalTenant, engine: str, repository: Path, service: Service) -> None:
    agent = Agent(tenant, engine, repository, service)
    assert agent.bash("pulumi stack init prod")[0] == 0
    code, output = agent.run("azure-pipelines/pullRequest/preview", "Preview")
    assert code == 0, output
    (repository.parent / "preview").mkdir()
    (repository / "preview.json").rename(repository.parent / "preview" / "preview.json")
    for _ in range(2):
        code, output = agent.run("azure-pipelines/pullRequest/access", "Explain and judge")
        assert code == 0, output
    [thread] = service.threads
    assert "| high | Exchange Administrator for user-assigned identity `" in thread["comments"][0]["content"]
    (repository / "__main__.py").write_text("raise SystemExit('broken')")
    assert agent.run("azure-pipelines/pullRequest/preview", "Preview")[0] != 0
    (repository / "preview.json").rename(repository.parent / "preview" / "preview.json")
    code, output = agent.run("azure-pipelines/pullRequest/access", "Explain and judge")
    assert code == 1, output
    assert "The changes are not known." in thread["comments"][0]["content"]


@pytest.mark.parametrize("result", ["Succeeded", "Failed", "Canceled", "Skipped", ""])
@pytest.mark.parametrize("fork", ["True", "False"])
def test_the_run_fails_without_a_preview_that_ran(
    tenant: LocalTenant, engine: str, repository: Path, service: Service, fork: str, result: str
) -> None:
    agent = Agent(tenant, engine, repository, service)
    (repository.parent / "preview").mkdir()
    (repository.parent / "preview" / "preview.json").write_text('{"steps": [], "changeSummary": {}}')
    agent.environment |= {"FORK": fork, "LOCAL" if fork == "True" else "PREVIEW": result}
    agent.environment["PREVIEW" if fork == "True" else "LOCAL"] = "Skipped"
    code, output = agent.run("azure-pipelines/pullRequest/access", "Explain and judge")
    assert code == (0 if result == "Succeeded" else 1), output
    # The build of a fork writes nothing.
    assert len(service.threads) == (0 if fork == "True" else 1)


@pytest.mark.soak
def test_what_is_merged_is_deployed_and_looked_after(
    tenant: LocalTenant, engine: str, repository: Path, service: Service
) -> None:
    """The same commands as those of GitHub's workflows, which run in every test run."""
    agent = Agent(tenant, engine, repository, service)
    assert agent.bash("pulumi stack init prod")[0] == 0
    code, output = agent.run("azure-pipelines/deploy/plan", "Plan")
    assert code == 0, output
    assert f"##vso[task.uploadsummary]{repository}/plan.md" in output
    code, output = agent.run("azure-pipelines/deploy/up", "Up")
    assert code == 0, output
    assert len(tenant.grants()) == 2

    assert agent.run("nightly/look", "Drift and audit")[0] == 0
    for grant in tenant.grants():
        if grant["kind"] == "directoryRole":
            tenant.remove_object(grant["id"])
    code, output = agent.run("nightly/look", "Drift and audit")
    assert code == 1, output
    assert "created again" in (repository / "found.md").read_text()


def test_a_fork_previews_on_the_agent(tenant: LocalTenant, engine: str, repository: Path, service: Service) -> None:
    agent = Agent(tenant, engine, repository, service)
    with_everything = agent.environment
    agent.environment = environment(engine, PULUMI_HOME=str(repository.parent / "home"))
    code, output = agent.run("azure-pipelines/pullRequest/local", "Preview")
    assert code == 0, output
    (repository.parent / "preview").mkdir()
    (repository / "preview.json").rename(repository.parent / "preview" / "preview.json")
    for limit, expected in (("critical", 0), ("high", 1)):
        agent.environment = {
            **with_everything,
            "FORK": "True",
            "LOCAL": "Succeeded",
            "PREVIEW": "Skipped",
            "FAIL_ON": limit,
        }
        code, output = agent.run("azure-pipelines/pullRequest/access", "Explain and judge")
        assert code == expected, output
    assert "Exchange Administrator for the identity of automation account" in (repository / "comment.md").read_text()
