"""Arguments that are one of a few values.

Programs in Python give the text or the member; other languages get an enumeration.
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
            """The enumeration alone: the analysis refuses unions."""
            return member_type


class _Text(str, enum.Enum):
    """Reads as its value everywhere, in messages and names too."""

    def __str__(self) -> str:
        return str(self.value)


class PowerShellVersion(_Text):
    """PowerShell versions that Azure Automation's runtime environments offer."""

    V5_1 = "5.1"
    """Windows PowerShell."""
    V7_2 = "7.2"
    """For ExchangeOnlineManagement 3.0 to 3.4."""
    V7_4 = "7.4"
    """For ExchangeOnlineManagement 3.5 to 3.9."""
    V7_6 = "7.6"
    """For ExchangeOnlineManagement 3.5 and later; 3.10 needs it."""


class ExchangeEnvironment(_Text):
    """Clouds with an Exchange Online of their own, as Connect-ExchangeOnline calls them."""

    PUBLIC = "O365Default"
    """Everywhere else."""
    US_GOVERNMENT_GCC_HIGH = "O365USGovGCCHigh"
    """Microsoft 365 GCC High."""
    US_GOVERNMENT_DOD = "O365USGovDoD"
    """Microsoft 365 DoD."""
    CHINA = "O365China"
    """Operated by 21Vianet."""


class Frequency(_Text):
    """What a schedule counts in."""

    ONCE = "Once"
    """One run."""
    HOUR = "Hour"
    """Every so many hours."""
    DAY = "Day"
    """Every so many days."""
    WEEK = "Week"
    """On days of the week."""
    MONTH = "Month"
    """On days of the month."""


class Weekday(_Text):
    """Days of the week."""

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
    """What a lock forbids."""

    CAN_NOT_DELETE = "CanNotDelete"
    """Deletion."""
    READ_ONLY = "ReadOnly"
    """Every change; jobs cannot be started either."""


class EndpointGroup(_Text):
    """What a private endpoint of an automation account serves."""

    WEBHOOK = "Webhook"
    """Jobs started by webhooks."""
    DSC_AND_HYBRID_WORKER = "DSCAndHybridWorker"
    """Hybrid workers."""


class PrincipalType(_Text):
    """What kind of object an Azure role is assigned to."""

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
