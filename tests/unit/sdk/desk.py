"""A collector's desk for the tests of the SDK: answers as told and keeps what was posted."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Desk:
    """``told``: (status, headers, JSON) of the next answers; then 202 for all. ``bodies``: (path, events)."""

    told: list[tuple[int, dict[str, str], Any]] = field(default_factory=list)
    bodies: list[tuple[str, list[dict[str, Any]]]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    connections: int = 0
    hang_up: bool = False  #: close the connection after each answer, without saying so
    url: str = ""

    def events(self, path: str = "/v1/events") -> list[dict[str, Any]]:
        return [event for at, events in self.bodies if at == path for event in events]


@contextmanager
def open_desk() -> Iterator[Desk]:
    """A desk on a port of its own."""
    desk = Desk()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            desk.connections += 1

        def log_message(self, format: str, *args: Any) -> None:
            """Says nothing."""

        def do_POST(self) -> None:
            events = json.loads(self.rfile.read(int(self.headers["content-length"])))
            desk.bodies.append((self.path, events))
            desk.headers.append({name.lower(): value for name, value in self.headers.items()})
            taken = {"accepted": len(events), "refused_total": 0, "refused": []}
            status, headers, said = desk.told.pop(0) if desk.told else (202, {}, taken)
            body = json.dumps(said).encode()
            self.send_response(status)
            for name, value in {**headers, "content-length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
            self.close_connection = desk.hang_up

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    desk.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield desk
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
