"""A stand-in for a collector that answers by a script."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Desk(ThreadingHTTPServer):
    """Answers by a script: a status, or None to hang up; when the script is over, 200."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Clerk)
        self.script: list[int | None] = []
        self.retry_after: str | None = None
        self.received: list[tuple[bytes, str | None]] = []
        self.lock = threading.Lock()


class Clerk(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        desk = self.server
        assert isinstance(desk, Desk)
        body = self.rfile.read(int(self.headers["content-length"]))
        with desk.lock:
            desk.received.append((body, self.headers["authorization"]))
            status = desk.script.pop(0) if desk.script else 200
        if status is None:
            self.close_connection = True
            return
        self.send_response(status)
        if desk.retry_after and status in (429, 503):
            self.send_header("retry-after", desk.retry_after)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        """Quiet."""
