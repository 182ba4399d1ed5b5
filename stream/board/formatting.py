"""How figures are written. Pure. What is not zero is never written as zero."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

NO_DATA: Final = "no data"
NO_PRICE: Final = "no price"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_PERCENT: Final = Decimal(100)


def count(number: int) -> str:
    """1,234,567."""
    return f"{number:,}"


def plain(number: Decimal) -> str:
    """All digits, no exponent, no trailing zeros: for machines and tooltips."""
    text = f"{number:f}"
    return (text.rstrip("0").rstrip(".") or "0") if "." in text else text


def significant(number: Decimal, digits: int = 3) -> str:
    """At least ``digits`` significant digits without an exponent; 0 only for zero."""
    if not number:
        return "0"
    # adjusted() is the exponent of the first digit: 0.00123 -> -3
    places = max(0, digits - 1 - number.adjusted())
    return f"{number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN):,f}"


def money(amount: Decimal) -> str:
    """Cents from one dollar up, three significant digits below: 1,234.57, 0.00123."""
    if abs(amount) >= Decimal("0.995"):
        return f"{amount.quantize(Decimal('0.01'), ROUND_HALF_EVEN):,f}"
    return significant(amount)


def seconds(us: Decimal) -> str:
    """Microseconds as seconds: 1.42, 0.087."""
    value = us / 1_000_000
    if value >= Decimal("0.1"):
        return f"{value.quantize(Decimal('0.01'), ROUND_HALF_EVEN):,f}"
    return significant(value, 2)


def percent(share: Decimal | float) -> str:
    """A share of 0 to 1 in percent, without the sign: 12.3, 0.042; 100 only for all."""
    value = Decimal(share) * _PERCENT
    if value <= 0:
        return "0"
    if value < 1:
        return significant(value, 2)
    text = f"{value.quantize(Decimal('0.1'), ROUND_HALF_EVEN):f}"
    if value < _PERCENT and text == "100.0":
        return "99.9"
    return "100" if text == "100.0" else text


def compact(number: Decimal | int) -> str:
    """For axes and narrow cells: 950, 12.3 k, 4.56 M."""
    value = Decimal(number)
    for limit, suffix in ((10**12, " T"), (10**9, " G"), (10**6, " M"), (10**4, " k")):
        if abs(value) >= limit:
            scale = 1000 if suffix == " k" else limit
            return significant(value / scale, 3) + suffix
    return f"{value:,.0f}" if value == value.to_integral_value() else significant(value)


def tick(number: Decimal) -> str:
    """A round number on an axis: 0.05, 40, 120 k."""
    for limit, suffix in ((10**12, " T"), (10**9, " G"), (10**6, " M"), (10**3, " k")):
        if abs(number) >= limit * (10 if suffix == " k" else 1):
            return plain(number / limit) + suffix
    return count(int(number)) if number == number.to_integral_value() else plain(number)


def instant(us: int) -> str:
    """2026-03-02 14:05:09 UTC, from microseconds since 1970."""
    return (_EPOCH + timedelta(microseconds=us)).strftime("%Y-%m-%d %H:%M:%S UTC")


def hour(hours: int) -> str:
    """2026-03-02 14:00, from hours since 1970 UTC."""
    return (_EPOCH + timedelta(hours=hours)).strftime("%Y-%m-%d %H:00")


def day(hours: int) -> str:
    """2 Mar, from hours since 1970 UTC."""
    at = _EPOCH + timedelta(hours=hours)
    return f"{at.day} {at:%b}"


def clock(minutes: int) -> str:
    """14:05, from minutes since 1970 UTC."""
    return (_EPOCH + timedelta(minutes=minutes)).strftime("%H:%M")


def age(us: int) -> str:
    """A duration in words: 0.4 s, 30 s, 12 min, 5 h, 3 days."""
    whole = max(0, us) // 1_000_000
    if whole < 10:
        return f"{Decimal(max(0, us)) / 1_000_000:.1f} s"
    for unit, size, least in (("days", 86_400, 2 * 86_400), ("h", 3_600, 2 * 3_600), ("min", 60, 120)):
        if whole >= least:
            return f"{whole // size} {unit}"
    return f"{whole} s"


def signed_percent(ratio: Decimal, plus: bool = False) -> str:
    """A ratio that may be below 0 or far above 1, in percent without the sign: −12.3, 182, +25.0.

    ``plus``: gains bear their sign, too.
    """
    value = ratio * _PERCENT
    size = abs(value)
    if size >= _PERCENT:
        text = f"{size.quantize(Decimal(1), ROUND_HALF_EVEN):,f}"
    else:
        text = f"{size.quantize(Decimal('0.1'), ROUND_HALF_EVEN):f}" if size >= 1 else significant(size, 2)
    sign = "−" if value < 0 else "+" if plus and value > 0 else ""
    return f"{sign}{text}"


def signed_money(amount: Decimal) -> str:
    """Money that may be below 0; from ten thousand up without cents."""
    size = abs(amount)
    text = f"{size.quantize(Decimal(1), ROUND_HALF_EVEN):,f}" if size >= 10_000 else money(size)
    return f"−{text}" if amount < 0 else text
