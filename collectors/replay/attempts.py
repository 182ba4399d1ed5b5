"""One request of the demo's day: its attempts, their copies, and what must become of each. Pure."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from collectors.replay import organisation
from collectors.replay.account import Expected, Series
from collectors.replay.organisation import UNKNOWN_MODELS, USE_CASES, Model, Rates, UseCase
from stream.contract.names import UNATTRIBUTED

_WEIGHTS: Final = [case.weight for case in USE_CASES]
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LAPSED_US: Final = 8 * 86_400_000_000
_OLD_US: Final = 20 * 86_400_000_000  #: beyond the identity window
_RETRIED: Final = ("rate_limited", "timeout", "error")
Event = dict[str, object]


@dataclass(frozen=True)
class Copy:
    """The same attempt as another source tells it, later."""

    at_s: float
    number: int
    event: Event
    expected: Expected


@dataclass(frozen=True)
class Attempt:
    """An attempt as the gateway tells it, and the copies of it."""

    at_s: float
    event: Event
    expected: Expected
    copies: tuple[Copy, ...] = ()


@dataclass(frozen=True)
class _Usage:
    """Inclusive figures as providers report them."""

    input_tokens: int
    cache_read_tokens: int
    output_tokens: int
    output_reasoning_tokens: int

    def inclusive(self) -> dict[str, int]:
        figures = {
            "input_tokens": self.input_tokens,
            "cache_read_tokens": self.cache_read_tokens,
            "output_tokens": self.output_tokens,
            "output_reasoning_tokens": self.output_reasoning_tokens,
        }
        return {key: tokens for key, tokens in figures.items() if tokens}

    def leaves(self) -> dict[str, int]:
        parts = {
            "input": self.input_tokens - self.cache_read_tokens,
            "input_cache_read": self.cache_read_tokens,
            "output": self.output_tokens - self.output_reasoning_tokens,
            "output_reasoning": self.output_reasoning_tokens,
        }
        return {leaf: tokens for leaf, tokens in parts.items() if tokens}


@dataclass(frozen=True)
class _Asked:
    """What all attempts of a request have in common. ``said``: the part of the event that says so."""

    case: UseCase
    model: Model
    said: Event
    series: Series


class Day:
    """Makes requests. ``name``: begins every id, so that no two days share one."""

    def __init__(self, dice: random.Random, rates: Rates, start_us: int, name: str) -> None:
        self._dice, self._rates, self._start_us, self._name = dice, rates, start_us, name
        self._requests = self._attempts = 0

    def request(self, at_s: float, time_us: int) -> Iterator[Attempt]:
        """The attempts of one request sent at ``time_us``, in order."""
        rates = self._rates
        asked = self._ask(time_us)
        for number in range(1, rates.most_attempts + 1):
            outcome = self._outcome(asked.model, time_us)
            final = (
                outcome not in _RETRIED
                or number == rates.most_attempts
                or self._dice.random() >= rates.retried
            )
            yield self._attempt(at_s, time_us, asked, {"outcome": outcome, "attempt": number, "final": final})
            if final:
                return
            time_us += int(self._dice.uniform(0.2, 1.5) * 1_000_000)

    def _ask(self, time_us: int) -> _Asked:
        dice, rates = self._dice, self._rates
        case = dice.choices(USE_CASES, _WEIGHTS)[0]
        model = dice.choices([m for m, _ in case.models], [weight for _, weight in case.models])[0]
        if dice.random() < rates.unknown_model:
            model = dice.choice(UNKNOWN_MODELS)
        self._requests += 1
        said: Event = {
            "provider": model.provider,
            "model": model.name,
            "request_group": f"{self._name}-r{self._requests}",
            "user": self._person(case, time_us),
        }
        work = (UNATTRIBUTED, UNATTRIBUTED)
        if dice.random() >= rates.unattributed:
            work = (case.department, case.name)
            feature = dice.choice(case.features)
            said |= {"department": case.department, "use_case": case.name, "feature": feature}
        if dice.random() < rates.elsewhere:
            said["environment"] = "staging"
        return _Asked(case, model, said, Series(*work, model.provider, model.name))

    def _person(self, case: UseCase, time_us: int) -> str:
        """Somebody of the department; long ago those too who have stopped since; rarely somebody else."""
        dice, prefix = self._dice, organisation.prefix(case.department)
        if dice.random() < self._rates.outsiders:
            return f"guest-{dice.randint(1, organisation.GUESTS):02d}"
        lapsed = organisation.lapsed(case.department)
        if time_us < self._start_us - _LAPSED_US and dice.random() < self._rates.lapsed:
            return f"{prefix}-lapsed-{dice.randint(1, lapsed):02d}"
        return f"{prefix}-{dice.randint(1, case.people):03d}"

    def _outcome(self, model: Model, time_us: int) -> str:
        rates, drawn = self._rates, self._dice.random()
        begun_us = self._start_us - organisation.OUTAGE_AGO_US
        if model.provider == organisation.OUTAGE_OF and 0 <= time_us - begun_us < organisation.OUTAGE_US:
            return "error" if drawn < rates.failed_in_outage else "success"
        for outcome in ("rate_limited", "timeout", "error", "cancelled", "content_filtered"):
            drawn -= getattr(rates, outcome)
            if drawn < 0:
                return outcome
        return "success"

    def _attempt(self, at_s: float, time_us: int, asked: _Asked, fate: Event) -> Attempt:
        dice, rates = self._dice, self._rates
        self._attempts += 1
        mine, outcome = self._attempts, str(fate["outcome"])
        event: Event = {
            **asked.said,
            **fate,
            "event_id": f"{self._name}-a{mine}",
            "source": "gateway",
            "time": rfc3339(time_us),
            "stream": dice.random() < asked.case.shape.streams,
        }
        if outcome not in _RETRIED:
            event["response_id"] = f"resp_{dice.getrandbits(128):032x}"
        self._add_latency(event, asked, outcome)
        usage = self._usage(asked, outcome)
        if outcome == "success" and dice.random() < rates.response_cache:
            return self._cache_hit(at_s, event, usage, Expected(mine, asked.series, {}))
        silent = bool(event["stream"]) and outcome == "success" and dice.random() < rates.stream_without_usage
        told = None if silent else usage
        if told is not None:
            event["usage"] = told.inclusive()
        spoilt = self._spoilt(event)
        if spoilt is not None:
            return Attempt(at_s, spoilt, Expected())
        expected = Expected(mine, asked.series, told.leaves() if told else None)
        if "response_id" not in event or dice.random() >= (rates.completed if silent else rates.copied):
            return Attempt(at_s, event, expected)
        return Attempt(at_s, event, expected, (self._copy(at_s, event, usage, expected),))

    def _copy(self, at_s: float, event: Event, usage: _Usage | None, original: Expected) -> Copy:
        copy = {**event, "event_id": f"{event['event_id']}-sdk", "source": "sdk"}
        if usage is not None:
            copy["usage"] = usage.inclusive()
        later_s = at_s + self._dice.uniform(0.3, 3.0)
        spoilt = self._spoilt(copy)
        if spoilt is not None:
            return Copy(later_s, original.request, spoilt, Expected())
        expected = Expected(original.request, original.series, usage.leaves() if usage else None)
        return Copy(later_s, original.request, copy, expected)

    def _cache_hit(self, at_s: float, event: Event, usage: _Usage | None, expected: Expected) -> Attempt:
        """A gateway's response cache answers: it repeats the usage of the answer it kept, at no cost."""
        event |= {"cache_hit": True, "duration_seconds": 0.012}
        event.pop("time_to_first_token_seconds", None)
        if usage is not None:
            event["usage"] = usage.inclusive()
        return Attempt(at_s, event, expected)

    def _add_latency(self, event: Event, asked: _Asked, outcome: str) -> None:
        dice, model = self._dice, asked.model
        if outcome == "timeout":
            event["duration_seconds"] = 30.0
            return
        if outcome in ("rate_limited", "error"):
            event["duration_seconds"] = round(dice.lognormvariate(-2.5, 0.6), 6)
            return
        ttft = model.ttft_s * dice.lognormvariate(0.0, 0.35)
        writing = asked.case.shape.output_tokens / model.tokens_per_s * dice.lognormvariate(0.0, 0.45)
        event["duration_seconds"] = round(ttft + writing, 6)
        if event["stream"]:
            event["time_to_first_token_seconds"] = round(ttft, 6)

    def _usage(self, asked: _Asked, outcome: str) -> _Usage | None:
        """None where the source cannot know: a request that timed out. A refused request used nothing."""
        dice, shape = self._dice, asked.case.shape
        if outcome == "timeout":
            return None
        if outcome in ("rate_limited", "error"):
            return _Usage(0, 0, 0, 0)
        total = 16 + int(shape.input_tokens * dice.lognormvariate(0.0, shape.spread))
        held = dice.random() < shape.cache_rate
        read = int(total * shape.cached) // 128 * 128 if held else 0
        output = 1 + int(shape.output_tokens * dice.lognormvariate(0.0, shape.spread))
        thought = int(output * dice.uniform(0.2, 0.6)) if asked.model.reasons else 0
        return _Usage(total, read, output, thought)

    def _spoilt(self, event: Event) -> Event | None:
        """Now and then an event that must be refused by itself, its neighbours kept."""
        dice, rates = self._dice, self._rates
        drawn = dice.random()
        if drawn < rates.too_old:
            return {**event, "time": rfc3339(self._start_us - _OLD_US), "response_id": None}
        if drawn < rates.too_old + rates.bad_field:
            bad: tuple[Event, ...] = (
                {"usage": {"input_tokens": -5}},
                {"usage": {"output_tokens": "many"}},
                {"time": "1970-01-01T00:00:00Z"},
                {"model": "sk-" + "0123456789abcdef" * 2},
                {"outcome": "unsure"},
            )
            return {**event, **dice.choice(bad)}
        return None


def rfc3339(time_us: int) -> str:
    """Microseconds since 1970 as RFC 3339, UTC."""
    return (_EPOCH + timedelta(microseconds=time_us)).isoformat().replace("+00:00", "Z")
