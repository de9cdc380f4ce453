"""The emulated provider for azure-native, on the real engine: names, locations, replacements, refusals, retries,
imports.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pulumi
import pytest
from pulumi_azure_native import automation, managedidentity, resources, storage

from localtenant.process import LocalTenant
from localtenant.state import seed
from tests.engine.support import Deployment, Program, program_of

Deploy = Callable[..., Deployment]
GROUP = seed.EXISTING_RESOURCE_GROUP


def account(logical_name: str = "account", **arguments: Any) -> Program:
    """A program with one automation account."""

    def program() -> None:
        given = {"resource_group_name": GROUP, "sku": {"name": "Basic"}, **arguments}
        options = given.pop("opts", None)
        created = automation.AutomationAccount(logical_name, opts=options, **cast("Any", given))
        pulumi.export("name", created.name)
        pulumi.export("location", created.location)

    return program


def test_a_top_level_resource_gets_a_random_name_that_it_keeps_and_the_location_of_its_group(
    tenant: LocalTenant, deploy: Deploy
) -> None:
    stack = deploy(account())
    first = stack.up().check().outputs
    assert first["name"].startswith("account")
    assert len(first["name"]) == len("account") + 8
    assert first["location"] == "westeurope"
    again = stack.up().check()
    assert again.changes == {}
    assert again.outputs == first


def test_location_and_group_compare_without_case_and_blanks(tenant: LocalTenant, deploy: Deploy) -> None:
    stack = deploy(account(location="westeurope"))
    stack.up().check()
    stack.program = account(location="West Europe", resource_group_name=GROUP.upper())
    assert stack.up().check().changes == {}


def test_an_automatic_name_is_replaced_make_first_and_a_given_one_delete_first(
    tenant: LocalTenant, deploy: Deploy
) -> None:
    def identity(location: str, name: str | None = None) -> Program:
        return program_of(
            lambda: managedidentity.UserAssignedIdentity(
                "id", resource_group_name=GROUP, resource_name_=name, location=location
            )
        )

    stack = deploy(identity("westeurope"))
    stack.up().check()
    stack.program = identity("northeurope")
    order = [operation for operation, _ in stack.up().check().finished]
    assert order.index("create-replacement") < order.index("delete-replaced")

    stack = deploy(identity("westeurope", "id-named"))
    stack.up().check()
    stack.program = identity("northeurope", "id-named")
    order = [operation for operation, _ in stack.up().check().finished]
    assert order.index("delete-replaced") < order.index("create-replacement")


def test_an_accounts_new_location_is_sent_and_refused(tenant: LocalTenant, deploy: Deploy) -> None:
    stack = deploy(account(location="westeurope"))
    stack.up().check()
    stack.program = account(location="northeurope")
    assert stack.preview().check().changes == {"update": 1}
    refused = stack.up()
    assert not refused.succeeded
    assert 'Status=409 Code="InvalidResourceLocation"' in refused.text


def test_what_is_there_already_is_not_taken_over_and_can_be_imported(tenant: LocalTenant, deploy: Deploy) -> None:
    deploy(account(automation_account_name="aa-mail")).up().check()
    second = deploy(account(automation_account_name="aa-mail"))
    refused = second.up()
    assert "cannot create already existing resource" in refused.text
    base = f"/subscriptions/{seed.CONTOSO.subscription_id}/resourceGroups/{GROUP}/providers/Microsoft.Automation"
    second.program = account(
        automation_account_name="aa-mail",
        location="westeurope",
        encryption={"key_source": "Microsoft.Automation"},
        public_network_access=True,
        disable_local_auth=False,
        name="aa-mail",
        tags={},
        opts=pulumi.ResourceOptions(import_=f"{base}/automationAccounts/aa-mail"),
    )
    second.up().check()
    assert second.state_of("account")["id"].endswith("/aa-mail")


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        (
            lambda: automation.Package(
                "p",
                resource_group_name=GROUP,
                automation_account_name="a",
                runtime_environment_name="r",
                content_link=cast("Any", "https://x"),
            ),
            "'contentLink' should be of type 'object' but got a string",
        ),
        (
            lambda: storage.Queue("q", resource_group_name=GROUP, account_name="st"),
            "Resource type 'azure-native:storage:Queue' not found. The emulated provider knows ",
        ),
        (
            lambda: resources.ResourceGroup("g", resource_group_name="rg-x"),
            "missing required property 'location'",
        ),
    ],
)
def test_what_is_wrong_is_refused_in_the_plugins_words(
    tenant: LocalTenant, deploy: Deploy, program: Callable[[], object], expected: str
) -> None:
    refused = deploy(program_of(program)).preview()
    assert not refused.succeeded
    assert expected in refused.text


@pytest.mark.parametrize("fault", [{"status": 429, "retryAfter": 7}, {"status": 503}, {"effect": "cut"}])
def test_throttling_and_faults_of_the_service_are_waited_out(
    tenant: LocalTenant, deploy: Deploy, fault: dict[str, Any]
) -> None:
    tenant.faults([{"operation": "PUT userAssignedIdentities", "effect": "status", **fault}])
    before = tenant.now()

    def program() -> None:
        managedidentity.UserAssignedIdentity("id", resource_group_name=GROUP, location="westeurope")

    stack = deploy(program)
    stack.up().check()
    puts = [entry["status"] for entry in tenant.request_log() if entry["method"] == "PUT"]
    assert len(puts) == 2
    assert puts[-1] == 201
    assert tenant.now() > before
    assert stack.up().check().changes == {}


def test_a_deletion_that_takes_long_is_waited_for(tenant: LocalTenant, deploy: Deploy) -> None:
    stack = deploy(program_of(lambda: resources.ResourceGroup("group", location="westeurope")))
    stack.up().check()
    stack.destroy().check()
    polls = [entry["status"] for entry in tenant.request_log() if "operationresults" in entry["path"]]
    assert polls[-1] == 200


def test_a_change_by_hand_is_undone_after_a_refresh(tenant: LocalTenant, deploy: Deploy) -> None:
    def program() -> None:
        managedidentity.UserAssignedIdentity(
            "id", resource_group_name=GROUP, resource_name_="id-mail", location="westeurope", tags={"a": "b"}
        )

    stack = deploy(program)
    stack.up().check()
    [identity] = [resource for resource in stack.state() if resource["custom"]]
    tenant.remove_object(identity["id"])
    assert stack.up().check().changes == {"create": 1}
