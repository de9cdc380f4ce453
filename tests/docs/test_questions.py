"""Thirty questions of three readers have an answer, two links from the home page and early in the search."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.questions import READERS
from tests.docs.reading import Reading, readings, search

MOST_LINKS = 2
MOST_PLACES = 10
EARLY = 3
EARLY_ENOUGH = 7
"""Questions of ten whose answer is one of the first three pages of the search."""


TOPICS = {
    # A platform engineer who does not know Exchange.
    "install": "how-to/install-and-start/",
    "new project template": "how-to/install-and-start/",
    "what does the deployer need": "permissions/",
    "existing grants": "adoption/",
    "rename component": "operations/",
    "mocks": "testing/",
    "testing": "testing/",
    "typescript": "languages/",
    "gcc high": "how-to/national-clouds/",
    "pull request comment": "pull-requests/",
    "destroy failed": "operations/",
    "webhook": "runbooks/",
    # An Exchange administrator who does not know Pulumi.
    "start a runbook": "how-to/start-a-runbook/",
    "job output": "how-to/start-a-runbook/",
    "unauthorized": "troubleshooting/",
    "only some mailboxes": "permissions/",
    "what is a stack": "glossary/",
    "graph in a runbook": "how-to/graph-beside-exchange/",
    "every 15 minutes": "runbooks/",
    "password in a script": "runbooks/",
    "certificate linux": "how-to/registered-application/",
    "update module version": "runbooks/",
    "schedule": "runbooks/",
    "certificate": "how-to/registered-application/",
    # A security reviewer.
    "who can": "security/",
    "trust boundaries": "security/",
    "shared keys": "security/",
    "revoke access now": "operations/",
    "secrets in state": "security/",
    "global administrator": "security/",
    "conditional access": "security/",
    "real azure": "first-real-tenant/",
    "separation of duties": "permissions/",
    "report a vulnerability": "report-a-vulnerability/",
    "permissions": "permissions/",
    "EXA302": "errors/grants/",
}
"""Words of a search, and the page that it finds first."""


@pytest.fixture(scope="module")
def answers(site: Path) -> dict[str, list[Reading]]:
    return readings(site)


@pytest.mark.parametrize("reader", READERS)
def test_every_question_of_a_reader_has_an_answer_near_the_home_page(
    answers: dict[str, list[Reading]], reader: str
) -> None:
    far = [row.question.asks for row in answers[reader] if row.links is None or row.links > MOST_LINKS]
    assert far == []


@pytest.mark.parametrize("reader", READERS)
def test_most_answers_are_the_first_pages_of_the_search(answers: dict[str, list[Reading]], reader: str) -> None:
    places = {row.question.words: row.place for row in answers[reader]}
    early = [words for words, place in places.items() if place is not None and place <= EARLY]
    assert len(early) >= EARLY_ENOUGH, places
    assert all(place is not None and place <= MOST_PLACES for place in places.values()), places


def test_a_search_finds_the_topic_first(site: Path) -> None:
    assert {words: pages[0] for words, pages in search(site, TOPICS).items()} == TOPICS
