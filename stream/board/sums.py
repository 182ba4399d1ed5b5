"""Sums of usage rows and what they mean. Pure; whole numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from stream.board.numbers import Distribution
from stream.contract.leaves import LEAVES
from stream.contract.names import OUTCOMES
from stream.contract.rows import COST_TYPES, DURATION_BUCKETS_US, TTFT_BUCKETS_US
from stream.ledger.figures import Figures

#: Failures of the service. Cancelled and content-filtered requests are not: somebody wished them so.
ERRORS: Final = ("error", "timeout", "rate_limited")
_INPUT: Final = tuple(leaf for leaf in LEAVES if leaf.startswith("input"))
_OUTPUT: Final = tuple(leaf for leaf in LEAVES if leaf.startswith("output"))
_CACHE_READ: Final = tuple(leaf for leaf in _INPUT if leaf.endswith("cache_read"))


@dataclass
class Sums:
    """Measures (rows.USAGE_MEASURES) summed over rows."""

    measures: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, measures: Mapping[str, int]) -> None:
        for name, value in measures.items():
            self.measures[name] += value

    def of(self, name: str) -> int:
        return self.measures.get(name, 0)

    def _total(self, prefix: str, names: Iterable[str]) -> int:
        return sum(self.of(f"{prefix}_{name}") for name in names)

    @property
    def requests(self) -> int:
        """Final events, whatever their outcome."""
        return self._total("requests", OUTCOMES)

    @property
    def attempts(self) -> int:
        """Events counted once."""
        return self._total("attempts", OUTCOMES)

    @property
    def errors(self) -> int:
        """Requests whose final event failed."""
        return self._total("requests", ERRORS)

    @property
    def cost_nano_usd(self) -> int:
        """Of all attempts."""
        return self._total("cost_nano_usd", COST_TYPES)

    @property
    def tokens_in(self) -> int:
        return self._total("tokens", _INPUT)

    @property
    def tokens_out(self) -> int:
        return self._total("tokens", _OUTPUT)

    @property
    def tokens_cached(self) -> int:
        """Input tokens read from a prompt cache."""
        return self._total("tokens", _CACHE_READ)

    @property
    def without_whole_price(self) -> int:
        """Attempts whose cost is unknown or only partly known."""
        return self.of("events_unpriced") + self.of("events_partly_priced")

    def duration(self) -> Distribution:
        """Request sent to full response, final successful requests."""
        return self._distribution("duration", DURATION_BUCKETS_US)

    def ttft(self) -> Distribution:
        """Request sent to first token, final successful requests."""
        return self._distribution("ttft", TTFT_BUCKETS_US)

    def _distribution(self, name: str, edges: tuple[int, ...]) -> Distribution:
        counts = [self.of(f"{name}_le_{edge}") for edge in (*edges, "inf")]
        return Distribution(edges, counts, self.of(f"{name}_us_sum"))


def total(rows: Iterable[Figures]) -> Sums:
    """Everything in one."""
    sums = Sums()
    for row in rows:
        sums.add(row.measures)
    return sums


def grouped(
    rows: Iterable[Figures], key: Callable[[Figures], tuple[str, ...]]
) -> dict[tuple[str, ...], Sums]:
    """Sums by key, dearest first, then by requests and name: an order that does not jump about."""
    groups: dict[tuple[str, ...], Sums] = {}
    for row in rows:
        groups.setdefault(key(row), Sums()).add(row.measures)
    order = sorted(groups, key=lambda k: (-groups[k].cost_nano_usd, -groups[k].requests, k))
    return {k: groups[k] for k in order}
