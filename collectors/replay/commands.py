"""``tokonomics replay``: sends a published trace to a running collector."""

from __future__ import annotations

import hashlib
import signal
import threading
import time
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from collectors.replay.account import Account
from collectors.replay.feeder import Feeder, SourceError
from collectors.replay.posting import BadAddress, Collector
from collectors.replay.progress import Shown
from collectors.replay.replaying import Replay, trace_bodies
from collectors.replay.traces import TraceError, TraceRow, read_trace

_INTERRUPTED: Final = 130


class Replayed(msgspec.Struct):
    """Totals of a replay, to compare with those that the trace's publisher or README names."""

    trace_sha256: str
    seed: int
    batch: str
    requests: int
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    retries: int
    seconds: float
    complete: bool  #: False when it was interrupted


def replay(
    trace: Annotated[Path, typer.Option(help="Azure LLM inference trace (CSV) or Mooncake trace (JSONL).")],
    to: Annotated[
        str, typer.Option(envvar="TOKONOMICS_COLLECTOR", help="The collector's address.")
    ] = "http://127.0.0.1:4318",
    speed: Annotated[
        float, typer.Option(min=0.001, help="How many times as fast as it was recorded.")
    ] = 60.0,
    as_fast_as_possible: Annotated[
        bool, typer.Option("--as-fast-as-possible", help="As fast as the collector takes it; ends now.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Which models, people and departments are assigned.")] = 1,
    repeat: Annotated[int, typer.Option(min=1, help="How often the trace is sent, as new requests.")] = 1,
    batch: Annotated[
        str, typer.Option(help="Part of every event id: the same batch sent twice is counted once.")
    ] = "0",
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first requests of the trace.")] = None,
    token: Annotated[
        str, typer.Option(envvar="TOKONOMICS_TOKEN", help="Bearer token, where the collector wants one.")
    ] = "",
    json: Annotated[bool, typer.Option("--json", help="Print the totals as JSON.")] = False,
) -> None:
    """Replay a request trace through a running collector, moved to now.

    A trace names no model, person or department: they are assigned by a rule that anybody can compute again
    (collectors/replay/README.md). Prints the totals sent, to compare with those of the trace.
    """
    try:
        rows, digest = _read(trace, limit)
        collector = Collector.at(to, {"": token} if token else None)
        plan = Replay(
            digest,
            time.time_ns() // 1000,
            seed=seed,
            batch=batch,
            repeat=repeat,
            speed=None if as_fast_as_possible else speed,
        )
        found = _send(rows, plan, collector)
    except (TraceError, BadAddress) as error:
        _fail(error, 2)
    except OSError as error:
        _fail(f"--trace: {trace}: {error.strerror}", 2)
    except SourceError as error:
        _fail(error, 1)
    else:
        typer.echo(msgspec.json.encode(found).decode() if json else _as_text(found))
        if not found.complete:
            raise typer.Exit(_INTERRUPTED)


def _fail(error: object, code: int) -> None:
    typer.echo(f"error: {error}", err=True)
    raise typer.Exit(code)


def _read(trace: Path, limit: int | None) -> tuple[list[TraceRow], str]:
    """Rows of a trace file and the SHA-256 of the file. Raises TraceError, OSError."""
    raw = trace.read_bytes()
    try:
        lines = raw.decode().splitlines()
    except UnicodeDecodeError as error:
        raise TraceError(f"{trace}: byte {error.start} is not UTF-8") from None
    rows = list(read_trace(lines, str(trace)))
    if not rows:
        raise TraceError(f"{trace}: holds no request")
    return rows[:limit], hashlib.sha256(raw).hexdigest()


def _send(rows: list[TraceRow], plan: Replay, collector: Collector) -> Replayed:
    account, stop = Account(), threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    began = time.monotonic()
    with (
        Feeder(collector, account) as feeder,
        Shown(len(rows) * plan.repeat, lambda: account.sent),
    ):
        feeder.feed(trace_bodies(rows, plan), stop, paced=plan.speed is not None)
    return Replayed(
        trace_sha256=plan.digest,
        seed=plan.seed,
        batch=plan.batch,
        requests=account.counted,
        input_tokens=account.tokens("input", "input_cache_read"),
        output_tokens=account.tokens("output"),
        cache_read_tokens=account.tokens("input_cache_read"),
        retries=feeder.retries,
        seconds=round(time.monotonic() - began, 3),
        complete=not stop.is_set(),
    )


def _as_text(found: Replayed) -> str:
    began = "replayed" if found.complete else "interrupted after"
    return (
        f"{began} {found.requests} requests in {found.seconds:.1f} s: {found.input_tokens} input tokens"
        f" ({found.cache_read_tokens} of them cache reads) and {found.output_tokens} output tokens"
    )
