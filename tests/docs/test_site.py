"""The site as it is built: every link leads somewhere, and nothing is loaded from elsewhere."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from tools.places import CHECKOUT
from tools.site import generated, helptext

LOADED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "object": "data"}


@dataclass
class PageLinks(HTMLParser):
    """What one page has: places to link to, links, and what the browser loads by itself."""

    ids: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    loads: list[str] = field(default_factory=list)
    classes: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.classes.update(given.get("class", "").split())
        self.ids.update(given[name] for name in ("id", "name") if name in given)
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag == "link" and given.get("rel") not in ("canonical", "prev", "next"):
            self.loads.append(given.get("href", ""))
        elif tag in LOADED and LOADED[tag] in given:
            self.loads.append(given[LOADED[tag]])


@pytest.fixture(scope="module")
def pages(site: Path) -> Mapping[Path, PageLinks]:
    found = {}
    for path in sorted(site.rglob("*.html")):
        links = PageLinks()
        links.feed(path.read_text("utf-8"))
        found[path] = links
    return found


def test_every_link_leads_to_a_page_and_a_place_on_it(site: Path, pages: Mapping[Path, PageLinks]) -> None:
    dead = []
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme:
                if not re.fullmatch(r"https://[a-z0-9.-]+(/[^\s]*)?", link):
                    dead.append(f"{path.relative_to(site)}: {link} is not an https address")
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if target.is_dir():
                target = target / "index.html"
            if not target.is_file():
                dead.append(f"{path.relative_to(site)}: {link} leads nowhere")
            elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].ids:
                dead.append(f"{path.relative_to(site)}: {link} has no such place")
    assert not dead, "\n".join(["", *dead])


def test_the_page_for_a_missing_address_works_below_any_path(pages: Mapping[Path, PageLinks]) -> None:
    [missing] = [page for path, page in pages.items() if path.name == "404.html"]
    assert missing.links
    assert [link for link in [*missing.links, *missing.loads] if link.startswith("/")] == []


@pytest.mark.parametrize(
    ("address", "root"),
    [
        ("/nowhere", "/"),
        ("/nowhere/", "/"),
        ("/how-to/nowhere/", "/"),
        ("/errors/grants/nowhere", "/"),
        ("/documentation/nowhere", "/documentation/"),
        ("/documentation/how-to/nowhere/", "/documentation/"),
    ],
)
def test_the_page_for_a_missing_address_finds_the_root_of_the_site(site: Path, address: str, root: str) -> None:
    [script] = re.findall(r"<head>\s*<script>(.*?)</script>", (site / "404.html").read_text("utf-8"), re.DOTALL)
    browser = f"const location = {{origin: 'https://site', pathname: '{address}'}}, document = {{write: console.log}};"
    ran = subprocess.run(["node", "--eval", browser + script], check=True, capture_output=True, text=True)
    assert ran.stdout.strip() == f'<base href="https://site{root}">'


def test_nothing_is_loaded_from_elsewhere(site: Path, pages: Mapping[Path, PageLinks]) -> None:
    for path, page in pages.items():
        for address in page.loads:
            assert not urlsplit(address).netloc, f"{path.relative_to(site)} loads {address}"
        # The theme would fetch a script for these.
        assert "mermaid" not in page.classes, path
    for style in site.rglob("*.css"):
        assert not re.search(r"(url\(|@import )['\"]?(https?:)?//", style.read_text("utf-8")), style


def test_every_page_of_the_documentation_is_on_the_site(site: Path) -> None:
    for source in (CHECKOUT / "docs").rglob("*.md"):
        relative = source.relative_to(CHECKOUT / "docs")
        page = relative.parent if relative.name == "README.md" else relative.with_suffix("")
        assert (site / page / "index.html").is_file(), relative


def test_every_public_name_is_in_the_reference(site: Path, pages: Mapping[Path, PageLinks]) -> None:
    places = set().union(*(page.ids for page in pages.values()))
    for names in generated.public().values():
        for name in names:
            assert any(place.rsplit(".", 1)[-1] == name for place in places), name
    assert (site / "reference" / "ExchangeAccess" / "index.html").is_file()


def test_every_argument_is_in_the_reference(pages: Mapping[Path, PageLinks]) -> None:
    from exchange_automation import ExchangeAutomationAccountArgs  # noqa: PLC0415  (the subject of one test)

    places = set().union(*(page.ids for page in pages.values()))
    for name in ExchangeAutomationAccountArgs.__annotations__:
        assert any(place.endswith(f".ExchangeAutomationAccountArgs.{name}") for place in places), name


def test_every_command_shows_its_help() -> None:
    page = (CHECKOUT / "docs" / "commands.md").read_text("utf-8")
    for command in helptext.commands():
        assert f"<!-- help: {command} -->" in page, command
        assert "Usage: " in helptext.helptext(command)


def test_a_search_finds_a_code_and_an_error_text(site: Path) -> None:
    index = (site / "search" / "search_index.json").read_text("utf-8")
    assert "EXA302" in index
    assert "Permission being assigned already exists on the object" in index
