"""Settings of the processes. Checked at the edge, immutable inside."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

BrokerKind = Literal["kafka", "embedded"]
LOWEST_SESSION_TIMEOUT_S = 6.0  #: below it a Faust worker never finishes joining and idles for ever


class WorkerSettings(BaseModel):
    """One worker process. Durations are seconds.

    ``broker``: host:port, comma separated. ``slot``: number of this worker, stable over restarts; on Kafka it
    names the static member of the group. ``partitions``: of the partitioned topics, None: ask the broker.
    ``flush_share``: at most this part of the time is spent making state durable. ``metrics_port`` 0: none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    broker: str = "127.0.0.1:9092"
    broker_kind: BrokerKind = "kafka"
    slot: int = Field(default=0, ge=0)
    group: str = "tokonomics"
    partitions: int | None = Field(default=None, ge=1)
    directory: Path = Path(".tokonomics")
    session_timeout_s: float = Field(default=LOWEST_SESSION_TIMEOUT_S, ge=LOWEST_SESSION_TIMEOUT_S)
    heartbeat_interval_s: float = Field(default=1.0, gt=0)
    request_timeout_s: float = Field(default=60.0, gt=0)
    take_records: int = Field(default=50, ge=1)
    take_within_s: float = Field(default=0.2, gt=0)
    flush_interval_s: float = Field(default=1.0, gt=0)
    flush_share: float = Field(default=0.2, gt=0, lt=1)
    flush_timeout_s: float = Field(default=150.0, gt=0)
    force_flush_every_s: float = Field(default=600.0, gt=0)
    hole_wait_s: float = Field(default=8.0, gt=0)
    config_timeout_s: float = Field(default=60.0, gt=0)
    assignment_timeout_s: float = Field(default=60.0, gt=0)
    progress_timeout_s: float = Field(default=300.0, gt=0)
    metrics_host: str = "127.0.0.1"
    metrics_port: int = Field(default=0, ge=0, le=65535)
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @model_validator(mode="after")
    def _flush_before_watchdog(self) -> Self:
        if self.progress_timeout_s <= self.flush_timeout_s:
            raise ValueError(
                f"progress_timeout_s: {self.progress_timeout_s} must be above flush_timeout_s "
                f"({self.flush_timeout_s}), else the watchdog ends a worker that is waiting for its broker"
            )
        return self

    @property
    def instance_id(self) -> str | None:
        """Static membership on Kafka: a restarted slot counts again at once. Embedded: it hangs."""
        return f"{self.group}-{self.slot}" if self.broker_kind == "kafka" else None


class ReaderSettings(BaseModel):
    """What shows the ledger's figures. ``database``: an SQLAlchemy URL. ``program``: file of the programme,
    for ROI and targets. ``directory``: file of the target populations, for adoption. ``min_group_size``: no
    figure of fewer people is shown. ``zone``: the configuration's, in which people-days are counted.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    database: str = "sqlite:///.tokonomics/ledger.sqlite"
    program: Path | None = None
    directory: Path | None = None
    min_group_size: int = Field(default=5, ge=1)
    zone: str = "UTC"

    @field_validator("zone")
    @classmethod
    def _known(cls, zone: str) -> str:
        if zone not in available_timezones():
            raise ValueError("is no zone; write an IANA name, as Europe/Paris")
        return zone


class LedgerSettings(ReaderSettings):
    """The ledger process. ``broker``: host:port, comma separated.

    ``zero_hold_s``: how long a new series is shown at 0; two scrapes and two evaluations of rules must fit.
    """

    host: str = "127.0.0.1"
    port: int = Field(default=9464, ge=1, le=65535)
    broker: str = "127.0.0.1:9092"
    broker_kind: BrokerKind = "kafka"
    zero_hold_s: float = Field(default=150.0, ge=0)
    connections: int = Field(default=32, ge=1)
    connection_s: float = Field(default=30.0, gt=0)


def poll_bounds(partitions: int) -> tuple[int, int]:
    """(stream buffer, records per poll): a slow agent must not fill the buffer that all fetching waits for.

    Measured rule: partitions of a topic times records per poll stay within a fifth of the buffer.
    """
    buffer = max(1024, 40 * partitions)
    return buffer, max(1, buffer // (5 * partitions))


class BoardSettings(ReaderSettings):
    """The board's process, which reads the ledger and never writes it."""

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=1, le=65535)
