"""The workflows for GitHub, job by job: their own shell steps, on the real engine and a local tenant, signed in by OIDC."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from localtenant.environment import oidc_variables
from localtenant.process import LocalTenant
from localtenant.state import seed
from tests.ci.jobs import Done, Runner, environment, workflow
from tests.ci.services import Service
from tools.places import CHECKOUT

SHA = "1" * 40
FORK_SHA = "2" * 40
SKIPPED = Done("skipped")
MARK = "<!-- exchange-automation explain: {} -->"


def pull_request(
    repo: str = "o/r", sha: str = SHA, *labels: str, action: str = "synchronize", **event: Any
) -> dict[str, Any]:
    return {
        "repository": "o/r",
        "ref": "refs/heads/main",
        "token": "token",
        "server_url": "https://github.example",
        "run_id": "99",
        "event": {
            "action": action,
            "pull_request": {
                "number": 17,
                "state": "closed" if action == "closed" else "open",
                "head": {"repo": {"full_name": repo}, "sha": sha},
                "base": {"sha": "0" * 40},
                "user": {"login": "octocat", "type": "User"},
                "labels": [{"name": label} for label in labels],
            },
            **event,
        },
    }


READ = ["Application.Read.All", "RoleManagement.Read.Directory"]


def only_reading(tenant: LocalTenant) -> None:
    """The identity becomes the one that may only read, as examples/ci-identities makes it."""
    source = (CHECKOUT / "examples" / "ci-identities" / "__main__.py").read_text()
    assert f"READ = {json.dumps(READ)}\n" in source
    tenant.set_deployer(roles=READ, arm=["Reader"])


Make = Callable[..., Runner]


@pytest.fixture
def runner(tenant: LocalTenant, engine: str, service: Service, repository: Path, tmp_path: Path) -> Make:
    """Returns a runner whose identity signs in with a token of the CI, without any secret."""
    trusted = {
        name: value for name, value in tenant.environment.items() if not name.startswith(("ARM_CLIENT", "AZURE_"))
    }
    (tmp_path / "backend").mkdir()
    variables = {
        "AZURE_CLIENT_ID_READ": tenant.environment["ARM_CLIENT_ID"],
        "AZURE_CLIENT_ID_DEPLOY": tenant.environment["ARM_CLIENT_ID"],
        "AZURE_TENANT_ID": tenant.environment["ARM_TENANT_ID"],
        "AZURE_SUBSCRIPTION_ID": tenant.environment["ARM_SUBSCRIPTION_ID"],
        "PULUMI_BACKEND_URL": (tmp_path / "backend").as_uri(),
        "PULUMI_SECRETS_PROVIDER": "passphrase",
    }

    def make(github: dict[str, Any], *, signed_in: bool = True) -> Runner:
        scratch = tmp_path / "scratch"
        scratch.mkdir(exist_ok=True)
        given = {**trusted, **oidc_variables(tenant.url)} if signed_in else {}
        on = environment(
            engine,
            **given,
            PULUMI_HOME=str(tmp_path / "home"),
            PULUMI_CONFIG_PASSPHRASE="test",
            GITHUB_API_URL=service.url,
            GITHUB_REPOSITORY="o/r",
        )
        return Runner(repository, scratch, on, {"github": github, "vars": variables})

    return make


def stack_init(runner: Runner, stack: str) -> None:
    init = {
        "jobs": {
            "x": {
                "env": {"PULUMI_BACKEND_URL": "${{ vars.PULUMI_BACKEND_URL }}"},
                "steps": [{"name": "Init", "run": f"pulumi stack init {stack}"}],
            }
        }
    }
    assert runner.job(init, "x").result == "success"


def bodies(service: Service) -> list[str]:
    return [comment["body"] for comment in service.comments.get(17, [])]


def test_a_pull_request_gets_one_comment_in_words(runner: Make, service: Service, tenant: LocalTenant) -> None:
    on, jobs = runner(pull_request()), workflow("pull-request")
    stack_init(on, "prod")
    only_reading(tenant)
    assert on.job(jobs, "local").result == "skipped"
    preview = on.job(jobs, "preview")
    assert preview.result == "success", preview.log
    access = on.job(jobs, "access", {"local": SKIPPED, "preview": preview})
    assert access.result == "success", access.log
    [body] = bodies(service)
    assert body.startswith(MARK.format("prod"))
    assert "| high | Exchange Administrator for user-assigned identity `" in body
    assert f"Commit {SHA}." in body
    assert body in access.summary

    # With a stricter limit and a program that the next commit broke, the comment reports the failure and the check fails.
    jobs["env"]["FAIL_ON"] = "high"
    judged = on.job(jobs, "access", {"local": SKIPPED, "preview": preview})
    assert (judged.result, judged.failed) == ("failure", "Judge")
    (on.checkout / "__main__.py").write_text("raise SystemExit('broken')")
    broken = on.job(jobs, "preview")
    assert (broken.result, broken.failed) == ("failure", "Preview")
    judged = on.job(jobs, "access", {"local": SKIPPED, "preview": broken})
    assert (judged.result, judged.failed) == ("failure", "Judge")
    [body] = bodies(service)
    assert "The changes are not known." in body


def test_a_fork_previews_without_a_credential_and_its_comment_trusts_nothing(
    runner: Make, service: Service, tenant: LocalTenant
) -> None:
    on, jobs = runner(pull_request("octocat/r", FORK_SHA), signed_in=False), workflow("pull-request")
    assert on.job(jobs, "preview").result == "skipped"
    before = len(tenant.request_log())
    local = on.job(jobs, "local")
    assert local.result == "success", local.log
    assert len(tenant.request_log()) == before
    # The required check judges it with the code of the base branch, and has no token to write with.
    privileged = runner(pull_request("octocat/r", FORK_SHA), signed_in=False)
    for limit, result in (("critical", "success"), ("high", "failure")):
        jobs["env"]["FAIL_ON"] = limit
        access = privileged.job(jobs, "access", {"local": local, "preview": SKIPPED})
        assert access.result == result, access.log
        assert "Exchange Administrator" in access.summary
    assert service.asked == []

    head = {"full_name": "octocat/r", "owner": {"login": "octocat"}}
    run = {"event": "pull_request", "id": 7, "head_sha": FORK_SHA, "head_branch": "fix", "head_repository": head}
    github = {**pull_request(), "event": {"workflow_run": run}}
    comment, privileged = workflow("comment-on-fork"), runner(github, signed_in=False)
    service.pulls = [{"number": 17, "head": {"label": "octocat:fix", "sha": FORK_SHA}}]
    assert privileged.job(comment, "comment").result == "success"
    assert privileged.job(comment, "comment").result == "success"
    [body] = bodies(service)
    assert body.startswith(MARK.format("without-credentials"))
    assert "previewed by the code of the fork itself, against an empty tenant" in body

    # What the fork hands over is anything at all.
    artifact = privileged.scratch / "artifacts" / "preview-without-credentials" / "preview.json"
    artifact.write_text("[]")
    assert privileged.job(comment, "comment").result == "success"
    assert "The changes are not known." in bodies(service)[0]
    artifact.unlink()
    shutil.rmtree(privileged.scratch / "fork")
    artifact.symlink_to("/etc/passwd")
    assert privileged.job(comment, "comment").failed == "Explain"
    # A commit later nothing is written about the one before.
    service.pulls[0]["head"]["sha"] = SHA
    artifact.unlink()
    shutil.rmtree(privileged.scratch / "fork")
    artifact.write_text("[]")
    done = privileged.job(comment, "comment")
    assert "no open pull request is at that commit any more" in done.log


@pytest.mark.parametrize("bot", ["dependabot[bot]", "renovate[bot]"])
def test_a_bot_is_treated_like_a_fork(runner: Make, bot: str) -> None:
    """Nobody has read the release that it brings, and installing a release runs its code."""
    github = pull_request()
    github["event"]["pull_request"]["user"] = {"login": bot, "type": "Bot"}
    on, jobs = runner(github, signed_in=False), workflow("pull-request")
    jobs["jobs"]["local"]["steps"] = []
    assert on.job(jobs, "preview").result == "skipped"
    assert on.job(jobs, "local").result == "success"
    # A maintainer who sets the label does not give its code an identity.
    github["event"]["pull_request"]["labels"] = [{"name": "preview stack"}]
    assert on.job(workflow("preview-stack"), "up").result == "skipped"


RESULTS = ("success", "failure", "cancelled", "skipped")


@pytest.mark.parametrize("result", RESULTS)
@pytest.mark.parametrize("repo", ["o/r", "octocat/r"], ids=["branch", "fork"])
def test_the_required_check_always_runs_and_fails_without_a_preview_that_ran(
    runner: Make, service: Service, repo: str, result: str
) -> None:
    """The preview that stands in the artifact is harmless: the result of its job decides, and no result skips the check."""
    on, jobs = runner(pull_request(repo), signed_in=False), workflow("pull-request")
    name, other = ("preview", "local") if repo == "o/r" else ("local", "preview")
    hand_over(on, "preview" if repo == "o/r" else "preview-without-credentials", HARMLESS)
    done = on.job(jobs, "access", {name: Done(result), other: SKIPPED})
    assert done.result == ("success" if result == "success" else "failure"), done.log
    assert len(bodies(service)) == (1 if repo == "o/r" else 0)


@pytest.mark.parametrize("content", [None, "", "[]", '{"steps": 5}', "link"])
def test_the_required_check_fails_for_a_preview_that_cannot_be_read(
    runner: Make, service: Service, content: str | None
) -> None:
    on, jobs = runner(pull_request(), signed_in=False), workflow("pull-request")
    if content is not None:
        hand_over(on, "preview", content)
    done = on.job(jobs, "access", {"local": SKIPPED, "preview": Done("success")})
    assert (done.result, done.failed) == ("failure", "Judge"), done.log
    [body] = bodies(service)
    assert "The changes are not known." in body
    assert "root:" not in body


def test_the_required_check_fails_when_the_comment_is_not_written(runner: Make, service: Service) -> None:
    on, jobs = runner(pull_request(), signed_in=False), workflow("pull-request")
    hand_over(on, "preview", HARMLESS)
    service.failures = [403, 403, 403, 403]
    done = on.job(jobs, "access", {"local": SKIPPED, "preview": Done("success")})
    assert (done.result, done.failed) == ("failure", "Comment"), done.log


def test_a_deployment_that_is_dispatched_on_another_branch_is_skipped(runner: Make) -> None:
    on, jobs = runner({**pull_request(), "ref": "refs/heads/evil"}), workflow("deploy")
    assert on.job(jobs, "plan").result == "skipped"
    planned = Done("success", outputs={"changes": "true"})
    assert on.job(jobs, "up", {"plan": planned}).result == "skipped"


def test_a_branch_name_or_a_title_is_never_code() -> None:
    """Expressions in a shell step would be; what a stranger chooses comes as a variable of the environment alone."""
    for name in ("pull-request", "comment-on-fork", "deploy", "preview-stack", "nightly"):
        for job in workflow(name)["jobs"].values():
            for step in job["steps"]:
                assert "${{" not in step.get("run", ""), f"{name}: {step['name']}"
                assert "github-script" not in step.get("uses", "")


HARMLESS = '{"steps": [], "changeSummary": {}}'


def hand_over(on: Runner, name: str, content: str) -> None:
    """Puts an artifact where the jobs of this run look for it."""
    artifact = on.scratch / "artifacts" / name / "preview.json"
    artifact.parent.mkdir(parents=True)
    if content == "link":
        artifact.symlink_to("/etc/passwd")
    else:
        artifact.write_text(content)


def test_what_is_merged_is_planned_deployed_and_checked_once(runner: Make, tenant: LocalTenant) -> None:
    on, jobs = runner(pull_request()), workflow("deploy")
    stack_init(on, "prod")
    plan = on.job(jobs, "plan")
    assert (plan.result, plan.outputs) == ("success", {"changes": "true"}), plan.log
    assert "Exchange Administrator" in plan.summary
    up = on.job(jobs, "up", {"plan": plan})
    assert up.result == "success", up.log
    assert len(tenant.grants()) == 2
    plan = on.job(jobs, "plan")
    assert plan.outputs == {"changes": "false"}, plan.log
    assert on.job(jobs, "up", {"plan": plan}).result == "skipped"
    (on.checkout / "__main__.py").write_text("raise SystemExit('broken')")
    plan = on.job(jobs, "plan")
    assert (plan.result, plan.failed) == ("failure", "Explain")
    assert on.job(jobs, "up", {"plan": plan}).result == "skipped"


def test_a_preview_stack_comes_is_renewed_and_goes_with_its_pull_request(runner: Make, tenant: LocalTenant) -> None:
    label, jobs = "preview stack", workflow("preview-stack")
    on = runner(pull_request("o/r", SHA, label))
    shutil.copy(on.checkout / "stacks" / "Pulumi.dev.yaml", on.checkout / "stacks" / "Pulumi.preview.yaml")
    for _ in range(2):
        up = on.job(jobs, "up")
        assert up.result == "success", up.log
        assert len(tenant.grants()) == 2
        # The next run starts from a fresh checkout.
        (on.checkout / "stacks" / "Pulumi.pr-17.yaml").unlink()
    assert on.job(jobs, "destroy").result == "skipped"
    closed = runner(pull_request("o/r", SHA, label, action="closed"))
    for expected in ("resources in the stack have been deleted", "There is no stack pr-17"):
        done = closed.job(jobs, "destroy")
        assert done.result == "success", done.log
        assert expected in done.log
    assert tenant.grants() == []
    assert not list((on.scratch.parent / "backend").rglob("pr-17.json"))


def test_only_a_labelled_pull_request_of_this_repository_gets_a_stack(runner: Make) -> None:
    jobs = workflow("preview-stack")
    jobs["jobs"]["up"]["steps"] = jobs["jobs"]["destroy"]["steps"] = []
    label = "preview stack"

    def results(*arguments: Any, **event: Any) -> tuple[str, str]:
        on = runner(pull_request(*arguments, **event))
        return on.job(jobs, "up").result, on.job(jobs, "destroy").result

    assert results("o/r", SHA, "bug") == ("skipped", "skipped")
    assert results("octocat/r", SHA, label) == ("skipped", "skipped")
    assert results("octocat/r", SHA, label, action="closed") == ("skipped", "skipped")
    assert results("o/r", SHA, label, action="labeled", label={"name": label}) == ("success", "skipped")
    late = pull_request("o/r", SHA, label, action="labeled", label={"name": label})
    late["event"]["pull_request"]["state"] = "closed"  # Nothing would destroy the stack.
    assert runner(late).job(jobs, "up").result == "skipped"
    assert results("o/r", SHA, label, action="labeled", label={"name": "bug"}) == ("skipped", "skipped")
    assert results("o/r", SHA, action="unlabeled", label={"name": label}) == ("skipped", "success")
    assert results("o/r", SHA, action="unlabeled", label={"name": "bug"}) == ("skipped", "skipped")


@pytest.mark.parametrize(
    ("action", "event", "group"),
    [
        ("closed", {}, "preview-stack-17-stack"),
        ("synchronize", {}, "preview-stack-17-stack"),
        ("labeled", {"label": {"name": "preview stack"}}, "preview-stack-17-stack"),
        ("unlabeled", {"label": {"name": "preview stack"}}, "preview-stack-17-stack"),
        ("labeled", {"label": {"name": "bug"}}, "preview-stack-17-99"),
        ("unlabeled", {"label": {"name": "bug"}}, "preview-stack-17-99"),
    ],
)
def test_another_label_does_not_replace_a_destroy_that_waits(
    runner: Make, action: str, event: dict[str, Any], group: str
) -> None:
    on = runner(pull_request(action=action, **event))
    assert on.text(workflow("preview-stack")["concurrency"]["group"]) == group


def test_a_night_finds_drift_opens_one_issue_and_closes_it(runner: Make, service: Service, tenant: LocalTenant) -> None:
    on, deploy, jobs = runner(pull_request()), workflow("deploy"), workflow("nightly")
    stack_init(on, "prod")

    def up() -> None:
        tenant.set_deployer(roles=seed.DEPLOYER_GRAPH_ROLES, arm=["Contributor"])
        assert on.job(deploy, "up", {"plan": Done("success", outputs={"changes": "true"})}).result == "success"

    def night() -> Done:
        only_reading(tenant)
        look = on.job(jobs, "look")
        assert look.result == "success", look.log
        issue_job = on.job(jobs, "issue", {"look": look})
        assert issue_job.result == "success", issue_job.log
        return look

    up()
    assert night().outputs["found"] == ""
    assert service.issues == []

    [role] = [grant for grant in tenant.grants() if grant["kind"] == "directoryRole"]
    tenant.remove_object(role["id"])
    stranger = tenant.add_service_principal("stranger", servicePrincipalType="ManagedIdentity")[0]["id"]
    tenant.add_grant(stranger, directoryRole="Exchange Administrator")
    look = night()
    assert look.outputs["found"] == "true"
    assert on.job(jobs, "issue", {"look": look}).result == "success"
    [issue] = service.issues
    assert issue["title"] == "Access to Exchange Online has drifted: prod"
    assert "created again (it is in the state and was removed by hand)" in issue["body"]
    assert "stranger" in issue["body"]
    assert "https://github.example/o/r/actions/runs/99" in issue["body"]
    assert "stranger" in (on.scratch / "artifacts" / "audit" / "audit.csv").read_text()

    tenant.remove_object(stranger)
    up()
    night()
    assert [issue["state"] for issue in service.issues] == ["closed"]

    # A check that could not run does not count as passed.
    issue_job = on.job(jobs, "issue", {"look": Done("failure")})
    assert issue_job.result == "success", issue_job.log
    assert "nothing is known" in service.issues[1]["body"]
