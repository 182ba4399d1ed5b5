"""From sums to figures: each kind is made in one place, so that none lacks its denominator. Pure."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from stream.board import formatting as f
from stream.board.numbers import Distribution, quotient, usd, wilson
from stream.board.page import Figure
from stream.board.sums import Sums

#: Below so many samples a rate is shown with its interval.
FEW: Final = 1000
P50, P95 = Decimal("0.50"), Decimal("0.95")


def counted(number: int, unit: str = "", of: int | None = None, of_what: str = "") -> Figure:
    """A number of things. ``of``: how many there are of the kind."""
    return Figure(f.count(number), unit, str(number), of, of_what)


def cost(sums: Sums) -> Figure:
    """Cost of all attempts, exactly."""
    amount = usd(sums.cost_nano_usd)
    if not sums.attempts:
        return Figure(f.NO_DATA, "USD", of=0, of_what="attempts")
    at_least = sums.without_whole_price > 0
    if not amount and at_least:
        return Figure(f.NO_PRICE, "", "0", sums.attempts, "attempts", at_least)
    return Figure(f.money(amount), "USD", f.plain(amount), sums.attempts, "attempts", at_least)


def cost_per_request(sums: Sums) -> Figure:
    """Cost of all attempts / final events."""
    value = quotient(usd(sums.cost_nano_usd), sums.requests)
    if value is None:
        return Figure(f.NO_DATA, "USD", of=0, of_what="requests")
    at_least = sums.without_whole_price > 0
    if not value and sums.cost_nano_usd:  # below a pico-dollar: never a bare 0
        return Figure("< 0.000000000001", "USD", f.plain(value), sums.requests, "requests", at_least)
    if not value and at_least:
        return Figure(f.NO_PRICE, "", "0", sums.requests, "requests", at_least)
    return Figure(f.money(value), "USD", f.plain(value), sums.requests, "requests", at_least)


def ratio(numerator: int, denominator: int, unit: str, of_what: str) -> Figure:
    """A mean of whole numbers, such as tokens per request."""
    value = quotient(numerator, denominator)
    if value is None:
        return Figure(f.NO_DATA, unit, of=0, of_what=of_what)
    shown = f.count(round(value)) if value >= 100 else f.significant(value)
    return Figure(shown, unit, f.plain(value), denominator, of_what)


def share(hits: int, trials: int, of_what: str, always_interval: bool = False) -> Figure:
    """A rate with its denominator; on few samples, or if asked, with its 95 % interval (Wilson)."""
    value, interval = quotient(hits, trials), wilson(hits, trials)
    if value is None or interval is None:
        return Figure(f.NO_DATA, "%", of=0, of_what=of_what)
    note = ""
    if always_interval or trials < FEW:
        note = f"95 % interval {f.percent(interval[0])} to {f.percent(interval[1])} %"
    return Figure(f.percent(value), "%", f.plain(value * 100), trials, of_what, note=note)


def portion(part: int, whole: int, of_what: str) -> Figure:
    """A part of a sum, such as cached tokens of input tokens: no samples, so no interval."""
    value = quotient(part, whole)
    if value is None:
        return Figure(f.NO_DATA, "%", of=0, of_what=of_what)
    return Figure(f.percent(value), "%", f.plain(value * 100), whole, of_what)


def cost_portion(part_nano_usd: int, whole_nano_usd: int) -> Figure:
    """A part of a cost in percent. Its denominator is money: said in words, not as a count."""
    value = quotient(part_nano_usd, whole_nano_usd)
    if value is None:
        return Figure(f.NO_DATA, "%", of_what="USD")
    return Figure(
        f.percent(value), "%", f.plain(value * 100), of_what=f"of {f.money(usd(whole_nano_usd))} USD"
    )


def cost_share(sums: Sums, whole: Sums) -> Figure:
    """What a row's cost is of the whole; in words where it has no price at all."""
    if not sums.cost_nano_usd and sums.without_whole_price:
        return Figure(
            f.NO_PRICE, "", "0", of_what=f"of {f.money(usd(whole.cost_nano_usd))} USD", at_least=True
        )
    return cost_portion(sums.cost_nano_usd, whole.cost_nano_usd)


def mean(durations: Distribution, of_what: str) -> Figure:
    """Mean of a histogram, exact."""
    value = durations.mean_us()
    if value is None:
        return Figure(f.NO_DATA, "s", of=0, of_what=of_what)
    return Figure(f.seconds(value), "s", f.plain(value / 1_000_000), durations.total, of_what)


def quantile(durations: Distribution, q: Decimal, of_what: str) -> Figure:
    """A quantile of a histogram: interpolated within its bucket, which the note names."""
    found = durations.quantile(q)
    if found is None:
        return Figure(f.NO_DATA, "s", of=0, of_what=of_what)
    exact = f.plain(found.value_us / 1_000_000)
    if found.high_us is None:
        low = f.seconds(Decimal(found.low_us))
        return Figure(f"> {low}", "s", exact, durations.total, of_what, note="beyond the last bucket")
    low, high = f.seconds(Decimal(found.low_us)), f.seconds(Decimal(found.high_us))
    note = f"interpolated within the bucket {low} to {high} s"
    return Figure(f.seconds(found.value_us), "s", exact, durations.total, of_what, note=note)
