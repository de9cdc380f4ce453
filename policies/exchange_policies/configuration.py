"""Refuses wrong configuration before any rule runs.

The engine checks each rule's configuration against its schema, but passes on names that no rule has: after a typing
mistake a rule would silently keep its default level. The SDK offers no hook for that, so this module extends the one
method that receives the configuration. ``requirements.txt`` pins the version of the SDK, and a test goes through the
engine.
"""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import grpc
from google.protobuf import json_format
from pulumi_policy import policy as sdk

from .rule import Rule

EVERY_RULE = "all"
"""The engine's name for the level of every rule."""


def configuration_mistakes(rules: Sequence[Rule], given: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Returns the mistakes in a configuration, rule name -> options."""
    known = {rule.name: rule for rule in rules}
    mistakes: list[str] = []
    for name, options in sorted(given.items()):
        rule = known.get(name)
        if rule is not None:
            mistakes += [f"{name}: {mistake}" for mistake in _option_mistakes(rule, options)]
        elif name != EVERY_RULE:
            mistakes.append(f'there is no rule "{name}", so it would check nothing. {_nearest(name, known)}')
    return mistakes


def _option_mistakes(rule: Rule, options: Mapping[str, Any]) -> Iterable[str]:
    for option in sorted(set(options) - set(rule.options)):
        yield f'it has no option "{option}", so nothing would change. {_nearest(option, rule.options)}'
    yield from rule.mistakes(rule.configured(options))


def _nearest(given: str, known: Iterable[str]) -> str:
    names = sorted(known)
    near = difflib.get_close_matches(given, names, n=1)
    if near:
        return f'Did you mean "{near[0]}"?'
    return f"There are: {', '.join(names)}." if names else "It has no options."


def refuse_wrong_configuration(rules: Sequence[Rule]) -> None:
    """Makes the pack refuse a wrong configuration: it reports every mistake and runs no rule."""
    plain: Any = sdk._PolicyAnalyzerServicer  # noqa: SLF001  (see above)

    class Servicer(plain):  # type: ignore[misc]  # the class of the SDK has no public type
        def Configure(self, request: Any, context: Any) -> Any:  # noqa: N802  (the protocol's name)
            given = {name: json_format.MessageToDict(rule.properties) for name, rule in request.policyConfig.items()}
            mistakes = configuration_mistakes(rules, given)
            if mistakes:
                lines = "\n".join(f"  - {mistake}" for mistake in mistakes)
                context.abort(
                    grpc.StatusCode.INVALID_ARGUMENT,
                    f"the configuration is wrong, so the pack checked nothing and the engine deployed nothing:\n{lines}",
                )
            return super().Configure(request, context)

    sdk._PolicyAnalyzerServicer = Servicer  # type: ignore[misc]  # noqa: SLF001
