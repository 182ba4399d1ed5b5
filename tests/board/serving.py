"""The board's real server in a thread of this process, on a clock of the test's."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from stream.board.server import make_app
from stream.settings import BoardSettings

PROGRAM = Path(__file__).with_name("program.yaml")  #: of the demo's organisation


@contextmanager
def serving(
    database: str, now_us: Callable[[], int], program: Path | None = None, min_group_size: int = 5
) -> Iterator[str]:
    """URL of a board that reads ``database``."""
    settings = BoardSettings(database=database, program=program, min_group_size=min_group_size)
    app = make_app(settings, now_us)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
