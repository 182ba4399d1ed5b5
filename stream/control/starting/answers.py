"""What ``tokonomics init`` is told. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from zoneinfo import available_timezones

from stream.contract.names import is_name, looks_like_secret
from stream.control.errors import ControlError
from stream.settings import BrokerKind

#: Sources that may be asked for -> how their sender is told of its token.
SOURCES: Final = {
    "litellm": "a LiteLLM proxy",
    "otlp": "OpenTelemetry spans",
    "events": "JSON events of your own",
    "outcomes": "what became of outputs",
    "tasks": "work done with and without AI",
}
_MOST_PEOPLE: Final = 10_000_000


class AnswerInvalid(ControlError):
    """An answer that cannot be one."""

    reason = "answer_invalid"


@dataclass(frozen=True)
class Department:
    """``people``: how many are meant to use it; None: not said."""

    name: str
    people: int | None = None

    @classmethod
    def parse(cls, text: str) -> Department:
        """From ``Support`` or ``Support=120``. Raises AnswerInvalid."""
        name, equals, people = (part.strip() for part in text.partition("="))
        if not is_name(name) or looks_like_secret(name):
            raise AnswerInvalid(
                f"--department: {name!r:.60} cannot be a department; write letters, digits and spaces"
            )
        if not equals:
            return cls(name)
        if not people.isascii() or not people.isdigit() or int(people) > _MOST_PEOPLE:
            raise AnswerInvalid(f"--department: {people!r:.40} is no number of people; write Support=120")
        return cls(name, int(people))


@dataclass(frozen=True)
class Answers:
    """``usd_rate``: units of ``currency`` for one US dollar; None for US dollars. ``tokens``: senders must
    have one.
    """

    broker: str
    broker_kind: BrokerKind
    zone: str
    currency: str
    usd_rate: Decimal | None
    departments: tuple[Department, ...]
    sources: tuple[str, ...]
    tokens: bool

    def check(self) -> None:
        """Raises AnswerInvalid."""
        if not re.fullmatch(r"[\w.\-\[\]:]+:\d{1,5}(,[\w.\-\[\]:]+:\d{1,5})*", self.broker):
            raise AnswerInvalid(f"--broker: {self.broker!r:.80} is no address; write it as kafka-1:9092")
        if self.zone not in available_timezones():
            raise AnswerInvalid(f"--zone: {self.zone!r:.60} is no zone; write an IANA name, as Europe/Paris")
        if not re.fullmatch(r"[A-Z]{3}", self.currency):
            raise AnswerInvalid(f"--currency: {self.currency!r:.20} is none; write three letters, as EUR")
        if (self.usd_rate is None) != (self.currency == "USD"):
            raise AnswerInvalid(
                f"--usd-rate: say how many {self.currency} one US dollar is; of US dollars it is left out"
            )
        if self.usd_rate is not None and not 0 < self.usd_rate <= 1_000_000:
            raise AnswerInvalid(f"--usd-rate: {self.usd_rate} is no rate; write a number above 0, as 0.92")
        names = [department.name for department in self.departments]
        if not names or len(set(names)) < len(names):
            raise AnswerInvalid("--department: name at least one, and none twice")
        unknown = [source for source in self.sources if source not in SOURCES]
        if unknown or not self.sources:
            raise AnswerInvalid(
                f"--source: {', '.join(unknown) or 'none'!r:.60} is none; any of {', '.join(SOURCES)}"
            )
