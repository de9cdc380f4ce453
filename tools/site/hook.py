"""What MkDocs calls while it builds the site: generated pages, help texts, and links that leave the documentation's folder.

In the repository a page links ``../examples/registered-app`` or ``../CONTRIBUTING.md``, as a reader there expects; on the site
the same links lead to pages that are made of these files.
"""

from __future__ import annotations

import json
import logging
import posixpath
import re
from collections.abc import Callable, Mapping

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from tools.site import generated, helptext

log = logging.getLogger("mkdocs.hooks.site")

DOCS = "docs/"
_LINK = re.compile(r"(?P<open>\]\()(?P<target>[^()\s#]*)(?P<rest>#[^()\s]*)?(?=\))")
_FENCE = re.compile(r"^(```+|~~~+).*?^\1[ \t]*$", re.DOTALL | re.MULTILINE)

# How much a page counts in the search, by the start of its path: a topic comes before an error code, an example or a change of it.
# Every other page counts 1; the pages of definitions and of security count more, 0 leaves a page out.
SEARCH_WEIGHT = {
    "adr/0": 0,
    "changelog.md": 0.05,
    "compatibility.md": 0.2,
    "contributing.md": 0.1,
    "errors/": 0.2,
    "examples/": 0.2,
    "reference/": 0.3,
    "glossary.md": 4,
    "permissions.md": 2,
    "runbooks.md": 2,
    "security.md": 3,
    "testing.md": 1.5,
    "use-it.md": 0.5,
}

# Page on the site -> file in the repository that its links count from.
_ORIGIN: dict[str, str] = {}

# The first part of each page's address.
_FOLDERS: set[str] = set()

# The server sends one page for every missing address, so only the browser knows where the root of the site is: before the first
# folder that the site has, or else in the folder of the address.
_ROOT_FIRST = """
<script>
  var folders = %s, parts = location.pathname.replace(/[/]$/, "").split("/")
  var known = parts.findIndex(function (part) { return folders.indexOf(part) > -1 })
  var root = location.origin + parts.slice(0, known > 0 ? known : -1).join("/") + "/"
  document.write('<base href="' + root + '">')
</script>"""
_ROOT_IN_CONFIG = """
<script>
  var settings = document.getElementById("__config")
  settings.textContent = JSON.stringify(Object.assign(JSON.parse(settings.textContent), { base: root }))
</script>"""


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Puts the generated pages where the navigation has ``folder/*``."""
    sections = {"reference/*": generated.reference_pages(), "examples/*": generated.example_pages()}
    config.nav = [_filled(item, sections) for item in config.nav or []]
    return config


def _filled(item: object, sections: Mapping[str, Mapping[str, str]]) -> object:
    if isinstance(item, dict):
        return {
            label: (
                [{name: page} for page, name in sections[inner].items()]
                if isinstance(inner, str) and inner in sections
                else _filled(inner, sections)
            )
            for label, inner in item.items()
        }
    return [_filled(one, sections) for one in item] if isinstance(item, list) else item


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the pages that are made of other files."""
    _ORIGIN.clear()
    for page in generated.pages():
        _ORIGIN[page.uri] = page.origin
        files.append(File.generated(config, page.uri, content=page.text))
    _FOLDERS.clear()
    _FOLDERS.update(file.url.split("/")[0] for file in files.documentation_pages() if file.url != "./")
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001  (MkDocs names them)
    """Fills in help texts, and turns links that leave the folder."""
    uri = page.file.src_uri
    weight = next((number for start, number in SEARCH_WEIGHT.items() if uri.startswith(start)), None)
    if weight is not None:
        page.meta["search"] = {"boost": weight} if weight else {"exclude": True}
    origin = _ORIGIN.get(uri, DOCS + uri)
    return outside_code(
        helptext.filled(markdown), lambda text: _LINK.sub(lambda link: _turned(link, uri, origin), text)
    )


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:  # noqa: ARG001  (MkDocs names them)
    """Names the search dialog for screen readers."""
    return _named(output)


def on_post_template(output_content: str, template_name: str, config: MkDocsConfig) -> str:  # noqa: ARG001
    """Lets the page for a missing address load its files, whatever the address and wherever the site is."""
    if template_name != "404.html":
        return output_content
    relative = output_content.replace('="/', '="./').replace('"base": "/"', '"base": "."')
    relative = relative.replace('"search": "/', '"search": "./')
    relative = relative.replace("<head>", "<head>" + _ROOT_FIRST % json.dumps(sorted(_FOLDERS)), 1)
    return _named(re.sub(r'(<script id="__config".*?</script>)', lambda script: script[1] + _ROOT_IN_CONFIG, relative))


def _named(html: str) -> str:
    return html.replace('role="dialog"', 'role="dialog" aria-label="Search"')


def outside_code(markdown: str, change: Callable[[str], str]) -> str:
    """The page with ``change`` applied to everything but its fenced code."""
    parts, end = [], 0
    for fence in _FENCE.finditer(markdown):
        parts += [change(markdown[end : fence.start()]), fence[0]]
        end = fence.end()
    return "".join([*parts, change(markdown[end:])])


def _turned(link: re.Match[str], uri: str, origin: str) -> str:
    target = link["target"]
    if not target or ":" in target or target.startswith("/"):
        return link[0]
    path = posixpath.normpath(posixpath.join(posixpath.dirname(origin), target))
    destination = path.removeprefix(DOCS) if path.startswith(DOCS) else generated.page_of(path)
    if path == "docs":
        destination = "README.md"
    if destination is None:
        log.warning(
            "%s links to %s, which is not on the site: give it a page in tools/site/generated.py.", origin, path
        )
        return link[0]
    if posixpath.splitext(destination)[1] == "":
        destination = posixpath.join(destination, "README.md")
    relative = posixpath.relpath(destination, posixpath.dirname(uri) or ".")
    return f"{link['open']}{relative}{link['rest'] or ''}"
