"""A stand-in for OpenAI's API on a port of its own: chats, streams, embeddings, and failures when told."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ANSWER = "ANSWER of several words"
_SLOW_S = 5.0


class _StandIn(ThreadingHTTPServer):
    daemon_threads = True
    ended = threading.Event()
    failed: set[str]  #: names of requests that have failed once


class _Handler(BaseHTTPRequestHandler):
    """``x-fail``: a status to answer with, ``once:NAME`` for 500 once for a name, ``slow`` for never."""

    protocol_version = "HTTP/1.1"
    server: _StandIn

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        fail = self.headers.get("x-fail", "")
        if fail.startswith("once:") and fail not in self.server.failed:
            self.server.failed.add(fail)
            fail = "500"
        if fail == "slow":
            self.server.ended.wait(_SLOW_S)
        elif fail.isdigit():
            self._answer(int(fail), {"error": {"message": "PROMPT", "type": "x", "code": None}})
        elif self.path.endswith("/embeddings"):
            self._answer(200, _embedding(asked))
        elif asked.get("stream"):
            self._stream(asked)
        else:
            self._answer(200, _completion(asked))

    def _answer(self, status: int, content: dict[str, Any]) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, asked: dict[str, Any]) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()
        whole = _completion(asked)
        base = {key: whole[key] for key in ("id", "created", "model")} | {"object": "chat.completion.chunk"}
        for word in ANSWER.split():
            self._send(base | {"choices": [{"index": 0, "delta": {"content": word}, "finish_reason": None}]})
        self._send(base | {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        if asked.get("stream_options", {}).get("include_usage"):
            self._send(base | {"choices": [], "usage": whole["usage"]})
        self.wfile.write(b"data: [DONE]\n\n")
        self.close_connection = True

    def _send(self, chunk: dict[str, Any]) -> None:
        self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
        self.wfile.flush()


def _completion(asked: dict[str, Any]) -> dict[str, Any]:
    tokens_in, tokens_out = 100 + secrets.randbelow(900), 20 + secrets.randbelow(80)
    return {
        "id": f"chatcmpl-{secrets.token_urlsafe(21)}",
        "object": "chat.completion",
        "created": 1_795_558_068,
        "model": f"{asked['model']}-2024-07-18",
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "message": {"role": "assistant", "content": ANSWER},
            }
        ],
        "usage": {
            "prompt_tokens": tokens_in,
            "completion_tokens": tokens_out,
            "total_tokens": tokens_in + tokens_out,
            "prompt_tokens_details": {"cached_tokens": 64, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 8, "audio_tokens": 0},
        },
    }


def _embedding(asked: dict[str, Any]) -> dict[str, Any]:
    return {
        "object": "list",
        "model": asked["model"],
        "data": [{"object": "embedding", "index": 0, "embedding": [0.5]}],
        "usage": {"prompt_tokens": 8, "total_tokens": 8},
    }


@contextmanager
def stand_in() -> Iterator[str]:
    """Base URL of a server that ends with the context."""
    with _StandIn(("127.0.0.1", 0), _Handler) as server:
        server.failed = set()
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1"
        finally:
            server.ended.set()
            server.shutdown()
            thread.join()
