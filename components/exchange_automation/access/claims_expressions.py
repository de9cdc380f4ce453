"""The check of a claims matching expression, which a federated credential can have in place of a subject.

Source: "Flexible federated identity credentials" on learn.microsoft.com: clauses that "and" joins, each a claim, one of two
operators and a value in single quotes. What each issuer needs is in the catalog's token_issuers.
"""

import re
from typing import NamedTuple, Optional

from exchange_automation.catalog.token_issuers import TOKEN_ISSUERS, Expressions, TokenIssuer
from exchange_automation.core.problems import Problem

_CLAUSE = re.compile(r"claims\['(?P<claim>[\w.-]+)'\]\s+(?P<operator>eq|matches)\s+'(?P<value>(?:[^']|'')*)'")
_AND = re.compile(r"\s+and\s+")


class _Clause(NamedTuple):
    claim: str
    operator: str
    value: str


def expression_problem(where: str, expression: str, issuer: Optional[TokenIssuer]) -> Optional[Problem]:
    """Returns what is wrong with an expression; None if Entra ID accepts it and it names an owner.

    Args:
        where: The path of the argument.
        expression: The expression.
        issuer: The issuer of the tokens; None for one that the catalog does not know.
    """
    if issuer is None or issuer.expressions is None:
        takes = ", ".join(known.name for known in TOKEN_ISSUERS if known.expressions is not None)
        return Problem(
            "EXA178",
            f"{where} is given for an issuer whose claims Entra ID does not match",
            "it would refuse the credential",
            f"Give subject. Expressions work for {takes}.",
        )
    rules = issuer.expressions
    clauses = _clauses(expression.strip())
    if clauses is None:
        return Problem(
            "EXA178",
            f'{where} "{expression}" is not an expression that Entra ID reads',
            "it would refuse the credential",
            f"Join clauses with and; a clause has a claim, eq or matches, and a value in single quotes: {rules.example}.",
        )
    refused = _refused(clauses, rules)
    if refused is not None:
        return Problem(
            "EXA178",
            f'{where} "{expression}" {refused}',
            "Entra ID would refuse the credential",
            f"For {issuer.name} write it in the form {rules.example}.",
        )
    literal = next((clause for clause in clauses if clause.operator == "eq" and set("*?") & set(clause.value)), None)
    if literal is not None:
        return Problem(
            "EXA178",
            f'{where} "{expression}" has a wildcard after eq, which compares it as an ordinary character',
            "no token would match",
            f"Compare {literal.claim} with matches, or write the whole value.",
        )
    if any(_names_an_owner(clause, rules) for clause in clauses):
        return None
    return Problem(
        "EXA178",
        f'{where} "{expression}" names no owner{" by id" if rules.ids else ""}',
        "Entra ID would refuse the credential, or somebody else could sign in as an Exchange administrator",
        (
            f"Compare {' or '.join(rules.ids)} with eq"
            if rules.ids
            else "Write the organization before the first wildcard"
        )
        + f": {rules.example}.",
    )


def _clauses(expression: str) -> Optional[list[_Clause]]:
    found, position = [], 0
    while True:
        clause = _CLAUSE.match(expression, position)
        if clause is None:
            return None
        found.append(_Clause(clause["claim"], clause["operator"], clause["value"]))
        if clause.end() == len(expression):
            return found
        joint = _AND.match(expression, clause.end())
        if joint is None:
            return None
        position = joint.end()


def _refused(clauses: list[_Clause], rules: Expressions) -> Optional[str]:
    """Returns the words for a claim that is missing or that Entra ID does not compare in this way; None without one."""
    for clause in clauses:
        if clause.claim not in rules.claims:
            return f"compares {clause.claim}, and Entra ID compares only {', '.join(rules.claims)}"
        if clause.claim in rules.ids and (clause.operator != "eq" or re.fullmatch(r"\d+", clause.value) is None):
            return f"does not compare {clause.claim} with eq and a number"
    return None if any(clause.claim == "sub" for clause in clauses) else "does not compare sub"


def _names_an_owner(clause: _Clause, rules: Expressions) -> bool:
    if clause.claim in rules.ids:
        return True
    return clause.claim == "sub" and bool(rules.subject) and re.match(rules.subject, clause.value) is not None
