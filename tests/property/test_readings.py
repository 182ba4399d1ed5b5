"""What holds for the readings of any figures: values are their quotients, parts make the whole."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from stream.contract.judgements import CONTROL, FINDING, VERDICT, VERDICTS
from stream.contract.names import OUTCOMES
from stream.ledger.figures import Figures, PeopleFigures, TransitionFigures
from stream.readings.kpis import kpi_readings
from stream.readings.plain import reading_json
from stream.readings.reading import CHANGE, KpiReadings, Window
from stream.readings.sums import Declared, Population, Sums

WINDOW = Window(490_000, 490_672)
DAY = 20_444
PLACES = st.sampled_from([("A", "x"), ("A", "y"), ("B", "x"), ("C", "")])
COUNT = st.integers(0, 1000)


@st.composite
def usages(draw: st.DrawFn) -> Figures:
    requests = {f"requests_{outcome}": draw(COUNT) for outcome in OUTCOMES}
    known = draw(st.integers(0, requests["requests_success"]))
    more = {"duration_le_2000000": known, "duration_us_sum": known * 1_700_000}
    cost = {"cost_nano_usd_input": draw(st.integers(0, 10**12)), "events_priced": sum(requests.values())}
    feature, model = draw(st.sampled_from(["", "chat", "export"])), draw(st.sampled_from(["m", "n"]))
    return Figures((*draw(PLACES), feature, "p", model), None, {**requests, **more, **cost})


@st.composite
def outcomes(draw: st.DrawFn) -> list[TransitionFigures]:
    """Judgements that may have happened: what leaves a value came to it; findings are of what passed."""
    labels, selection = (*draw(PLACES), "m"), draw(st.sampled_from(["all", "random", "self_selected"]))
    first, then = draw(st.sampled_from(VERDICTS)), draw(st.sampled_from(VERDICTS))
    came = draw(COUNT)
    left, passed = draw(st.integers(0, came)), draw(COUNT)
    made = [TransitionFigures(labels, VERDICT, "", first, selection, came)]
    if first != then:
        made.append(TransitionFigures(labels, VERDICT, first, then, selection, left))
    made.append(TransitionFigures(labels, CONTROL, "", "passed", selection, passed))
    return [*made, TransitionFigures(labels, FINDING, "", "error", selection, draw(st.integers(0, passed)))]


@st.composite
def tasks(draw: st.DrawFn) -> Figures:
    count = draw(COUNT)
    timed = draw(st.integers(0, count))
    answers = draw(st.integers(0, count))
    measures = {
        "tasks": count,
        "tasks_timed": timed,
        "seconds": timed * draw(st.integers(1, 5000)),
        "quantity": draw(COUNT),
        "csat_answers": answers,
        "csat_satisfied": draw(st.integers(0, answers)),
    }
    ai = draw(st.sampled_from(["none", "partly", "wholly"]))
    return Figures((*draw(PLACES), draw(st.sampled_from(["", "ticket"])), ai), None, measures)


@st.composite
def windows(draw: st.DrawFn) -> Sums:
    judged = [one for found in draw(st.lists(outcomes(), max_size=5)) for one in found]
    crowds = {name: sorted(draw(st.tuples(*[st.integers(0, 40)] * 3))) for name in "ABC"}
    crowds[""] = [sum(column) for column in zip(*crowds.values(), strict=True)]
    people = [
        PeopleFigures(DAY, department, "", days, count, 0, 0)
        for department, counts in crowds.items()
        for days, count in zip((1, 7, 28), counts, strict=True)
    ]
    return Sums(
        WINDOW,
        draw(st.lists(usages(), max_size=6)),
        judged,
        draw(st.lists(tasks(), max_size=8)),
        people=people,
        as_of_day=DAY,
    )


def readings(now: Sums, **given: Any) -> KpiReadings:
    population = Population("d", 120, {"A": 60, "B": 40, "C": 20}, members_known=True)
    return kpi_readings(now, None, Declared(population=population), **given)


@settings(max_examples=120, deadline=None)
@given(windows())
def test_a_value_is_its_quotient(now: Sums) -> None:
    """Rates, ratios and means are numerator ÷ denominator, exactly, and lie in their interval; so of parts.
    Amounts alone have no denominator.
    """
    for one in readings(now):
        if one.value is None:
            assert one.status in ("no_data", "no_baseline") and one.low is None
            continue
        if one.unit != CHANGE and one.denominator is not None:
            assert one.numerator is not None and one.value == one.numerator / one.denominator
        assert one.denominator is not None or one.kpi.definition.kind == "amount"
        for found in (one, *one.by, *one.beside):
            if found.low is not None and found.high is not None and found.value is not None:
                assert found.low <= found.value <= found.high


@settings(max_examples=120, deadline=None)
@given(windows())
def test_parts_make_the_whole(now: Sums) -> None:
    """Numerators and denominators of the departments add up to the whole's, and so do those of use cases;
    parts with an empty denominator add nothing. People alone may be in several departments.
    """
    for one in readings(now):
        if one.value is None or one.key in ("adoption_rate", "genai_roi"):
            continue
        for by in (("department",), ("department", "use_case")):
            parts = one.split(*by)
            if parts:
                assert sum((part.numerator or Fraction(0) for part in parts), Fraction(0)) == one.numerator
                whole = one.denominator or Fraction(0)
                assert sum((part.denominator or Fraction(0) for part in parts), Fraction(0)) == whole


@settings(max_examples=120, deadline=None)
@given(windows(), st.integers(1, 500))
def test_better_is_never_read_as_worse(now: Sums, more: int) -> None:
    """More accepted outputs never lower reuse or raise revision; more failed requests never raise uptime."""
    accepted = TransitionFigures(("A", "x", "m"), VERDICT, "", "used_as_is", "all", more)
    failed = Figures(("A", "x", "", "p", "m"), None, {"requests_error": more})
    before = readings(now)
    better = readings(Sums(WINDOW, now.usage, [*now.outcomes, accepted], now.tasks))
    worse = readings(Sums(WINDOW, [*now.usage, failed], now.outcomes, now.tasks))
    for key, one, other in (
        ("output_reuse_rate", before, better),
        ("human_revision_rate", better, before),
        ("service_uptime", worse, before),
        ("system_error_rate", before, worse),
    ):
        low, high = one.of(key).value, other.of(key).value
        assert low is None or high is None or low <= high, key


@settings(max_examples=60, deadline=None)
@given(windows(), st.randoms())
def test_the_order_of_rows_is_no_matter(now: Sums, random: Any) -> None:
    """The same figures in another order: the same readings, to the last byte."""
    shuffled = []
    for rows in (now.usage, now.outcomes, now.tasks):
        rows = list(rows)
        random.shuffle(rows)
        shuffled.append(rows)
    other = Sums(WINDOW, *shuffled, people=now.people, as_of_day=DAY)
    for one, again in zip(readings(now), readings(other), strict=True):
        mine, theirs = reading_json(one), reading_json(again)
        assert sorted(mine.pop("notes")) == sorted(theirs.pop("notes"))
        assert mine == theirs


@settings(max_examples=120, deadline=None)
@given(windows())
def test_no_figure_of_few_people_is_shown(now: Sums) -> None:
    """Of adoption, whatever is shown counts nobody or at least the smallest group: of windows, their
    difference to the next; of departments, what the total leaves to those that are hidden.
    """
    one = readings(now).of("adoption_rate")
    beside = {item.key: item.value for item in one.beside}
    shown = [value for value in (one.numerator, *beside.values()) if value is not None]
    shown += [part.numerator for part in one.by if part.numerator is not None]
    assert all(value == 0 or abs(value) >= 5 for value in shown)
    whole = {"lapsed": beside["lapsed"], "28": beside["active_28_days"], "1": beside["active_day"]}
    parts = {
        window: [part for part in one.split("department", "window") if part.labels[1] == window]
        for window in whole
    }
    for total, split in (
        (one.numerator, one.split("department")),
        *((whole[key], parts[key]) for key in whole),
    ):
        if total is not None:
            left = total - sum(part.numerator for part in split if part.numerator is not None)
            assert left == 0 or left >= 5
    week = beside["active_7_days"]
    for key in ("active_day", "active_28_days"):
        other = beside[key]
        if week is not None and other is not None:
            assert week == other or abs(week - other) >= 5
