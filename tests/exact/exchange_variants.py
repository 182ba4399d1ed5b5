"""The folds of outcomes and people with one of their rules taken away."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from typing import Any
from unittest.mock import patch

import numpy as np

from stream.contract.names import US_PER_DAY
from stream.core import history, outcome_fold
from stream.core.activity import LocalDays
from stream.core.aliases import AliasTable
from stream.core.judgement import apply
from stream.core.moment import horizon
from stream.core.outcome_fold import OutcomeFold
from stream.core.partition import ExactPartition, Flush
from stream.core.usage_fold import UsageFold
from stream.core.waiting import WaitingRoom
from tests.exact import outcome_oracle
from tests.exact.pair import make_numbered


class Variant:
    """``make`` builds the partition; ``applied`` patches what is to be wrong meanwhile."""

    @staticmethod
    def make(number: int) -> ExactPartition:
        return make_numbered(number)

    @classmethod
    def applied(cls) -> AbstractContextManager[Any]:
        raise NotImplementedError


class EveryOutcomeIsNew(Variant):
    """Outcomes are not known by their own id."""

    @classmethod
    def applied(cls) -> AbstractContextManager[Any]:
        remember = OutcomeFold._remember

        def forgetful(self: OutcomeFold, keys: list[int], days: Any) -> Iterator[bool]:
            found = remember(self, keys, days)
            return found if isinstance(days, int) else iter([True] * len(keys))

        return patch.object(OutcomeFold, "_remember", forgetful)


class TheGreaterWordWins(Variant):
    """Of two judgements of one moment the hash does not decide."""

    @classmethod
    def applied(cls) -> AbstractContextManager[Any]:
        def blind(state: Any, time_us: int, event: int, *rest: Any) -> Any:
            return apply(state, time_us, 0, *rest)

        return patch.object(outcome_fold, "apply", blind)


class FirstAliasStands(Variant):
    """An alias that is known is not given to another request."""

    @classmethod
    def applied(cls) -> AbstractContextManager[Any]:
        learn = AliasTable.learn

        def stubborn(self: AliasTable, alias: Any, identity: Any, time_us: Any) -> None:
            new = np.array([known is None for known in self.find(alias)], np.bool_)
            learn(self, alias[new], identity[new], time_us[new])

        return patch.object(AliasTable, "learn", stubborn)


class EveryAliasIsLearned(Variant):
    """Aliases are not held to the window that usage is held to."""

    @classmethod
    def applied(cls) -> AbstractContextManager[Any]:
        return patch.object(outcome_fold, "AHEAD_US", 1 << 60)


class NobodyExpires(Variant):
    """Outcomes wait for ever."""

    @classmethod
    def applied(cls) -> AbstractContextManager[Any]:
        return patch.object(WaitingRoom, "expire", lambda self, horizon_day: [])


class EveryForwardIsNew(Variant):
    """A forward that is written again is not told from another delivery."""

    @classmethod
    def applied(cls) -> AbstractContextManager[Any]:
        numbers = count(1 << 40)
        return patch.object(outcome_fold, "forward_key", lambda outcome: next(numbers))


class ForwardsAgeWithTheirOutcome(Variant):
    """Forwards are known by the outcome's time, not by their arrival."""

    @classmethod
    def applied(cls) -> AbstractContextManager[Any]:
        remember = OutcomeFold._remember

        def by_time(self: OutcomeFold, keys: list[int], days: Any) -> Iterator[bool]:
            return remember(self, keys, days - 2 if isinstance(days, int) else days)

        return patch.object(OutcomeFold, "_remember", by_time)


class OutputsLast(Variant):
    """What is sent on and who was active is written after the marker."""

    class Late(ExactPartition):
        def flush(self, *, force: bool = False) -> Flush | None:
            flush = super().flush(force=force)
            if flush is None:
                return None
            outputs = tuple(stage for stage in flush.stages if stage[0].target in ("telemetry", "activity"))
            others = tuple(stage for stage in flush.stages if stage not in outputs)
            return Flush(flush.upto, (*others, *outputs))

    @staticmethod
    def make(number: int) -> ExactPartition:
        return _like(OutputsLast.Late, number)

    @classmethod
    @contextmanager
    def applied(cls) -> Iterator[None]:
        yield


