"""A comparison of configurations in lines for people. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

from stream.control.comparison import Change, Comparison
from stream.control.rates import RateChange

_UNTIL: Final = re.compile(r" until \d{4}-\d\d-\d\d")
MOST_RATES: Final = 40  #: lines; one discount for a provider changes hundreds of rates


def comparison_lines(found: Comparison, most_rates: int = MOST_RATES) -> Iterator[str]:
    """``+`` new, ``-`` gone, ``~`` changed; then the rates that this changes, ``most_rates`` at most."""
    for change in (*found.settings, *found.prices):
        yield _change(change)
    if found.rates:
        yield f"{len(found.rates)} rates change (USD per million tokens; other units each):"
    rates = found.rates[:most_rates]
    aims = [_aim(rate) for rate in rates]
    width = max(map(len, aims), default=0)
    units = max((len(rate.unit) for rate in rates), default=0)
    for aim, rate in zip(aims, rates, strict=True):
        yield f"  {aim:<{width}}  {rate.unit:<{units}}  {_rate(rate)}"
    if len(found.rates) > len(rates):
        yield f"  … and {len(found.rates) - len(rates)} more (--full or --json shows them)"


def notes(found: Comparison, today: date) -> Iterator[str]:
    """Overrides that have held and are removed or changed, other than by a last day."""
    for change in found.prices:
        _, aimed, since = change.field.rpartition(" from ")
        if not aimed or change.old is None or since > today.isoformat():
            continue
        if change.new is None or _UNTIL.sub("", change.old) != _UNTIL.sub("", change.new):
            yield (
                f"note: {change.field} has held: late events of its days get another price;"
                " better end it with `until`, and append the next"
            )


def _change(change: Change) -> str:
    if change.old is None:
        return f"+ {change.field}: {change.new}"
    if change.new is None:
        return f"- {change.field}: {change.old}"
    return f"~ {change.field}: {change.old} → {change.new}"


def _aim(rate: RateChange) -> str:
    extra = ", ".join(label for label in (rate.region, rate.service_tier) if label)
    return f"{rate.provider}/{rate.model}{f' ({extra})' if extra else ''}"


def _rate(rate: RateChange) -> str:
    since = f"  from {rate.since}" if rate.since else ""
    until = f"  until {rate.until} (exclusive)" if rate.until else ""
    at = f"  at {rate.time} UTC" if rate.time else ""
    return f"{rate.old or 'unpriced'} → {rate.new or 'unpriced'}{since}{until}{at}"
