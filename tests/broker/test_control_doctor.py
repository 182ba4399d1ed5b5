"""The doctor on real brokers: it finds each fault that an installation can have, and names the mend."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from kafka.admin import ConfigResource, ConfigResourceType
from typer.testing import CliRunner

from stream.broker.base import Broker
from stream.broker.embedded import EmbeddedBroker
from stream.broker.kafka import KafkaBroker
from stream.broker.ports import free_port
from stream.cli import build
from stream.contract.topics import (
    CLOSED_TELEMETRY,
    CONFIG,
    LOGS,
    QUARANTINE,
    STATE_TELEMETRY,
    TASKS_LOG,
    TELEMETRY,
    TOPICS,
)
from stream.control.broker_client import BrokerClient
from stream.control.configuration import apply
from stream.control.doctor.examine import Wish, examine
from stream.control.doctor.findings import Finding, Status
from stream.control.topics import create_topics
from tests.broker.control_log import Crash, admin, configuration, crash_at, delete_topics

DAY_MS = 86_400_000
OTHERS = 2 * 2 * (len(LOGS) - 1)  #: writes of `config apply` before the telemetry log: epochs and notes


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    root = tmp_path_factory.mktemp("doctor-kafka")
    with KafkaBroker(None, root / "data", root) as broker:
        yield broker


@pytest.fixture
def healthy(kafka: Broker) -> str:
    """Kafka with topics just made."""
    delete_topics(kafka.bootstrap)
    create_topics(kafka.bootstrap, "kafka", 2)
    return kafka.bootstrap


def examined(bootstrap: str, kind: str = "kafka") -> list[Finding]:
    return list(examine(Wish(bootstrap, kind, Path(".tokonomics"))))


def wrong(bootstrap: str) -> list[Finding]:
    """What must be mended of broker and log."""
    return [finding for finding in examined(bootstrap) if finding.status is Status.FAIL]


def the_fault(bootstrap: str) -> Finding:
    """The one thing that must be mended."""
    found = wrong(bootstrap)
    assert len(found) == 1, found
    return found[0]


def alter(bootstrap: str, topic: str, settings: Mapping[str, str]) -> None:
    with admin(bootstrap) as client:
        client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, dict(settings))])


@pytest.mark.kafka
def test_a_healthy_log_has_nothing_to_mend(healthy: str) -> None:
    """After `topics create` all is well but for the processes that do not run yet."""
    found = {finding.check: finding for finding in examined(healthy)}
    assert wrong(healthy) == []
    for check in (
        "broker",
        "topics",
        "settings",
        "replicas",
        "generation",
        "clock",
        "records",
        "configuration",
    ):
        assert found[check].status is Status.OK, found[check]
    workers = [f for f in examined(healthy) if f.check == "workers"]
    for log, finding in zip(LOGS, workers, strict=True):
        assert finding.status is Status.WARN
        assert f"{log.agent}: partitions 0, 1 were never taken" in finding.said
    assert "tokonomics worker" in found["workers"].mend


@pytest.mark.kafka
@pytest.mark.parametrize(
    ("topic", "setting", "value", "wanted"),
    [
        (TELEMETRY, "message.timestamp.type", "CreateTime", "LogAppendTime"),
        (TELEMETRY, "retention.ms", str(34 * DAY_MS), str(35 * DAY_MS)),
        (TELEMETRY, "retention.bytes", "1000000", "-1"),
        (TASKS_LOG.source, "retention.ms", str(186 * DAY_MS), str(187 * DAY_MS)),
        (TELEMETRY, "cleanup.policy", "compact", "delete"),
        (STATE_TELEMETRY, "cleanup.policy", "delete", "compact"),
        (STATE_TELEMETRY, "max.message.bytes", "1000000", "8388608"),
        (CONFIG, "cleanup.policy", "delete", "compact"),
    ],
)
def test_a_wrong_setting_is_found(healthy: str, topic: str, setting: str, value: str, wanted: str) -> None:
    """A setting that makes figures wrong fails, with the command that sets it right."""
    alter(healthy, topic, {setting: value})
    fault = the_fault(healthy)
    assert fault.check == "settings" and fault.said.startswith(
        f"{topic}: {setting} is {value}, {wanted} wanted"
    )
    assert f"--entity-name {topic} --add-config {setting}={wanted}" in fault.mend


@pytest.mark.kafka
def test_a_setting_that_costs_time_only_is_a_warning(healthy: str) -> None:
    """Large segments make restarts slow and no figure wrong."""
    alter(healthy, STATE_TELEMETRY, {"segment.bytes": "1073741824"})
    assert wrong(healthy) == []
    warned = [f for f in examined(healthy) if f.check == "settings" and f.status is Status.WARN]
    assert len(warned) == 1 and "segment.bytes" in warned[0].said and "restart" in warned[0].said


@pytest.mark.kafka
def test_longer_retention_is_as_good(healthy: str) -> None:
    """What does more than is needed is no fault."""
    alter(healthy, TELEMETRY, {"retention.ms": "-1", "max.message.bytes": "10000000"})
    assert wrong(healthy) == []


@pytest.mark.kafka
def test_missing_topics_are_found(healthy: str) -> None:
    """Topics that are gone are named, with the command that makes them."""
    delete_topics(healthy, CLOSED_TELEMETRY, QUARANTINE)
    fault = the_fault(healthy)
    assert f"missing: {CLOSED_TELEMETRY}, {QUARANTINE}" in fault.said and "topics create" in fault.mend
    delete_topics(healthy)
    assert "topics create" in the_fault(healthy).mend


@pytest.mark.kafka
def test_too_many_partitions_are_found(healthy: str) -> None:
    """Partitions added by hand are found in the topic, and in the log against its generation."""
    with admin(healthy) as client:
        client.create_partitions({STATE_TELEMETRY: 3})
    assert "has 3 partitions, 2 expected" in the_fault(healthy).said
    with admin(healthy) as client:
        client.create_partitions({t.name: 3 for t in TOPICS if t.partitioned and t.name != STATE_TELEMETRY})
    assert [finding.check for finding in wrong(healthy)] == ["generation"] * len(LOGS)


@pytest.mark.kafka
def test_a_log_without_generation_is_found(healthy: str) -> None:
    """A topic made by hand has no generation; a record of somebody else's makes it unusable."""
    delete_topics(healthy, TELEMETRY)
    with BrokerClient(healthy) as client:
        topic = next(topic for topic in TOPICS if topic.name == TELEMETRY)
        client.create(topic, 2, 1, topic.settings)
        fault = the_fault(healthy)
        assert "[0, 1]: does not begin with a generation" in fault.said and "topics create" in fault.mend
        client.append(TELEMETRY, 0, [(None, b"somebody else's")])
    fault = the_fault(healthy)
    assert "begins with a record of kind unknown" in fault.said and "delete the topic" in fault.mend


