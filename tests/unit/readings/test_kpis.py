"""All of the catalogue: each KPI has its readings, and what is missing says what to connect."""

from __future__ import annotations

from fractions import Fraction

import pytest

from stream.contract.judgements import VERDICT
from stream.contract.kpi_decisions import INPUT
from stream.contract.kpis import KPIS
from stream.readings.kpis import kpi_readings
from stream.readings.plain import reading_json
from stream.readings.reading import STATUSES
from stream.readings.sums import Declared
from tests.unit.readings.given import judged, program, reading, sums, task, usage


def test_nothing_is_never_zero() -> None:
    """An empty ledger: every KPI, in the catalogue's order, without a value, and with what to connect."""
    found = kpi_readings(sums(), None, Declared())
    assert list(dict.fromkeys(one.key for one in found)) == [kpi.key for kpi in KPIS]
    for one in found:
        assert one.value is None and one.numerator is None and one.status == "no_data", one.key
        assert one.connect in {item.connect for item in INPUT.values()}, one.key


def test_each_scope_of_the_targets_has_its_reading() -> None:
    """Three latency classes, CSAT and NPS."""
    found = kpi_readings(sums(), None, Declared())
    assert [one.scope for one in found if one.key == "mean_latency"] == ["overall", "chat", "code"]
    assert [one.scope for one in found if one.key == "csat_nps"] == ["CSAT", "NPS"]


@pytest.mark.parametrize(
    "key", ["revenue_per_employee", "cost_avoidance", "operating_margin", "user_satisfaction"]
)
def test_what_telemetry_cannot_say_says_so(key: str) -> None:
    """With everything else connected, these still name finance, or the survey."""
    full = sums(usage=[usage(100)], outcomes=[judged(VERDICT, "revised", 50)], tasks=[task("none", tasks=10)])
    found = reading(key, full, program=program())
    wanted = "survey" if key == "user_satisfaction" else "finance"
    assert found.value is None and found.connect == INPUT[wanted].connect


def test_own_targets_stand_in_place_of_the_catalogues() -> None:
    """Above 90 % for all, above 50 % for one department: the part is judged by its own."""
    verdicts = [judged(VERDICT, "used_as_is", 700), judged(VERDICT, "revised", 300)]
    targets = [
        {"kpi": "output_reuse_rate", "above": 90},
        {"kpi": "output_reuse_rate", "department": "Support", "above": 50},
    ]
    found = reading(
        "output_reuse_rate", sums(usage=[usage(1000)], outcomes=verdicts), program=program(targets=targets)
    )
    assert found.status == "missed" and found.against[0].own and found.against[0].text == "> 90 %"
    assert found.split("department")[0].status == "met"


def test_an_amount_is_not_compared_with_a_part_of_a_window() -> None:
    """The ledger began within the window before: use then is no comparison; a rate still is."""
    first = sums().window.before.since_hour + 10
    now, before = sums(usage=[usage(100)], first_hour=first), sums(usage=[usage(5)], first_hour=first)
    assert reading("use_per_feature", now, before=before).previous is None
    assert reading("service_uptime", now, before=before).previous == 1


def test_a_reading_is_plain_data() -> None:
    """Numbers as decimals in text, each status a word of STATUSES, parts with their labels by name."""
    found = reading("service_uptime", sums(usage=[usage(2, requests_error=1)]))
    made = reading_json(found)
    assert made["value"] == "0.666666667" and made["denominator"] == "3.000000000"
    assert made["status"] in STATUSES and made["parts"][0]["labels"] == {"provider": "p", "model": "m"}
    assert found.value == Fraction(2, 3)


def test_the_reading_of_roi_is_the_engines() -> None:
    """Central as measured with low and high; met only where the whole range is above the target."""
    from stream.readings.reading import LiveRoi, RoiReading
    from stream.roi import Measured, Period, Usage, estimate

    declared = program(
        costs=[{"line": "other", "name": "All", "per_year": {"low": 90, "central": 100, "high": 110}}]
    )
    period = Period(hours := 500_000, hours + 8_760)
    measured = Measured({("Support", "Answers"): Usage(0, tasks=1000)})
    one = RoiReading("programme", estimate(declared, measured, period))
    live = LiveRoi(one, None, (("Support", one),))
    found = kpi_readings(sums(), None, Declared(declared), live=live).of("genai_roi")
    assert found.value == one.ratios["as_measured"].central  # type: ignore[union-attr]
    assert found.low is not None and found.value is not None and found.low < found.value
    assert found.status == "met" and found.split("department")[0].value == found.value
    assert not found.measured and one.measured_share == 0
