"""The paths of the ledger process: /metrics, /metrics/process, /health."""

from __future__ import annotations

import json
from collections.abc import Mapping

from stream.metrics import packing
from stream.metrics.endpoint import Reply, Route, plain
from stream.metrics.page import Page, Unready
from stream.metrics.text import CONTENT_TYPE


def routes(page: Page) -> Mapping[str, Route]:
    """Figures answer 503 with the reason while they cannot be shown; the process's own are always there."""

    def figures(gzip: bool) -> Reply:
        try:
            return Reply(200, CONTENT_TYPE, page.packed() if gzip else page.text(), gzip)
        except Unready as why:
            return plain(503, f"error: {why}")

    def process(gzip: bool) -> Reply:
        text = page.process_text()
        return Reply(200, CONTENT_TYPE, packing.gzip(packing.pack(b""), text) if gzip else text, gzip)

    def health(gzip: bool) -> Reply:
        try:
            view = page.ready()
        except Unready as why:
            return _json(503, {"status": "unready", "reason": str(why)})
        return _json(200, {"status": "ok", "series": len(view.labels), "accepted_us": view.accepted_us})

    return {"/metrics": figures, "/metrics/process": process, "/health": health}


def _json(status: int, said: Mapping[str, object]) -> Reply:
    return Reply(status, "application/json", f"{json.dumps(said)}\n".encode())
