"""A figure of the programme: a number or a range, and how it is known (pydantic)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from stream.roi.ranges import Range

Source = Literal["measured", "declared", "assumed"]
MeasuredOn = Literal["live", "pilot", "extrapolated"]
#: From the strongest to the weakest: a product is known as well as its weakest input.
SOURCES: Final[tuple[Source, ...]] = ("measured", "declared", "assumed")
_ENDS: Final = ("low", "central", "high")
_MOST: Final = Decimal("1e15")

Amount = Annotated[Decimal, Field(ge=0, le=_MOST, max_digits=30, allow_inf_nan=False)]


class Figure(BaseModel):
    """Written ``6``, ``{low: 4, central: 6, high: 8}`` or ``{value: 6, source: declared, method: …}``.

    ``source``: assumed unless said. ``method``: how it was measured, or by whom it is declared.
    ``measured_on``: the live deployment, a pilot, or a pilot extrapolated to scale; of measured ones only.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    low: Amount
    central: Amount
    high: Amount
    source: Source = "assumed"
    method: Annotated[str, Field(max_length=300)] = ""
    measured_on: MeasuredOn | None = None

    @model_validator(mode="before")
    @classmethod
    def _spread(cls, given: Any) -> Any:
        if isinstance(given, bool):
            raise ValueError("is no number; write 6 or {low: 4, central: 6, high: 8}")
        if isinstance(given, int | float | Decimal | str):
            return dict.fromkeys(_ENDS, given)
        if isinstance(given, Mapping) and "value" in given:
            if any(end in given for end in _ENDS):
                raise ValueError("has a value and a range; write one of them")
            rest = {name: said for name, said in given.items() if name != "value"}
            return {**dict.fromkeys(_ENDS, given["value"]), **rest}
        return given

    @model_validator(mode="after")
    def _consistent(self) -> Figure:
        if not self.low <= self.central <= self.high:
            raise ValueError("low, central and high must rise")
        if self.source == "measured" and not self.method:
            raise ValueError("is measured; say by which method")
        if (self.source == "measured") != (self.measured_on is not None):
            raise ValueError(
                "measured_on (live, pilot, extrapolated) belongs to measured figures, and to each"
            )
        return self

    @property
    def range(self) -> Range:
        return Range(Fraction(self.low), Fraction(self.central), Fraction(self.high))


def _share(figure: Figure) -> Figure:
    if figure.high > 1:
        raise ValueError("is a share; write a number from 0 to 1")
    return figure


Share = Annotated[Figure, AfterValidator(_share)]


def weakest(sources: list[Source]) -> Source:
    """How well a product of figures from these sources is known."""
    return max(sources, key=SOURCES.index, default="assumed")
