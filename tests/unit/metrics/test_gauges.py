"""People and ROI as gauges: what readings show, nothing of small groups, nothing that is not known."""

from __future__ import annotations

from fractions import Fraction

from prometheus_client.core import Metric

from stream.metrics.gauges import people_families, roi_families
from stream.readings.people import adoption
from stream.readings.reading import LiveRoi, RoiReading
from stream.readings.sums import Declared, Population
from stream.roi import Measured, Period, Program, Usage, estimate, hour_of
from tests.unit.readings.given import people, program, sums

Gauges = dict[tuple[str, ...], float]
POPULATION = Population("the directory", 230, {"Support": 120, "Sales": 80, "Legal": 30}, members_known=True)
LEAST = 5


def shown(families: list[Metric]) -> dict[str, Gauges]:
    """Family -> values of its labels in their order -> value."""
    return {
        family.name: {tuple(sample.labels.values()): sample.value for sample in family.samples}
        for family in families
    }


def of_people(rows: list[object], population: Population | None = POPULATION) -> dict[str, Gauges]:
    reading = adoption(sums(people=rows), Declared(None, population, LEAST))
    return shown(list(people_families(reading, population, LEAST)))


def test_people_are_those_of_the_reading() -> None:
    """By department, by use case, and all of them, over three windows; strangers are not among them."""
    rows = [people(60, window=1), people(112, outside=2), people(130, window=28)]
    rows += [people(62, "Support"), people(48, "Sales"), people(30, use_case="Answers")]
    rows += [people(70, "Support", window=28), people(58, "Sales", window=28)]
    active = of_people([*rows])["llm_active_people"]
    assert active["", "", "7d"] == 110
    assert (active["", "", "1d"], active["", "", "28d"]) == (60, 130)
    assert (active["Support", "", "7d"], active["Support", "", "28d"]) == (62, 70)
    assert active["", "Answers", "7d"] == 30


def test_a_small_group_takes_another_with_it() -> None:
    """2 of Legal are not shown; nor are those of Sales, from which they could be had."""
    rows = [people(112), people(2, "Legal"), people(30, "Sales"), people(80, "Support")]
    active = of_people([*rows])["llm_active_people"]
    assert {place[0] for place in active if place[2] == "7d"} == {"", "Support"}
    assert all(value == 0 or value >= LEAST for value in active.values())


def test_a_small_population_takes_another_with_it() -> None:
    """A population of 3 is not said, nor the one beside it: the sum of all less the others would say it."""
    few = Population("the directory", 203, {"Support": 120, "Sales": 80, "Board": 3}, members_known=True)
    target = of_people([people(50)], few)["llm_target_people"]
    assert target == {("",): 203, ("Support",): 120}


def test_nobody_seen_is_no_zero() -> None:
    """Without any activity there is no gauge of it: nothing may be connected. The population stands."""
    found = of_people([])
    assert found == {"llm_target_people": {("",): 230, ("Support",): 120, ("Sales",): 80, ("Legal",): 30}}
    assert of_people([], None) == {}


def test_a_whole_of_too_few_is_not_shown() -> None:
    """4 people at all, of a population of 4."""
    assert of_people([people(4)], Population("the directory", 4, {"Legal": 4}, members_known=True)) == {}
    assert not of_people([people(4)]).get("llm_active_people", {}).keys() & {("", "", "7d")}


PERIOD = Period(hour_of(program().start), hour_of(program().start) + 90 * 24)


def of_roi(declared: Program, cost_nano_usd: int) -> tuple[LiveRoi, dict[str, Gauges]]:
    usage = Usage(cost_nano_usd, 100, 0, 5000, 70)
    measured = Measured({("Support", "Answers"): usage}, "ledger")
    whole = RoiReading("programme", estimate(declared, measured, PERIOD))
    part = RoiReading("programme", estimate(declared, measured, PERIOD, "Support"))
    live = LiveRoi(whole, RoiReading("trailing", whole.estimate), (("Support", part),))
    return live, shown(list(roi_families(live, 1_790_000_000_500_000)))


def test_the_roi_is_the_engines_to_the_bound() -> None:
    """Each reading, bound and scope; the ratio is that of the benefits, costs and risks beside it."""
    live, found = of_roi(program(), 500 * 10**9)
    assert live.programme is not None
    for key, known in live.programme.ratios.items():
        assert known is not None
        for scope in ("programme", "trailing_90d"):
            ratio = found["llm_roi_ratio"]
            assert ratio[key, "low", scope] == float(known.low)
            assert ratio[key, "high", scope] == float(known.high)
            amounts = [
                found[f"llm_roi_{name}"][key, "central", scope, "USD"]
                for name in ("benefits", "costs", "risks")
            ]
            benefits, costs, risks = (Fraction(amount) for amount in amounts)
            assert abs(ratio[key, "central", scope] - (benefits - costs - risks) / costs) < 1e-9
    hours = live.programme.hours
    assert hours is not None
    assert found["llm_roi_saved_seconds"]["gross", ""] == float(hours.gross.central * 3600) == 250 * 3600
    assert found["llm_roi_saved_seconds"]["net", "Support"] == 125 * 3600
    assert found["llm_roi_computed_time_seconds"] == {(): 1_790_000_000.5}


def test_without_a_cost_there_is_no_roi() -> None:
    """A ratio of nothing is not 0, and nothing stands in its place."""
    assert of_roi(program(), 0)[1] == {}


def test_before_the_programme_there_is_nothing() -> None:
    """A programme that begins next year shows no figures of this."""
    assert list(roi_families(LiveRoi(None, None), 1)) == []
