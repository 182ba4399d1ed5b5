"""The callback that the receiver's README offers to those who cannot afford what LiteLLM's own loses."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.support.system import ROOT

_README = ROOT / "collectors" / "litellm" / "README.md"
_CALLS = 60
_ANSWER_AFTER_S = 0.3


class _SlowCollector(ThreadingHTTPServer):
    """Answers late, and 503, 429 and 503 first. ``taken``: ids of payloads in bodies answered 200."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = [503, 429, 503]
        self.taken: list[str] = []


class _Handler(BaseHTTPRequestHandler):
    server: _SlowCollector

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        time.sleep(_ANSWER_AFTER_S)
        status = self.server.answers.pop(0) if self.server.answers else 200
        if status == 200:
            self.server.taken += [payload["id"] for payload in body]
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def collector() -> Iterator[_SlowCollector]:
    with _SlowCollector() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_the_callback_of_the_readme_loses_nothing(collector: _SlowCollector, tmp_path: Path) -> None:
    """Slow and failing answers: every call is posted, none is thrown away with the queue."""
    found = re.search(r"```python\n(# tokonomics_callback\.py\n.*?)```", _README.read_text(), re.DOTALL)
    assert found
    (tmp_path / "tokonomics_callback.py").write_text(found.group(1))
    endpoint = f"http://127.0.0.1:{collector.server_address[1]}/v1/litellm"
    done = subprocess.run(
        [sys.executable, "-m", "tests.clients.kept_calls", str(tmp_path), str(_CALLS)],
        cwd=ROOT,
        env={**os.environ, "TOKONOMICS_ENDPOINT": endpoint, "TOKONOMICS_TOKEN": "token"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    asked = done.stdout.split()
    assert len(asked) == _CALLS
    assert sorted(collector.taken) == sorted(asked)
