"""Wrong use, one mistake a line: a strict type checker reports each marked line and no other."""

import pulumi

import exchange_automation
from exchange_automation import (
    ExchangeAccess,
    ExchangeAccountAssets,
    ExchangeApplication,
    ExchangeAutomationAccount,
    ExchangeAutomationAccountArgs,
    ExchangeRunbook,
    InvalidArgumentsError,
    ScheduleArgs,
)

# fmt: off
NAME = "contoso.onmicrosoft.com"

ExchangeAutomationAccount("missing", {"resource_group_name": "rg"})  # wrong: organization is required
ExchangeAutomationAccount("unknown", {"organization": NAME, "resource_group": "rg"})  # wrong: no such argument
ExchangeAutomationAccount("type", {"organization": 5})  # wrong: not text
ExchangeAutomationAccount("flag", {"organization": NAME, "disable_local_auth": "no"})  # wrong: not a bool
ExchangeAutomationAccount("enum", {"organization": NAME, "identity_type": 2})  # wrong: not an IdentityType
ExchangeAutomationAccount("roles", {"organization": NAME, "directory_roles": ["Global Reader"]})  # wrong: not a dictionary
ExchangeAutomationAccount("role", {"organization": NAME, "directory_roles": [{"scope": "/"}]})  # wrong: role is required
ExchangeAutomationAccount("name", {"organization": NAME, "directory_roles": [{"role": "Exchange Administratr"}]})  # wrong: no such role
ExchangeAutomationAccount("value", {"organization": NAME, "identity_type": "systemassigned"})  # wrong: letter case
ExchangeAutomationAccount("version", {"organization": NAME, "powershell_version": "7.3"})  # wrong: not a version of Azure
ExchangeAutomationAccount("package", {"organization": NAME, "extra_packages": {"A": "1.0.0"}})  # wrong: not a dictionary
ExchangeAutomationAccount("no-arguments")  # wrong: args is required
ExchangeAutomationAccount("options", {"organization": NAME}, {"protect": True})  # wrong: not ResourceOptions
ExchangeAutomationAccount("keywords", organization=NAME)  # wrong: arguments are one dictionary
ExchangeAutomationAccount(7, {"organization": NAME})  # wrong: the name is text

print(exchange_automation.ExchangeNothing)  # wrong: there is no such name
ExchangeAccess("plain-role", {"principal_id": "id", "app_role": pulumi.Output.from_input("x")})  # wrong: must be known
ExchangeApplication("credential", {"organization": NAME, "federated_credentials": [{"name": "main"}]})  # wrong: no issuer
ExchangeRunbook("nothing", {})  # wrong: four are required
ExchangeAccountAssets("a", {"resource_group_name": "rg", "automation_account_name": 1})  # wrong: not text

schedule: ScheduleArgs = {"frequency": "Dayly"}  # wrong: no such frequency
days: ScheduleArgs = {"frequency": "Week", "week_days": ["Mo"]}  # wrong: no such day
read: ScheduleArgs = {"frequency": pulumi.Config().require("frequency")}  # wrong: any text; Frequency(...) checks it

account = ExchangeAutomationAccount("account", {"organization": NAME, "resource_group_name": "rg"})
print(account.connect_comand)  # wrong: no such output
text: str = account.connect_command  # wrong: an output is not text
number: pulumi.Output[int] = account.account_name  # wrong: an output of text
print(account.access.grants)  # wrong: None when the grants are managed elsewhere
arguments: ExchangeAutomationAccountArgs = {"organization": NAME}
arguments["organisation"] = NAME  # wrong: no such argument

try:
    ExchangeAutomationAccount("caught", arguments)
except InvalidArgumentsError as error:
    print(error.codes)  # wrong: no such attribute
