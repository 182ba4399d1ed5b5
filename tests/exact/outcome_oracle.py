"""What the figures of outcomes must be, by definition: brute force over everything that came before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo

from stream.contract.records import Outcome
from tests.exact.oracle import DAY, HOUR, Event, Oracle, Sent

ASPECTS = ("verdict", "control", "finding", "compliance")
#: Outcomes of an arrival day that may wait, in these tests.
PLACES = 3
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


@dataclass(frozen=True)
class Alias:
    alias: int
    identity: int
    time_us: int


@dataclass(frozen=True)
class _Waits:
    outcome: Outcome
    offset: int
    day: int
    target: int


def standing(said: Sequence[Outcome], aspect: str) -> str:
    """What stands of an output of which all this was said."""
    about = [outcome for outcome in said if getattr(outcome, aspect)]
    if not about:
        return ""
    latest = max(about, key=lambda outcome: (outcome.time_us, -outcome.event))
    value: str = getattr(latest, aspect)
    if aspect != "finding":
        return value
    controls = [outcome for outcome in said if outcome.control]
    control = max(controls, key=lambda outcome: (outcome.time_us, -outcome.event), default=None)
    counts = control is not None and control.control == "passed" and latest.time_us >= control.time_us
    return value if counts and value != "none" else ""


class OutcomeOracle(Oracle):
    """Of one partition. Adds to ``counts``: ("judged", department, source, hour, aspect, from, to, selection)
    and ("delivery", source, hour, from, to). ``forwards``: (partition, outcome as sent on); ``active``:
    (partition, person, former pseudonym, day, population, department, use case).
    """

    def __init__(self, window_days: int, number: int, partitions: int, zone: tzinfo) -> None:
        super().__init__(window_days)
        self.number, self.partitions, self.zone = number, partitions, zone
        self.forwards: set[tuple[int, Outcome]] = set()
        self.active: set[tuple[int, int, int, int, int, str, str]] = set()
        self._now_us = 0
        self._outcomes: list[Outcome] = []
        self._came_via: list[tuple[int, tuple[int, int], int]] = []
        self._aliases: list[Alias] = []
        self._waiting: list[_Waits] = []
        self._began_waiting: list[int] = []
        self._said: dict[int, list[Outcome]] = {}

    # --- records

    def record(self, events: list[Event], timestamp_ms: int) -> None:
        self._begin(timestamp_ms)
        super().record(events, timestamp_ms)

    def outcomes(self, outcomes: Sequence[Outcome], timestamp_ms: int, offset: int) -> None:
        """Take a record of outcomes, from a source or sent on."""
        self._begin(timestamp_ms)
        for outcome in outcomes:
            self._take_outcome(outcome, offset)

    def aliases(self, aliases: Sequence[Alias], timestamp_ms: int) -> None:
        """Take a record of aliases."""
        self._begin(timestamp_ms)
        for alias in aliases:
            if not self._admits(alias.time_us):
                continue
            self._aliases.append(alias)
            for waits in [w for w in self._waiting if w.target == alias.alias and w.outcome.via is None]:
                self._waiting.remove(waits)
                if alias.identity % self.partitions != self.number:
                    self._deliver(waits.outcome, "waiting", "forwarded")
                    self._forward(waits.outcome, alias.identity, waits.offset)
                elif self._is_known(alias.identity):
                    self._join(waits.outcome, alias.identity, "waiting")
                else:
                    self._waiting.append(replace(waits, target=alias.identity))

    # --- rules

    @property
    def _oldest(self) -> int:
        return self._day - self.window_days - 1

    def _begin(self, timestamp_ms: int) -> None:
        self._now_us = self._arrive(timestamp_ms)
        for waits in [w for w in self._waiting if w.day < self._oldest]:
            self._waiting.remove(waits)
            self._deliver(waits.outcome, "waiting", "unjoined")

    def _admits(self, time_us: int) -> bool:
        return self._now_us - self.window_days * DAY <= time_us <= self._now_us + 600_000_000

    def _is_known(self, request: int) -> bool:
        return any(s.event.request == request and s.event.time_us // DAY >= self._oldest for s in self._sent)

    def _see(self, event: Event) -> None:
        """An event that may be an activity."""
        if event.person and event.environment == "production" and self._admits(event.time_us):
            day = datetime.fromtimestamp(event.time_us // 1_000_000, self.zone).toordinal() - _EPOCH_ORDINAL
            entry = (event.person, event.person + 1, day, event.population, event.department, "")
            self.active.add((event.person % self.partitions, *entry))

    def _take(self, sent: Sent) -> None:
        super()._take(sent)
        self._see(sent.event)

    def _count(self, event: Event) -> None:
        super()._count(event)
        self._said[event.request] = []
        for waits in [w for w in self._waiting if w.target == event.request]:
            self._waiting.remove(waits)
            self._join(waits.outcome, event.request, "waiting")

    def _take_outcome(self, outcome: Outcome, offset: int) -> None:
        if outcome.via is not None:
            same = (outcome.event, outcome.via)
            again = any(came[:2] == same and came[2] >= self._oldest for came in self._came_via)
            self._came_via.append((*same, self._day))
            if again:
                return
        if not self._admits(outcome.time_us):
            reason = "too_old" if outcome.time_us < self._now_us else "too_early"
            self._refuse(outcome.event, outcome.source_key, reason, self._oldest)
            return
        known = any(o.event == outcome.event and o.time_us // DAY >= self._oldest for o in self._outcomes)
        self._outcomes.append(outcome)
        if known:
            self._deliver(outcome, "", "redelivered")
        elif outcome.labels:
            self._judge(outcome.labels[0], outcome.labels[8], outcome.time_us // HOUR, [], outcome)
            self._deliver(outcome, "", "own")
        else:
            self._find(outcome, offset)

    def _find(self, outcome: Outcome, offset: int) -> None:
        if self._is_known(outcome.target):
            self._join(outcome, outcome.target, "")
            return
        same = [alias for alias in self._aliases if alias.alias == outcome.target]
        target = outcome.target
        if outcome.via is None and any(alias.time_us // DAY >= self._oldest for alias in same):
            target = same[-1].identity
            if target % self.partitions != self.number:
                self._forward(outcome, target, offset)
                return
            if self._is_known(target):
                self._join(outcome, target, "")
                return
        if self._began_waiting.count(self._day) < PLACES:
            self._began_waiting.append(self._day)
            self._waiting.append(_Waits(outcome, offset, self._day, target))
            self._deliver(outcome, "", "waiting")
        else:
            self._deliver(outcome, "", "unjoined")

    def _forward(self, outcome: Outcome, identity: int, offset: int) -> None:
        fields = {name: getattr(outcome, name) for name in outcome.__struct_fields__}
        sent = Outcome(**(fields | {"target": identity, "via": (self.number, offset)}))
        self.forwards.add((identity % self.partitions, sent))

    def _join(self, outcome: Outcome, request: int, before: str) -> None:
        first = self._first[request]
        near = outcome.time_us // HOUR >= first.time_us // HOUR - 23
        if first.time_us // DAY < self._oldest or not near:
            self._deliver(outcome, before, "unjoined")
            return
        said = self._said[request]
        self._judge(first.department, first.source, first.time_us // HOUR, said, outcome)
        said.append(outcome)
        self._deliver(outcome, before, "joined")

    def _judge(
        self, department: str, source: str, hour: int, said: Sequence[Outcome], outcome: Outcome
    ) -> None:
        for aspect in ASPECTS:
            before, after = standing(said, aspect), standing([*said, outcome], aspect)
            if before != after:
                chosen = next(o.selection for o in [*said, outcome] if getattr(o, aspect))
                self.counts[("judged", department, source, hour, aspect, before, after, chosen)] += 1  # type: ignore[index]

    def _deliver(self, outcome: Outcome, before: str, after: str) -> None:
        self.counts[("delivery", outcome.source_key, self._now_us // HOUR, before, after)] += 1  # type: ignore[index]
