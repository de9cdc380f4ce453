"""The values of arguments that take one of a few values.

Programs in Python give the text or the member. A type checker and an editor know the texts; a text that the program reads,
such as one of the configuration, becomes a member first: ``Frequency(config.require("frequency"))``. Other languages get an
enumeration.
"""

import enum
from typing import TYPE_CHECKING, Any, Literal, TypeVar, Union

Choice = TypeVar("Choice", bound=enum.Enum)
Text = TypeVar("Text", bound=str)

if TYPE_CHECKING:
    OneOf = Union[Choice, Text]
    TextOf = Union[Choice, Text]
else:

    class OneOf:
        """``OneOf[Frequency, FrequencyText]`` is both to a type checker, and ``Frequency`` to Pulumi's schema analysis."""

        def __class_getitem__(cls, types: tuple[Any, Any]) -> Any:
            """Returns the enumeration alone, because Pulumi's schema analysis refuses unions and literals."""
            return types[0]

    class TextOf:
        """As OneOf, and text to the schema analysis: in lists, and where more texts are right than the enumeration has."""

        def __class_getitem__(cls, types: tuple[Any, Any]) -> Any:
            """Returns the type of text."""
            return str


class _Text(str, enum.Enum):
    """An enumeration whose members read as their values, in messages and names too."""

    def __str__(self) -> str:
        return str(self.value)


class DirectoryRoleName(_Text):
    """An Entra role that Exchange Online honours for app-only sessions, by its display name."""

    EXCHANGE_ADMINISTRATOR = "Exchange Administrator"
    """Everything in Exchange Online."""
    EXCHANGE_RECIPIENT_ADMINISTRATOR = "Exchange Recipient Administrator"
    """Mailboxes and other recipients, not the organization's settings."""
    COMPLIANCE_ADMINISTRATOR = "Compliance Administrator"
    """Compliance settings."""
    SECURITY_ADMINISTRATOR = "Security Administrator"
    """Security settings."""
    SECURITY_READER = "Security Reader"
    """Reading security settings."""
    HELPDESK_ADMINISTRATOR = "Helpdesk Administrator"
    """A few settings of mailboxes."""
    GLOBAL_READER = "Global Reader"
    """Reading everything."""
    GLOBAL_ADMINISTRATOR = "Global Administrator"
    """Everything in the whole tenant. Exchange Online never needs it."""


DirectoryRoleNameText = Literal[
    "Exchange Administrator",
    "Exchange Recipient Administrator",
    "Compliance Administrator",
    "Security Administrator",
    "Security Reader",
    "Helpdesk Administrator",
    "Global Reader",
    "Global Administrator",
    "29232cdf-9323-42fd-ade2-1d097af3e4de",
    "31392ffb-586c-42d1-9346-e59415a2cc4e",
    "17315797-102d-40b4-93e0-432062caca18",
    "194ae4cb-b126-40b2-bd5b-6091b380977d",
    "5d6b6bb7-de71-4623-b4af-96380a352509",
    "729827e3-9c14-49f7-bb1b-9608f156bbb8",
    "f2ef992c-3afb-46b9-b7cf-a126ee74c451",
    "62e90394-69f5-4237-9190-012177145e10",
]
"""The display names, and the role template ids in the same order."""


class PowerShellVersion(_Text):
    """A PowerShell version that Azure Automation's runtime environments offer."""

    V5_1 = "5.1"
    """Windows PowerShell."""
    V7_2 = "7.2"
    """For ExchangeOnlineManagement 3.0 to 3.4. Support ended on 8 November 2024."""
    V7_4 = "7.4"
    """For ExchangeOnlineManagement 3.5 to 3.9. Support ended on 10 November 2026."""
    V7_6 = "7.6"
    """For ExchangeOnlineManagement 3.5 and later; 3.10 needs it. Support ends on 14 November 2028."""


PowerShellVersionText = Literal["5.1", "7.2", "7.4", "7.6"]


class ExchangeEnvironment(_Text):
    """A cloud with an Exchange Online of its own, as Connect-ExchangeOnline names it."""

    PUBLIC = "O365Default"
    """Every cloud that is not one of the others."""
    US_GOVERNMENT_GCC_HIGH = "O365USGovGCCHigh"
    """Microsoft 365 GCC High."""
    US_GOVERNMENT_DOD = "O365USGovDoD"
    """Microsoft 365 DoD."""
    CHINA = "O365China"
    """Microsoft 365 operated by 21Vianet."""


ExchangeEnvironmentText = Literal["O365Default", "O365USGovGCCHigh", "O365USGovDoD", "O365China"]


class Frequency(_Text):
    """The unit of a schedule."""

    ONCE = "Once"
    """One run."""
    HOUR = "Hour"
    """A run every hour, or every few hours."""
    DAY = "Day"
    """A run every day, or every few days."""
    WEEK = "Week"
    """Runs on days of the week."""
    MONTH = "Month"
    """Runs on days of the month."""


FrequencyText = Literal["Once", "Hour", "Day", "Week", "Month"]


class Weekday(_Text):
    """A day of the week."""

    MONDAY = "Monday"
    """Monday."""
    TUESDAY = "Tuesday"
    """Tuesday."""
    WEDNESDAY = "Wednesday"
    """Wednesday."""
    THURSDAY = "Thursday"
    """Thursday."""
    FRIDAY = "Friday"
    """Friday."""
    SATURDAY = "Saturday"
    """Saturday."""
    SUNDAY = "Sunday"
    """Sunday."""


WeekdayText = Literal["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


class LockLevel(_Text):
    """The level of a lock."""

    CAN_NOT_DELETE = "CanNotDelete"
    """Nobody can delete the account."""
    READ_ONLY = "ReadOnly"
    """Nobody can change or delete the account, and no job can be started."""


LockLevelText = Literal["CanNotDelete", "ReadOnly"]


class FirewallAction(_Text):
    """The answer of a storage account's firewall to callers that no rule names."""

    ALLOW = "Allow"
    """Accepts them."""
    DENY = "Deny"
    """Refuses them."""


FirewallActionText = Literal["Allow", "Deny"]


class EndpointGroup(_Text):
    """The part of an automation account that a private endpoint serves."""

    WEBHOOK = "Webhook"
    """Jobs that webhooks start."""
    DSC_AND_HYBRID_WORKER = "DSCAndHybridWorker"
    """Hybrid workers."""


EndpointGroupText = Literal["Webhook", "DSCAndHybridWorker"]


class PrincipalType(_Text):
    """The type of the principal that an Azure role is assigned to."""

    USER = "User"
    """A person."""
    GROUP = "Group"
    """A group."""
    SERVICE_PRINCIPAL = "ServicePrincipal"
    """An application or a managed identity."""
    FOREIGN_GROUP = "ForeignGroup"
    """A group of another tenant."""
    DEVICE = "Device"
    """A device."""


PrincipalTypeText = Literal["User", "Group", "ServicePrincipal", "ForeignGroup", "Device"]
