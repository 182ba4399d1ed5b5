"""The fold of outcomes: each counted once, joined to its request, and what stands of the output then.

What decides must lie within the part of the log that is folded again (ARCHITECTURE.md). Therefore an
outcome whose request is known is decided at once, joined or not, and waits only for one that is unknown;
joins a request only while the request's first day is at or after the horizon; and never joins one that was
sent EARLIEST_HOURS or more after the judgement: that bounds how long before its request an outcome that
still matters can have come, and with it the records that decide whether it had come before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from stream.contract.judgements import COMPLIANCE, CONTROL, DELIVERY, FINDING, VERDICT
from stream.contract.names import LABEL_INDEX, LABELS, US_PER_DAY, US_PER_HOUR
from stream.contract.records import Outcome, Outcomes
from stream.contract.rows import LIVE, OUTCOME
from stream.core.aliases import AliasTable
from stream.core.effects import Effects
from stream.core.forwards import Forwards, forward_key
from stream.core.identity_table import IdentityTable
from stream.core.judgement import Judgement, Transition, apply
from stream.core.labels import LabelBook
from stream.core.moment import AHEAD_US, Moment, horizon
from stream.core.outcome_bodies import AliasColumns
from stream.core.waiting import Waiting, WaitingRoom

U64 = NDArray[np.uint64]
#: A judgement's time may lie this many hours before its request's (clocks, dates without a time), less
#: than a day with the 10 minutes by which a time may lie ahead of the log's.
EARLIEST_HOURS: Final = 23
_SOURCE: Final = LABEL_INDEX["source_key"]
Refuse = Callable[[Effects, str, str, int, Moment], None]


class OutcomeFold:
    """Decides with the identity table and the labels of its partition. ``refuse``: counts a refused outcome
    (effects, source_key, reason, event hash, moment).
    """

    def __init__(self, partition: int, requests: IdentityTable, labels: LabelBook, refuse: Refuse) -> None:
        self._partition, self._requests, self._labels, self._refuse = partition, requests, labels, refuse
        self._partitions, self._window_days = 1, 0
        self._known = IdentityTable()  # outcomes by their event, and forwards of outcomes
        self._aliases = AliasTable()
        self._waiting = WaitingRoom()
        self._judged: dict[int, tuple[int, Judgement]] = {}  # by identity: first day, what stands

    def begin_generation(self, partitions: int, window_days: int) -> None:
        self._partitions, self._window_days = partitions, window_days

    def begin_day(self, horizon_day: int) -> None:
        """Forget what lies before the horizon. What stands of an output can change no more once its
        request's first day does, whether copies keep the request known or not.
        """
        self._known.sweep(horizon_day)
        self._aliases.sweep(horizon_day)
        self._judged = {key: held for key, held in self._judged.items() if held[0] >= horizon_day}

    def expire(self, moment: Moment) -> Effects:
        """A day begins: those that waited for the whole window are not joined any more."""
        effects = Effects()
        for waiting in self._waiting.expire(horizon(moment.day, self._window_days)):
            self._deliver(effects, waiting.source, "waiting", "unjoined", moment)
        return effects

    def fold(self, body: Outcomes, moment: Moment) -> Effects:
        """Take the outcomes of a record."""
        effects, forwards = Effects(), Forwards(self._partition, self._partitions)
        self._admit_labels(body.outcomes, moment.offset)
        outcomes = self._first_ones(body.outcomes, moment, effects)
        targets = np.array([outcome.target for outcome in outcomes], np.uint64)
        rows, identities = self._requests.find(targets).tolist(), self._aliases.find(targets)
        for outcome, row, identity in zip(outcomes, rows, identities, strict=True):
            source = self._labels.source_admitted(outcome.source_key, moment.offset)
            waiting = Waiting(moment.day, moment.offset, source, outcome)
            if outcome.labels:
                self._count_own(effects, outcome, source, moment)
            elif row >= 0:
                self._join(effects, waiting, outcome.target, row, "", moment)
            elif identity is None or outcome.via is not None:
                self._wait(effects, waiting, outcome.target, moment)
            elif forwards.is_elsewhere(identity):
                forwards.add(outcome, identity, moment.offset)
            elif (at := self._row(identity)) >= 0:
                self._join(effects, waiting, identity, at, "", moment)
            else:
                self._wait(effects, waiting, identity, moment)
        effects.outputs += forwards.writes(body.accepted_us)
        return effects

    def learn(self, entries: AliasColumns, moment: Moment) -> Effects:
        """Take aliases, and resolve the outcomes that wait for them. What lies outside the window is left
        out: the usage it stands beside is refused.
        """
        effects, forwards = Effects(), Forwards(self._partition, self._partitions)
        late = entries.time_us < moment.now_us - self._window_days * US_PER_DAY
        held = ~late & (entries.time_us <= moment.now_us + AHEAD_US)
        alias, identity = entries.alias[held], entries.identity[held]
        self._aliases.learn(alias, identity, entries.time_us[held])
        if self._waiting:
            for known_as, request in zip(alias.tolist(), identity.tolist(), strict=True):
                for waiting in self._waiting.take(known_as):
                    self._resolve(effects, forwards, waiting, known_as, request, moment)
        effects.outputs += forwards.writes(entries.accepted_us)
        return effects

    def requests_counted(self, identities: U64, moment: Moment, effects: Effects) -> None:
        """Requests (n,) have just been counted for the first time: join what waits for them."""
        if not self._waiting:
            return
        for identity in self._waiting.among(identities.tolist()):
            row = self._row(identity)
            for waiting in self._waiting.take(identity):
                self._join(effects, waiting, identity, row, "waiting", moment)

    def _admit_labels(self, outcomes: Sequence[Outcome], offset: int) -> None:
        """Let the names of all outcomes take their places, known or not: a fold again may not know an outcome
        that was known, and names take places for ever.
        """
        self._labels.ids([outcome.labels for outcome in outcomes if outcome.labels], offset)
        for outcome in outcomes:
            self._labels.source_admitted(outcome.source_key, offset)

    def _first_ones(self, outcomes: Sequence[Outcome], moment: Moment, effects: Effects) -> list[Outcome]:
        """The admitted outcomes that come for the first time; all others are accounted for."""
        oldest_us = moment.now_us - self._window_days * US_PER_DAY
        forwarded = [outcome for outcome in outcomes if outcome.via is not None]
        # a forward is written again after a crash: known by when it came, since it may come again late
        new = self._remember([forward_key(outcome) for outcome in forwarded], moment.day)
        admitted = []
        for outcome in outcomes:
            if outcome.via is not None and not next(new):
                continue
            if oldest_us <= outcome.time_us <= moment.now_us + AHEAD_US:
                admitted.append(outcome)
                continue
            reason = "too_old" if outcome.time_us < oldest_us else "too_early"
            self._refuse(effects, outcome.source_key, reason, outcome.event, moment)
        days = np.array([outcome.time_us // US_PER_DAY for outcome in admitted], np.int64)
        new = self._remember([outcome.event for outcome in admitted], days)
        fresh = []
        for outcome in admitted:
            if next(new):
                fresh.append(outcome)
                continue
            source = self._labels.source_admitted(outcome.source_key, moment.offset)
            self._deliver(effects, source, "", "redelivered", moment)
        return fresh

    def _remember(self, keys: list[int], days: NDArray[np.int64] | int) -> Iterator[bool]:
        """Remember keys until ``days`` leave the window; whether each comes for the first time."""
        _, new = self._known.remember(np.array(keys, np.uint64), days)
        return iter(new.tolist())

    def _resolve(
        self,
        effects: Effects,
        forwards: Forwards,
        waiting: Waiting,
        known_as: int,
        identity: int,
        moment: Moment,
    ) -> None:
        """An alias has come that an outcome waits for. One that was forwarded is not sent on again."""
        if waiting.outcome.via is not None:
            self._waiting.move(known_as, waiting)
        elif forwards.is_elsewhere(identity):
            self._deliver(effects, waiting.source, "waiting", "forwarded", moment)
            forwards.add(waiting.outcome, identity, waiting.offset)
        elif (row := self._row(identity)) >= 0:
            self._join(effects, waiting, identity, row, "waiting", moment)
        else:
            self._waiting.move(identity, waiting)

    def _wait(self, effects: Effects, waiting: Waiting, target: int, moment: Moment) -> None:
        placed = self._waiting.put(target, waiting)
        self._deliver(effects, waiting.source, "", "waiting" if placed else "unjoined", moment)

    def _join(
        self, effects: Effects, waiting: Waiting, identity: int, row: int, before: str, moment: Moment
    ) -> None:
        """Join an outcome to its request, which stands at ``row`` of the table, if both are near enough."""
        outcome, hour = waiting.outcome, int(self._requests.hour[row])
        first_day = hour // 24
        past = first_day < horizon(moment.day, self._window_days)
        if past or outcome.time_us // US_PER_HOUR < hour - EARLIEST_HOURS:
            self._deliver(effects, waiting.source, before, "unjoined", moment)
            return
        held = self._judged.get(identity)
        after, transitions = _judge(held[1] if held is not None else None, outcome)
        self._judged[identity] = (first_day, after)
        labels = self._labels.tuples[int(self._requests.label[row])]
        for transition in transitions:
            effects.counts[(OUTCOME, LIVE, hour, (*labels, *transition))] += 1
        self._deliver(effects, waiting.source, before, "joined", moment)

    def _count_own(self, effects: Effects, outcome: Outcome, source: str, moment: Moment) -> None:
        """An outcome with labels of its own is an output of its own."""
        ids, _ = self._labels.ids([outcome.labels], moment.offset)
        labels = self._labels.tuples[int(ids[0])]
        for transition in _judge(None, outcome)[1]:
            effects.counts[(OUTCOME, LIVE, outcome.time_us // US_PER_HOUR, (*labels, *transition))] += 1
        self._deliver(effects, source, "", "own", moment)

    def _deliver(self, effects: Effects, source: str, before: str, after: str, moment: Moment) -> None:
        labels = ("",) * _SOURCE + (source,) + ("",) * (len(LABELS) - _SOURCE - 1)
        effects.counts[(OUTCOME, LIVE, moment.hour, (*labels, DELIVERY, before, after, ""))] += 1

    def _row(self, identity: int) -> int:
        return int(self._requests.find(np.array([identity], np.uint64))[0])


def _judge(state: Judgement | None, outcome: Outcome) -> tuple[Judgement, list[Transition]]:
    values = {
        VERDICT: outcome.verdict,
        CONTROL: outcome.control,
        FINDING: outcome.finding,
        COMPLIANCE: outcome.compliance,
    }
    return apply(state, outcome.time_us, outcome.event, values, outcome.selection)
