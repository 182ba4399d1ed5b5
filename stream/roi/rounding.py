"""Exact figures as decimal text. Pure."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction


def rounded(value: Fraction, places: int) -> str:
    """Half to even; the digits are exact whatever the size."""
    scaled = round(value * 10**places)
    quantum = Decimal(1).scaleb(-places)
    shown = Decimal(scaled).scaleb(-places)
    return str(shown.quantize(quantum, rounding=ROUND_HALF_EVEN)) if abs(scaled) < 10**25 else str(shown)


def short(value: Fraction) -> str:
    """Whole from a thousand up, two places from one up, four below: ``12 345``, ``1.25``, ``0.0125``."""
    places = 0 if abs(value) >= 1000 or value.denominator == 1 else 2 if abs(value) >= 1 else 4
    text = rounded(value, places)
    whole, dot, rest = text.partition(".")
    return f"{int(whole):,}".replace(",", " ") + dot + rest if abs(value) >= 1 else text
