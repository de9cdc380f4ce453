"""Put what ``exchange-automation explain`` wrote where people see it, once: a text that is there already is updated.

    python ci/post.py github-comment --file comment.md --pull-request 17
    python ci/post.py github-comment --file comment.md --head octocat:fix --sha 1a2b3c...
    python ci/post.py github-issue --file found.md --title "Access has drifted: prod"
    python ci/post.py github-issue --file found.md --close
    python ci/post.py azure-thread --file comment.md

The first line of the file is a hidden mark, and the text to update is the one with the same mark that this pipeline wrote:
anybody may write a comment with that mark, and none of those is touched. Python 3.10 and nothing else is needed. Everything
but the arguments comes from the variables of GitHub Actions (GITHUB_*) or of Azure Pipelines (SYSTEM_*, BUILD_*).

Exit codes: 0 posted, or nothing to do; 2 not posted, and one message says why.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

MARK = re.compile(r"<!-- exchange-automation explain: [A-Za-z0-9._/-]+ -->")
BOT = "github-actions[bot]"
"""Who writes with the token of a workflow."""
PAGE = 100
LONGEST = 65_000
"""Characters; GitHub refuses more than 65,536."""


class NotPosted(Exception):  # noqa: N818  (it says what happened)
    """Nothing was posted; the text says why."""


class NoRedirects(urllib.request.HTTPRedirectHandler):
    """Makes every redirect an error: urllib would send the token to the address that the answer names."""

    def redirect_request(self, *_: Any) -> None:
        """Returns no request, so that the redirect ends as an HTTPError."""


OPENER = urllib.request.build_opener(NoRedirects)


class Api:
    """A REST API with one bearer token."""

    def __init__(self, base: str, token: str, accept: str) -> None:
        if not base.startswith(("https://", "http://127.0.0.1:")):
            raise NotPosted(f"{base} is not https, and the token would be readable on its way.")
        self._base = base.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}", "Accept": accept, "Content-Type": "application/json"}

    def send(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """The answer's JSON; what is overloaded is asked again.

        Raises:
            NotPosted: The answer was no, or there was none.
        """
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self._base}{path}", data, self._headers, method=method)  # noqa: S310
        for wait in (1, 5, 15, None):
            try:
                with OPENER.open(request, timeout=30) as answer:
                    return json.load(answer)
            except urllib.error.HTTPError as failure:
                # A POST may have been carried out before its answer was lost: repeating it could post twice.
                if (
                    wait is None
                    or failure.code not in (429, 502, 503, 504)
                    or (method == "POST" and failure.code != 429)
                ):
                    said = failure.read(2000).decode("utf-8", "replace")
                    raise NotPosted(f"{method} {path} was answered with {failure.code}: {said}") from None
            except (urllib.error.URLError, TimeoutError, ValueError) as failure:
                if wait is None or method == "POST":
                    raise NotPosted(f"{method} {path} got no usable answer: {failure}") from None
            time.sleep(wait)
        raise AssertionError

    def pages(self, path: str) -> Iterator[Any]:
        """The entries of a list of GitHub's, over all its pages."""
        for page in range(1, 1000):
            entries = self.send("GET", f"{path}{'&' if '?' in path else '?'}per_page={PAGE}&page={page}")
            yield from entries
            if len(entries) < PAGE:
                return


def has_mark(text: Any, mark: str) -> bool:
    """Whether a text is one of ours, by its first line; services may change the line ends."""
    return isinstance(text, str) and text.splitlines()[:1] == [mark]


