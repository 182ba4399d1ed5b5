"""Agents in one app do not wait for each other."""

from __future__ import annotations

import time
from pathlib import Path

from stream.broker.embedded import EmbeddedBroker
from tests.broker.fleet import Fleet
from tests.broker.stuck_flush_worker import SAID, STUCK_S

MORE_THAN_ITS_BUFFER = 2500  #: records; see poll_bounds


def test_an_agent_whose_flush_waits_holds_up_no_other(
    embedded_broker: EmbeddedBroker, tmp_path: Path
) -> None:
    """One agent's broker answers late and its queue is full: the others stay as fresh as they were."""
    others = {"a": 2, "c": 2, "d": 2}
    with Fleet(embedded_broker, tmp_path, others | {"b": 2}, flush_interval_s=1.5) as fleet:
        fleet.start(0, ("tests.broker.stuck_flush_worker",))
        fleet.wait_log(0, "assigned partitions=")
        with fleet.sources["b"].stream(20):
            fleet.wait_log(0, SAID)
        well_before_its_end = time.monotonic() + STUCK_S - 2
        fleet.sources["b"].send_plain(MORE_THAN_ITS_BUFFER)
        a, c, d = (fleet.sources[name] for name in others)
        with a.stream(30), c.stream(30), d.stream(30):
            for name in others:
                fleet.wait_beyond(name, fleet.durable(name))
        while any(fleet.counted(name) != fleet.sources[name].truth for name in others):
            assert time.monotonic() < well_before_its_end, fleet.log(0)
        fleet.wait_counted()
