"""The testing kit's mocks: every component and every example runs with them, and what they cannot answer has a name."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pulumi
import pulumi_azuread as azuread
import pytest
from pulumi_azure_native import compute, keyvault, resources

import exchange_automation
from exchange_automation import ExchangeAccess, ExchangeAutomationAccount
from exchange_automation.core.errors import DirectoryLookupError
from exchange_automation_testing import AzureMocks, RefusedByProvider, run_with_mocks
from exchange_automation_testing.secret_values import opened, secret_paths
from localtenant.state import seed
from tests.engine.everything import ACCOUNT_ID, IDENTITY_ID, Everything, Surroundings

PRINCIPAL_ID = "11111111-1111-4111-8111-111111111111"
EXAMPLES = sorted((Path(__file__).resolve().parents[2] / "examples").glob("*/__main__.py"))
ADDRESS = "https://1.webhook.we.azure-automation.net/webhooks?token=abcdefgh"


def direct(component: str, name: str, args: dict[str, Any]) -> Any:
    return getattr(exchange_automation, component)(name, cast("Any", args))


@pytest.mark.filterwarnings("ignore")
def test_every_component_with_every_argument_runs_with_the_mocks(tmp_path: Path) -> None:
    script = tmp_path / "report.ps1"
    script.write_text("Write-Output 'report'\n")
    around = Surroundings(PRINCIPAL_ID, ADDRESS, "https://scripts.example/report.ps1", str(script))
    everything = Everything(direct, around)

    def attached(args: dict[str, Any]) -> dict[str, Any]:
        identity = {"type": "UserAssigned", "userAssignedIdentities": {IDENTITY_ID: {}}}
        return {"id": ACCOUNT_ID, "name": "aa-theirs", "location": "westeurope", "identity": identity}

    mocks = AzureMocks(functions={"azure-native:automation:getAutomationAccount": attached})
    recorded = run_with_mocks(everything, mocks)
    assert recorded.unknown_types == set()
    assert len(recorded.grants) > 10
    assert {component for component, _ in everything.given} <= {
        resource.type.rsplit(":", 1)[-1] for resource in recorded.resources
    }


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_every_example_runs_with_the_mocks_from_its_folder(path: Path) -> None:
    recorded = run_with_mocks(path.parent)
    assert recorded.grants
    assert recorded.outputs
    assert recorded.unknown_types == set()


def test_a_program_without_our_components_gets_names_ids_and_principals() -> None:
    def program() -> None:
        group = resources.ResourceGroup("rg")
        application = azuread.ApplicationRegistration("app", display_name="app")
        principal = azuread.ServicePrincipal("sp", client_id=application.client_id)
        graph = azuread.get_service_principal_output(client_id=seed.GRAPH_APP_ID)
        azuread.AppRoleAssignment(
            "read",
            app_role_id=graph.app_role_ids["User.Read.All"],
            principal_object_id=principal.object_id,
            resource_object_id=graph.object_id,
        )
        pulumi.export("group", group.name)
        pulumi.export("groupId", group.id)

    recorded = run_with_mocks(program)
    [assignment] = recorded.of("AppRoleAssignment").values()
    assert assignment["appRoleId"] == seed.GRAPH_APP_ROLES["User.Read.All"][0]
    assert assignment["resourceObjectId"] == seed.CONTOSO.graph_object_id
    assert len(assignment["principalObjectId"]) == 36
    assert str(recorded.outputs["group"]).startswith("rg")
    subscription = f"/subscriptions/{seed.CONTOSO.subscription_id}/resourceGroups/"
    assert recorded.outputs["groupId"] == subscription + str(recorded.outputs["group"])


def test_a_type_that_the_mocks_do_not_know_is_named_and_has_its_inputs() -> None:
    def program() -> None:
        disk = compute.Disk("disk", resource_group_name="rg", creation_data={"create_option": "Empty"}, disk_size_gb=4)
        pulumi.export("size", disk.disk_size_gb)

    recorded = run_with_mocks(program)
    assert recorded.unknown_types == {"azure-native:compute:Disk"}
    assert recorded.outputs == {"size": 4}


def test_an_answer_of_the_test_comes_first() -> None:
    def program() -> None:
        disk = compute.Disk("disk", resource_group_name="rg", creation_data={"create_option": "Empty"})
        vault = keyvault.get_vault_output(resource_group_name="rg", vault_name="kv")
        pulumi.export("uri", vault.properties.vault_uri)
        pulumi.export("state", disk.provisioning_state)

    mocks = AzureMocks(
        resources={"azure-native:compute:Disk": lambda inputs: {"provisioningState": inputs["resourceGroupName"]}},
        functions={"azure-native:keyvault:getVault": {"properties": {"vaultUri": "https://kv"}}},
    )
    recorded = run_with_mocks(program, mocks)
    assert recorded.outputs == {"uri": "https://kv", "state": "rg"}
    assert recorded.unknown_types == set()


def test_a_function_without_an_answer_is_named_with_the_way_to_give_one() -> None:
    def program() -> None:
        pulumi.export("vault", keyvault.get_vault_output(resource_group_name="rg", vault_name="kv").id)

    with pytest.raises(LookupError, match=r'AzureMocks\(functions=\{"azure-native:keyvault:getVault": \{\.\.\.\}\}\)'):
        run_with_mocks(program)


def test_a_refusal_of_the_provider_reaches_the_program() -> None:
    def refuse(args: dict[str, Any]) -> dict[str, Any]:
        raise RefusedByProvider("403 Authorization_RequestDenied: Insufficient privileges")

    mocks = AzureMocks(functions={"azuread:index/getServicePrincipal:getServicePrincipal": refuse})
    with pytest.raises(DirectoryLookupError, match="EXA205"):
        run_with_mocks(lambda: ExchangeAccess("mail", {"principal_id": PRINCIPAL_ID}).principal_id, mocks)


def test_a_program_reads_its_configuration_and_whether_it_runs_in_a_preview() -> None:
    seen: list[Any] = []

    def program() -> None:
        seen.append((pulumi.Config().require("days"), pulumi.Config("other").get("x"), pulumi.runtime.is_dry_run()))

    run_with_mocks(program, config={"days": "7", "other:x": "y"}, preview=True)
    run_with_mocks(program, config={"days": "8"})
    assert seen == [("7", "y", True), ("8", None, False)]


def test_two_runs_of_one_process_do_not_see_each_other(tmp_path: Path) -> None:
    (tmp_path / "parts.py").write_text("import pulumi\npulumi.export('part', 1)\n")
    (tmp_path / "__main__.py").write_text("import parts\nimport pulumi\npulumi.export('whole', 2)\n")
    for _ in range(2):
        assert run_with_mocks(tmp_path).outputs == {"part": 1, "whole": 2}
    assert run_with_mocks(lambda: None).outputs == {}


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"There is no program .*__main__\.py"):
        run_with_mocks(tmp_path)


def test_the_inputs_of_a_component_are_recorded_as_the_engine_would_get_them() -> None:
    args: Any = {"organization": "contoso.onmicrosoft.com", "resource_group_name": "rg", "account_name": "aa-mail"}
    recorded = run_with_mocks(lambda: ExchangeAutomationAccount("exchange", args))
    [account] = recorded.of("azure-native:automation:AutomationAccount").values()
    assert account["automationAccountName"] == "aa-mail"
    assert account["disableLocalAuth"] is True
    asked = [arguments for token, arguments in recorded.calls if token.endswith("getServicePrincipal")]
    assert {"clientId": seed.EXCHANGE_APP_ID} in asked


def test_a_secret_input_is_recorded_as_its_value_and_marked() -> None:
    def program() -> None:
        application = azuread.ApplicationRegistration("app", display_name=pulumi.Output.secret("hidden"))
        azuread.ApplicationCertificate(
            "certificate", application_id=application.id, value="-----BEGIN CERTIFICATE-----"
        )
        pulumi.export("name", application.display_name)

    recorded = run_with_mocks(program)
    by_name = {resource.name: resource for resource in recorded.resources}
    assert by_name["app"].inputs["displayName"] == "hidden"
    assert by_name["app"].secrets == {"displayName"}
    # The provider's schema calls this one secret, whatever the program says.
    assert by_name["certificate"].inputs["value"] == "-----BEGIN CERTIFICATE-----"
    assert by_name["certificate"].secrets == {"value"}
    assert recorded.outputs["name"] == "hidden"


def test_secrets_inside_lists_and_mappings_have_a_path() -> None:
    sealed = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "value": ["x"]}
    assert list(secret_paths({"a": [{"b": sealed}], "c": 1})) == ["a[0].b"]
    assert opened({"a": [{"b": sealed}], "c": 1}) == {"a": [{"b": ["x"]}], "c": 1}
