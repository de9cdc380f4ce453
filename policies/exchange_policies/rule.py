"""A rule of the pack: a name, a sentence, a remedy, a default level, its configuration, and the check itself."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyConfigSchema,
    PolicyResource,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)

Configuration = Mapping[str, Any]
"""A rule's configuration, with the defaults of its schema where a program runs on the engine."""


@dataclass(frozen=True)
class Violation:
    """What is wrong with a resource, and what follows from it. The rule that reports it adds the remedy.

    The name of the rule is the code of the message: the engine prints it, and docs/policies.md has a section of that name.

    Attributes:
        what: What is wrong, without a full stop.
        consequence: What follows from it, the part of the sentence after "so", without a full stop.
    """

    what: str
    consequence: str

    def __str__(self) -> str:
        return f"{self.what}, so {self.consequence}."


def _nothing_wrong(configuration: Configuration) -> Iterable[str]:
    return ()


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule.

    Attributes:
        name: The name of the rule in the configuration, in the engine's output and in docs/policies.md.
        statement: The requirement, as a sentence: the first line of a violation.
        remedy: What to do about a violation: its last line.
        level: The level of the rule without configuration.
        options: The configuration of the rule, name -> JSON schema with a description and a default.
        mistakes: Yields what is wrong with a configuration that fits the schema.
    """

    name: str
    statement: str
    remedy: str
    level: EnforcementLevel = EnforcementLevel.MANDATORY
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    mistakes: Callable[[Configuration], Iterable[str]] = _nothing_wrong

    def policy(self) -> Policy:
        """Returns the rule as the engine runs it."""
        raise NotImplementedError

    def configured(self, given: Configuration | None) -> dict[str, Any]:
        """Returns the configuration, with the defaults for options that are left out."""
        return {name: schema["default"] for name, schema in self.options.items()} | dict(given or {})

    def described(self) -> dict[str, Any]:
        """Returns the arguments that every policy of the SDK takes."""
        schema = {name: dict(option) for name, option in self.options.items()}
        return {
            "name": self.name,
            "description": self.statement,
            "enforcement_level": self.level,
            "remediation_steps": self.remedy,
            "config_schema": PolicyConfigSchema(schema) if schema else None,
        }


@dataclass(frozen=True, kw_only=True)
class ResourceRule(Rule):
    """A rule about one resource, which the engine checks before it creates the resource.

    Attributes:
        check: Yields the violations of a resource.
        repair: Corrects the inputs at the level "remediate". None where that is not safe.
    """

    check: Callable[[ResourceValidationArgs, Configuration], Iterator[Violation]]
    repair: Callable[[ResourceValidationArgs], Mapping[str, Any] | None] | None = None

    def policy(self) -> Policy:
        def validate(resource: ResourceValidationArgs, report: ReportViolation) -> None:
            for violation in self.check(resource, self.configured(resource.get_config())):
                report(f"{violation}\n{self.remedy}", None)

        # The SDK's type has asynchronous remediations only, but the SDK runs both.
        return ResourceValidationPolicy(validate=validate, remediate=cast("Any", self.repair), **self.described())


@dataclass(frozen=True, kw_only=True)
class ProgramRule(Rule):
    """A rule about all resources of a program, which the engine checks at the end of a preview or an update.

    Attributes:
        check: Yields the violations with the resources that have them.
    """

    check: Callable[[list[PolicyResource], Configuration], Iterator[tuple[PolicyResource, Violation]]]

    def policy(self) -> Policy:
        def validate(program: StackValidationArgs, report: ReportViolation) -> None:
            for resource, violation in self.check(program.resources, self.configured(program.get_config())):
                report(f"{violation}\n{self.remedy}", resource.urn)

        return StackValidationPolicy(validate=validate, **self.described())


def list_option(description: str, default: list[str]) -> dict[str, Any]:
    """Returns the schema of an option that is a list of text."""
    return {"type": "array", "items": {"type": "string"}, "default": default, "description": description}
