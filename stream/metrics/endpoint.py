"""A small HTTP server for scrapers: bounded in connections and in time, so that a slow client costs no other.

Each connection has a thread, answers one request and ends. A connection that is open for longer than
``connection_s`` is cut; when ``connections`` are open, the oldest gives way to the newest.
"""

from __future__ import annotations

import contextlib
import logging
import re
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler
from types import TracebackType
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit

_log = logging.getLogger("tokonomics.endpoint")
_POLL_S = 0.2
_FAULTS = (ArithmeticError, LookupError, TypeError, ValueError, RuntimeError)
_NO_GZIP = re.compile(r"gzip\s*;\s*q=0(\.0*)?\s*(,|$)", re.IGNORECASE)


class Reply(NamedTuple):
    """``packed``: the body is gzip's."""

    status: int
    content_type: str
    body: bytes
    packed: bool = False


Route = Callable[[bool], Reply]
"""Whether the client takes gzip -> what it gets."""


def plain(status: int, line: str) -> Reply:
    """One line of text."""
    return Reply(status, "text/plain; charset=utf-8", f"{line}\n".encode())


def accepts_gzip(header: str) -> bool:
    """Whether an Accept-Encoding header asks for gzip."""
    return "gzip" in header.lower() and _NO_GZIP.search(header) is None


class Endpoint(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """Serves ``routes`` (path -> route) until closed; a context manager. Raises OSError: cannot listen."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(
        self,
        host: str,
        port: int,
        routes: Mapping[str, Route],
        *,
        connections: int = 32,
        connection_s: float = 30.0,
    ) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.routes, self.connection_s = routes, connection_s
        self._most = connections
        self._open: dict[socket.socket, float] = {}  # in order of arrival -> when to cut it
        self._guard = threading.Lock()
        self._thread = threading.Thread(target=self.serve_forever, args=(_POLL_S,), daemon=True)
        super().__init__((host, port), _Handler)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()
        with self._guard:
            for connection in self._open:
                _cut(connection)

    @property
    def open_connections(self) -> int:
        return len(self._open)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._guard:
            if len(self._open) >= self._most:
                oldest = next(iter(self._open))
                del self._open[oldest]
                _cut(oldest)
            self._open[request] = time.monotonic() + self.connection_s
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._guard:
            self._open.pop(request, None)
        super().shutdown_request(request)

    def service_actions(self) -> None:
        """Cut what is open for too long: a client may send, or read, a byte a minute."""
        now = time.monotonic()
        with self._guard:
            for connection, until in self._open.items():
                if until > now:
                    break
                _cut(connection)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no error of ours."""
        _log.debug("connection_lost client=%s", client_address, exc_info=True)


def _cut(connection: socket.socket) -> None:
    """Wake the thread that waits on it; that thread closes it."""
    with contextlib.suppress(OSError):  # it may be gone already
        connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    server: Endpoint
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        self.request.settimeout(self.server.connection_s)
        super().setup()

    def do_GET(self) -> None:
        reply = self._reply()
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        self.send_header("Vary", "Accept-Encoding")
        self.send_header("Connection", "close")
        if reply.packed:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)

    do_HEAD = do_GET

    def _reply(self) -> Reply:
        route = self.server.routes.get(urlsplit(self.path).path)
        if route is None:
            return plain(404, f"not found; there are {', '.join(self.server.routes)}")
        try:
            return route(accepts_gzip(self.headers.get("Accept-Encoding", "")))
        except _FAULTS:
            _log.exception("request_failed path=%s", self.path)
            return plain(500, "error: the page could not be made; the log of this process says why")

    def version_string(self) -> str:
        return "tokonomics"

    def log_message(self, format: str, *args: Any) -> None:
        """Scrapes are not worth a line each."""
