"""One benefit under one reading: B × FT × FM, with the reason of each factor. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from stream.roi import defaults
from stream.roi.figure import Figure, Source, weakest
from stream.roi.measured import Measured, Usage
from stream.roi.policies import Policy
from stream.roi.program import Benefit, Driver, Program, UseCase
from stream.roi.ranges import ONE, ZERO, Range, exactly
from stream.roi.tree import Node, factor, figure, lower_of, product_of

_CONNECT: Final = {
    "tasks": "connect task records (work done, with and without AI)",
    "accepted_outputs": "connect outcome events (outputs accepted, revised, refused)",
    "requests": "no such request is in the ledger: check its labels department and use_case",
}
_HOURS_PER_MINUTE: Final = Node("hours per minute", exactly(Fraction(1, 60)), "h/min")


@dataclass(frozen=True)
class Built:
    """``source``: of the gain (driver and gain per unit), the weakest. ``missing``: what to connect where the
    driver is not measured. ``gross``, ``net``: hours saved, None where not of time or not measured.
    """

    node: Node
    source: Source
    missing: str = ""
    gross: Node | None = None
    net: Node | None = None


@dataclass(frozen=True)
class Place:
    """What a benefit is judged by. ``path``: its field in the programme."""

    program: Program
    measured: Measured
    case: UseCase
    path: str
    years: Fraction

    @property
    def name(self) -> str:
        return f"{self.case.department} / {self.case.name}"

    @property
    def usage(self) -> Usage | None:
        return self.measured.usage.get((self.case.department, self.case.name))


def build(place: Place, benefit: Benefit, policy: Policy) -> Built:
    """The benefit in the programme's currency."""
    volume = list(_volume(place, benefit))
    gains = list(_gains(place, benefit))
    source = weakest([node.source for node in (*volume, *gains) if node.source])
    missing = ""
    if benefit.driver and volume[0].value is None:
        count = benefit.driver.count
        missing = f"{place.name}: {benefit.name}: {count} not measured: {_CONNECT[count]}"
    factors = [
        *_time_factor(place, benefit),
        *_maturity(place, benefit, policy),
        *_acceptance(place, benefit, policy),
    ]
    if benefit.category != "time":
        return Built(
            product_of(benefit.name, place.program.currency, [*volume, *gains, *factors]), source, missing
        )
    gross = product_of("hours saved", "h", [*volume, *gains, _HOURS_PER_MINUTE])
    reused = _reallocated(place, benefit, policy)
    net = product_of("hours put to other use", "h", [gross, reused])
    assert benefit.hourly_cost is not None
    cost = figure(
        "loaded hourly cost", benefit.hourly_cost, f"{place.program.currency}/h", f"{place.path}.hourly_cost"
    )
    node = product_of(benefit.name, place.program.currency, [net, cost, *factors])
    return Built(node, source, missing, gross, net)


def drivers(usage: Usage | None, driver: Driver, path: str, query: str) -> Iterator[Node]:
    """The count and, of requests, the ratio."""
    count = None if usage is None else getattr(usage, driver.count)
    value = None if count is None else exactly(count)
    yield Node(driver.count.replace("_", " "), value, driver.count, source="measured", origin=query)
    if driver.ratio is not None:
        yield figure("units per request", driver.ratio, "1/request", f"{path}.driver.ratio")


def _volume(place: Place, benefit: Benefit) -> Iterator[Node]:
    if benefit.driver is not None:
        yield from drivers(place.usage, benefit.driver, place.path, place.measured.query)
    elif benefit.per_year is not None:
        unit = "1/year" if benefit.each else f"{place.program.currency}/year"
        yield figure("per year", benefit.per_year, unit, f"{place.path}.per_year")
        yield Node("years", exactly(place.years), "years", origin="period")


def _gains(place: Place, benefit: Benefit) -> Iterator[Node]:
    if benefit.minutes_saved is not None:
        yield figure("minutes saved", benefit.minutes_saved, "min", f"{place.path}.minutes_saved")
    if benefit.each is not None:
        yield figure("value of each", benefit.each, place.program.currency, f"{place.path}.each")
    if benefit.share is not None:
        yield figure("share", benefit.share, "×", f"{place.path}.share")


def _reallocated(place: Place, benefit: Benefit, policy: Policy) -> Node:
    given = benefit.reallocated
    assert given is not None
    origin = f"{place.path}.reallocated"
    if policy.prudent and given.source != "measured":
        return factor(
            "share reallocated", ZERO, "reallocation", "reallocation is not measured: counts 0", origin
        )
    reason = given.method or "share of the time saved that is put to other use"
    return Node("share reallocated", given.range, "×", "input", given.source, origin, "reallocation", reason)


def _time_factor(place: Place, benefit: Benefit) -> Iterator[Node]:
    stated, origin = benefit.time_factor, f"{place.path}.time_factor"
    if stated is None and benefit.category in place.program.time_factors:
        stated, origin = place.program.time_factors[benefit.category], f"time_factors.{benefit.category}"
    value = stated.range if stated else defaults.TIME_FACTORS[benefit.category]
    reason = defaults.TIME_REASONS[benefit.category]
    yield factor("FT", value, "time", reason, origin if stated else "default of the model")


def _maturity(place: Place, benefit: Benefit, policy: Policy) -> Iterator[Node]:
    """FM, once: what is measured live is no potential any more; a pilot's figure has one cause with FM."""
    live = _measured_on(benefit) == {"live"}
    if live and not policy.discounts_measured:
        yield factor("FM", ONE, "maturity", "measured on the live deployment")
        return
    stage = place.case.stage
    stated = place.program.maturity_factors.get(stage)
    value = stated.range if stated else defaults.MATURITY_FACTORS[stage]
    origin = f"maturity_factors.{stage}" if stated else "default of the model"
    words = f"stage {stage.replace('_', ' ')}"
    where = _measured_on(benefit) & {"pilot", "extrapolated"}
    if not (policy.prudent and where):
        yield factor("FM", value, "maturity", words, origin)
        return
    extrapolated = "extrapolated" in where
    reason = "extrapolated from a pilot" if extrapolated else "measured in a pilot"
    name, bound = ("pilot factor", defaults.PILOT_FACTOR)
    if extrapolated:
        name, bound = "extrapolation factor", defaults.EXTRAPOLATED_FACTOR
    parts = Node("FM", value, "×", origin=origin, reason=words), Node(name, bound, "×", reason=reason)
    yield lower_of("FM", *parts, "maturity", f"{reason}; {words}: one cause, discounted once")


def _measured_on(benefit: Benefit) -> set[str]:
    """Where the gain's figures were measured; ``nowhere`` for declared and assumed ones."""
    ratio = benefit.driver.ratio if benefit.driver else None
    given: list[Figure | None] = [ratio, benefit.minutes_saved, benefit.each, benefit.per_year, benefit.share]
    return {one.measured_on or "nowhere" for one in given if one is not None}


def _acceptance(place: Place, benefit: Benefit, policy: Policy) -> Iterator[Node]:
    if benefit.category not in defaults.PROXIES:
        return
    origin = f"{place.path}.accepted_by_finance"
    if benefit.accepted_by_finance is not None:
        yield factor("acceptance", ONE, "acceptance", f"accepted on {benefit.accepted_by_finance}", origin)
    elif policy.prudent:
        yield factor(
            "acceptance", ZERO, "acceptance", "a proxy that finance has not accepted: left out", origin
        )
    else:
        value = Range(Fraction(0), Fraction(0), Fraction(1))
        yield factor(
            "acceptance", value, "acceptance", "a proxy not yet accepted: in the high value alone", origin
        )
