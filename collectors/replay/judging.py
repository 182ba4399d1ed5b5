"""What the demo's people say of outputs, and the work they do: outcomes and tasks of a day's requests. Pure.

Outcomes come before their request, late, twice, corrected, for requests nobody knows, and spoilt.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from collectors.replay.attempts import Attempt, Event, rfc3339
from collectors.replay.judged import Judged, Labels, Said, Work, Worked
from collectors.replay.organisation import USE_CASES, UseCase

_MINUTE_US: Final = 60_000_000
_OLD_US: Final = 20 * 86_400_000_000
_VERDICTS: Final = (("used_as_is", 48), ("minor_edit", 24), ("revised", 19), ("rejected", 9))
_WRONG: Final = ("error", "hallucination", "inaccuracy")
_CASES: Final = {(case.department, case.name): case for case in USE_CASES}


@dataclass(frozen=True)
class JudgingRates:
    """Shares of successful requests, of outcomes, or of tasks."""

    judged: float = 0.35
    early: float = 0.06
    by_event_id: float = 0.3
    own_labels: float = 0.03
    unknown_request: float = 0.02
    twice: float = 0.04
    corrected: float = 0.06
    found_wrong: float = 0.035  #: of outputs that passed control
    spoilt: float = 0.012
    work: float = 0.12  #: of successful requests, one piece of work done with AI
    work_by_hand: float = 0.05
    found_wrong_by_hand: float = 0.06
    asked_for_marks: float = 0.2


@dataclass(frozen=True)
class Told:
    """An outcome or a report of work. ``early``: told before the request that it judges."""

    at_s: float
    event: Event
    expected: Judged | Worked
    early: bool = False


class Reviews:
    """Outcomes of attempts. ``start_us``: nothing of the past is said to be judged later than this."""

    def __init__(self, dice: random.Random, start_us: int, name: str, rates: JudgingRates) -> None:
        self._dice, self._start_us, self._name, self._rates = dice, start_us, name, rates
        self._outcomes = 0

    def of(self, attempt: Attempt, time_us: int) -> Iterator[Told]:
        """What is said of the attempt's output, in any order of time."""
        event, expected, dice = attempt.event, attempt.expected, self._dice
        if expected.series is None or event["outcome"] != "success" or event.get("cache_hit"):
            return
        if dice.random() >= self._rates.judged:
            return
        labels = Labels(*expected.series)
        told_us = self._later(time_us, 2, 40)
        verdict = dice.choices([v for v, _ in _VERDICTS], [w for _, w in _VERDICTS])[0]
        passed = verdict != "rejected" and dice.random() < 0.92
        said: Said = {"verdict": verdict, "control": "passed" if passed else "failed"}
        early = dice.random() < self._rates.early
        yield from self._tell(attempt, labels, told_us, said, early=early)
        if passed and dice.random() < self._rates.found_wrong:
            found_us = self._later(told_us, 1, 30)
            yield from self._tell(attempt, labels, found_us, {"finding": dice.choice(_WRONG)})
        if dice.random() < self._rates.corrected:
            corrected_us = self._later(told_us, 31, 60)
            yield from self._tell(attempt, labels, corrected_us, {"verdict": "revised"})

    def _later(self, time_us: int, least: int, most: int) -> int:
        """Some minutes later in the past; of what happens now, some microseconds: nothing lies ahead."""
        minutes = self._dice.randint(least, most)
        later_us = time_us + minutes * _MINUTE_US + self._dice.randrange(_MINUTE_US)
        return (
            later_us if later_us < self._start_us else time_us + minutes * 1000 + self._dice.randrange(1000)
        )

    def _tell(
        self, attempt: Attempt, labels: Labels, time_us: int, said: Said, *, early: bool = False
    ) -> Iterator[Told]:
        dice, rates = self._dice, self._rates
        self._outcomes += 1
        number, source = self._outcomes, attempt.event
        event: Event = {"event_id": f"{self._name}-o{number}", "time": rfc3339(time_us), **_as_fields(said)}
        event["selection"] = "random"
        if dice.random() < rates.spoilt:
            yield Told(attempt.at_s, self._spoil(event), Judged(number, "quarantined"))
            return
        drawn = dice.random()
        if drawn < rates.own_labels and "department" in source and "finding" not in said:
            event |= {name: source[name] for name in ("department", "use_case", "provider", "model")}
            expected = Judged(number, "own", labels=labels, said=said)
        elif drawn > 1.0 - rates.unknown_request:
            event["response_id"] = f"resp_{dice.getrandbits(128):032x}"
            expected = Judged(number, "waiting")
        else:
            if dice.random() < rates.by_event_id:
                event |= {"request_event_id": source["event_id"], "request_source": source["source"]}
            else:
                event["response_id"] = source["response_id"]
            expected = Judged(number, "joined", attempt.expected.request, labels, time_us, said)
        at_s = attempt.at_s if early else attempt.at_s + dice.uniform(0.3, 4.0)
        yield Told(at_s, event, expected, early)
        if dice.random() < rates.twice:
            yield Told(at_s + dice.uniform(0.3, 2.0), event, expected)

    def _spoil(self, event: Event) -> Event:
        bad: tuple[Event, ...] = (
            {"verdict": "fine", "response_id": "resp_00112233445566778899aabbccddeeff"},
            {"finding": 7, "response_id": "resp_00112233445566778899aabbccddeeff"},
            {},  # names no request
            {
                "time": rfc3339(self._start_us - _OLD_US),
                "response_id": "resp_00112233445566778899aabbccddee01",
            },
        )
        return {**event, **self._dice.choice(bad)}


