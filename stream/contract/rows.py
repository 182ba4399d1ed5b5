"""What leaves the fold: rows in shards, closed days, and the marker. The only output of the workers.

A row is keyed (log generation, partition, arrival day, kind, origin, hour of the event, labels). A shard
is all rows of one (generation, partition, arrival day) whose key hashes to it, stamped with the source
offset it holds up to; of two shards with one key the higher stamp wins, whatever their order.
"""

from __future__ import annotations

from typing import Final

import msgspec

from stream.contract.leaves import LEAVES, UNIT_COST, UNSPLIT_COST
from stream.contract.names import COST_STATUSES, LABELS, OUTCOMES

SHARDS: Final = 8  #: per arrival day; part of the contract
DURATION_BUCKETS_US: Final = tuple(
    int(s * 1_000_000) for s in (0.1, 0.25, 0.5, 1, 1.5, 2, 3, 5, 8, 13, 20, 30, 60, 120)
)
TTFT_BUCKETS_US: Final = tuple(
    int(s * 1_000_000) for s in (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 30)
)
COST_TYPES: Final = (*LEAVES, UNIT_COST, UNSPLIT_COST)  #: values of token_type on cost

# Kinds of rows and the labels of each.
USAGE: Final = 0
REFUSAL: Final = 1
CONFLICT: Final = 2
OUTCOME: Final = 3  #: transitions of outputs' judgements (contract.judgements), and deliveries of outcomes
TASK: Final = 4
TASK_JUDGEMENT: Final = 5  #: transitions of tasks' judgements
PROBE: Final = 6
PEOPLE: Final = 7
TRANSITION_LABELS: Final = ("aspect", "from_value", "to_value", "selection")
#: ``ai``: one of AI_SHARES. ``environment`` as of usage.
TASK_LABELS: Final = ("department", "use_case", "deliverable", "ai", "environment", "source_key")
#: ``target``: where it is sent, as configured, without secrets. ``check``: openai or http. ``outcome``: of
#: OUTCOMES.
PROBE_LABELS: Final = ("probe", "check", "target", "provider", "model", "region", "outcome")
#: ``department``, ``use_case``: "" for all of them. One of the two is always "": cells of both could be told
#: apart. ``window``: days, as text.
PEOPLE_LABELS: Final = ("department", "use_case", "window")
WINDOWS: Final = (1, 7, 28)  #: days of activity that make a person active on an as-of day
ROW_LABELS: Final = {
    USAGE: LABELS,
    REFUSAL: ("source_key", "reason"),
    CONFLICT: ("source_key", "other_source_key", "reason"),
    OUTCOME: (*LABELS, *TRANSITION_LABELS),
    TASK: TASK_LABELS,
    TASK_JUDGEMENT: (*TASK_LABELS, *TRANSITION_LABELS),
    PROBE: PROBE_LABELS,
    PEOPLE: PEOPLE_LABELS,
}
LIVE: Final = 0
IMPORT: Final = 1

