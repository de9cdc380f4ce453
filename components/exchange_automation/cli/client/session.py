"""The asynchronous client of Microsoft Graph and Resource Manager: bounded concurrency, retries, pages, batches.

Only requests that can be repeated without harm go through it, because all commands only read. Throttling and failing
services are waited out as the services ask (``Retry-After``). Time, pages, sizes and depth of answers are bounded.

Sources: "Microsoft Graph throttling guidance", "Paging Microsoft Graph data", "Combine multiple requests in one HTTP
call using JSON batching" on learn.microsoft.com.
"""

import asyncio
import contextlib
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any
from urllib.parse import urlsplit

import httpx

from exchange_automation.cli.client.errors import ServiceError
from exchange_automation.cli.documents import Record
from exchange_automation.core.problems import Problem

from . import answers, deadlines
from .credentials import AccessToken, SignIn, sign_in, trusted_authorities
from .endpoints import METADATA_VERSION, Endpoints, by_environment, from_metadata

CONCURRENCY = 8
ATTEMPTS = 6
LONGEST_WAIT = 120.0
"""Seconds. The client fails when a service asks it to wait longer, because nobody waits that long for a table."""
MOST_PAGES = 5_000
RETRIED = frozenset({429, 500, 502, 503, 504})
BATCH_SIZE = 20
PAGE_SIZE = 999

Listener = Callable[[str], None]


@dataclass
class Traffic:
    """Numbers of requests, and the clocks of both sides.

    Attributes:
        requests: Number of requests.
        retries: Number of requests that were repeated.
        hosts: Hosts that a token was sent to.
        server_time: The first ``Date`` header.
        local_time: The local time at that moment.
    """

    requests: int = 0
    retries: int = 0
    hosts: set[str] = field(default_factory=set)
    server_time: datetime | None = None
    local_time: datetime | None = None


@dataclass(frozen=True)
class _Request:
    """A request, and the endpoint that its token is for."""

    method: str
    url: str
    endpoint: str
    scope: str
    body: Any = None

    @property
    def operation(self) -> str:
        return f"{self.method} {urlsplit(self.url).path}"


