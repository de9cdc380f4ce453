"""How far a reader of the built site is from an answer: links followed from the home page, and place in the search."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tests.docs.questions import READERS, Question

SEARCH = Path(__file__).with_name("site_search.mjs")
VOID = {"br", "hr", "img", "input", "link", "meta", "source", "wbr"}


@dataclass
class Article(HTMLParser):
    """Text and links of the ``<article>`` of a page."""

    text: str = ""
    links: list[str] = field(default_factory=list)
    depth: int = 0

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "article" or (self.depth and tag not in VOID):
            self.depth += 1
        if self.depth and tag == "a":
            self.links.extend(value or "" for name, value in attrs if name == "href")

    def handle_endtag(self, tag: str) -> None:
        if self.depth and tag not in VOID:
            self.depth -= 1

    def handle_data(self, data: str) -> None:
        if self.depth:
            self.text += data


def articles(site: Path) -> dict[str, Article]:
    """Articles by the location that the search index uses ("" is the home page)."""
    found = {}
    for path in sorted(site.rglob("index.html")):
        article = Article()
        article.feed(path.read_text("utf-8"))
        folder = path.parent.relative_to(site).as_posix()
        found["" if folder == "." else f"{folder}/"] = article
    return found


def distances(pages: Mapping[str, Article]) -> dict[str, int]:
    """Number of links in the text that lead from the home page to each page."""
    known, waiting = {"": 0}, deque([""])
    while waiting:
        here = waiting.popleft()
        for link in pages[here].links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc or not parts.path:
                continue
            target = (Path("/", here) / unquote(parts.path)).as_posix()
            there = re.sub(r"[^/]+/\.\./", "", f"{target}/".lstrip("/"))
            while "../" in there:
                there = re.sub(r"[^/]+/\.\./", "", there, count=1)
            if there in pages and there not in known:
                known[there] = known[here] + 1
                waiting.append(there)
    return known


def search(site: Path, queries: Iterable[str]) -> dict[str, list[str]]:
    """Pages that the site's own search finds, best first."""
    ran = subprocess.run(
        ["node", str(SEARCH), str(site)],
        check=True,
        input=json.dumps(list(queries)),
        capture_output=True,
        text=True,
    )
    results: dict[str, list[str]] = json.loads(ran.stdout)
    return results


@dataclass(frozen=True)
class Reading:
    """Returns the place of the answer to a question; None without an answer."""

    question: Question
    page: str | None
    links: int | None
    place: int | None


def readings(site: Path) -> dict[str, list[Reading]]:
    """What each reader finds."""
    pages = articles(site)
    distance = distances(pages)
    found = search(site, [question.words for questions in READERS.values() for question in questions])
    return {
        reader: [_reading(question, pages, distance, found[question.words]) for question in questions]
        for reader, questions in READERS.items()
    }


def _reading(
    question: Question, pages: Mapping[str, Article], distance: Mapping[str, int], results: list[str]
) -> Reading:
    answer = re.compile(question.answer, re.DOTALL)
    pages_with_answer = [location for location, page in pages.items() if answer.search(page.text)]
    near = sorted(distance[location] for location in pages_with_answer if location in distance)
    place = next((number for number, location in enumerate(results, 1) if location in pages_with_answer), None)
    page = results[place - 1] if place else next(iter(pages_with_answer), None)
    return Reading(question, page, near[0] if near else None, place)


if __name__ == "__main__":
    for reader, rows in readings(Path(sys.argv[1])).items():
        print(f"\n{reader}")
        for row in rows:
            print(f"  links {row.links!s:>4}  search {row.place!s:>4}  {row.page!s:36} {row.question.asks}")
