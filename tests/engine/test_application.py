"""ExchangeApplication: a registered application with the same access as a managed identity."""

from __future__ import annotations

import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pulumi

from exchange_automation import ExchangeApplication, ExchangeApplicationArgs
from localtenant.process import LocalTenant
from localtenant.state import seed
from tests.engine.support import Deployment, Program, program_of
from tests.localtenant.test_login import certificate

DOMAIN = "contoso.onmicrosoft.com"
Deploy = Callable[..., Deployment]


def application(pem: str | None, *federated: str) -> Program:
    """A program with one ExchangeApplication."""

    def program() -> None:
        args: ExchangeApplicationArgs = {
            "organization": "contoso.onmicrosoft.com",
            "federated_credentials": [
                {
                    "name": name,
                    "issuer": "https://token.actions.githubusercontent.com",
                    "subject": f"repo:{name}:ref:refs/heads/main",
                }
                for name in federated
            ],
        }
        if pem is not None:
            args["certificate"] = pem
        created = ExchangeApplication("job", args)
        for output in ExchangeApplication.__annotations__:
            pulumi.export(output, getattr(created, output))

    return program


def test_an_application_with_both_kinds_of_credential(tenant: LocalTenant, deploy: Deploy) -> None:
    pem = certificate()[1].decode()
    stack = deploy(application(pem, "contoso-mail"))
    outputs = stack.up().check().outputs
    assert {(grant["grant"], grant["principalId"]) for grant in tenant.grants()} == {
        ("Exchange.ManageAsApp", outputs["principal_id"]),
        ("Exchange Administrator", outputs["principal_id"]),
    }
    assert f"-AppId {outputs['client_id']} -CertificateThumbprint " in outputs["connect_command"]
    assert stack.up().check().changes == {}
    assert stack.refresh().check().changes == {}
    [written] = (stack.directory / "backend").rglob("stacks/**/test.json")
    assert "BEGIN CERTIFICATE" not in written.read_text()

    stack.program = application(None, "contoso-mail", "contoso-other")
    changed = stack.up().check()
    assert changed.of("create") == ["job-federated-contoso-other"]
    assert changed.of("delete") == ["job-certificate"]
    assert "-AccessToken $token" in changed.outputs["connect_command"]

    stack.destroy().check()
    assert tenant.grants() == []


def test_the_least_permissions_are_enough_to_make_and_remove_an_application(
    tenant: LocalTenant, deploy: Deploy
) -> None:
    least = ["Application.Read.All", "AppRoleAssignment.ReadWrite.All", "RoleManagement.ReadWrite.Directory"]
    tenant.set_deployer(roles=[*least, "Application.ReadWrite.OwnedBy"], arm=[])
    stack = deploy(application(None, "contoso-mail"))
    stack.up().check()
    assert stack.up().check().changes == {}
    stack.destroy().check()
    assert tenant.grants() == []
    tenant.set_deployer(roles=seed.DEPLOYER_GRAPH_ROLES, arm=seed.DEPLOYER_ARM_ROLES)


def test_an_application_that_has_not_replicated_is_waited_for(tenant: LocalTenant, deploy: Deploy) -> None:
    tenant.reset(lag=5.0)
    stack = deploy(application(None, "contoso-mail"))
    stack.up().check()
    assert stack.up().check().changes == {}
    stack.destroy().check()
    assert tenant.grants() == []


def test_one_certificate_is_exchanged_while_the_other_serves(tenant: LocalTenant, deploy: Deploy) -> None:
    old, new = certificate()[1].decode(), certificate()[1].decode()

    def program(**certificates: Any) -> Program:
        args = cast("ExchangeApplicationArgs", {"organization": DOMAIN, **certificates})
        return program_of(lambda: ExchangeApplication("job", args))

    stack = deploy(program(certificate=old))
    stack.up().check()
    stack.program = program(certificate=old, certificates=[{"name": "2027", "certificate": new}])
    assert stack.up().check().of("create") == ["job-certificate-2027"]
    assert stack.up().check().changes == {}
    stack.program = program(certificates=[{"name": "2027", "certificate": new}])
    changed = stack.up().check()
    assert (changed.of("delete"), changed.of("create"), changed.of("replace")) == (["job-certificate"], [], [])
    # A certificate that replaces another one under its name exists before the old one is deleted.
    stack.program = program(certificates=[{"name": "2027", "certificate": old}])
    assert stack.up().check().of("create-replacement") == ["job-certificate-2027"]

    written = [
        (entry["time"], len(entry["body"]["keyCredentials"]))
        for entry in tenant.request_log()
        if entry["operation"] == "PATCH applications" and "keyCredentials" in (entry["body"] or {})
    ]
    print("certificates of the application after each write:", written)
    assert [count for _, count in written] == [1, 2, 1, 2, 1]
    stack.destroy().check()
    assert tenant.grants() == []


def test_owners_notes_tags_declared_access_and_the_kill_switch(tenant: LocalTenant, deploy: Deploy) -> None:
    enabled = True

    def program() -> None:
        created = ExchangeApplication(
            "job",
            {
                "organization": DOMAIN,
                "federated_credentials": [
                    {
                        "name": "releases",
                        "issuer": "https://token.actions.githubusercontent.com",
                        "claims_matching_expression": "claims['sub'] matches 'repo:contoso/mail:ref:refs/heads/v*'"
                        " and claims['repository_id'] eq '821093847'",
                    }
                ],
                "owners": {"mail": seed.CONTOSO.users["Adele Vance"]},
                "account_enabled": enabled,
                "declare_api_access": True,
                "notes": "Mail jobs",
                "service_principal_tags": ["mail"],
            },
        )
        pulumi.export("principal", created.principal_id)

    stack = deploy(program)
    stack.up().check()
    assert stack.up().check().changes == {}
    assert stack.refresh().check().changes == {}
    enabled = False
    stopped = stack.up().check()
    assert stopped.changes == {"update": 1}
    assert len(tenant.grants()) == 2
    assert stack.state_of("job-service-principal")["outputs"]["accountEnabled"] is False
    stack.destroy().check()
    assert tenant.grants() == []


def test_a_conditional_access_policy_stands_beside_the_application(tenant: LocalTenant, deploy: Deploy) -> None:
    conditional_access = ("Policy.Read.All", "Policy.ReadWrite.ConditionalAccess")
    tenant.set_deployer(roles=[*seed.DEPLOYER_GRAPH_ROLES, *conditional_access])
    example = Path(__file__).resolve().parents[2] / "examples" / "conditional-access" / "__main__.py"
    stack = deploy(lambda: runpy.run_path(str(example), run_name="__main__"))
    stack.up().check()
    assert stack.up().check().changes == {}
    sent = {
        entry["path"].rsplit("/", 1)[-1]: entry["body"]
        for entry in tenant.request_log()
        if entry["method"] == "POST" and "conditionalAccess" in entry["path"]
    }
    conditions = sent["policies"]["conditions"]
    principal = stack.state_of("mail-runner-service-principal")["outputs"]["objectId"]
    assert conditions["clientApplications"]["includeServicePrincipals"] == [principal]
    assert conditions["locations"]["includeLocations"] == ["All"]
    assert len(conditions["locations"]["excludeLocations"]) == 1
    stack.destroy().check()
    assert tenant.grants() == []
    assert stack.state() == []
    tenant.set_deployer(roles=seed.DEPLOYER_GRAPH_ROLES)
