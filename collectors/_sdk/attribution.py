"""Which department, use case and feature an event belongs to: the first rule that fits says. Pure."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from stream.contract.names import LABELS, PRODUCTION, UNATTRIBUTED
from stream.contract.usage import UsageEvent

#: What a rule may set: labels except those that a source alone knows.
SETTABLE: Final = tuple(name for name in LABELS if name not in ("provider", "model"))
#: What a rule may match, besides ``attributes.NAME``.
MATCHABLE: Final = (
    "source",
    "source_key",
    "provider",
    "model",
    "department",
    "use_case",
    "feature",
    "region",
    "service_tier",
    "environment",
    "user_domain",
)
ATTRIBUTES: Final = "attributes."
_CUSTOM: Final = tuple(name for name in LABELS if name.startswith("custom_"))
_MOST_REMEMBERED: Final = 20_000


@dataclass(frozen=True)
class Rule:
    """``match``: field -> glob (``*``, ``?``, ``[…]``, case-sensitive), all of which must fit; a field that
    an event lacks fits nothing. ``set``: label -> value. ``override``: also where the event says otherwise.
    """

    match: Mapping[str, str]
    set: Mapping[str, str]
    override: bool = False


@dataclass(frozen=True)
class Attribution:
    """Labels of events. ``defaults``: label -> value where neither event nor rule says one."""

    rules: Sequence[Rule] = ()
    defaults: Mapping[str, str] = field(default_factory=dict)

    def compile(self) -> Attributor:
        return Attributor(self)


class Attributor:
    """Rules made ready. Remembers what it found for values it has seen, within a bound."""

    def __init__(self, attribution: Attribution) -> None:
        fields = sorted({name for rule in attribution.rules for name in rule.match})
        self._readers = [_reader(name) for name in fields]
        at = {name: i for i, name in enumerate(fields)}
        self._rules = [
            (
                [(at[name], re.compile(fnmatch.translate(glob)).match) for name, glob in rule.match.items()],
                rule,
            )
            for rule in attribution.rules
        ]
        self._defaults = {"department": UNATTRIBUTED, "use_case": UNATTRIBUTED, **attribution.defaults}
        self._environment = self._defaults.get("environment", PRODUCTION)
        self._found: dict[tuple[object, ...], tuple[str, ...]] = {}

    @property
    def environment(self) -> str:
        """Of events that say none."""
        return self._environment

    def labels(
        self, event: UsageEvent, source: str, source_key: str, home: str | None = None
    ) -> tuple[str, ...]:
        """Labels in the order of LABELS. ``source``, ``source_key``: the event's, token's or receiver's.
        ``home``: department of who asked, as the directory says; gives way to event and rule.
        """
        own = _own(event)
        values = tuple(read(event, source, source_key) for read in self._readers)
        key = (own, source_key, home, values)
        labels = self._found.get(key)
        if labels is None:
            if len(self._found) >= _MOST_REMEMBERED:
                self._found.clear()
            labels = self._found[key] = self._attribute(own, source_key, home, values)
        return labels

    def _attribute(
        self,
        own: tuple[str | None, ...],
        source_key: str,
        home: str | None,
        values: tuple[str | None, ...],
    ) -> tuple[str, ...]:
        said = dict(zip(LABELS, own, strict=True))
        rule = next((rule for tests, rule in self._rules if _fits(tests, values)), None)
        found: dict[str, str | None] = {**self._defaults, "source_key": source_key}
        found["environment"] = self._environment
        if home is not None:
            found["department"] = home
        found |= rule.set if rule else {}
        for label, value in said.items():
            if value is not None and not (rule and rule.override and label in rule.set):
                found[label] = value
        return tuple(found.get(label) or "" for label in LABELS)


_Test = tuple[int, Callable[[str], object]]


def _fits(tests: Sequence[_Test], values: tuple[str | None, ...]) -> bool:
    for at, matches in tests:
        value = values[at]
        if value is None or matches(value) is None:
            return False
    return True


def _own(event: UsageEvent) -> tuple[str | None, ...]:
    """What the event itself says, in the order of LABELS."""
    custom = event.custom
    return (
        event.department,
        event.use_case,
        event.feature,
        event.provider,
        event.model,
        event.region,
        event.service_tier,
        event.environment if "environment" in event.model_fields_set else None,
        event.source_key,
        *(custom[i] if i < len(custom) else None for i in range(len(_CUSTOM))),
    )


_Reader = Callable[[UsageEvent, str, str], str | None]


def _reader(name: str) -> _Reader:
    """How the value of a matched field is read; the name has been checked."""
    if name.startswith(ATTRIBUTES):
        attribute = name.removeprefix(ATTRIBUTES)
        return lambda event, source, source_key: event.attributes.get(attribute)
    if name == "source":
        return lambda event, source, source_key: source
    if name == "source_key":
        return lambda event, source, source_key: source_key
    if name == "user_domain":
        return lambda event, source, source_key: _domain(event.user)
    return lambda event, source, source_key: getattr(event, name)


def _domain(user: str | None) -> str | None:
    """``example.org`` of ``ann@example.org``, lower case."""
    _, at, domain = (user or "").rpartition("@")
    return domain.lower() if at and domain else None
