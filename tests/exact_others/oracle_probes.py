"""What the figures of synthetic checks must be, by definition. Shares no code with the fold."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from stream.contract.records import Check, Checks, encode_record
from stream.contract.rows import PROBE

HOUR = 3_600_000_000
DAY = 24 * HOUR
EDGES = (100_000, 250_000, 500_000, 1_000_000, 1_500_000, 2_000_000, 3_000_000, 5_000_000, 8_000_000)


@dataclass(frozen=True)
class Result:
    event: int
    time_us: int
    outcome: str = "success"
    duration_us: int | None = 200_000
    tokens: int = 0

    @property
    def labels(self) -> tuple[str, ...]:
        return "chat", "openai", "gateway", "openai", "m", "eu", self.outcome


def encode(results: list[Result], now_us: int) -> bytes:
    checks = [Check(r.event, r.time_us, r.labels, r.duration_us, r.tokens) for r in results]
    return encode_record(Checks(now_us, checks))


class ProbesOracle:
    def __init__(self, window_days: int) -> None:
        self.window_days = window_days
        self.counts: Counter[Any] = Counter()
        self.refused: Counter[Any] = Counter()
        self._day = -1
        self._timely: list[Result] = []
        self._refusals: list[tuple[int, int]] = []

    def record(self, results: list[Result], timestamp_ms: int) -> None:
        self._day = max(self._day, timestamp_ms // 86_400_000)
        now_us = max(timestamp_ms * 1000, self._day * DAY)
        for result in results:
            if result.time_us < now_us - self.window_days * DAY:
                self._refuse(result, "too_old")
            elif result.time_us > now_us + 600_000_000:
                self._refuse(result, "too_early")
            else:
                self._take(result)

    def _refuse(self, result: Result, reason: str) -> None:
        oldest = self._day - self.window_days - 1
        seen = any(event == result.event and day >= oldest for event, day in self._refusals)
        self._refusals.append((result.event, self._day))
        if not seen:
            self.refused["probes", reason] += 1

    def _take(self, result: Result) -> None:
        oldest = self._day - self.window_days - 1
        seen = any(r.event == result.event and r.time_us // DAY >= oldest for r in self._timely)
        self._timely.append(result)
        if seen:
            return self._add(result, redelivered=1)
        self._add(result, checks=1, tokens=result.tokens)
        if result.duration_us is not None:
            edge = next(edge for edge in EDGES if result.duration_us <= edge)
            self._add(result, duration_us_sum=result.duration_us, **{f"duration_le_{edge}": 1})
        return None

    def _add(self, at: Result, **amounts: int) -> None:
        for measure, amount in amounts.items():
            if amount:
                self.counts[PROBE, at.time_us // HOUR, at.labels, measure] += amount
