"""What the spool takes and gives back: admitted LiteLLM events onto this disk with fsync, then into a broker.

Bodies of 1, 20 and 512 events, 16 under way at a time; then the replay of 200 000 events into the
embedded broker. CPU is this process's alone. The last line is machine-readable.

    python -m tests.bench.spool
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from collectors._sdk.admission import Admitted
from collectors._sdk.configuration import SpoolPart
from collectors._sdk.meters import Meters
from collectors._sdk.spool_bodies import to_frame
from collectors._sdk.spool_running import open_spool
from collectors.host import wall_clock_us
from collectors.litellm.receiver import RECEIVER
from stream.broker.embedded import EmbeddedBroker
from stream.control.topics import create_topics
from tests.contract.samples import sample
from tests.support.collector import RunningCollector
from tests.unit.collectors.samples import admit

_AT_ONCE = 16
_REPLAYED = 200_000
_PER_BODY = 400


def bodies(count: int, size: int) -> list[Admitted]:
    return [
        admit([sample("litellm", body * size + n) for n in range(size)], receiver=RECEIVER)
        for body in range(count)
    ]


async def spooled(directory: Path, admitted: list[Admitted]) -> dict[str, float]:
    """Events a second, wall and CPU, and bytes an event."""
    spool = open_spool(SpoolPart(directory=directory), Path(), wall_clock_us, Meters(), wanted=True)
    assert spool is not None
    left = iter(admitted)

    async def one() -> None:
        for body in left:
            await spool.put(to_frame(body, wall_clock_us()))

    wall_s, cpu_s = time.perf_counter(), time.process_time()
    await asyncio.gather(*(one() for _ in range(_AT_ONCE)))
    wall_s, cpu_s = time.perf_counter() - wall_s, time.process_time() - cpu_s
    await spool.close()
    events = sum(len(body.records) for body in admitted)
    held = sum(path.stat().st_size for path in directory.glob("*/*.seg"))
    return {"wall": events / wall_s, "cpu": events / cpu_s, "bytes": held / events}


def replayed(directory: Path, broker: str) -> dict[str, float]:
    """Events a second of a collector that starts with a full spool, from its first acknowledgement."""
    with RunningCollector(broker, directory) as collector:
        collector.wait_ready()
        wall_s, cpu_s = time.perf_counter(), time.process_time()
        before = collector.metric("llm_collector_spool_replayed_events_total")
        while collector.metric("llm_collector_spool_events"):
            time.sleep(0.2)
        events = collector.metric("llm_collector_spool_replayed_events_total") - before
    return {
        "wall": events / (time.perf_counter() - wall_s),
        "cpu": events / (time.process_time() - cpu_s),
    }


def main() -> int:
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        for size, count in ((1, 5_000), (20, 2_000), (512, 100)):
            one = asyncio.run(spooled(directory / f"spool-{size}", bodies(count, size)))
            found[f"spooled_{size}"] = one
            said = (
                f"{one['wall']:>9,.0f} events/s, {one['cpu']:>9,.0f} per core, {one['bytes']:.0f} bytes each"
            )
            print(f"bodies of {size:>3}: {said}", file=sys.stderr)
        asyncio.run(spooled(directory / "spool", bodies(_REPLAYED // _PER_BODY, _PER_BODY)))
        with EmbeddedBroker(None, directory) as broker:
            create_topics(broker.bootstrap, "embedded")
            found["replayed"] = one = replayed(directory, broker.bootstrap)
        print(f"replay: {one['wall']:,.0f} events/s, {one['cpu']:,.0f} per core", file=sys.stderr)
    print(json.dumps({"benchmark": "spool", **found}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
