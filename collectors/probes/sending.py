"""Sends one check and waits for its whole answer: a connection of its own each time, as a new client has.

Certificates are verified against the system's authorities (SSL_CERT_FILE names others), redirects are not
followed, cookies not kept, HTTPS_PROXY, HTTP_PROXY and NO_PROXY are heeded.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import time
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Final
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from collectors._sdk.probe_parts import MOST_PROBES
from collectors.probes.judging import ERROR, TIMEOUT, Answered, Verdict, judge
from collectors.probes.probe import Probe

#: An answer is read to its end and thrown away; one that is larger is none to probe.
_LARGEST_BYTES: Final = 1024 * 1024
_CHUNK_BYTES: Final = 64 * 1024
_US: Final = 1_000_000


@dataclass
class _Sent:
    """Whether a request has left: then a model may have used tokens, whatever follows."""

    sent: bool = False


class _TooLarge(Exception):
    pass


class _Resolver(AbstractResolver):
    """Names in threads of our own: one that hangs holds up no other check, nor the collector."""

    def __init__(self, threads: ThreadPoolExecutor) -> None:
        self._threads = threads

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(
            self._threads, lambda: socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)
        )
        return [
            ResolveResult(
                hostname=host,
                host=str(address[0]),
                port=int(address[1]),
                family=kind,
                proto=proto,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for kind, _, proto, _, address in found
        ]

    async def close(self) -> None:
        """The threads are the sender's."""


class Sender:
    """``send`` may be called by many tasks at once, and raises only when it is cancelled."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def send(self, probe: Probe) -> Answered:
        """One check."""
        begun_s, note = time.perf_counter(), _Sent()
        try:
            async with asyncio.timeout(probe.timeout_s):
                status, body = await self._ask(probe, note)
        except TimeoutError:
            said = (
                f"no whole answer within {probe.timeout_s:g} s; see to the service, or raise timeout_seconds"
            )
            return Answered(_unanswered(probe, note, TIMEOUT, said))
        except (_TooLarge, aiohttp.ClientError, OSError, ValueError) as error:
            return Answered(_unanswered(probe, note, ERROR, _said(error)))
        return Answered(judge(probe, status, body), round((time.perf_counter() - begun_s) * _US))

    async def _ask(self, probe: Probe, note: _Sent) -> tuple[int, bytes]:
        async with self._session.request(
            probe.method,
            probe.url,
            data=probe.content,
            headers=probe.headers,
            allow_redirects=False,
            proxy=_proxy(probe.url),
            trace_request_ctx=note,
        ) as response:
            body = bytearray()
            async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
                body += chunk
                if len(body) > _LARGEST_BYTES:
                    raise _TooLarge
            return response.status, bytes(body)


@contextlib.asynccontextmanager
async def sending() -> AsyncIterator[Sender]:
    """A sender, closed at the end."""
    threads = ThreadPoolExecutor(MOST_PROBES, "probe-names")
    trace = aiohttp.TraceConfig()
    trace.on_request_headers_sent.append(_note_sent)
    connector = aiohttp.TCPConnector(
        limit=0, force_close=True, use_dns_cache=False, resolver=_Resolver(threads)
    )
    try:
        async with aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
            headers={"user-agent": "tokonomics-probe", "accept-encoding": "identity"},
            trace_configs=[trace],
        ) as session:
            yield Sender(session)
    finally:
        threads.shutdown(wait=False, cancel_futures=True)


async def send_each(probes: Sequence[Probe]) -> list[Answered]:
    """Each probe once, all at the same time; answers in their order."""
    async with sending() as sender:
        return await asyncio.gather(*(sender.send(probe) for probe in probes))


async def _note_sent(session: aiohttp.ClientSession, context: SimpleNamespace, params: Any) -> None:
    context.trace_request_ctx.sent = True


def _unanswered(probe: Probe, note: _Sent, outcome: str, said: str) -> Verdict:
    return Verdict(outcome, None if note.sent and probe.tokens_a_check else 0, said)


def _proxy(url: str) -> str | None:
    parts, proxies = urlsplit(url), getproxies()
    if proxy_bypass(parts.netloc):
        return None
    return proxies.get(parts.scheme) or proxies.get("all")


def _said(error: Exception) -> str:
    """In words, without what the other side has written."""
    match error:
        case _TooLarge():
            return f"answers more than {_LARGEST_BYTES} bytes; give a smaller page, or method: HEAD"
        case aiohttp.ClientConnectorCertificateError():
            return "its certificate cannot be trusted; mend it, or name its authority with SSL_CERT_FILE"
        case aiohttp.ClientSSLError():
            return "speaks no TLS that is spoken here; see to url"
        case aiohttp.ClientConnectorDNSError():
            return "there is no such host; see to url"
        case aiohttp.ClientHttpProxyError():
            return f"the proxy answers {error.status}; see to HTTPS_PROXY"
        case aiohttp.ClientConnectorError():
            return f"cannot be reached ({_os_error(error.os_error)}); see to url and the service"
        case aiohttp.ServerDisconnectedError() | aiohttp.ClientPayloadError() | ConnectionError():
            return "ends the connection before its answer is whole; see to the service"
    return f"cannot be asked ({type(error).__name__}); see to url and the service"


def _os_error(error: OSError) -> str:
    return os.strerror(error.errno).lower() if error.errno else type(error).__name__
