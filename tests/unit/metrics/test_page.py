"""When the page is made anew, and when there is none."""

from __future__ import annotations

import threading
import zlib

import pytest
from prometheus_client import CollectorRegistry, Counter

from stream.contract.rows import MEASURE_INDEX
from stream.ledger.figures import View
from stream.metrics.page import Page, Unready
from tests.unit.metrics.expected import make_view
from tests.unit.metrics.scraped import samples

CLAIMS = ("production", "claims", "triage", "openai", "gpt-4o")
HOLD_US = 100
HITS = (
    "llm_cache_hits_total",
    frozenset(
        {("department", "claims"), ("use_case", "triage"), ("provider", "openai"), ("model", "gpt-4o")}
    ),
)


START_US = 1_000


class Desk:
    """A source, a clock and a page over both. Its series was seen long before the process started."""

    def __init__(self) -> None:
        self.view = make_view({CLAIMS: {"cache_hits": 3}}, 1)
        self.now_us = START_US
        self.registry = CollectorRegistry()
        self.page = Page(lambda: self.view, self.registry, HOLD_US, lambda: self.now_us)

    def hits(self) -> int:
        return int(samples(self.page.text())[HITS])


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_one_view_is_rendered_once(desk: Desk) -> None:
    """Any number of scrapes, packed or not, at once or in turn, cost one rendering per view."""
    threads = [threading.Thread(target=desk.page.packed if n % 2 else desk.page.text) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert desk.page.renders == 1
    desk.view = make_view({CLAIMS: {"cache_hits": 4}}, 1)
    desk.page.text()
    assert desk.page.renders == 2


def test_a_view_that_stands_is_shown_when_its_hold_is_over(desk: Desk) -> None:
    """A series that got its events once and nothing since must not read 0 for ever."""
    desk.view = make_view({CLAIMS: {"cache_hits": 3}}, START_US)
    for _ in range(2):
        assert desk.hits() == 0
        desk.now_us += HOLD_US // 2
    assert desk.hits() == 3
    assert desk.page.renders == 2


def test_the_time_before_the_first_page_is_no_hold(desk: Desk) -> None:
    """A process that reads the log for longer than the hold shows what it found there at 0 first."""
    desk.view = make_view({CLAIMS: {"cache_hits": 3}}, START_US + 10)
    desk.now_us += 5 * HOLD_US
    for _ in range(2):
        assert desk.hits() == 0
        desk.now_us += HOLD_US // 2
    assert desk.hits() == 3


def test_what_was_held_when_the_process_died_is_held_again(desk: Desk) -> None:
    """Perhaps nobody saw it at 0; that it was never released is certain, since the hold was not over."""
    desk.view = make_view({CLAIMS: {"cache_hits": 3}}, START_US - HOLD_US + 1)
    desk.now_us += 2 * HOLD_US
    assert desk.hits() == 0
    other = Desk()
    other.view = make_view({CLAIMS: {"cache_hits": 3}}, START_US - HOLD_US)  # released before: may not fall
    assert other.hits() == 3


@pytest.mark.parametrize("behind", [0, 1])
def test_a_time_without_pages_is_no_hold(desk: Desk, behind: int) -> None:
    """Behind, or asked by nobody: what came meanwhile begins at 0, what was shown before stays."""
    assert desk.hits() == 3
    new = ("production", "legal", *CLAIMS[2:])
    view = make_view({CLAIMS: {"cache_hits": 4}, new: {"cache_hits": 7}}, 1)
    view.first_seen_us[1, MEASURE_INDEX["cache_hits"]] = START_US + 20
    if behind:
        desk.view = View(view.labels, view.values, view.first_seen_us, behind=1)
        with pytest.raises(Unready):
            desk.page.text()
    desk.view = view
    legal = (HITS[0], HITS[1] - {("department", "claims")} | {("department", "legal")})
    desk.now_us += 3 * HOLD_US
    for _ in range(2):
        assert desk.hits() == 4
        assert samples(desk.page.text())[legal] == 0
        desk.now_us += HOLD_US // 2
    assert samples(desk.page.text())[legal] == 7


def test_packed_is_the_same_page(desk: Desk) -> None:
    """The kept and the new part unpack as one text, the process's own figures last, in one gzip member: a
    client that stops after the first member gets it all.
    """
    Counter("tokonomics_ledger_commits", "Commits.", registry=desk.registry).inc()
    desk.now_us += HOLD_US
    press = zlib.decompressobj(zlib.MAX_WBITS | 16)
    text = press.decompress(desk.page.packed())
    assert press.eof
    assert press.unused_data == b""
    assert text == desk.page.text()
    assert text.endswith(desk.page.process_text())
    assert b"tokonomics_ledger_commits_total 1.0\n" in text
    assert samples(text.removesuffix(desk.page.process_text()))[HITS] == 3


def test_the_process_speaks_anew_at_each_scrape(desk: Desk) -> None:
    """Its figures move while the view stands."""
    commits = Counter("tokonomics_ledger_commits", "Commits.", registry=desk.registry)
    desk.page.text()
    commits.inc(7)
    assert b"tokonomics_ledger_commits_total 7.0\n" in desk.page.text()
    assert desk.page.renders == 1


def test_what_is_behind_is_not_shown(desk: Desk) -> None:
    """A figure below what workers vouch for would look like a fall: no figure is better."""
    desk.now_us += HOLD_US
    assert desk.hits() == 3
    values = desk.view.values.copy()
    values[0, MEASURE_INDEX["cache_hits"]] = 9
    desk.view = View(desk.view.labels, values, desk.view.first_seen_us, behind=2)
    for answer in (desk.page.text, desk.page.packed, desk.page.ready):
        with pytest.raises(Unready, match="behind: 2 shards"):
            answer()
    desk.view = View(desk.view.labels, values, desk.view.first_seen_us)
    assert desk.hits() == 9


def test_a_source_that_has_nothing_says_why() -> None:
    """Its reason reaches the client; a page is not made of nothing."""

    def source() -> View:
        raise Unready("starting: reading the log")

    with pytest.raises(Unready, match="starting"):
        Page(source, CollectorRegistry()).text()
