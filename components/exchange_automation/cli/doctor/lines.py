"""The lines of a diagnosis."""

from dataclasses import dataclass

from exchange_automation.cli.client.errors import ServiceError
from exchange_automation.cli.output import Level


@dataclass(frozen=True)
class Line:
    """One line of the diagnosis.

    Attributes:
        subject: What was checked.
        level: How it is.
        finding: What was found.
        remedy: What to do; empty where nothing is to be done.
    """

    subject: str
    level: Level
    finding: str
    remedy: str = ""


def with_code(remedy: str, code: str) -> str:
    """Returns a remedy with the code of the entry that explains it."""
    return f"{remedy} [{code}]"


def reason(refused: ServiceError) -> str:
    """Returns a refusal in one sentence without a full stop."""
    text = next(iter(refused.message.strip().splitlines()), "").rstrip(".") or f"status {refused.status}"
    return f"{refused.code}: {text}" if refused.code else text


def refused_line(subject: str, refused: ServiceError, permission: str) -> Line:
    """Returns the line of a read that was refused.

    Args:
        subject: What was to be read.
        refused: The refusal.
        permission: The Graph permission that the read needs.
    """
    remedy = f"grant the deployer {permission} with admin consent" if refused.forbidden else "run the command again"
    return Line(subject, "failed", reason(refused), remedy)