class GitHub:
    """A repository on GitHub."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._api = Api(
            environment.get("GITHUB_API_URL", "https://api.github.com"),
            needed(environment, "GITHUB_TOKEN"),
            "application/vnd.github+json",
        )
        self._repository = f"/repos/{needed(environment, 'GITHUB_REPOSITORY')}"

    def pull_request(self, head: str, sha: str) -> int | None:
        """The open pull request from ``owner:branch``; None when it has moved on from ``sha``."""
        query = urllib.parse.urlencode({"state": "open", "head": head})
        for page in self._api.pages(f"{self._repository}/pulls?{query}"):
            label = page["head"].get("label")
            if label == head and page["head"]["sha"] == sha:
                return int(page["number"])
        return None

    def comment(self, number: int, mark: str, body: str) -> str:
        """Writes or updates the comment on a pull request."""
        for page in self._api.pages(f"{self._repository}/issues/{number}/comments"):
            if has_mark(page.get("body"), mark) and page["user"]["login"] == BOT:
                if page["body"] == body:
                    return "unchanged"
                self._api.send("PATCH", f"{self._repository}/issues/comments/{page['id']}", {"body": body})
                return "updated"
        self._api.send("POST", f"{self._repository}/issues/{number}/comments", {"body": body})
        return "written"

    def issue(self, mark: str, title: str, body: str, *, close: bool) -> str:
        """Opens, updates or closes the issue."""
        for page in self._api.pages(f"{self._repository}/issues?state=open"):
            if "pull_request" not in page and has_mark(page.get("body"), mark) and page["user"]["login"] == BOT:
                change = {"state": "closed"} if close else {"title": title, "body": body}
                self._api.send("PATCH", f"{self._repository}/issues/{page['number']}", change)
                return "closed" if close else "updated"
        if close:
            return "not needed"
        self._api.send("POST", f"{self._repository}/issues", {"title": title, "body": body})
        return "opened"


class AzureRepos:
    """A pull request in Azure Repos."""

    VERSION = "api-version=7.1"
    CLOSED = 4
    """Status of a thread: it asks nothing of anybody, so it does not hold up a branch policy."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._api = Api(
            needed(environment, "SYSTEM_COLLECTIONURI"), needed(environment, "SYSTEM_ACCESSTOKEN"), "application/json"
        )
        names = ("SYSTEM_TEAMPROJECTID", "BUILD_REPOSITORY_ID", "SYSTEM_PULLREQUEST_PULLREQUESTID")
        project, repository, number = (urllib.parse.quote(needed(environment, name), safe="") for name in names)
        self._threads = f"/{project}/_apis/git/repositories/{repository}/pullRequests/{number}/threads"

    def thread(self, mark: str, body: str) -> str:
        """Writes or updates the first comment of a thread."""
        me = self._api.send("GET", "/_apis/connectionData")["authenticatedUser"]["id"]
        for thread in self._api.send("GET", f"{self._threads}?{self.VERSION}")["value"]:
            first: dict[str, Any] = next(iter(thread.get("comments") or []), {})
            if thread.get("isDeleted") or first.get("isDeleted") or not has_mark(first.get("content"), mark):
                continue
            if first["author"]["id"] == me:
                path = f"{self._threads}/{thread['id']}/comments/{first['id']}?{self.VERSION}"
                self._api.send("PATCH", path, {"content": body})
                return "updated"
        comment = {"parentCommentId": 0, "content": body, "commentType": 1}
        self._api.send("POST", f"{self._threads}?{self.VERSION}", {"comments": [comment], "status": self.CLOSED})
        return "written"


def needed(environment: Mapping[str, str], name: str) -> str:
    """The value of a variable.

    Raises:
        NotPosted: It is not set.
    """
    value = environment.get(name, "")
    if not value:
        raise NotPosted(f"The variable {name} is not set, so it is not known where to post. Give it in the step's env.")
    return value


def marked(path: Path) -> tuple[str, str]:
    """The mark and the text of a file, cut where it is longer than a service takes.

    Raises:
        NotPosted: The file is not there, or does not start with a mark.
    """
    try:
        body = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as failure:
        raise NotPosted(f"{path} cannot be read: {failure}") from None
    mark = body.partition("\n")[0]
    if not MARK.fullmatch(mark):
        raise NotPosted(f"{path} does not start with the mark of exchange-automation explain --format markdown.")
    if len(body) > LONGEST:
        body = f"{body[:LONGEST].rpartition(chr(10))[0]}\n\n*The rest is cut; the run has the whole text.*\n"
    return mark, body


def post(options: argparse.Namespace, environment: Mapping[str, str]) -> str:
    """What was done, in a word or two.

    Raises:
        NotPosted: Nothing was.
    """
    mark, body = marked(options.file)
    if options.target == "azure-thread":
        return AzureRepos(environment).thread(mark, body)
    github = GitHub(environment)
    if options.target == "github-issue":
        return github.issue(mark, options.title, body, close=options.close)
    number = options.pull_request
    if number is None:
        number = github.pull_request(options.head, options.sha)
        if number is None:
            return "not written: no open pull request is at that commit any more"
    return github.comment(number, mark, body)


def parsed(arguments: list[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    targets = parser.add_subparsers(dest="target", required=True)
    comment = targets.add_parser("github-comment")
    comment.add_argument("--pull-request", type=int, metavar="NUMBER")
    comment.add_argument("--head", metavar="OWNER:BRANCH")
    comment.add_argument("--sha", metavar="SHA")
    issue = targets.add_parser("github-issue")
    issue.add_argument("--title", default="")
    issue.add_argument("--close", action="store_true")
    thread = targets.add_parser("azure-thread")
    for item in (comment, issue, thread):
        item.add_argument("--file", type=Path, required=True)
    options = parser.parse_args(arguments)
    if options.target == "github-comment" and options.pull_request is None and not (options.head and options.sha):
        parser.error("give --pull-request, or both --head and --sha")
    if options.target == "github-issue" and not (options.title or options.close):
        parser.error("give --title, or --close")
    return options


def main(arguments: list[str] | None = None) -> int:
    options = parsed(arguments)
    try:
        print(f"{options.target}: {post(options, os.environ)}")
    except NotPosted as failure:
        print(f"post: {failure}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
