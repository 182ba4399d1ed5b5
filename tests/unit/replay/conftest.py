"""Fixtures of the replay's tests."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from tests.unit.replay.desk import Desk


@pytest.fixture
def desk() -> Iterator[Desk]:
    server = Desk()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()
