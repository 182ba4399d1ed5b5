"""What GET /metrics answers: the newest view as text, rendered once however many ask and packed once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, generate_latest

from stream.ledger.figures import View
from stream.metrics.exposition import Exposition
from stream.metrics.hold import HOLD_US
from stream.metrics.packing import Packed, gzip, pack


class Unready(Exception):
    """There are no figures to show now; the message says in one line why."""

    reason = "unready"


def now_us() -> int:
    """Microseconds since 1970 UTC."""
    return time.time_ns() // 1000


@dataclass
class _Rendered:
    """``view`` is kept so that it cannot be another object at the same address."""

    view: View
    text: bytes
    until_us: int
    packed: Packed | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def pack(self) -> Packed:
        with self.lock:
            if self.packed is None:
                self.packed = pack(self.text)
            return self.packed


class Page:
    """Thread-safe. ``source`` gives the newest view or raises Unready; ``registry`` holds what the process
    says of itself, shown below the figures; ``computed`` gauges that are figures, too, shown between both. No
    lock is held while a client reads.
    """

    def __init__(
        self,
        source: Callable[[], View],
        registry: CollectorRegistry,
        hold_us: int = HOLD_US,
        clock: Callable[[], int] = now_us,
        computed: CollectorRegistry | None = None,
    ) -> None:
        self._source, self._registry, self._clock = source, registry, clock
        self._computed = computed
        self._exposition = Exposition(hold_us, clock())
        self._rendered: _Rendered | None = None
        self._lock = threading.Lock()
        self.renders = 0

    def text(self) -> bytes:
        """Business families, then the computed ones, then the process's own. Raises Unready."""
        return self._current().text + self._rest()

    def packed(self) -> bytes:
        """The same by gzip; the large part is packed once per view. Raises Unready."""
        return gzip(self._current().pack(), self._rest())

    def process_text(self) -> bytes:
        """What the process says of itself: there even while figures are not."""
        return generate_latest(self._registry)

    def ready(self) -> View:
        """The view that would be shown. Raises Unready."""
        view = self._source()
        if view.behind > 0:
            raise Unready(
                f"behind: {view.behind} shards are not yet held up to where their workers' markers vouch for"
                " them; the ledger is reading, or a worker has to write them again"
            )
        return view

    def _rest(self) -> bytes:
        computed = generate_latest(self._computed) if self._computed is not None else b""
        return computed + self.process_text()

    def _current(self) -> _Rendered:
        with self._lock:
            view, moment_us = self.ready(), self._clock()
            kept = self._rendered
            if kept is None or kept.view is not view or moment_us >= kept.until_us:
                exposed = self._exposition.render(view, moment_us)
                kept = self._rendered = _Rendered(view, exposed.text, exposed.until_us)
                self.renders += 1
            return kept
