"""The values of arguments that take one of a few values.

Programs in Python give the text or the member. Other languages get an enumeration.
"""

import enum
from typing import TYPE_CHECKING, Any, TypeVar, Union

Choice = TypeVar("Choice", bound=enum.Enum)

if TYPE_CHECKING:
    OneOf = Union[Choice, str]
else:

    class OneOf:
        """``OneOf[Frequency]`` is ``Frequency`` or its text to a type checker, and ``Frequency`` to Pulumi's schema analysis."""

        def __class_getitem__(cls, member_type: Any) -> Any:
            """Returns the enumeration alone, because Pulumi's schema analysis refuses unions."""
            return member_type


class _Text(str, enum.Enum):
    """An enumeration whose members read as their values, in messages and names too."""

    def __str__(self) -> str:
        return str(self.value)


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


class LockLevel(_Text):
    """The level of a lock."""

    CAN_NOT_DELETE = "CanNotDelete"
    """Nobody can delete the account."""
    READ_ONLY = "ReadOnly"
    """Nobody can change or delete the account, and no job can be started."""


class EndpointGroup(_Text):
    """The part of an automation account that a private endpoint serves."""

    WEBHOOK = "Webhook"
    """Jobs that webhooks start."""
    DSC_AND_HYBRID_WORKER = "DSCAndHybridWorker"
    """Hybrid workers."""


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
