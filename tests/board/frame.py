"""A page of a chosen width: the browser's own window is never narrower than 500 pixels, a frame is.

The board forbids frames; this proxy takes that out of its headers and leaves all else as it is.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import httpx

_WRAPPER = """<!doctype html><style>body{{margin:0}}iframe{{border:0;display:block}}</style>
<iframe width="{width}" height="{height}" src="{path}"></iframe>
<script>
const frame = document.querySelector("iframe");
const measure = () => {{
  const root = frame.contentDocument.documentElement;
  document.body.dataset.measured = [root.clientWidth, root.scrollWidth, root.scrollHeight].join(" ");
}};
frame.addEventListener("load", measure);
setTimeout(measure, 7000);
</script>"""


@contextmanager
def framed(board: str, probe: str = "") -> Iterator[tuple[str, list[str]]]:
    """(URL to which ?width=&height=&path= is added, paths asked of the board so far). ``probe``: a page of
    the test's own, served beside it at /probe.
    """
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            if parts.path == "/frame":
                wish = {key: values[0] for key, values in parse_qs(parts.query).items()}
                self._answer(200, {"Content-Type": "text/html"}, _WRAPPER.format(**wish).encode())
                return
            if parts.path == "/probe":
                self._answer(200, {"Content-Type": "text/html"}, probe.encode())
                return
            asked.append(self.path)
            answer = httpx.get(board + self.path)
            headers = {
                name: value.replace("frame-ancestors 'none'", "frame-ancestors 'self'")
                for name, value in answer.headers.items()
                if name in ("content-type", "content-security-policy", "cache-control")
            }
            self._answer(answer.status_code, headers, answer.content)

        def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            with suppress(BrokenPipeError, ConnectionResetError):  # the browser may have gone
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/frame", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