@pytest.mark.kafka
def test_an_interrupted_apply_is_found(healthy: str) -> None:
    """Epochs missing in some partitions make partitions price differently: that must be mended."""
    with crash_at(1, written=True), pytest.raises(Crash):
        apply(healthy, configuration("Europe/Paris"))
    assert wrong(healthy) == []
    assert any("was written and not applied" in finding.said for finding in examined(healthy))
    with crash_at(OTHERS + 3, written=True), pytest.raises(Crash):
        apply(healthy, configuration("Europe/Paris"))
    fault = the_fault(healthy)
    assert f"not written into {TELEMETRY}, partitions 1" in fault.said and "config apply" in fault.mend


@pytest.mark.kafka
def test_too_few_replicas_for_what_is_demanded(healthy: str) -> None:
    """A minimum of in-sync replicas above their number means that nothing can be written."""
    alter(healthy, STATE_TELEMETRY, {"min.insync.replicas": "2"})
    assert f"nothing can be written to {STATE_TELEMETRY}" in the_fault(healthy).said


@pytest.mark.kafka
def test_the_command_ends_with_1_when_something_must_be_mended(healthy: str) -> None:
    """For scripts: exit code and JSON say the same as the table."""
    command = ["doctor", "--broker", healthy]
    good = CliRunner().invoke(build(), command)
    assert good.exit_code == 0, good.output
    assert "0 to mend" in good.output
    delete_topics(healthy, CLOSED_TELEMETRY)
    bad = CliRunner().invoke(build(), [*command, "--json"])
    assert bad.exit_code == 1
    found = json.loads(bad.stdout)
    assert found["failed"] is True
    assert {"status": "fail", "check": "topics"}.items() <= next(
        finding for finding in found["findings"] if finding["status"] == "fail"
    ).items()


def test_settings_are_not_looked_at_on_the_embedded_broker(tmp_path: Path) -> None:
    """It heeds few of them, and nobody runs it for long: said, and no fault."""
    with EmbeddedBroker(None, tmp_path) as broker:
        create_topics(broker.bootstrap, "embedded", 2)
        found = {finding.check: finding for finding in examined(broker.bootstrap, "embedded")}
    assert found["settings"].status is Status.UNCHECKED and "embedded" in found["settings"].said
    assert not [finding for finding in found.values() if finding.status is Status.FAIL]


def test_a_broker_that_is_away_is_one_fault() -> None:
    """One line says it; the rest is not checked, and nothing takes long."""
    found = examined(f"127.0.0.1:{free_port()}")
    assert [f.check for f in found if f.status is Status.FAIL] == ["broker"]
    unchecked = {f.check for f in found if f.status is Status.UNCHECKED}
    assert {"topics", "settings", "generation", "configuration", "records", "workers"} <= unchecked


def test_a_broker_that_hangs_is_one_fault(tmp_path: Path) -> None:
    """Connected and silent is as good as away."""
    with EmbeddedBroker(None, tmp_path) as broker:
        broker.pause()
        found = examined(broker.bootstrap, "embedded")
        broker.resume()
    assert [f.check for f in found if f.status is Status.FAIL] == ["broker"]
