"""The lines of a diagnosis."""

from dataclasses import dataclass

from exchange_automation.cli.client.errors import ServiceError
from exchange_automation.cli.output import Level
from exchange_automation.core.problems import Problem


@dataclass(frozen=True)
class Line:
    """One line of the diagnosis.

    Attributes:
        subject: What was checked.
        level: The result.
        finding: The reason for the result, without a full stop.
        remedy: The advice; empty where none is needed.
    """

    subject: str
    level: Level
    finding: str
    remedy: str = ""


def with_code(remedy: str, code: str) -> str:
    """Returns a remedy with the code of the entry that explains it."""
    return f"{remedy} [{code}]"


def problem_line(subject: str, problem: Problem, remedy: str = "") -> Line:
    """Returns the line of a check that found a problem.

    Args:
        subject: What was checked.
        problem: The problem.
        remedy: A remedy in place of the problem's; empty to keep that one.
    """
    finding = problem.statement.rstrip(".")
    return Line(subject, "failed", finding, with_code(remedy or problem.remedy.rstrip("."), problem.code))


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
