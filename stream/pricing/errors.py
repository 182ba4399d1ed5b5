"""What pricing refuses, each with a reason code that a metric can count."""

from __future__ import annotations

from typing import ClassVar


class PricingError(ValueError):
    """Base of all pricing errors; ``reason`` is stable, the message is for people."""

    reason: ClassVar[str] = "pricing"


class CatalogueError(PricingError):
    """The installed price catalogue says something this version cannot price exactly."""

    reason = "catalogue"


class RateOutOfBounds(PricingError):
    """A rate whose product with the largest count would leave int64."""

    reason = "rate_out_of_bounds"


class BookError(PricingError):
    """Bytes that are no price book of this version."""

    reason = "price_book"


class OverrideError(PricingError):
    """An override file that cannot be applied: each of ``problems`` names file, line, field and mend."""

    reason = "override_invalid"

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class OverlapError(OverrideError):
    """Two overrides of equal rank hold on the same day: which wins would be an accident."""

    reason = "override_overlap"


class UnitEntryError(PricingError):
    """A sparse list of units that names an event outside the batch, or one unit of an event twice."""

    reason = "unit_entry"
