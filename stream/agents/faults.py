"""Two faults of Faust that lose records, and how this product works around them. Nothing else lives here.

Both were found and are tested against Faust 0.15.3 (tests/broker/test_faust_faults.py fails without them).
Another version may have mended or moved them, so that importing this module with one is an error.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import Any, ClassVar

import faust
from faust.transport.drivers.aiokafka import Consumer, Transport
from faust.types import TP

from stream.agents.stopping import UnsupportedFaust

KNOWN_VERSIONS = frozenset({"0.15.3"})


def check_version() -> None:
    """Raises UnsupportedFaust for a version whose faults nobody has looked at."""
    found = version("faust-streaming")
    if found not in KNOWN_VERSIONS:
        raise UnsupportedFaust(
            f"faust-streaming: {found} is not one of {sorted(KNOWN_VERSIONS)}; install one of them, "
            "or run tests/broker/test_faust_faults.py against it and add it to stream/agents/faults.py"
        )


def quiet_before_seek(app: faust.App) -> None:
    """Stop all fetching until Faust has sought. Call first thing on ``on_rebalance_complete``.

    Why: after the changelog replay the flow is running. Faust then resumes the source partitions, seeks them,
    and only afterwards empties its queues: a record that was fetched after the seek and before the emptying
    vanishes. With the flow stopped here (Faust starts it again itself, after the emptying) nothing can be
    fetched in between. Faust 0.15.3, ``Recovery.on_recovery_completed``.
    """
    app.consumer.stop_flow()
    app.flow_control.suspend()


class MendedConsumer(Consumer):
    """Faust's consumer, which leaves a paused partition paused.

    Why: a partition whose queue was full when a rebalance paused it is made active again as soon as the
    queue drains, although it is paused for the changelog replay: its records arrive before the seek, from a
    position that is about to be abandoned. Faust 0.15.3, ``Consumer.on_buffer_drop``.
    """

    def on_buffer_drop(self, tp: TP) -> None:
        if tp in self._buffered_partitions and tp in self._paused_partitions:
            self._buffered_partitions.discard(tp)
        else:
            super().on_buffer_drop(tp)


class MendedTransport(Transport):
    Consumer: ClassVar[Any] = MendedConsumer