#: Measures of a usage row, additive int64. Positions are on the wire: append only.
USAGE_MEASURES: Final[tuple[str, ...]] = (
    *(f"requests_{outcome}" for outcome in OUTCOMES),
    *(f"attempts_{outcome}" for outcome in OUTCOMES),
    *(f"tokens_{leaf}" for leaf in LEAVES),
    *(f"cost_nano_usd_{part}" for part in COST_TYPES),
    *(f"events_{status}" for status in COST_STATUSES),
    # sum of squared costs in micro-USD**2 = hi * 2**32 + lo, in two so that sums of int64 do not overflow
    "cost_squares_hi",
    "cost_squares_lo",
    "reported_nano_usd",
    "usage_missing",
    "usage_completed",
    "cache_hits",
    "duplicates",
    "redelivered",
    "conflicts",
    "labels_folded",
    "duration_us_sum",
    "ttft_us_sum",
    # histograms: events whose value lies in the bucket (not cumulative); the last is +Inf
    *(f"duration_le_{us}" for us in DURATION_BUCKETS_US),
    "duration_le_inf",
    *(f"ttft_le_{us}" for us in TTFT_BUCKETS_US),
    "ttft_le_inf",
)
#: ``tasks_timed``: tasks whose ``seconds`` are known. ``csat_satisfied``: marks 4 and 5. ``duplicates``:
#: further
#: reports of a task; ``conflicts``: those whose figures differ from the first's, which stands.
TASK_MEASURES: Final = (
    "tasks",
    "tasks_timed",
    "seconds",
    "quantity",
    "requests",
    "csat_answers",
    "csat_satisfied",
    "nps_answers",
    "nps_promoters",
    "nps_detractors",
    "duplicates",
    "redelivered",
    "conflicts",
)
PROBE_MEASURES: Final = (
    "checks",
    "redelivered",
    "tokens",
    "duration_us_sum",
    *(f"duration_le_{us}" for us in DURATION_BUCKETS_US),
    "duration_le_inf",
)
#: Distinct people of a row's hour, which is the first of an as-of day (day * 24). ``people``: all of them;
#: ``outside``: those of them outside every target population; ``unlisted``: those seen without a directory.
PEOPLE_MEASURES: Final = ("people", "outside", "unlisted")
MEASURES: Final[dict[int, tuple[str, ...]]] = {
    USAGE: USAGE_MEASURES,
    REFUSAL: ("events",),
    CONFLICT: ("events",),
    OUTCOME: ("events",),
    TASK: TASK_MEASURES,
    TASK_JUDGEMENT: ("events",),
    PROBE: PROBE_MEASURES,
    PEOPLE: PEOPLE_MEASURES,
}
MEASURE_INDEX: Final = {name: i for i, name in enumerate(USAGE_MEASURES)}


class Row(msgspec.Struct, array_like=True, frozen=True):
    """One row: ``measures[i]`` has the value ``values[i]``; measures that are 0 are left out.

    ``hour``: hours since 1970 UTC of the event's time: of the request for judgements of its output, of the
    task's
    first report; of the arrival for refusals and deliveries of outcomes.
    """

    kind: int
    origin: int
    hour: int
    labels: tuple[str, ...]
    measures: tuple[int, ...]
    values: tuple[int, ...]


class Shard(msgspec.Struct, array_like=True, frozen=True, tag="shard"):
    """Rows of one shard as of source offset ``stamp`` (inclusive). ``day``: arrival day, days since 1970."""

    generation: str
    partition: int
    day: int
    shard: int
    stamp: int
    rows: list[Row]


class Closed(msgspec.Struct, array_like=True, frozen=True, tag="closed"):
    """An arrival day is over: ``shards`` names each shard (number, stamp) it consists of. Follows them."""

    generation: str
    partition: int
    day: int
    shards: list[tuple[int, int]]


class DayBegin(msgspec.Struct, array_like=True, frozen=True):
    offset: int
    day: int


class EpochBegin(msgspec.Struct, array_like=True, frozen=True):
    offset: int
    number: int
    digest: str


class GenerationBegin(msgspec.Struct, array_like=True, frozen=True):
    offset: int
    id: str
    created_us: int
    partitions: int
    window_days: int


class Admitted(msgspec.Struct, array_like=True, frozen=True):
    """A label value admitted at ``offset``; ``label`` indexes LABELS."""

    offset: int
    label: int
    value: str


class Marker(msgspec.Struct, array_like=True, frozen=True, tag="marker"):
    """Every open shard is known durable up to source offset ``upto``; ``expected`` names (shard, stamp) of
    each shard of ``day``. The lists are append-only histories: what decides and is older than the re-folded
    part of the log.
    """

    log: str  #: id of the log's first generation
    partition: int
    upto: int
    day: int
    expected: list[tuple[int, int]]
    generations: list[GenerationBegin]
    days: list[DayBegin]
    epochs: list[EpochBegin]
    admitted: list[Admitted]
    accepted_us: int  #: newest accept time folded: freshness
    time_ms: int  #: the log's time at ``upto``


StateRecord = Shard | Closed | Marker
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Shard | Closed | Marker).decode


def encode_state(record: StateRecord) -> bytes:
    return _encode(record)


def decode_state(value: bytes) -> StateRecord:
    """Raises msgspec.DecodeError when malformed."""
    record: StateRecord = _decode(value)
    return record


def shard_key(generation: str, day: int, shard: int) -> bytes:
    return f"shard/{generation}/{day}/{shard}".encode()


def marker_key(log: str) -> bytes:
    return f"marker/{log}".encode()


def closed_key(generation: str, day: int) -> bytes:
    return f"closed/{generation}/{day}".encode()
