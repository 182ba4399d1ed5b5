"""``tokonomics topics``: the operator makes the topics, once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stream.control.options import BROKER, KIND, Broker, Json, Kind

if TYPE_CHECKING:
    from stream.control.topics import Created


def create(
    partitions: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=1024,
            help="Partitions of the telemetry log, for as long as it lives: at least as many as there will"
            " be workers. Default: 4, or what is there.",
        ),
    ] = None,
    window_days: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=90,
            help="For so many days a copy of a request is known as one; fixed for the log. Default: 14, or"
            " what is there.",
        ),
    ] = None,
    replication: Annotated[
        int | None,
        typer.Option(
            min=1, max=9, help="Replicas of each partition. Default: 3 where there are three brokers, else 1."
        ),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(
            envvar="TOKONOMICS_CONFIG",
            metavar="FILE",
            help="Configuration that a new log begins with. Default: the newest one applied before, or the"
            " bundled price catalogue alone.",
        ),
    ] = None,
    broker: Broker = BROKER,
    broker_kind: Kind = KIND,
    json: Json = False,
) -> None:
    """Make the topics that are missing, and begin the logs.

    Safe to run again, at any time, and after an interruption: what is there is checked and never altered.
    """
    from stream.control.configuration_file import load_configuration
    from stream.control.topics import create_topics

    created = create_topics(
        broker,
        broker_kind,
        partitions,
        window_days=window_days,
        configuration=None if config is None else load_configuration(config),
        replication=replication,
    )
    typer.echo(_as_json(created) if json else _as_text(created))


def _as_json(created: Created) -> str:
    import msgspec

    found = {
        "generation": msgspec.structs.asdict(created.generation),
        "epoch": msgspec.structs.asdict(created.epoch),
        "made": created.made,
        "begun": created.begun,
        "logs": {
            one.log.source: {"generation": msgspec.structs.asdict(one.generation), "begun": one.begun}
            for one in created.logs
        },
    }
    return msgspec.json.encode(found).decode()


def _as_text(created: Created) -> str:
    generation, epoch = created.generation, created.epoch
    lines = [f"made    {name}" for name in created.made]
    for log in created.logs:
        if log.begun:
            lines.append(f"begun   {log.log.source}, partitions {', '.join(map(str, log.begun))}")
    lines.append(
        f"{'ready' if lines else 'nothing to do'}: log {generation.id}, {generation.partitions} partitions,"
        f" identity window {generation.window_days} days, configuration {epoch.number}"
        f" ({epoch.digest[:12]})"
    )
    return "\n".join(lines)
