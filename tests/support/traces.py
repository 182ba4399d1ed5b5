"""Real request traces beside the project, and the totals that their publishers' files have."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from collectors.replay.traces import TraceRow, read_trace

DIRECTORY = Path(__file__).resolve().parents[3] / "shared" / "data"


@dataclass(frozen=True)
class Trace:
    """A trace file with its known totals. ``input_tokens`` include the cache reads."""

    name: str
    requests: int
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int

    @property
    def path(self) -> Path:
        return DIRECTORY / self.name

    @property
    def digest(self) -> str:
        """SHA-256 of the file, hex."""
        return hashlib.sha256(self.path.read_bytes()).hexdigest()

    def rows(self) -> tuple[TraceRow, ...]:
        """All requests of the trace."""
        return _rows(self.path)


AZURE = Trace("AzureLLMInferenceTrace_code.csv", 8_819, 18_059_974, 245_896, 0)
MOONCAKE = Trace("mooncake_synthetic_trace.jsonl", 3_993, 61_194_628, 595_432, 39_852_661)
TRACES = (AZURE, MOONCAKE)


@cache
def _rows(path: Path) -> tuple[TraceRow, ...]:
    return tuple(read_trace(path.read_text().splitlines(), path.name))


def missing() -> str | None:
    """None when the traces are there, else what would bring them."""
    absent = [trace.name for trace in TRACES if not trace.path.exists()]
    return f"{', '.join(absent)} in ../shared/data" if absent else None
