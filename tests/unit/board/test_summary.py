"""What the board says of given figures."""

from __future__ import annotations

import pytest

from stream.board.board_page import Page
from stream.board.page import Figure, Row, Tile
from stream.board.period import UnknownPeriod, period_named
from stream.board.tables import MOST_ROWS
from stream.contract.rows import USAGE_MEASURES
from stream.ledger.figures import ConflictFigures, Figures, Freshness, MinuteFigures, RefusalFigures
from tests.unit.board.rows import HOUR, NOW_US, Ledger, answered, usage


def tile(page: Page, key: str) -> Tile:
    (found,) = [one for one in page.tiles if one.key == key]
    return found


def check(page: Page, key: str) -> Figure:
    (found,) = [one.figure for one in page.quality if one.key == key]
    return found


def cell(page: Page, table: str, name: str, column: str) -> Figure:
    (found,) = [one for one in page.tables if one.key == table]
    rows: list[Row] = [*found.rows, *([found.total] if found.total else [])]
    (row,) = [row for row in rows if row.name == name]
    return row.cells[[one.key for one in found.columns].index(column)]


def test_cost_per_request_is_the_cost_of_all_attempts_over_final_events() -> None:
    """A failed attempt costs and is no request; the quotient keeps its digits and its denominator."""
    page = Ledger().page(
        usage(**answered(3, 7_000_000)),
        usage(attempts_timeout=1, cost_nano_usd_output=3_000_000, events_priced=1),
    )
    found = tile(page, "cost_per_request").figure
    assert (found.shown, found.unit, found.exact, found.of) == ("0.00333", "USD", "0.003333333333", 3)
    cost = tile(page, "cost").figure
    assert (cost.exact, cost.of, cost.of_what, cost.at_least) == ("0.01", 4, "attempts", False)
    assert tile(page, "attempts_per_request").figure.exact == "1.333333333333"


def test_where_there_is_nothing_to_divide_by_there_is_no_data() -> None:
    """With no request nothing is 0 that is a rate, a mean or a cost: it says "no data"."""
    page = Ledger().page()
    for key in ("cost", "cost_per_request", "tokens_per_request", "mean_latency", "time_to_first_token",
                "error_rate", "attempts_per_request"):  # fmt: skip
        found = tile(page, key).figure
        assert (found.shown, found.exact) == ("no data", None), key
    assert tile(page, "requests").figure.shown == "0"
    assert all(one.figure.exact is None or one.figure.shown == "0" for one in page.quality)
    assert check(page, "unpriced").shown == "no data"


@pytest.mark.parametrize("measure", ["events_unpriced", "events_partly_priced"])
def test_what_has_no_whole_price_is_never_shown_as_whole(measure: str) -> None:
    """One attempt without a price makes the cost of its row, its total and its rate a lower bound."""
    some = answered(9, 9_000) | {"attempts_success": 10, measure: 1}
    page = Ledger().page(usage(**some), usage(department="finance", **answered(1, 1_000)))
    assert tile(page, "cost").figure.bound
    assert tile(page, "cost_per_request").figure.bound
    assert cell(page, "departments", "marketing", "cost").bound
    assert not cell(page, "departments", "finance", "cost").bound
    found = check(page, measure.removeprefix("events_"))
    assert (found.shown, found.of, found.of_what) == ("1", 11, "attempts")
    assert found.note.startswith("9.1 %, 95 % interval")


def test_a_model_without_any_price_costs_no_0() -> None:
    """Only unpriced attempts: in words, and never 0."""
    page = Ledger().page(
        usage(model="nobody-knows", requests_success=2, attempts_success=2, events_unpriced=2)
    )
    for column in ("cost", "cost_per_request", "cost_share"):
        assert cell(page, "models", "nobody-knows · openai", column).shown == "no price"


def test_a_cost_below_a_pico_dollar_a_request_is_not_0() -> None:
    """One nano-dollar over so many requests that twelve decimals do not hold it."""
    page = Ledger().page(usage(**answered(10**13, 1)))
    assert tile(page, "cost_per_request").figure.shown == "< 0.000000000001"


def test_the_error_rate_has_its_denominator_and_interval() -> None:
    """Cancelled and filtered requests are no failures; the headline always has its interval, a row on few."""
    page = Ledger().page(
        usage(**answered(5_000)),
        usage(department="finance", requests_success=95, requests_error=2, requests_timeout=1,
              requests_rate_limited=1, requests_cancelled=1, attempts_success=100),
    )  # fmt: skip
    found = tile(page, "error_rate").figure
    assert (found.shown, found.of, found.note) == ("0.078", 5100, "95 % interval 0.031 to 0.20 %")
    row = cell(page, "departments", "finance", "errors")
    assert (row.shown, row.of, row.note) == ("4.0", 100, "95 % interval 1.6 to 9.8 %")
    assert cell(page, "departments", "marketing", "errors").note == ""


