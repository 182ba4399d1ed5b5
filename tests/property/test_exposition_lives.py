"""Random lives of ledger processes over one ledger: what scrapers see never falls and begins at 0."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from stream.ledger.figures import View
from stream.metrics.page import Page, Unready
from tests.unit.metrics.expected import Sample, make_view
from tests.unit.metrics.scraped import samples

HOLD_US = 100
_DEPARTMENTS = ("a", "b", "c", "d")


class Life:
    """A ledger whose hit counts grow, the process that shows it, and all that scrapers saw."""

    def __init__(self) -> None:
        self.now_us = 10_000
        self.hits: dict[str, int] = {}
        self.seen_us: dict[str, int] = {}
        self.behind = 0
        self.shown: dict[Sample, Decimal] = {}
        self.restart()

    def take(self, step: str, argument: int | str | None) -> None:
        if step == "wait":
            self.now_us += int(argument or 0)
        elif step == "grow":
            self.grow(str(argument))
        elif step == "behind":
            self.behind = int(argument or 0)
        elif step == "restart":
            self.restart()
        else:
            self.scrape()

    def restart(self) -> None:
        self.born_us = self.now_us
        self.page = Page(self.view, CollectorRegistry(), HOLD_US, lambda: self.now_us)

    def grow(self, department: str) -> None:
        self.hits[department] = self.hits.get(department, 0) + 5
        self.seen_us.setdefault(department, self.now_us)

    def view(self) -> View:
        view = make_view({("production", d, "", "", ""): {"cache_hits": n} for d, n in self.hits.items()})
        for row, department in enumerate(self.hits):
            view.first_seen_us[row] *= self.seen_us[department]
        return View(view.labels, view.values, view.first_seen_us, behind=self.behind)

    def scrape(self) -> None:
        """Nothing falls; what is new is 0, unless its hold was over before this process was born: then a
        former process may have shown it, and a fall would be worse.
        """
        try:
            page = samples(self.page.text())
        except Unready:
            assert self.behind
            return
        for (name, labels), amount in page.items():
            if name != "llm_cache_hits_total":
                continue
            department = dict(labels)["department"]
            before = self.shown.get((name, labels))
            assert amount in (0, self.hits[department])
            if before is not None:
                assert amount >= before, department
            elif self.seen_us[department] + HOLD_US > self.born_us:
                assert amount == 0, department
            self.shown[name, labels] = amount


_STEPS = st.one_of(
    st.tuples(st.just("wait"), st.integers(1, 3 * HOLD_US)),
    st.tuples(st.just("wait"), st.integers(1, HOLD_US // 4)),
    st.tuples(st.just("grow"), st.sampled_from(_DEPARTMENTS)),
    st.tuples(st.just("scrape"), st.none()),
    st.tuples(st.just("restart"), st.none()),
    st.tuples(st.just("behind"), st.integers(0, 1)),
)


@settings(deadline=None, max_examples=200)
@given(st.lists(_STEPS, max_size=40))
def test_no_life_makes_a_counter_fall_or_begin_above_zero(steps: list[tuple[str, int | str | None]]) -> None:
    """Restarts, times behind and scrapers that stay away, in any order."""
    life = Life()
    for step in steps:
        life.take(*step)


@settings(deadline=None, max_examples=100)
@given(st.lists(_STEPS, max_size=20), st.integers(1, 3 * HOLD_US))
def test_every_hold_ends(steps: list[tuple[str, int | str | None]], interval_us: int) -> None:
    """Whatever happened, a scraper that keeps coming, however seldom, sees every value one hold later."""
    life = Life()
    for step in [*steps, ("behind", 0), ("scrape", None)]:
        life.take(*step)
    for _ in range(-(-HOLD_US // interval_us)):
        life.now_us += interval_us
        life.scrape()
    assert all(amount > 0 for amount in life.shown.values())
    assert len(life.shown) == len(life.hits)
