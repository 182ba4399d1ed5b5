"""Sending bodies to a collector that is slow, busy, broken or gone."""

from __future__ import annotations

import threading
import time

import pytest

from collectors.replay.account import Account, Body, Expected, Series
from collectors.replay.feeder import Feeder, SourceError
from collectors.replay.posting import BadAddress, Collector
from tests.unit.replay.desk import Desk

SERIES = Series("d", "u", "p", "m")


def at(desk: Desk, **tokens: str) -> Collector:
    return Collector.at(f"http://127.0.0.1:{desk.server_address[1]}", tokens)


def body(request: int, *, again: bool = False) -> Body:
    return Body(0.0, "s", b"%d" % request, (Expected(request, SERIES, {"input": 5}),), again)


def test_a_body_is_sent_until_it_is_accepted(desk: Desk) -> None:
    """Busy, broken, hanging up: the client comes back, and counts the body once."""
    desk.script = [429, 503, None, 500]
    account = Account()
    with Feeder(at(desk), account, connections=1) as feeder:
        feeder.send(body(1))
    assert [payload for payload, _ in desk.received] == [b"1"] * 5
    assert (account.counted, account.duplicates, account.sent, feeder.retries) == (1, 0, 1, 4)


def test_retry_after_is_honoured(desk: Desk) -> None:
    """A collector that asks for a second gets it."""
    desk.script, desk.retry_after = [429], "1"
    began = time.monotonic()
    with Feeder(at(desk), Account(), connections=1) as feeder:
        feeder.send(body(1))
    assert time.monotonic() - began >= 1


def test_many_bodies_over_many_connections_balance(desk: Desk) -> None:
    """Every body is sent and counted, whatever thread took it."""
    account = Account()
    with Feeder(at(desk), account, connections=4) as feeder:
        for request in range(200):
            feeder.send(body(request))
    assert sorted(int(payload) for payload, _ in desk.received) == list(range(200))
    assert account.counted == account.sent == 200
    assert account.tokens("input") == 1000


def test_copies_and_completions(desk: Desk) -> None:
    """The second of an identity is a duplicate; missing usage is completed once."""
    account = Account()
    silent, whole = (Body(0, "s", b"x", (Expected(1, SERIES, t),)) for t in (None, {"input": 7}))
    for told in (silent, whole, whole):
        account.accepted(told)
    assert (account.counted, account.duplicates, account.tokens("input")) == (1, 2, 7)


def test_a_body_sent_again_counts_once(desk: Desk) -> None:
    """A client that lost the answer sends the same body again: outside the balance."""
    account = Account()
    with Feeder(at(desk), account, connections=1) as feeder:
        feeder.send(body(1, again=True))
    assert len(desk.received) == 2
    assert account.sent == 1


def test_what_must_be_refused_is_dropped_by_source(desk: Desk) -> None:
    """A refused body is one dropped event of its source."""
    desk.script = [400]
    account = Account()
    with Feeder(at(desk), account, connections=1) as feeder:
        feeder.send(Body(0, "gateway", b"{", ()))
    assert account.dropped == {"gateway": 1}
    assert account.sent == 1


@pytest.mark.parametrize(
    ("script", "sent", "said"),
    [
        ([400], body(1), "should have been taken: 400 Bad Request"),
        ([401], body(1), "should have been taken: 401 Unauthorized"),
        ([200], Body(0, "s", b"{", ()), "should have been refused whole: was taken"),
    ],
)
def test_an_unexpected_answer_ends_the_feeding(
    desk: Desk, script: list[int | None], sent: Body, said: str
) -> None:
    """A wrong answer is an error with the collector's words, not a figure that quietly differs."""
    desk.script = script
    with pytest.raises(SourceError, match=said), Feeder(at(desk), Account(), connections=1) as feeder:
        feeder.send(sent)


def test_a_body_without_an_answer_is_unresolved() -> None:
    """Nobody there: the account says that it does not know, and the source fails."""
    nowhere = Desk()
    address = at(nowhere)
    nowhere.server_close()
    account = Account()
    with (
        pytest.raises(SourceError, match=r"gave up after 0\.3 s: no answer from 127\.0\.0\.1"),
        Feeder(address, account, connections=1, patience_s=0.3) as feeder,
    ):
        feeder.send(body(1))
    assert (account.unresolved, account.sent) == (1, 0)


def test_tokens_go_by_source(desk: Desk) -> None:
    """Each source authenticates as itself."""
    with Feeder(at(desk, s="secret-of-s"), Account(), connections=1) as feeder:
        feeder.send(body(1))
    assert [token for _, token in desk.received] == ["Bearer secret-of-s"]


def test_a_stopped_feed_ends_at_once(desk: Desk) -> None:
    """Ctrl-C during a wait for the next body does not wait for it."""
    stop = threading.Event()
    threading.Timer(0.2, stop.set).start()
    later = Body(60.0, "s", b"1", (Expected(1, SERIES),))
    began = time.monotonic()
    with Feeder(at(desk), Account(), connections=1) as feeder:
        feeder.feed([later], stop, paced=True)
    assert time.monotonic() - began < 5
    assert desk.received == []


@pytest.mark.parametrize("url", ["ftp://127.0.0.1:1", "https://127.0.0.1", "http://", "http://h:port"])
def test_a_bad_address_is_named(url: str) -> None:
    """The address is checked before anything is sent."""
    with pytest.raises(BadAddress, match="--to"):
        Collector.at(url)
