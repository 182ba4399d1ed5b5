"""Over random histories of views the page equals a slow account of it, and never goes back."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.contract.rows import USAGE_MEASURES
from stream.ledger.figures import Held, View
from stream.metrics.exposition import Exposition
from tests.prometheus.growing_work import GrowingWork
from tests.unit.metrics.expected import Sample, expected
from tests.unit.metrics.scraped import samples

HOLD_US = 100
START_US = 1_000
ACCEPTED: Sample = ("llm_ledger_accepted_time_seconds", frozenset())
_WIDTH = len(USAGE_MEASURES)
_NAMES = st.sampled_from(["", "a", 'b"\\', "c\n%s", "ü"])
_LABELS = st.tuples(
    st.sampled_from(["production", "production", "staging", ""]), _NAMES, _NAMES, _NAMES, _NAMES
)


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[View, int]]:
    """Views of one ledger in order, each with the time at which it is shown. Series are appended, values
    grow; first-seen times are about those of the view in which a measure first was above 0.
    """
    labels = draw(st.lists(_LABELS, min_size=1, max_size=6, unique=True))
    numbers = np.random.default_rng(draw(st.integers(0, 2**32)))
    values = np.zeros((0, _WIDTH), np.int64)
    seen = np.zeros((0, _WIDTH), np.int64)
    refusals: dict[tuple[str, str], Held] = {}
    conflicts: dict[tuple[str, str, str], Held] = {}
    work = GrowingWork(numbers)
    now_us, history = START_US, []
    for _ in range(draw(st.integers(1, 6))):
        now_us += draw(st.integers(-20, 2 * HOLD_US))
        more = draw(st.integers(0, len(labels) - len(values)))
        values = np.vstack([values, np.zeros((more, _WIDTH), np.int64)])
        seen = np.vstack([seen, np.zeros((more, _WIDTH), np.int64)])
        grows = numbers.random(values.shape) < draw(st.sampled_from([0.0, 0.1, 0.9]))
        values = values + grows * numbers.integers(1, 10 ** draw(st.integers(1, 16)), values.shape)
        seen = np.where((seen == 0) & (values > 0), now_us + draw(st.integers(-5, 5)), seen)
        for key in draw(st.lists(st.tuples(_NAMES, _NAMES), max_size=2)):
            refusals[key] = _more(refusals.get(key), now_us)
            conflicts[*key, "cost"] = _more(conflicts.get((*key, "cost")), now_us)
        for _ in range(draw(st.integers(0, 4))):
            work.grow(now_us + draw(st.integers(-5, 5)))
        counts = (dict(refusals), dict(conflicts))
        view = View(labels[: len(values)], values, seen, *counts, accepted_us=now_us, **work.parts())
        history.append((view, now_us))
    return history


def _more(held: Held | None, now_us: int) -> Held:
    return Held(1, now_us) if held is None else Held(held.events + 1, held.first_seen_us)


@settings(deadline=None, max_examples=100)
@given(histories())
def test_the_page_is_what_a_slow_account_says(history: list[tuple[View, int]]) -> None:
    """Every sample, exactly, and no other: kept lines, holds and sums over environments never disagree."""
    exposition = Exposition(HOLD_US)
    latest_us = 0
    for view, now_us in history:
        latest_us = max(latest_us, now_us)
        assert samples(exposition.render(view, now_us).text) == expected(view, latest_us, HOLD_US)


@settings(deadline=None, max_examples=100)
@given(histories())
def test_no_sample_ever_goes_back_or_away(history: list[tuple[View, int]]) -> None:
    """Prometheus takes a fall for a restart and counts it all again; buckets never exceed the count."""
    exposition = Exposition(HOLD_US)
    before: dict[Sample, Decimal] = {}
    for view, now_us in history:
        page = samples(exposition.render(view, now_us).text)
        for sample, amount in before.items():
            assert sample == ACCEPTED or page[sample] >= amount, sample
        before = page
        _consistent(page)


@settings(deadline=None, max_examples=60)
@given(histories(), st.integers(0, 5))
def test_a_restarted_process_says_the_same(history: list[tuple[View, int]], restart: int) -> None:
    """What is held depends on the stored times alone: a process that starts now agrees with one that ran on,
    and each new counter is 0 at the first scrape.
    """
    running, restarted = Exposition(HOLD_US), Exposition(HOLD_US)
    latest_us = 0
    known: set[Sample] = set()
    for number, (view, now_us) in enumerate(history):
        latest_us = max(latest_us, now_us)
        if number == restart:
            restarted = Exposition(HOLD_US)
        page = samples(running.render(view, latest_us).text)
        assert samples(restarted.render(view, latest_us).text) == page
        for sample in page.keys() - known:
            assert page[sample] == 0 or "ledger" in sample[0] or _old(view, latest_us)
        known |= page.keys()


@settings(deadline=None, max_examples=60)
@given(histories())
def test_a_page_holds_until_it_says(history: list[tuple[View, int]]) -> None:
    """A page may be kept until ``until_us``, and reads differently from then on."""
    exposition = Exposition(HOLD_US)
    for view, now_us in history:
        shown = exposition.render(view, now_us)
        latest_us = max(now_us, START_US)
        if shown.until_us < 2**60:
            assert shown.until_us > now_us
            before = Exposition(HOLD_US).render(view, max(latest_us, shown.until_us - 1))
            after = Exposition(HOLD_US).render(view, shown.until_us)
            assert before.text != after.text


def _old(view: View, now_us: int) -> bool:
    """Whether the oldest of what a view holds may already be released."""
    held = [view.deliveries, *view.transitions.values()]
    times = [count.first_seen_us for counts in held for count in counts.values()]
    for table in (view, view.tasks, view.probes):
        times += table.first_seen_us[table.first_seen_us > 0].tolist()
    return bool(times) and min(times) + HOLD_US <= now_us


def _consistent(page: dict[Sample, Decimal]) -> None:
    for (name, labels), amount in page.items():
        if name.endswith("_bucket"):
            base = frozenset((label, value) for label, value in labels if label != "le")
            count = page[f"{name.removesuffix('_bucket')}_count", base]
            assert amount <= count
            if ("le", "+Inf") in labels:
                assert amount == count
