"""The fold of usage batches: admit, dedupe, price, and say which rows grow by how much."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from stream.contract import columns as c
from stream.contract.names import LABEL_INDEX, US_PER_DAY
from stream.contract.rows import CONFLICT, LIVE, MEASURE_INDEX
from stream.core import measures as m
from stream.core.effects import Effects
from stream.core.identity_table import USAGE_MISSING, IdentityTable
from stream.core.labels import LabelBook
from stream.core.log_state import REFUSAL_SPACE
from stream.core.moment import AHEAD_US, Moment, horizon

I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]
_REASONS: Final = ("too_old", "too_early", "implausible_cost")
_SOURCE: Final = LABEL_INDEX["source_key"]
# Keys of (request, event of it) within the one table: never to be taken for a request.
COPY_SPACE: Final = np.uint64(0x5BD1E9955BD1E995)
COPY_SPREAD: Final = np.uint64(0x9E3779B97F4A7C15)


class Pricing(Protocol):
    """Prices a batch under one configuration."""

    def costs(self, batch: c.UsageBatch) -> m.Costs:
        """Costs of all N events of a batch."""
        ...


@dataclass(frozen=True)
class Seen:
    """The admitted events of a batch after the look-up. ``at``: positions in the batch (K,), ``row`` (K,)
    in the table, ``new`` (K,): counted now, ``label`` (K,): ids of the events' own labels.
    """

    at: I64
    row: I64
    new: NDArray[np.bool_]
    label: I64


class UsageFold:
    """Decides with ``table`` and ``labels``; both belong to the partition and outlive configurations."""

    def __init__(self, table: IdentityTable, labels: LabelBook, window_days: int) -> None:
        self._table, self._labels, self._window_days = table, labels, window_days

    def fold(
        self, batch: c.UsageBatch, pricing: Pricing, moment: Moment, *, rows: bool
    ) -> tuple[Effects, Seen]:
        """Fold a batch. With ``rows`` False only what decides is updated and the effects are empty."""
        effects = Effects()
        label_ids, folded = self._labels.ids(batch.dictionary, moment.offset)
        label: I64 = label_ids[batch.columns["label"].astype(np.int64)]
        time_us = cast("I64", batch.columns["time_us"])
        late = time_us < moment.now_us - self._window_days * US_PER_DAY
        early = time_us > moment.now_us + AHEAD_US
        costs = pricing.costs(batch)
        costly = costs.total > c.MAX_EVENT_NANO_USD
        refused = late | early | costly
        if refused.any():
            reasons = np.select([late, early], [0, 1], 2)
            self._refuse(batch, label, np.flatnonzero(refused), reasons, moment, effects)
        at = np.flatnonzero(~refused)
        seen = self._look_up(batch, at, label, time_us, costs)
        if rows:
            self._count_new(batch, seen, label, time_us, costs, folded, effects)
        if not seen.new.all():
            self._fold_known(batch, seen, label, time_us, costs, moment, effects)
        return effects if rows else Effects(), seen

    def _look_up(self, batch: c.UsageBatch, at: I64, label: I64, time_us: I64, costs: m.Costs) -> Seen:
        table = self._table
        row, new = table.add(cast("U64", batch.columns["identity"])[at])
        first, when = row[new], at[new]
        flags = cast("NDArray[np.uint8]", batch.columns["flags"])[when]
        missing = (flags & (c.USAGE_KNOWN | c.CACHE_HIT)) == 0
        table.event[first] = cast("U64", batch.columns["event"])[when]
        table.event_day[first] = 0
        table.cost[first] = costs.total[when]
        table.hour[first] = m.hours(time_us[when])
        table.label[first] = label[when]
        table.flags[first] = np.where(missing, USAGE_MISSING, 0)
        # newest day on which a copy fell: what is known must depend on the window alone (ARCHITECTURE.md)
        np.maximum.at(table.last_day, row, (time_us[at] // US_PER_DAY).astype(np.uint16))
        return Seen(at, row, new, label[at])

    def _count_new(
        self,
        batch: c.UsageBatch,
        seen: Seen,
        label: I64,
        time_us: I64,
        costs: m.Costs,
        folded: NDArray[np.bool_],
        effects: Effects,
    ) -> None:
        chosen = seen.at[seen.new]
        if not len(chosen):
            return
        group = m.Group.by(label[chosen], m.hours(time_us[chosen]))
        deltas = group.zeros()
        m.add_events(deltas, group.of, batch, chosen)
        tokens = batch.leaves()[chosen]
        hit = (cast("NDArray[np.uint8]", batch.columns["flags"])[chosen] & c.CACHE_HIT) != 0
        tokens[hit] = 0
        chosen_costs = _take(costs, chosen)
        m.add_tokens_and_cost(deltas, group.of, tokens, chosen_costs)
        m.add_status(deltas, group.of, chosen_costs.status)
        beyond = folded[batch.columns["label"].astype(np.int64)[chosen]]
        m.add_one(deltas, group.of[beyond], MEASURE_INDEX["labels_folded"])
        effects.usage.append((group.keys, deltas))

    def _fold_known(
        self,
        batch: c.UsageBatch,
        seen: Seen,
        label: I64,
        time_us: I64,
        costs: m.Costs,
        moment: Moment,
        effects: Effects,
    ) -> None:
        """Events whose identity is known: redelivered, or copies that may complete or disagree."""
        table = self._table
        at, row = seen.at[~seen.new], seen.row[~seen.new]
        # A first event too old to be found when the log is folded again says nothing any more: neither its
        # labels, nor that this event is the same; a later delivery of that event alone does.
        held = table.hour[row] // 24 >= horizon(moment.day, self._window_days)
        first_copy = self._first_copies(batch, at, row, held, time_us[at] // US_PER_DAY, moment)
        label_of = np.where(held, table.label[row].astype(np.int64), label[at])
        hour_of = np.where(held, table.hour[row].astype(np.int64), m.hours(time_us[at]))
        group = m.Group.by(label_of, hour_of)
        deltas = group.zeros()
        m.add_one(deltas, group.of[~first_copy], MEASURE_INDEX["redelivered"])
        m.add_one(deltas, group.of[first_copy], MEASURE_INDEX["duplicates"])
        judged = np.flatnonzero(first_copy & held)
        completed = self._complete(batch, at, row, judged)
        if len(completed):
            chosen = _take(costs, at[completed], where=table.cost[row[completed]] == 0)
            m.add_tokens_and_cost(deltas, group.of[completed], batch.leaves()[at[completed]], chosen)
            m.add_one(deltas, group.of[completed], MEASURE_INDEX["usage_completed"])
            table.cost[row[completed]] += chosen.total
        others = np.setdiff1d(judged, completed, assume_unique=True)
        apart = np.abs(table.hour[row[others]] - m.hours(time_us[at[others]])) > 1
        unknown = (cast("NDArray[np.uint8]", batch.columns["flags"])[at[others]] & c.USAGE_KNOWN) == 0
        unknown |= (table.flags[row[others]] & USAGE_MISSING) != 0
        differ = ~unknown & (table.cost[row[others]] != costs.total[at[others]])
        for mask, reason in ((differ, "cost_differs"), (apart & ~differ, "hours_apart")):
            clash = others[mask]
            m.add_one(deltas, group.of[clash], MEASURE_INDEX["conflicts"])
            pairs = zip(label_of[clash].tolist(), label[at[clash]].tolist(), strict=True)
            for (mine, theirs), events in Counter(pairs).items():
                sources = self._labels.tuples[mine][_SOURCE], self._labels.tuples[theirs][_SOURCE]
                effects.counts[(CONFLICT, LIVE, moment.hour, (*sources, reason))] += events
        effects.usage.append((group.keys, deltas))

    def _first_copies(
        self, batch: c.UsageBatch, at: I64, row: I64, held: NDArray[np.bool_], days: I64, moment: Moment
    ) -> NDArray[np.bool_]:
        """Which events (K,) of known requests are neither the first's event nor known; remembers all."""
        table, found = self._table, np.zeros(len(at), np.bool_)
        event = cast("U64", batch.columns["event"])[at]
        same = table.event[row] == event
        first = held & same
        np.maximum.at(table.event_day, row[first], days[first].astype(np.uint16))
        other = np.flatnonzero(~first)
        if len(other):
            spread = cast("U64", batch.columns["identity"])[at[other]] * COPY_SPREAD
            _, new = table.remember(event[other] ^ spread ^ COPY_SPACE, days[other])
            again = table.event_day[row[other]] >= max(horizon(moment.day, self._window_days), 1)
            found[other] = new & ~(same[other] & again)
        return found

    def _complete(self, batch: c.UsageBatch, at: I64, row: I64, judged: I64) -> I64:
        """Positions (in ``at``) of the copies that bring usage still missing, first copy first."""
        table = self._table
        flags = cast("NDArray[np.uint8]", batch.columns["flags"])
        brings = (flags[at[judged]] & c.USAGE_KNOWN) != 0
        able: I64 = judged[((table.flags[row[judged]] & USAGE_MISSING) != 0) & brings]
        if not len(able):
            return able
        _, first = np.unique(row[able], return_index=True)
        completed: I64 = able[np.sort(first)]
        table.flags[row[completed]] &= np.uint8(0xFF ^ USAGE_MISSING)
        return completed

    def _refuse(
        self,
        batch: c.UsageBatch,
        label: I64,
        at: I64,
        reasons: I64,
        moment: Moment,
        effects: Effects,
    ) -> None:
        event = cast("U64", batch.columns["event"])[at]
        _, new = self._table.remember(event ^ REFUSAL_SPACE, moment.day)
        for i in at[new].tolist():
            source, reason = self._labels.tuples[int(label[i])][_SOURCE], _REASONS[reasons[i]]
            effects.refuse(source, reason, moment.hour)
            effects.quarantine(source, reason, f"{int(batch.columns['event'][i]):016x}", moment.offset)


def _take(costs: m.Costs, chosen: I64, where: NDArray[np.bool_] | None = None) -> m.Costs:
    """Costs of the chosen events; nothing where ``where`` is False (a cost was counted already)."""
    parts = (costs.leaves[chosen], costs.units[chosen], costs.unsplit[chosen], costs.total[chosen])
    if where is not None:
        parts = (parts[0] * where[:, None], parts[1] * where, parts[2] * where, parts[3] * where)
    return m.Costs(*parts, costs.status[chosen])