def test_latency_is_over_what_was_answered_with_a_known_duration() -> None:
    """Mean, p50 and p95 of the histogram, with how many they are of."""
    page = Ledger().page(
        usage(**answered(200, duration_le_1000000=90, duration_le_2000000=10, duration_us_sum=105_000_000))
    )
    found = tile(page, "mean_latency")
    assert (found.figure.shown, found.figure.exact, found.figure.of) == ("1.05", "1.05", 100)
    assert found.figure.note == "within the target of 3 s"
    more = dict(found.more)
    assert more["p50"].note == "interpolated within the bucket 0.50 to 1.00 s"
    assert (more["p95"].exact, more["p95"].of) == ("1.75", 100)
    slow = Ledger().page(usage(**answered(1, duration_le_inf=1, duration_us_sum=200_000_000)))
    assert tile(slow, "mean_latency").figure.note == "over the target of 3 s"
    assert dict(tile(slow, "mean_latency").more)["p95"].shown == "> 120.00"


def test_other_environments_are_apart() -> None:
    """Staging is in its own table and in no production figure."""
    page = Ledger().page(usage(**answered(10, 10_000)), usage(environment="staging", **answered(90, 90_000)))
    assert tile(page, "requests").figure.exact == "10"
    assert cell(page, "departments", "All departments", "cost").exact == "0.00001"
    (table,) = [one for one in page.quality_tables if one.key == "environments"]
    assert [(row.name, row.cells[0].exact) for row in table.rows] == [("staging", "90")]


def test_tables_add_up_to_their_total_whatever_their_length() -> None:
    """More rows than are shown are summed in one that says how many they are; nothing is left out."""
    rows = [usage(department=f"d{i:03}", **answered(i + 1, 1_000 * (i + 1))) for i in range(100)]
    page = Ledger().page(*rows)
    (table,) = [one for one in page.tables if one.key == "departments"]
    shown = [row for row in table.rows if row.depth == 0]
    assert len(shown) == MOST_ROWS
    assert shown[-1].name == f"{100 - MOST_ROWS + 1} more, summed"
    assert table.total is not None
    assert sum(int(row.cells[0].exact or 0) for row in shown) == int(table.total.cells[0].exact or 0) == 5050


def test_use_cases_follow_their_department() -> None:
    """Dearest department first, then its use cases, dearest first."""
    page = Ledger().page(
        usage("a", "one", **answered(1, 5)),
        usage("b", "two", **answered(1, 9)),
        usage("b", "three", **answered(1, 10)),
    )
    assert [(row.depth, row.name) for row in page.tables[0].rows] == [
        (0, "b"), (1, "three"), (1, "two"), (0, "a"), (1, "one"),
    ]  # fmt: skip


@pytest.mark.parametrize("nobody", ["unattributed", ""])
def test_what_belongs_to_no_department_is_said(nobody: str) -> None:
    """Its requests and its cost, each of all."""
    page = Ledger().page(usage(**answered(3, 300)), usage(department=nobody, **answered(1, 100)))
    assert check(page, "unattributed_requests").of == 4
    assert check(page, "unattributed_requests").note.startswith("25.0 %")
    assert check(page, "unattributed_cost").exact == "0.0000001"
    assert cell(page, "departments", "not attributed", "requests").exact == "1"


def test_every_measure_of_data_quality_is_shown() -> None:
    """Copies, conflicts, usage missing and completed, labels folded, cache hits, refusals by source."""
    found = answered(100) | {
        "duplicates": 12, "conflicts": 3, "usage_missing": 7, "usage_completed": 5, "labels_folded": 2,
        "cache_hits": 4, "events_reported": 6, "events_free": 1,
    }  # fmt: skip
    page = Ledger().page(
        usage(**found),
        refusals=[RefusalFigures("sdk", "too_old", 5), RefusalFigures("gateway", "missing_field", 8)],
        conflicts=[ConflictFigures("gateway", "sdk", "cost_differs", 3)],
    )
    expected = {
        "duplicates": 12, "conflicts": 3, "usage_missing": 7, "usage_completed": 5, "labels_folded": 2,
        "cache_hits": 4, "reported": 6, "free": 1, "quarantined": 13,
    }  # fmt: skip
    for key, value in expected.items():
        assert check(page, key).exact == str(value), key
    tables = {one.key: [(row.name, row.cells[0].exact) for row in one.rows] for one in page.quality_tables}
    assert tables["refusals"] == [("gateway · missing field", "8"), ("sdk · too old", "5")]
    assert tables["conflicts"] == [("gateway · sdk · cost differs", "3")]


def test_no_measure_of_the_ledger_is_unknown_here() -> None:
    """Names that the board asks for are names of the contract: a typing error would read 0 for ever."""
    asked: set[str] = set()

    class Spy(dict[str, int]):
        def get(self, key: str, default: int = 0) -> int:  # type: ignore[override]
            asked.add(key)
            return 1

    from stream.board import headline, quality
    from stream.board.sums import Sums

    sums = Sums(Spy())  # type: ignore[arg-type]
    headline.tiles(sums, sums, Ledger().window())
    quality.checks([], sums, [])
    assert asked and asked <= set(USAGE_MEASURES)