class Workday:
    """Pieces of work, with AI beside a request, and by hand."""

    def __init__(self, dice: random.Random, start_us: int, name: str, rates: JudgingRates) -> None:
        self._dice, self._start_us, self._name, self._rates = dice, start_us, name, rates
        self._tasks = 0

    def beside(self, attempt: Attempt, time_us: int) -> Iterator[Told]:
        """Work that was done with, or at the time of, a request whose use case is known."""
        dice, rates = self._dice, self._rates
        case = _CASES.get((str(attempt.event.get("department")), str(attempt.event.get("use_case"))))
        if case is None or attempt.event["outcome"] != "success":
            return
        drawn = dice.random()
        if drawn < rates.work:
            ai = "wholly" if dice.random() < case.work.automated else "partly"
            yield from self._report(case, ai, attempt.at_s, time_us, rates.found_wrong)
        elif drawn < rates.work + rates.work_by_hand:
            yield from self._report(case, "none", attempt.at_s, time_us, rates.found_wrong_by_hand)

    def _report(self, case: UseCase, ai: str, at_s: float, time_us: int, wrong: float) -> Iterator[Told]:
        dice = self._dice
        self._tasks += 1
        number = self._tasks
        minutes = (
            case.work.minutes * (1.0 if ai == "none" else case.work.with_ai) * dice.lognormvariate(0, 0.3)
        )
        minutes = round(minutes, 1)
        work = Work(case.department, case.name, case.work.deliverable, ai)
        event: Event = {
            "task_id": f"{self._name}-t{number}",
            "department": case.department,
            "use_case": case.name,
            "deliverable": case.work.deliverable,
            "ai": ai,
            "minutes": minutes,
            "selection": "all",
        }
        if case.department == "customer service" and dice.random() < self._rates.asked_for_marks:
            event |= {"csat": dice.choices((2, 3, 4, 5), (3, 9, 48, 40))[0], "nps": dice.randint(6, 10)}
        seconds = int(minutes * 60 + 0.5)
        passed = dice.random() < 0.94
        said: Said = {"control": "passed" if passed else "failed"}
        first = Worked(number, 1, work, seconds, time_us, said)
        if dice.random() < self._rates.spoilt:
            yield Told(at_s, {**event, "ai": "mostly", "time": rfc3339(time_us)}, Worked(number, 1))
            return
        yield Told(at_s, {**event, "time": rfc3339(time_us), **_as_fields(said)}, first)
        if passed and dice.random() < wrong:
            later_us = time_us + 1 + dice.randrange(1000)
            found: Said = {"finding": dice.choice(_WRONG)}
            again = Worked(number, 2, work, seconds, later_us, found)
            later_s = at_s + dice.uniform(0.3, 3.0)
            yield Told(later_s, {**event, "time": rfc3339(later_us), **_as_fields(found)}, again)


def _as_fields(said: Said) -> Event:
    """Aspects as the public outcome event names them."""
    fields: Event = {}
    for aspect, value in said.items():
        if aspect == "control":
            fields["passed_control"] = value == "passed"
        else:
            fields[aspect] = value
    return fields


JUDGING: Final = JudgingRates()
