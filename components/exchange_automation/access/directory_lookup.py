"""Reads service principals and the deployer from the directory, once per program and provider.

The service principal of an API has another object id in every tenant, so the component looks it up by the API's client id
(app id), and its app roles by their values.

Source: data source ``azuread.getServicePrincipal``; it needs the Graph permission ``Application.Read.All``.
"""

from typing import Any, NamedTuple

import pulumi
import pulumi_azuread as azuread

from exchange_automation.catalog.app_roles import EXCHANGE_ONLINE, EXCHANGE_ONLINE_APP_ID
from exchange_automation.core.errors import DirectoryLookupError, ExchangeAutomationError
from exchange_automation.core.invokes import Function, looked_up, looked_up_otherwise, once_per_run
from exchange_automation.core.problems import Problem

SERVICE_PRINCIPAL = Function(
    "azuread:index/getServicePrincipal:getServicePrincipal", lambda: azuread.GetServicePrincipalResult, "pulumi-azuread"
)

CLIENT_CONFIG = Function(
    "azuread:index/getClientConfig:getClientConfig", lambda: azuread.GetClientConfigResult, "pulumi-azuread"
)


DIRECTORY_OBJECT = Function("azuread:index/getDirectoryObject:getDirectoryObject", None, "pulumi-azuread")


def exchange_online(component: pulumi.Resource) -> "pulumi.Output[azuread.GetServicePrincipalResult]":
    """Returns the service principal of Exchange Online in the tenant of the component's azuread provider.

    Raises:
        DirectoryLookupError: Inside the output: it is not in the tenant, or the deployer may not read it.
    """
    return api_of(component, EXCHANGE_ONLINE_APP_ID, EXCHANGE_ONLINE)


def api_of(component: pulumi.Resource, client_id: str, name: str) -> "pulumi.Output[azuread.GetServicePrincipalResult]":
    """Returns the service principal of an API in the tenant of the component's azuread provider.

    Args:
        component: The component whose azuread provider reads the directory, once per program.
        client_id: The client id (app id) of the API, which is the same in every tenant.
        name: The name of the API, for messages.

    Raises:
        DirectoryLookupError: Inside the output: it is not in the tenant, or the deployer may not read it.
    """
    key = (component.get_provider(SERVICE_PRINCIPAL.token), client_id)

    def explain(text: str) -> ExchangeAutomationError:
        return (
            _exchange_online_failure(text)
            if client_id == EXCHANGE_ONLINE_APP_ID
            else _api_failure(text, client_id, name)
        )

    result: pulumi.Output[azuread.GetServicePrincipalResult] = once_per_run(
        key, lambda: looked_up(component, SERVICE_PRINCIPAL, {"clientId": client_id}, explain)
    )
    return result


class FoundAppRole(NamedTuple):
    """An app role of Exchange Online in the tenant.

    Attributes:
        app_role_id: Id of the app role.
        resource_object_id: Object id of the service principal of Exchange Online.
    """

    app_role_id: "pulumi.Output[str]"
    resource_object_id: "pulumi.Output[str]"


def app_role_of_exchange_online(component: pulumi.Resource, value: str) -> FoundAppRole:
    """Finds an app role of Exchange Online. Every component of a program with the same provider shares the outputs.

    Args:
        component: The component whose azuread provider reads the directory.
        value: Value of the app role.

    Raises:
        DirectoryLookupError: Inside the outputs: Exchange Online or the app role is not in the tenant, or the deployer
            may not read it.
    """

    def find() -> FoundAppRole:
        api = exchange_online(component)
        return FoundAppRole(
            app_role_id=api.apply(lambda found: app_role_id(found, value)),
            resource_object_id=api.apply(lambda found: found.object_id),
        )

    found: FoundAppRole = once_per_run((component.get_provider(SERVICE_PRINCIPAL.token), f"app role {value}"), find)
    return found


def app_role_id(api: "azuread.GetServicePrincipalResult", value: str) -> str:
    """Returns the id of the API's app role with this value.

    Raises:
        DirectoryLookupError: The API has no such app role, it is disabled, or it is for users only.
    """
    role = next((role for role in api.app_roles if role.value == value), None)
    if role is None:
        offered = ", ".join(sorted(role.value for role in api.app_roles if role.value)) or "none at all"
        raise DirectoryLookupError(
            Problem(
                "EXA202",
                f'The API "{api.display_name}" has no app role "{value}" in this tenant',
                "the component created no grant",
                f"It offers {offered}. Give one of them as app_role, or look the role up in the Entra admin center under "
                f'Enterprise applications > "{api.display_name}".',
            )
        )
    if not role.enabled:
        raise DirectoryLookupError(
            Problem(
                "EXA203",
                f'The app role "{value}" of the API "{api.display_name}" is disabled in this tenant',
                "no token would carry it, and the component created no grant",
                "Ask Microsoft support for the reason, or choose another app_role.",
            )
        )
    if "Application" not in role.allowed_member_types:
        raise DirectoryLookupError(
            Problem(
                "EXA204",
                f'The app role "{value}" of the API "{api.display_name}" is for users only',
                "a service principal cannot hold it, and the component created no grant",
                "Choose an application permission.",
            )
        )
    return role.id


