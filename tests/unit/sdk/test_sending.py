"""What the thread does with each answer: again, or settled and counted."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

import pytest

import tokonomics
from tests.unit.sdk.desk import Desk

LEAST: dict[str, Any] = {"provider": "openai", "model": "gpt-4o"}


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_what_is_put_off_is_sent_again_under_the_same_id(desk: Desk, status: int) -> None:
    """A body that was answered so arrives again, unchanged, and counts once."""
    desk.told = [(status, {}, {"message": "later"})] * 2
    reporter = tokonomics.Reporter(url=desk.url, token="t")
    event_id = reporter.emit(**LEAST)
    assert reporter.flush(20)
    assert len(desk.bodies) == 3
    assert desk.bodies[0] == desk.bodies[1] == desk.bodies[2]
    assert desk.bodies[0][1][0]["event_id"] == event_id
    assert desk.headers[0]["authorization"] == "Bearer t"
    assert reporter.stats() == tokonomics.Stats(1, 1, 0, 0, 0, {})


def test_retry_after_is_kept_to(desk: Desk) -> None:
    """Not even a flush asks before the time that the collector named."""
    desk.told = [(429, {"retry-after": "1"}, {})]
    reporter = tokonomics.Reporter(url=desk.url)
    reporter.emit(**LEAST)
    began_s = time.monotonic()
    assert reporter.flush(20)
    assert time.monotonic() - began_s >= 1


@pytest.mark.parametrize("status", [301, 400, 401, 404, 413, 415])
def test_what_is_refused_whole_is_not_sent_again(
    desk: Desk, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    """It is counted by its status and logged once; what comes after it is taken."""
    desk.told = [(status, {}, {"reason": "no", "message": "mend it"})] * 2
    reporter = tokonomics.Reporter(url=desk.url)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            reporter.emit(**LEAST)
            assert reporter.flush(20)
    assert len(desk.bodies) == 3
    assert reporter.stats() == tokonomics.Stats(3, 1, 2, 0, 0, {str(status): 2})
    assert [record.getMessage().count("mend it") for record in caplog.records] == [1]


@pytest.mark.parametrize("said", [None, 7, [], {}, {"refused": 7}, {"refused": [7, {}]}, "text"])
def test_a_2xx_of_any_form_settles_its_events(desk: Desk, said: Any) -> None:
    """A collector of another version, or a proxy that answers for it, does not stop the thread."""
    desk.told = [(202, {}, said)]
    reporter = tokonomics.Reporter(url=desk.url)
    reporter.emit(**LEAST)
    assert reporter.flush(20)
    assert reporter.stats().accepted == 1


def test_a_connection_that_was_closed_meanwhile_is_made_anew_at_once(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    """Servers close idle connections: that is no outage, and nothing is logged."""
    desk.hang_up = True
    reporter = tokonomics.Reporter(url=desk.url)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            reporter.emit(**LEAST)
            assert reporter.flush(20)
    assert desk.connections == 3
    assert reporter.stats().accepted == 3
    assert caplog.records == []


def test_a_connection_is_kept(desk: Desk) -> None:
    """Bodies of all kinds go over one connection, under the address's own path."""
    reporter = tokonomics.Reporter(url=f"{desk.url}/llm/")
    for report in (reporter.emit, reporter.outcome, reporter.task):
        assert report()
        assert reporter.flush(20)
    assert desk.connections == 1
    assert [path for path, _ in desk.bodies] == ["/llm/v1/events", "/llm/v1/outcomes", "/llm/v1/tasks"]


def test_another_address_takes_over_what_waits(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was reported before the address was right is sent to the right one."""
    monkeypatch.setenv("TOKONOMICS_COLLECTOR_URL", "nonsense")
    reporter = tokonomics.Reporter()
    reporter.emit(**LEAST)
    assert not reporter.flush(0.5)
    reporter.configure(url=desk.url)
    assert reporter.flush(20)
    assert len(desk.events()) == 1


def test_flush_waits_for_what_was_there_alone(desk: Desk) -> None:
    """Others who go on reporting do not keep it."""
    reporter, ended = tokonomics.Reporter(url=desk.url), threading.Event()

    def go_on() -> None:
        while not ended.wait(0.001):
            reporter.emit(**LEAST)

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        event_id = reporter.emit(**LEAST)
        assert reporter.flush(20)
        assert event_id in {event["event_id"] for event in desk.events()}
    finally:
        ended.set()
        thread.join()