@dataclass
class Session:
    """One sign-in and its connections."""

    endpoints: Endpoints
    sign_in: SignIn
    client: httpx.AsyncClient
    trace: Listener = lambda _: None
    observe: Callable[[Record], None] = lambda _: None
    """Called with every answer that could be read."""
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    clock: Callable[[], float] = time.monotonic
    traffic: Traffic = field(default_factory=Traffic)
    _tokens: dict[str, AccessToken] = field(default_factory=dict, repr=False)
    _slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(CONCURRENCY))
    _signing: asyncio.Lock = field(default_factory=asyncio.Lock)
    _deadline: float = 0.0

    def __post_init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Grants the command its whole time for reading again, after work of another kind."""
        self._deadline = self.clock() + deadlines.LONGEST_READING

    async def token(self, scope: str, *, fresh: bool = False) -> AccessToken:
        """Returns a token for ``scope``, and requests it once.

        Raises:
            Problem: Sign-in failed.
        """
        async with self._signing:
            if fresh or scope not in self._tokens:
                began = time.monotonic()
                self._tokens[scope] = await deadlines.complete_within(
                    deadlines.LONGEST_ANSWER,
                    deadlines.in_thread(lambda: self.sign_in.token(scope)),
                    self.sign_in.late(scope, deadlines.LONGEST_ANSWER),
                )
                self.trace(f"token for {urlsplit(scope).netloc} in {time.monotonic() - began:.2f} s")
            return self._tokens[scope]

    async def graph(self, path: str, *, method: str = "GET", body: Any = None) -> Record:
        """Sends one request to Microsoft Graph v1.0.

        Args:
            path: Below the version, such as ``organization``; a next link is taken whole.
            method: HTTP method.
            body: Sent as JSON.

        Raises:
            ServiceError: Graph refused the request.
            Problem: Graph cannot be reached, or its answer cannot be read.
        """
        endpoint = self.endpoints.graph
        url = path if "://" in path.partition("?")[0] else f"{endpoint}/v1.0/{path}"
        return await self._send(_Request(method, url, endpoint, self.endpoints.graph_scope, body))

    async def resource_manager(self, path: str, version: str, *, method: str = "GET") -> Record:
        """Sends one request to Resource Manager; a text in the answer is returned as ``value``.

        Args:
            path: An id, or an address below an id, with a leading slash.
            version: API version.
            method: HTTP method.

        Raises:
            ServiceError: Resource Manager refused the request.
            Problem: Resource Manager cannot be reached, or its answer cannot be read.
        """
        separator = "&" if "?" in path else "?"
        return await self._azure(f"{self.endpoints.resource_manager}{path}{separator}api-version={version}", method)

    async def resource_bytes(self, path: str, version: str) -> bytes:
        """Reads a file from Resource Manager, such as the text of a runbook.

        Args:
            path: Below the endpoint, with a leading slash.
            version: API version.

        Raises:
            ServiceError: Resource Manager refused the request.
            Problem: Resource Manager cannot be reached, or its answer cannot be read.
        """
        url = f"{self.endpoints.resource_manager}{path}?api-version={version}"
        request = _Request("GET", url, self.endpoints.resource_manager, self.endpoints.resource_manager_scope)
        answer, data = await self._answered(request)
        if answer.status_code >= 300:
            # Raises the refusal.
            answers.parse(answer, data, request.operation)
        return data

    async def _azure(self, url: str, method: str = "GET") -> Record:
        scope = self.endpoints.resource_manager_scope
        return await self._send(_Request(method, url, self.endpoints.resource_manager, scope))

    async def pages(self, path: str) -> AsyncIterator[list[Record]]:
        """Reads the pages of a Graph collection, one at a time.

        Raises:
            ServiceError: Graph refused a page.
            Problem: A page cannot be read, or the pages do not end.
        """
        async for page in _follow(self.graph, await self.graph(path), "@odata.nextLink"):
            yield page

    async def following(self, first: Record) -> AsyncIterator[list[Record]]:
        """Reads the page that an answer holds, and those after it.

        Raises:
            ServiceError: Graph refused a page.
            Problem: A page cannot be read, or the pages do not end.
        """
        async for page in _follow(self.graph, first, "@odata.nextLink"):
            yield page

    async def listed(self, path: str) -> list[Record]:
        """Reads a whole Graph collection; use it for small collections.

        Raises:
            ServiceError: Graph refused a page.
            Problem: A page cannot be read, or the pages do not end.
        """
        return [item async for page in self.pages(path) for item in page]

    async def azure_listed(self, path: str, version: str) -> list[Record]:
        """Reads a whole collection of Resource Manager.

        Raises:
            ServiceError: Resource Manager refused a page.
            Problem: A page cannot be read, or the pages do not end.
        """
        first = await self.resource_manager(path, version)
        return [item async for page in _follow(self._azure, first, "nextLink") for item in page]

    async def batch(self, paths: Sequence[str]) -> list[Record | ServiceError]:
        """Reads from Graph, twenty paths in a request; the answers are in the order of ``paths``.

        A read inside a batch that is throttled or fails at the service is repeated by itself.

        Raises:
            ServiceError: Graph refused a whole batch.
            Problem: An answer cannot be read.
        """
        chunks = [paths[start : start + BATCH_SIZE] for start in range(0, len(paths), BATCH_SIZE)]
        found = await asyncio.gather(*(self._batch(chunk) for chunk in chunks))
        return [answer for chunk in found for answer in chunk]

    async def _batch(self, paths: Sequence[str]) -> list[Record | ServiceError]:
        requests = [{"id": str(index), "method": "GET", "url": f"/{path}"} for index, path in enumerate(paths)]
        reply = await self.graph("$batch", method="POST", body={"requests": requests})
        by_id = {response.text("id"): response for response in reply.records("responses")}

        async def read(index: int, path: str) -> Record | ServiceError:
            response = by_id.get(str(index))
            status = (response.number("status") if response else None) or 503
            if response is not None and 200 <= status < 300:
                return response.record("body")
            if status not in RETRIED and status != 401:
                body = response.values.get("body") if response else None
                return answers.refusal(status, body, f"GET /{path.partition('?')[0]}")
            try:
                return await self.graph(path)
            except ServiceError as refused:
                return refused

        return list(await asyncio.gather(*(read(index, path) for index, path in enumerate(paths))))

    async def _send(self, request: _Request) -> Record:
        answer, data = await self._answered(request)
        found = answers.parse(answer, data, request.operation)
        self.observe(found)
        return found

    async def _answered(self, request: _Request) -> tuple[httpx.Response, bytes]:
        """Sends a request, and repeats it until its answer is final."""
        answers.require_host(request.url, request.endpoint)
        renewed = False
        for attempt in range(1, ATTEMPTS + 1):
            try:
                answer, data = await self._attempt(request, renew=renewed)
            except httpx.TransportError as failure:
                self.trace(f"{request.operation}: {type(failure).__name__} (attempt {attempt})")
                if attempt >= 3 or isinstance(failure, httpx.ProxyError):
                    raise answers.network_problem(request.url, failure) from None
                await self._pause(2.0 ** (attempt - 1))
                continue
            if answer.status_code == 401 and not renewed and attempt < ATTEMPTS:
                # The token has expired meanwhile, or was revoked. A second refusal is final.
                renewed = True
                continue
            wait = _wait(answer, attempt)
            if wait is None:
                return answer, data
            self.trace(f"{request.operation}: waiting {wait:.0f} s")
            await self._pause(wait)
        raise AssertionError("the last attempt returns or raises")

    async def _attempt(self, request: _Request, *, renew: bool) -> tuple[httpx.Response, bytes]:
        token = await self.token(request.scope, fresh=renew)
        headers = {"Authorization": f"Bearer {token.text}", "Accept": "application/json"}
        began = time.monotonic()
        async with self._slots:
            seconds, late = self._time_left(request.url)
            try:
                answer, data = await deadlines.complete_within(seconds, self._exchange(request, headers), late)
            except (httpx.InvalidURL, httpx.DecodingError, ValueError) as failure:
                raise answers.network_problem(request.url, failure) from None
        self._note(answer)
        self.trace(f"{request.operation}: {answer.status_code} in {time.monotonic() - began:.2f} s")
        return answer, data

    def _time_left(self, url: str) -> tuple[float, Problem]:
        """Returns the seconds until an answer has to be complete, and the problem of an answer that is not."""
        left = self._deadline - self.clock()
        if left < deadlines.LONGEST_ANSWER:
            return left, answers.endless_reading(deadlines.LONGEST_READING)
        return deadlines.LONGEST_ANSWER, answers.late_answer(url, deadlines.LONGEST_ANSWER)

    async def _exchange(self, request: _Request, headers: Mapping[str, str]) -> tuple[httpx.Response, bytes]:
        self.traffic.hosts.add(answers.host_of(request.url))
        async with self.client.stream(request.method, request.url, json=request.body, headers=headers) as answer:
            return answer, await answers.read_body(answer)

    async def _pause(self, seconds: float) -> None:
        self.traffic.retries += 1
        await self.sleep(seconds)

    def _note(self, answer: httpx.Response) -> None:
        self.traffic.requests += 1
        if self.traffic.server_time is None:
            self.traffic.server_time = answers.date(answer.headers.get("Date", ""))
            self.traffic.local_time = datetime.now(timezone.utc)


def _wait(answer: httpx.Response, attempt: int) -> float | None:
    """Returns the seconds until a failed request is repeated; None for a final answer."""
    if answer.status_code not in RETRIED or attempt >= ATTEMPTS:
        return None
    wait = answers.retry_after(answer) or min(2.0 ** (attempt - 1), 30.0)
    return wait if wait <= LONGEST_WAIT else None


async def _follow(read: Callable[[str], Awaitable[Record]], first: Record, link: str) -> AsyncIterator[list[Record]]:
    """Reads the pages from ``first`` on; the member ``link`` names the next one."""
    seen: set[str] = set()
    answer = first
    while True:
        yield answer.records("value")
        url = answer.text(link)
        if not url:
            return
        if url in seen or len(seen) >= MOST_PAGES:
            why = "names a page that was read already" if url in seen else f"has more than {MOST_PAGES:,} pages"
            raise Problem(
                "EXA417",
                f"A list of {answers.host_of(url)} does not end: it {why}",
                remedy="Look for a proxy on the way that repeats answers, then run the command again.",
            )
        seen.add(url)
        answer = await read(url)


@contextlib.asynccontextmanager
async def open_session(environment: Mapping[str, str], trace: Listener = lambda _: None) -> AsyncIterator[Session]:
    """Opens a session with the cloud and the sign-in that the environment describes. The first request signs in.

    Raises:
        Problem: The environment is incomplete, or the cloud's metadata cannot be read.
    """
    trust = trusted_authorities(environment)
    try:
        verify = ssl.create_default_context(cafile=trust) if trust else True
    except OSError as failure:  # An SSLError is one.
        unfit = (
            "holds no certificate authorities"
            if isinstance(failure, ssl.SSLError)
            else f"cannot be read: {failure.strerror}"
        )
        raise Problem(
            "EXA408",
            f"{trust} {unfit}",
            "no connection could be trusted",
            "Give a file with certificates in PEM form in SSL_CERT_FILE.",
        ) from None
    limits = httpx.Limits(max_connections=CONCURRENCY)
    timeout = httpx.Timeout(60.0, connect=15.0)
    try:
        client = httpx.AsyncClient(verify=verify, limits=limits, timeout=timeout)
    except (ValueError, httpx.InvalidURL) as failure:
        raise Problem(
            "EXA411",
            f"The proxy that the environment names cannot be used: {failure}",
            remedy="Give the proxy as http://host:port in HTTPS_PROXY or ALL_PROXY, and hosts that need none in NO_PROXY.",
        ) from None
    async with client:
        host = environment.get("ARM_METADATA_HOSTNAME", "").strip()
        if host:
            endpoints = await _metadata(client, host)
        else:
            name = environment.get("ARM_ENVIRONMENT") or environment.get("AZURE_ENVIRONMENT") or ""
            endpoints = by_environment(name)
        trace(f"cloud {endpoints.name}: {endpoints.login}, {endpoints.graph}, {endpoints.resource_manager}")
        yield Session(endpoints, sign_in(environment, endpoints), client, trace)


async def _metadata(client: httpx.AsyncClient, host: str) -> Endpoints:
    url = f"https://{host}/metadata/endpoints?api-version={METADATA_VERSION}"

    async def read() -> tuple[httpx.Response, bytes]:
        async with client.stream("GET", url) as answer:
            return answer, await answers.read_body(answer)

    seconds = deadlines.LONGEST_ANSWER
    try:
        answer, data = await deadlines.complete_within(seconds, read(), answers.late_answer(url, seconds))
        return from_metadata(host, answers.parse(answer, data, "GET /metadata/endpoints"))
    except (httpx.RequestError, httpx.InvalidURL, ValueError) as failure:
        raise answers.network_problem(url, failure) from None
    except ServiceError as refused:
        raise Problem(
            "EXA407",
            f"ARM_METADATA_HOSTNAME is {host}, but it has no cloud metadata (status {refused.status})",
            remedy="Give the host of the cloud's metadata, or name the cloud in ARM_ENVIRONMENT.",
        ) from None
