"""A service for the demo's probes to check: ``python -m collectors.replay.stand_in --port PORT``.

It answers like an OpenAI-compatible endpoint, with one word, and is down for a while now and then. On the
loopback address alone; ends on SIGTERM or SIGINT.
"""

from __future__ import annotations

import argparse
import signal
import threading
import time
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

import msgspec

_EVERY_S: Final = 600.0
_FIRST_DOWN_S: Final = 30.0
_DOWN_S: Final = 15.0
_WORKS_S: Final = 0.02
_ANSWER: Final = msgspec.json.encode(
    {
        "id": "chatcmpl-stand-in",
        "object": "chat.completion",
        "choices": [
            {"index": 0, "finish_reason": "length", "message": {"role": "assistant", "content": "pong"}}
        ],
        "usage": {"prompt_tokens": 8, "completion_tokens": 1, "total_tokens": 9},
    }
)


def is_down(running_s: float) -> bool:
    """Whether the service is down so long after its start, in seconds."""
    return _FIRST_DOWN_S <= running_s % _EVERY_S < _FIRST_DOWN_S + _DOWN_S


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    began_s = time.monotonic()

    def do_GET(self) -> None:
        self._answer(200, b'{"status": "ready"}')

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        time.sleep(_WORKS_S)
        if is_down(time.monotonic() - self.began_s):
            self._answer(503, b'{"error": {"message": "the demo plays an outage"}}')
        else:
            self._answer(200, _ANSWER)

    def _answer(self, status: int, content: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Says nothing of each request."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="stand_in", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    port = parser.parse_args(arguments).port
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    server = ThreadingHTTPServer(("127.0.0.1", port), _Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    stop.wait()
    server.shutdown()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