def client_id_of(component: pulumi.Resource, principal_id: pulumi.Input[str]) -> "pulumi.Output[str]":
    """Returns the client id (app id) of the service principal with this object id.

    Raises:
        DirectoryLookupError: Inside the output, when the directory does not have it or the deployer may not read it.
    """
    found = looked_up(component, SERVICE_PRINCIPAL, {"objectId": principal_id}, _principal_failure)
    return found.apply(lambda principal: str(principal.client_id))


def deployer_object_id(component: pulumi.Resource) -> "pulumi.Output[str]":
    """Returns the object id of the service principal or user that deploys.

    Raises:
        DirectoryLookupError: Inside the output, when the provider does not know it.
    """
    return _deployer(component).apply(lambda config: str(config.object_id))


def deployer_tenant_id(component: pulumi.Resource) -> "pulumi.Output[str]":
    """Returns the id of the tenant in which the program creates directory objects.

    Raises:
        DirectoryLookupError: Inside the output, when the provider does not know it.
    """
    return _deployer(component).apply(lambda config: str(config.tenant_id))


def existing_owner(component: pulumi.Resource, where: str, object_id: pulumi.Input[str]) -> "pulumi.Output[str]":
    """Returns the object id of an owner, if the directory has it or the deployer may not read it.

    Without this check the provider would retry for ten minutes to add an owner that does not exist.

    Args:
        component: The component whose azuread provider reads the directory.
        where: The path of the argument.
        object_id: Object id of a user or service principal.

    Raises:
        DirectoryLookupError: Inside the output, when the directory has no such object.
    """

    def otherwise(text: str) -> None:
        if "was not found" in text:
            raise DirectoryLookupError(
                Problem(
                    "EXA222",
                    f"{where} is not in the tenant of the application",
                    "it cannot own the application, and nothing of the application was created",
                    "Give the object id of a user or service principal of this tenant. The client id is another id.",
                )
            )

    asked = looked_up_otherwise(component, DIRECTORY_OBJECT, {"objectId": object_id}, otherwise)
    return pulumi.Output.all(asked, object_id).apply(lambda known: str(known[1]))


def _deployer(component: pulumi.Resource) -> "pulumi.Output[Any]":
    found: pulumi.Output[Any] = once_per_run(
        (component.get_provider(CLIENT_CONFIG.token), "deployer"),
        lambda: looked_up(component, CLIENT_CONFIG, {}, _deployer_failure),
    )
    return found


def _api_failure(text: str, client_id: str, name: str) -> ExchangeAutomationError:
    return DirectoryLookupError(
        Problem(
            "EXA219",
            f'The component could not read the service principal of the API "{name}" (client id {client_id})',
            "it granted none of the API's permissions",
            f"If it is not in the tenant, create it: az ad sp create --id {client_id}. If the deployer may not read it, give "
            f"the deployer the Microsoft Graph application permission Application.Read.All. The directory answered: {text.strip()}",
        )
    )


def _exchange_online_failure(text: str) -> ExchangeAutomationError:
    if "no service principal found" in text.lower():
        return DirectoryLookupError(
            Problem(
                "EXA201",
                f"This tenant has no service principal of {EXCHANGE_ONLINE} (app id {EXCHANGE_ONLINE_APP_ID})",
                "the component created no grant",
                "Microsoft creates it with the tenant's first Exchange Online licence. Where the tenant has licences, create it "
                f"once: az ad sp create --id {EXCHANGE_ONLINE_APP_ID}, or New-MgServicePrincipal -AppId "
                f"{EXCHANGE_ONLINE_APP_ID}.",
            )
        )
    if "Authorization_RequestDenied" in text:
        return DirectoryLookupError(
            Problem(
                "EXA205",
                f"The deployer may not read the service principal of {EXCHANGE_ONLINE}",
                "the component created no grant",
                "Give the deployer the Microsoft Graph application permission Application.Read.All (a user: the role Cloud "
                f"Application Administrator) and run the command again. The directory answered: {text}",
            )
        )
    return DirectoryLookupError(
        Problem(
            "EXA206",
            f"The component could not read the service principal of {EXCHANGE_ONLINE}",
            "it created no grant",
            f"Run the command again when the cause is removed. The directory answered: {text}",
        )
    )


def _principal_failure(text: str) -> ExchangeAutomationError:
    return DirectoryLookupError(
        Problem(
            "EXA207",
            "The component could not read the client id of the managed identity from the directory",
            "its output client_id has no value; the grants and connect_command are unchanged",
            "Give the deployer the Microsoft Graph application permission Application.Read.All, and run the command again. "
            f"It can take some minutes until the directory returns a new identity. The directory answered: {text}",
        )
    )


def _deployer_failure(text: str) -> ExchangeAutomationError:
    return DirectoryLookupError(
        Problem(
            "EXA208",
            "The azuread provider does not know the identity that deploys",
            "the application's service principal would have no owner, and the component did not create it",
            f"Check the provider's credentials. It answered: {text}",
        )
    )
