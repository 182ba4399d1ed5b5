"""Local servers that answer well, badly, slowly or not at all, and probes that are sent to them."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from collectors._sdk.probe_parts import ProbePart
from collectors.probes.probe import Probe, make_ready

CERTIFICATE = Path(__file__).parent / "untrusted.pem"
_LARGE = 2 * 1024 * 1024


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    ended: threading.Event
    seen: list[tuple[str, str, dict[str, str], bytes]]  #: method, path, headers, body


class _Handler(BaseHTTPRequestHandler):
    """``/N``: status N. ``/hang``: never. ``/drip``: a byte each 50 ms. ``/large``, ``/cut``, ``/moved``."""

    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""

    def _do(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.seen.append((self.command, self.path, headers, body))
        step = self.path.partition("?")[0].split("/")[1]
        with contextlib.suppress(OSError):
            getattr(self, f"_{step}", self._status)()

    do_GET = do_HEAD = do_POST = _do

    def _status(self) -> None:
        step = self.path.partition("?")[0].split("/")[1]
        self._answer(int(step) if step.isdigit() else 200, b"page")

    def _answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD" and status != 204:
            self.wfile.write(body)

    def _hang(self) -> None:
        self.server.ended.wait(20)

    def _drip(self) -> None:
        self.send_response(200)
        self.send_header("content-length", "1000")
        self.end_headers()
        while not self.server.ended.wait(0.05):
            self.wfile.write(b"x")

    def _large(self) -> None:
        self._answer(200, b"x" * _LARGE)

    def _cut(self) -> None:
        self.send_response(200)
        self.send_header("content-length", "1000")
        self.end_headers()
        self.wfile.write(b"x")
        self.close_connection = True

    def _moved(self) -> None:
        self._answer(302, b"", location="/200")

    def _chat(self) -> None:
        usage = {"prompt_tokens": 8, "completion_tokens": 1, "total_tokens": 9}
        self._answer(200, json.dumps({"choices": [{"index": 0}], "usage": usage}).encode())


@contextlib.contextmanager
def serving(*, tls: bool = False) -> Iterator[tuple[str, list[tuple[str, str, dict[str, str], bytes]]]]:
    """Base URL of a server that ends with the context, and what it was asked."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.ended, server.seen = threading.Event(), []
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(CERTIFICATE)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}", server.seen
        finally:
            server.ended.set()
            server.shutdown()
            thread.join()


@contextlib.contextmanager
def deaf() -> Iterator[str]:
    """An address that takes connections and never reads from one."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def probe(url: str, environ: dict[str, str] | None = None, **fields: Any) -> Probe:
    """A probe as the configuration makes it; ``check`` is http where no model is named."""
    kind = "openai" if "model" in fields else "http"
    part = ProbePart.model_validate({"name": "p", "check": kind, "url": url, **fields})
    (made,) = make_ready([part], Path(), environ or {})
    return made