class JudgementsAreKept(Variant):
    """What stands of an output outlives the request."""

    @classmethod
    def applied(cls) -> AbstractContextManager[Any]:
        begin = OutcomeFold.begin_day

        def keeping(self: OutcomeFold, horizon_day: int) -> None:
            judged = self._judged
            begin(self, horizon_day)
            self._judged = judged

        return patch.object(OutcomeFold, "begin_day", keeping)


class FirstEventsAreHeldForEver(Variant):
    """An event is the same as the first, however old that is."""

    @classmethod
    def applied(cls) -> AbstractContextManager[Any]:
        find = UsageFold._first_copies

        def lenient(self: UsageFold, batch: Any, at: Any, row: Any, held: Any, *rest: Any) -> Any:
            return find(self, batch, at, row, np.ones(len(held), np.bool_), *rest)

        return patch.object(UsageFold, "_first_copies", lenient)


class FirstEventsAreNotRemembered(Variant):
    """That the first event came again says nothing once the first time is before the horizon."""

    @classmethod
    def applied(cls) -> AbstractContextManager[Any]:
        find = UsageFold._first_copies

        def forgetful(self: UsageFold, *args: Any) -> Any:
            self._table.event_day[:] = 0
            return find(self, *args)

        return patch.object(UsageFold, "_first_copies", forgetful)


class DaysOfUtc(Variant):
    """People's days are the log's."""

    @classmethod
    def applied(cls) -> AbstractContextManager[Any]:
        return patch.object(LocalDays, "of", lambda self, time_us: time_us // US_PER_DAY)


class OneWindowIsFoldedAgain(Variant):
    """One window is folded again, and the days by which times and arrivals may differ."""

    @classmethod
    def applied(cls) -> AbstractContextManager[Any]:
        return patch.object(history, "refold_days", lambda window_days: window_days + 2)


# --- rules that exist because the log is folded again: without one, a fold that never stops is as good


class JoinsBeyondTheHorizon(Variant):
    """A request's first event gives its labels for as long as copies keep it known."""

    @classmethod
    def applied(cls) -> AbstractContextManager[Any]:
        def lenient(day: int, window_days: int) -> int:
            return min(horizon(day, window_days), 0)

        return patch.object(outcome_fold, "horizon", lenient)


class WaitsForTheKnown(Variant):
    """An outcome that may not join its known request waits for it."""

    @classmethod
    def applied(cls) -> AbstractContextManager[Any]:
        join = OutcomeFold._join

        def patient(
            self: OutcomeFold, effects: Any, waiting: Any, identity: int, row: int, *rest: Any
        ) -> None:
            before, moment = rest
            first_day = int(self._requests.hour[row]) // 24
            if before == "" and first_day < horizon(moment.day, self._window_days):
                self._wait(effects, waiting, identity, moment)
            else:
                join(self, effects, waiting, identity, row, *rest)

        return patch.object(OutcomeFold, "_join", patient)


class JudgedLongBeforeItWasAsked(Variant):
    """An outcome joins a request whatever the judgement's time."""

    @classmethod
    def applied(cls) -> AbstractContextManager[Any]:
        return patch.object(outcome_fold, "EARLIEST_HOURS", 1 << 40)


class PlacesForAll(Variant):
    """The bound is on all that wait, not on those of a day."""

    @classmethod
    def applied(cls) -> AbstractContextManager[Any]:
        def put(self: WaitingRoom, target: int, waiting: Any) -> bool:
            if sum(map(len, self._by_target.values())) >= outcome_oracle.PLACES:
                return False
            self.move(target, waiting)
            return True

        return patch.object(WaitingRoom, "put", put)


def _like(partition: type[ExactPartition], number: int) -> ExactPartition:
    plain = make_numbered(number)
    return partition(number, plain._configurations, plain._make_state)