def test_a_period_is_held_against_the_one_before() -> None:
    """Means as they are, totals per hour since the current hour is not over."""
    before = [usage(**answered(240, 240_000_000))]
    page = Ledger().page(usage(**answered(245, 294_000_000)), earlier=before)
    changes = {one.key: one.change.shown if one.change else None for one in page.tiles}
    assert changes["requests"] == "unchanged per hour"  # 245 in 24.5 hours, 240 in 24
    assert changes["cost"] == "+20 % per hour"
    assert changes["cost_per_request"] == "+20 %"
    assert changes["mean_latency"] is None
    dearer = tile(page, "cost_per_request").change
    assert dearer is not None and dearer.level == "warn"


def test_without_an_earlier_period_no_change_is_claimed() -> None:
    """Neither for a ledger that does not reach back, nor for all there is."""
    for page in (
        Ledger().page(usage(**answered(5, 5))),
        Ledger().page(usage(**answered(5, 5)), period="all"),
    ):
        assert all(one.change is None for one in page.tiles)
        assert page.earlier_words == ""


def test_errors_change_only_beyond_chance() -> None:
    """Two rates whose intervals overlap are not called a change."""
    few = Ledger().page(
        usage(requests_success=97, requests_error=3), earlier=[usage(requests_success=98, requests_error=2)]
    )
    many = Ledger().page(
        usage(requests_success=97_000, requests_error=3_000),
        earlier=[usage(requests_success=98_000, requests_error=2_000)],
    )
    changes = [tile(page, "error_rate").change for page in (few, many)]
    assert [change.shown for change in changes if change] == ["no clear change", "+50 %"]


def test_hours_before_the_ledger_began_are_no_zeros() -> None:
    """The rate per hour and the chart begin with the first hour that is held."""
    page = Ledger().page(usage(**answered(150)), period="week", first_hour=HOUR - 1)
    assert dict(tile(page, "requests").more)["per hour"].shown == "100"
    assert len(page.charts[0].labels) == 2
    assert "the first hour held" in page.period_words


def test_a_young_ledger_shows_its_few_minutes() -> None:
    """In the first minutes of a ledger the pulse is not one bar at the end of an empty hour."""
    now = NOW_US // 60_000_000
    for began, bars in ((0, 20), (19, 20), (20, 60), (59, 60)):
        page = Ledger().page(minutes=[MinuteFigures(now - began, "d", 5, 0, 1, 1)])
        assert len(page.pulse[0].labels) == bars
        assert sum(map(int, page.pulse[0].lines[0].values)) == 5


def test_charts_hold_what_the_figures_hold() -> None:
    """The stacked chart sums to the departments' cost, the pulse has its sixty minutes."""
    hours = [Figures((f"d{i}",), HOUR - i, {"cost_nano_usd_input": 10**9}) for i in range(10)]
    now = NOW_US // 60_000_000
    pulse = [MinuteFigures(now - ago, "d", 5, 1, 100, 2_000) for ago in (1, 40)]
    page = Ledger().page(hours=hours, minutes=pulse)
    stacked = page.charts[0]
    assert sum(float(value) for line in stacked.lines for value in line.values) == 10
    assert [line.name for line in stacked.lines][-1] == "4 others"
    assert len(stacked.labels) == 25
    requests = page.pulse[0]
    assert len(requests.labels) == 60
    assert requests.lines[0].values[-2:] == ["5", "0"]
    assert "10 requests in all" in requests.text


@pytest.mark.parametrize(
    ("freshness", "said"),
    [
        (Freshness(NOW_US - 10**6, NOW_US, 0), []),
        (Freshness(NOW_US - 10**6, NOW_US, 3), ["Behind: 3 shards"]),
        (Freshness(NOW_US - 10**9, NOW_US - 61_000_000, 0), ["Standing still: the ledger has written"]),
        (Freshness(NOW_US - 180_000_000, NOW_US, 0), ["Quiet: no event has been accepted for 3 min"]),
        (Freshness(0, 0, 0), []),
    ],
)  # fmt: skip
def test_stale_figures_say_so(freshness: Freshness, said: list[str]) -> None:
    """Behind, standing still or quiet: a banner before any figure."""
    page = Ledger().page(usage(**answered(1)), freshness=freshness)
    assert [any(text in one.text for one in page.banners) for text in said] == [True] * len(said)
    assert len(page.banners) == len(said)


def test_a_period_that_the_board_does_not_have_is_refused() -> None:
    """Not taken for another one: the reader would read the wrong figures."""
    with pytest.raises(UnknownPeriod, match=r"period: 'year' is none of hour, day, week, month, all"):
        period_named("year")
