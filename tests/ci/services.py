"""As much of GitHub and of Azure Repos as posting needs, on the loopback interface, with a record of what was asked."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

BOT = "github-actions[bot]"
ME = "build-service"


class Service:
    """The state of both services.

    Attributes:
        comments: of pull requests, by number: GitHub's objects.
        issues: GitHub's objects, pull requests among them.
        pulls: open pull requests.
        threads: of the one pull request in Azure Repos.
        asked: method and path of each request.
        failures: status codes to answer with first.
        location: the address that every answer names, for redirects.
    """

    def __init__(self) -> None:
        self.url = ""
        self.comments: dict[int, list[dict[str, Any]]] = {}
        self.issues: list[dict[str, Any]] = []
        self.pulls: list[dict[str, Any]] = []
        self.threads: list[dict[str, Any]] = []
        self.asked: list[str] = []
        self.failures: list[int] = []
        self.location = ""

    def answer(self, method: str, target: str, body: Any) -> tuple[int, Any]:
        parts = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.asked.append(f"{method} {parts.path}")
        if self.failures:
            return self.failures.pop(0), {"message": "not now"}
        for pattern, handler in (
            (r"/repos/o/r/issues/(\d+)/comments", self._comments),
            (r"/repos/o/r/issues/comments/(\d+)", self._comment),
            (r"/repos/o/r/issues/?(\d*)", self._issues),
            (r"/repos/o/r/pulls", self._pulls),
            (r"/_apis/connectionData", lambda *_: {"authenticatedUser": {"id": ME}}),
            (r"/project/_apis/git/repositories/repo/pullRequests/17/threads(/\d+/comments/\d+)?", self._threads),
        ):
            match = re.fullmatch(pattern, parts.path)
            if match:
                return 200, handler(method, match[1] if match.groups() else "", query, body)
        return 404, {"message": "Not Found"}

    def _comments(self, method: str, number: str, query: dict[str, str], body: Any) -> Any:
        listed = self.comments.setdefault(int(number), [])
        if method == "GET":
            return _page(listed, query)
        listed.append({"id": 1000 + len(listed), "body": body["body"], "user": {"login": BOT}})
        return listed[-1]

    def _comment(self, method: str, number: str, query: dict[str, str], body: Any) -> Any:
        [found] = [comment for listed in self.comments.values() for comment in listed if comment["id"] == int(number)]
        found.update(body)
        return found

    def _issues(self, method: str, number: str, query: dict[str, str], body: Any) -> Any:
        if method == "GET":
            return _page([issue for issue in self.issues if issue["state"] == query["state"]], query)
        if method == "PATCH":
            found = self.issues[int(number) - 1]
            found.update(body)
            return found
        self.issues.append({"number": len(self.issues) + 1, "state": "open", "user": {"login": BOT}, **body})
        return self.issues[-1]

    def _pulls(self, method: str, number: str, query: dict[str, str], body: Any) -> Any:
        return _page(
            [pull_request for pull_request in self.pulls if pull_request["head"]["label"] == query["head"]], query
        )

    def _threads(self, method: str, rest: str | None, query: dict[str, str], body: Any) -> Any:
        assert query["api-version"] == "7.1"
        if method == "GET":
            return {"value": self.threads}
        if rest:
            _, thread, _, comment = rest.split("/")
            [found] = [posted for posted in self.threads[int(thread) - 1]["comments"] if posted["id"] == int(comment)]
            found.update(body)
            return found
        comments = [{"id": 1, "author": {"id": ME}, **given} for given in body["comments"]]
        self.threads.append({"id": len(self.threads) + 1, "status": body["status"], "comments": comments})
        return self.threads[-1]


def _page(listed: list[Any], query: dict[str, str]) -> list[Any]:
    size, page = int(query["per_page"]), int(query["page"])
    return listed[size * (page - 1) : size * page]


@contextmanager
def serving() -> Iterator[Service]:
    """Both services, until the block ends."""
    service = Service()

    class Handler(BaseHTTPRequestHandler):
        def _any(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            assert self.headers["Authorization"] == "Bearer token"
            status, answer = service.answer(self.command, self.path, body)
            data = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.send_header("Location", service.location)
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = _any  # noqa: N815  (names that http.server wants)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Nothing: the record is ``asked``."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    service.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
