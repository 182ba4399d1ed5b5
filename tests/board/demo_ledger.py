"""A ledger with some days of the demo's organisation in it, through the ledger's own writer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine

from collectors.replay.organisation import HOURS, RATES, UNKNOWN_MODELS, USE_CASES, Model, UseCase
from stream.contract import columns as c
from stream.contract.leaves import LEAF_INDEX, LEAVES
from stream.contract.names import COST_STATUSES, LABELS, OUTCOMES, PRODUCTION, US_PER_HOUR
from stream.contract.rows import (
    CONFLICT,
    LIVE,
    REFUSAL,
    USAGE,
    USAGE_MEASURES,
    GenerationBegin,
    Marker,
    Row,
    Shard,
    StateRecord,
)
from stream.core import measures as m
from stream.ledger.writer import Writer
from tests.board.value_rows import people_rows, value_rows

GENERATION = "demo"
MINUTE_US = 60_000_000
#: Nano-USD per token: input, read from cache, output.
RATE = {
    "gpt-5": (1250, 125, 10000), "gpt-5-mini": (250, 25, 2000), "gpt-4o-mini": (150, 75, 600),
    "o4-mini": (1100, 275, 4400), "claude-sonnet-4-5": (3000, 300, 15000),
    "claude-haiku-4-5": (1000, 100, 5000),
    "gemini-2.5-flash": (300, 30, 2500), "gemini-2.5-pro": (1250, 125, 10000),
    "mistral-large-latest": (2000, 200, 6000), "codestral-latest": (300, 30, 900),
    "anthropic.claude-sonnet-4-20250514-v1:0": (3000, 300, 15000), "gpt-4o": (2500, 1250, 10000),
}  # fmt: skip
_PRICED, _UNPRICED, _FREE = (COST_STATUSES.index(name) for name in ("priced", "unpriced", "free"))
_FAILURES = (("rate_limited", RATES.rate_limited), ("timeout", RATES.timeout), ("error", RATES.error),
             ("cancelled", RATES.cancelled), ("content_filtered", RATES.content_filtered))  # fmt: skip


@dataclass
class DemoLedger:
    """Writes into ``engine`` as the ledger would: rows with their sums so far, at ever higher stamps."""

    engine: Engine
    per_hour: float = 1800.0
    seed: int = 7
    judged: bool = False  #: with outcomes, tasks, probes and people
    clock_us: int = 0
    _sums: dict[tuple[int, int, tuple[str, ...]], Counter[int]] = field(default_factory=dict)
    _stamp: int = 0

    def __post_init__(self) -> None:
        self._random = np.random.default_rng(self.seed)
        self._writer = Writer(self.engine, lambda: self.clock_us)

    def fill(self, now_us: int, hours: int = 60) -> None:
        """Some hours until ``now_us``, the last one minute by minute."""
        last = now_us - 60 * MINUTE_US
        for begin in range(last - hours * US_PER_HOUR, last, US_PER_HOUR):
            self.write(begin + US_PER_HOUR // 2, 1.0)
        for begin in range(last, now_us, MINUTE_US):
            self.write(min(begin + MINUTE_US // 2, now_us), 1 / 60)

    def write(self, at_us: int, share: float) -> None:
        """What came within a share of an hour around ``at_us``, committed then."""
        hour = at_us // US_PER_HOUR
        moved = [key for case in USE_CASES for key in self._usage(case, hour, share)]
        moved += self._counts(hour, share)
        if self.judged:
            moved += self._value(hour, share)
        rows = [self._row(key) for key in dict.fromkeys(moved)]
        self._stamp += 1
        self.clock_us = at_us
        log = GenerationBegin(0, GENERATION, 0, 1, 14)
        marker = Marker(
            GENERATION, 0, self._stamp, hour // 24, [], [log], [], [], [], at_us - 600_000, at_us // 1000
        )
        records: Sequence[StateRecord] = [Shard(GENERATION, 0, hour // 24, 0, self._stamp, rows), marker]
        self._writer.commit(records, {})

    def _row(self, key: tuple[int, int, tuple[str, ...]]) -> Row:
        kind, hour, labels = key
        sums = sorted(self._sums[key].items())
        return Row(kind, LIVE, hour, labels, tuple(i for i, _ in sums), tuple(v for _, v in sums))

    def _add(self, key: tuple[int, int, tuple[str, ...]], moved: Counter[int]) -> None:
        self._sums.setdefault(key, Counter()).update(moved)

    def _value(self, hour: int, share: float) -> Iterator[tuple[int, int, tuple[str, ...]]]:
        of_day = hour % 24 - 7
        pace = HOURS[of_day] if 0 <= of_day < len(HOURS) else 0.04
        for key, moved in value_rows(self._random, hour, self.per_hour * pace * share):
            self._add(key, moved)
            yield key
        for key, moved in people_rows(hour // 24):
            if key not in self._sums:
                self._add(key, moved)
                yield key

    def _counts(self, hour: int, share: float) -> Iterator[tuple[int, int, tuple[str, ...]]]:
        for kind, labels, rate in (
            (REFUSAL, ("gateway", "invalid_value"), 6.0),
            (REFUSAL, ("gateway", "too_old"), 3.0),
            (REFUSAL, ("sdk", "missing_field"), 2.0),
            (REFUSAL, ("sdk", "looks_like_secret"), 0.3),
            (CONFLICT, ("gateway", "sdk", "cost_differs"), 1.2),
        ):
            events = int(self._random.poisson(rate * share))
            if events:
                key = (kind, hour, labels)
                self._add(key, Counter({0: events}))
                yield key

    def _usage(self, case: UseCase, hour: int, share: float) -> Iterator[tuple[int, int, tuple[str, ...]]]:
        of_day = hour % 24 - 7
        pace = HOURS[of_day] if 0 <= of_day < len(HOURS) else 0.04
        weight = case.weight / sum(one.weight for one in USE_CASES)
        models = [model for model, _ in case.models] + list(UNKNOWN_MODELS)
        weights = np.array([w for _, w in case.models], float)
        unknown = RATES.unknown_model if case.name in ("code review", "product texts") else 0.0
        odds = np.append(weights / weights.sum() * (1 - 2 * unknown), [unknown, unknown])
        for model, odd in zip(models, odds, strict=True):
            mean = self.per_hour * pace * weight * odd * share
            for labels, part in self._labels(case, model):
                count = int(self._random.poisson(mean * part))
                if count:
                    key = (USAGE, hour, labels)
                    self._add(key, self._measures(case, model, count))
                    yield key

    def _labels(self, case: UseCase, model: Model) -> Iterator[tuple[tuple[str, ...], float]]:
        usual = 1 - RATES.unattributed - RATES.elsewhere
        for department, use_case, environment, part in (
            (case.department, case.name, PRODUCTION, usual),
            ("unattributed", "", PRODUCTION, RATES.unattributed),
            (case.department, case.name, "staging", RATES.elsewhere),
        ):
            named = {"department": department, "use_case": use_case, "provider": model.provider,
                     "model": model.name, "environment": environment, "source_key": "gateway"}  # fmt: skip
            yield tuple(named.get(label, "") for label in LABELS), part

    def _measures(self, case: UseCase, model: Model, requests: int) -> Counter[int]:
        """Measures of so many requests of one series, computed by the fold's own functions."""
        random, shape = self._random, case.shape
        retried = random.random(requests) < 0.02
        count = requests + int(retried.sum())
        outcome = random.choice(
            len(OUTCOMES), count, p=_odds(len(OUTCOMES))
        )  # the last ``count - requests`` are first attempts that were tried again
        outcome[requests:] = random.choice(
            [OUTCOMES.index("rate_limited"), OUTCOMES.index("timeout")], count - requests
        )
        answered = outcome == 0
        tokens = np.zeros((count, len(LEAVES)), np.int64)
        total = np.exp(random.normal(np.log(shape.input_tokens), shape.spread, count)).astype(np.int64)
        cached = np.where(random.random(count) < shape.cache_rate, (total * shape.cached).astype(np.int64), 0)
        out = np.exp(random.normal(np.log(shape.output_tokens), shape.spread, count)).astype(np.int64) + 1
        missing = random.random(count) < shape.streams * RATES.stream_without_usage
        known = answered & ~missing
        tokens[:, LEAF_INDEX["input"]] = np.where(known, total - cached, 0)
        tokens[:, LEAF_INDEX["input_cache_read"]] = np.where(known, cached, 0)
        tokens[:, LEAF_INDEX["output"]] = np.where(known, out, 0)
        ttft = (np.exp(random.normal(np.log(model.ttft_s), 0.35, count)) * 1e6).astype(np.int64)
        duration = ttft + (out / model.tokens_per_s * 1e6 * np.exp(random.normal(0, 0.2, count))).astype(
            np.int64
        )
        streamed = random.random(count) < shape.streams
        flags = np.full(count, c.FINAL | c.DURATION_KNOWN, np.uint8)
        flags[requests:] &= np.uint8(0xFF ^ c.FINAL)
        flags |= np.where(streamed, c.TTFT_KNOWN, 0).astype(np.uint8)
        flags |= np.where(known | ~answered, c.USAGE_KNOWN, 0).astype(np.uint8)
        columns: dict[str, NDArray[np.generic]] = {"outcome": outcome.astype(np.uint8), "flags": flags}
        columns |= {"duration_us": duration, "ttft_us": ttft}
        batch = c.UsageBatch("demo", "demo", 0, 0, count, columns, [])
        deltas, of = np.zeros((1, len(USAGE_MEASURES)), np.int64), np.zeros(count, np.int64)
        m.add_events(deltas, of, batch, np.arange(count))
        m.add_tokens_and_cost(deltas, of, tokens, _costs(model, tokens))
        m.add_status(deltas, of, _statuses(model, answered & missing))
        found = Counter({i: int(v) for i, v in enumerate(deltas[0].tolist()) if v})
        return found + self._copies(count, int((answered & missing).sum()))

    def _copies(self, count: int, missing: int) -> Counter[int]:
        at = USAGE_MEASURES.index
        duplicates = int(self._random.binomial(count, RATES.copied))
        completed = int(self._random.binomial(missing, RATES.completed))
        conflicts = int(self._random.binomial(duplicates, 0.004))
        return Counter(
            {at("duplicates"): duplicates, at("usage_completed"): completed, at("conflicts"): conflicts}
        )


def _odds(outcomes: int) -> NDArray[np.float64]:
    odds = np.zeros(outcomes)
    for name, rate in _FAILURES:
        odds[OUTCOMES.index(name)] = rate * 0.25  # most failures are tried again and end well
    odds[0] = 1 - odds.sum()
    return odds


def _costs(model: Model, tokens: NDArray[np.int64]) -> m.Costs:
    leaves = np.zeros_like(tokens)
    for leaf, rate in zip(
        ("input", "input_cache_read", "output"), RATE.get(model.name, (0, 0, 0)), strict=True
    ):
        leaves[:, LEAF_INDEX[leaf]] = tokens[:, LEAF_INDEX[leaf]] * rate
    none = np.zeros(len(tokens), np.int64)
    return m.Costs(leaves, none, none, leaves.sum(axis=1), none.astype(np.uint8))


def _statuses(model: Model, missing: NDArray[np.bool_]) -> NDArray[np.uint8]:
    if model.name not in RATE:
        return np.full(len(missing), _UNPRICED, np.uint8)
    return np.where(missing, _UNPRICED, _PRICED).astype(np.uint8)
