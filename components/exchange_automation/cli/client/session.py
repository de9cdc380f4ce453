"""The asynchronous client of Microsoft Graph and Resource Manager: bounded concurrency, retries, pages, batches.

Only requests that can be repeated without harm go through it, because all of these commands only read. Throttling and
failing services are waited out as the services ask (``Retry-After``).

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
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import httpx

from exchange_automation.cli.problems import Problem, RefusedError

from .credentials import SignIn, Token, sign_in, trusted_authorities
from .endpoints import METADATA_VERSION, Endpoints, by_environment, from_metadata

CONCURRENCY = 8
ATTEMPTS = 6
LONGEST_WAIT = 120.0
"""Seconds; a service that asks for more is given up on, since nobody waits that long for a table."""
RETRIED = frozenset({429, 500, 502, 503, 504})
BATCH_SIZE = 20
PAGE_SIZE = 999

Json = dict[str, Any]
Listener = Callable[[str], None]


@dataclass
class Traffic:
    """What went over the wire."""

    requests: int = 0
    retries: int = 0
    server_time: datetime | None = None
    """The first ``Date`` header that was seen, and the local time at that moment."""
    local_time: datetime | None = None


@dataclass
class Session:
    """One sign-in and its connections."""

    endpoints: Endpoints
    sign_in: SignIn
    client: httpx.AsyncClient
    trace: Listener = lambda _: None
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    traffic: Traffic = field(default_factory=Traffic)
    _tokens: dict[str, Token] = field(default_factory=dict, repr=False)
    _gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(CONCURRENCY))
    _signing: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def token(self, scope: str, *, fresh: bool = False) -> Token:
        """A token for ``scope``, asked for once.

        :raises Problem: sign-in failed.
        """
        async with self._signing:
            if fresh or scope not in self._tokens:
                began = time.monotonic()
                self._tokens[scope] = await asyncio.to_thread(self.sign_in.token, scope)
                self.trace(f"token for {urlsplit(scope).netloc} in {time.monotonic() - began:.2f} s")
            return self._tokens[scope]

    async def graph(self, path: str, *, method: str = "GET", body: Any = None, eventual: bool = False) -> Json:
        """One request of Microsoft Graph v1.0.

        :param path: below the version, such as ``organization``; a next link is taken whole.
        :raises RefusedError: Graph answered no.
        """
        url = path if path.startswith("https://") else f"{self.endpoints.graph}/v1.0/{path}"
        headers = {"ConsistencyLevel": "eventual"} if eventual else {}
        return await self._request(method, url, self.endpoints.graph_scope, body, headers)

    async def resource_manager(self, path: str, version: str, *, method: str = "GET") -> Json:
        """One request to Resource Manager; an answer that is a text comes as ``value``.

        :param path: an id or what is below one, with a leading slash.
        :raises RefusedError: Resource Manager answered no.
        """
        separator = "&" if "?" in path else "?"
        url = f"{self.endpoints.resource_manager}{path}{separator}api-version={version}"
        return await self._request(method, url, self.endpoints.resource_manager_scope, None, {})

    async def pages(self, path: str) -> AsyncIterator[list[Json]]:
        """The pages of a Graph collection, one at a time."""
        url = path
        while url:
            answer = await self.graph(url)
            yield list(answer.get("value") or [])
            url = str(answer.get("@odata.nextLink") or "")
            if url and urlsplit(url).netloc != urlsplit(self.endpoints.graph).netloc:
                # A token must not follow a link to another host.
                raise Problem(
                    "EXA413",
                    f"Microsoft Graph named a next page on another host ({urlsplit(url).netloc}); the token was not sent.",
                    "Check what is between this machine and Microsoft Graph.",
                )

    async def listed(self, path: str) -> list[Json]:
        """A whole Graph collection, for those that are small."""
        return [item async for page in self.pages(path) for item in page]

    async def batch(self, paths: Sequence[str]) -> list[Json | RefusedError]:
        """Reads of Graph, twenty to a request; the answers in the order of ``paths``.

        A read inside a batch that is throttled or fails at the service is repeated by itself.
        """
        chunks = [paths[start : start + BATCH_SIZE] for start in range(0, len(paths), BATCH_SIZE)]
        answers = await asyncio.gather(*(self._batch(chunk) for chunk in chunks))
        return [answer for chunk in answers for answer in chunk]

    async def _batch(self, paths: Sequence[str]) -> list[Json | RefusedError]:
        requests = [{"id": str(index), "method": "GET", "url": f"/{path}"} for index, path in enumerate(paths)]
        reply = await self.graph("$batch", method="POST", body={"requests": requests})
        by_id = {str(response.get("id")): response for response in reply.get("responses") or []}

        async def read(index: int, path: str) -> Json | RefusedError:
            response = by_id.get(str(index)) or {}
            status = int(response.get("status") or 503)
            if status < 300:
                return dict(response.get("body") or {})
            if status in RETRIED or status == 401:
                try:
                    return await self.graph(path)
                except RefusedError as refused:
                    return refused
            return _refusal(status, response.get("body"), f"GET /{path.partition('?')[0]}")

        return list(await asyncio.gather(*(read(index, path) for index, path in enumerate(paths))))

    async def _request(self, method: str, url: str, scope: str, body: Any, headers: Mapping[str, str]) -> Json:
        operation = f"{method} {urlsplit(url).path}"
        fresh = False
        for attempt in range(1, ATTEMPTS + 1):
            token = await self.token(scope, fresh=fresh)
            sent = {"Authorization": f"Bearer {token.text}", "Accept": "application/json", **headers}
            wait = min(2.0 ** (attempt - 1), 30.0)
            began = time.monotonic()
            try:
                async with self._gate:
                    answer = await self.client.request(method, url, json=body, headers=sent)
            except httpx.ProxyError as failure:
                raise _proxy_problem(url, failure) from None
            except httpx.TransportError as failure:
                self.trace(f"{operation}: {type(failure).__name__} (attempt {attempt})")
                if attempt >= 3:
                    raise _network_problem(url, failure) from None
                self.traffic.retries += 1
                await self.sleep(wait)
                continue
            self._note(answer)
            self.trace(f"{operation}: {answer.status_code} in {time.monotonic() - began:.2f} s")
            if answer.status_code == 401 and not fresh and attempt < ATTEMPTS:
                # The token expired meanwhile, or was revoked; a second refusal is the answer.
                fresh = True
                continue
            if answer.status_code in RETRIED and attempt < ATTEMPTS:
                wait = _retry_after(answer) or wait
                if wait <= LONGEST_WAIT:
                    self.traffic.retries += 1
                    self.trace(f"{operation}: waiting {wait:.0f} s")
                    await self.sleep(wait)
                    continue
            return _json(answer, operation)
        raise AssertionError("the last attempt returns or raises")

    def _note(self, answer: httpx.Response) -> None:
        self.traffic.requests += 1
        if self.traffic.server_time is None and "Date" in answer.headers:
            with contextlib.suppress(ValueError, TypeError):
                self.traffic.server_time = parsedate_to_datetime(answer.headers["Date"])
                self.traffic.local_time = datetime.now(timezone.utc)


@contextlib.asynccontextmanager
async def session(environment: Mapping[str, str], trace: Listener = lambda _: None) -> AsyncIterator[Session]:
    """A session with the cloud and the sign-in that ``environment`` describes. Nothing is signed in yet.

    :raises Problem: the environment is incomplete, or the cloud's metadata cannot be read.
    """
    trust = trusted_authorities(environment)
    try:
        verify = ssl.create_default_context(cafile=trust) if trust else True
    except ssl.SSLError:
        raise Problem(
            "EXA408",
            f"{trust} holds no certificate authorities, so no connection could be trusted.",
            "Correct SSL_CERT_FILE.",
        ) from None
    limits = httpx.Limits(max_connections=CONCURRENCY)
    timeout = httpx.Timeout(60.0, connect=15.0)
    async with httpx.AsyncClient(verify=verify, limits=limits, timeout=timeout) as client:
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
    try:
        answer = await client.get(url)
    except httpx.ProxyError as failure:
        raise _proxy_problem(url, failure) from None
    except (httpx.TransportError, httpx.InvalidURL) as failure:
        raise _network_problem(url, failure) from None
    try:
        return from_metadata(host, _json(answer, "GET /metadata/endpoints"))
    except RefusedError as refused:
        raise Problem(
            "EXA407",
            f"ARM_METADATA_HOSTNAME is {host}, but it has no cloud metadata (status {refused.status}).",
            "Correct the variable, or name the cloud in ARM_ENVIRONMENT.",
        ) from None


def _json(answer: httpx.Response, operation: str) -> Json:
    """The answer's object.

    :raises RefusedError: the status says no.
    :raises Problem: what came is not from the service at all.
    """
    try:
        body = answer.json()
    except ValueError:
        kind = answer.headers.get("Content-Type", "no content type").partition(";")[0]
        if answer.status_code in (401, 403, 404) and not answer.content:
            body = None
        else:
            raise Problem(
                "EXA412",
                f"{operation} on {answer.url.host} was answered with status {answer.status_code} and {kind} instead of "
                "JSON: something on the way answered in the service's place.",
                "Look for a proxy or a sign-in page of the network (HTTPS_PROXY, NO_PROXY), then run the command again.",
            ) from None
    if answer.status_code >= 300:
        raise _refusal(answer.status_code, body, operation)
    if isinstance(body, str):
        return {"value": body}
    return body if isinstance(body, dict) else {}


def _refusal(status: int, body: Any, operation: str) -> RefusedError:
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        return RefusedError(status, "", "the service gave no reason", operation)
    return RefusedError(status, str(error.get("code") or ""), str(error.get("message") or ""), operation)


def _retry_after(answer: httpx.Response) -> float | None:
    text = answer.headers.get("Retry-After", "").strip()
    if not text:
        return None
    if text.isdigit():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    return max(0.0, (moment - datetime.now(timezone.utc)).total_seconds())


def _network_problem(url: str, failure: Exception) -> Problem:
    host = urlsplit(url).netloc
    if "CERTIFICATE_VERIFY_FAILED" in str(failure):
        return Problem(
            "EXA409",
            f"The certificate of {host} is not signed by an authority that this machine trusts, so nothing was sent.",
            "If a proxy signs with its own authority, name its file in SSL_CERT_FILE.",
        )
    return Problem(
        "EXA410",
        f"{host} cannot be reached: {str(failure) or type(failure).__name__}.",
        "Check the network and the proxy variables (HTTPS_PROXY, NO_PROXY), then run the command again.",
    )


def _proxy_problem(url: str, failure: Exception) -> Problem:
    return Problem(
        "EXA411",
        f"The proxy refused the way to {urlsplit(url).netloc}: {failure}.",
        "Check HTTPS_PROXY and its credentials, or add the host to NO_PROXY.",
    )
