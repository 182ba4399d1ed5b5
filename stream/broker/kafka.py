"""Apache Kafka as one JVM of ours: a real broker for tests and for ``make demo BROKER=kafka``.

KRaft, broker and controller in one process, replication 1, its data on disk: it survives a kill. The jars
come from Maven (``make kafka-jars``).
"""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import uuid
from collections.abc import Mapping
from pathlib import Path

from stream.broker import ports
from stream.broker.base import Broker
from stream.broker.errors import BrokerError, BrokerReason
from stream.broker.process import ServerProcess, make_dir

JARS_VARIABLE = "TOKONOMICS_KAFKA_JARS"
_JVM = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx512m")
_LOGGING = ("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-Dorg.slf4j.simpleLogger.showDateTime=true")
_FORMAT_TIMEOUT_S = 60.0


def default_jars_dir() -> Path:
    """Where ``make kafka-jars`` puts the jars, unless TOKONOMICS_KAFKA_JARS names another directory."""
    named = os.environ.get(JARS_VARIABLE)
    return Path(named) if named else Path(__file__).resolve().parents[2] / ".cache" / "kafka"


def find_java() -> str:
    """Return the path of the ``java`` command. Raises BrokerError(JAVA_MISSING)."""
    java = shutil.which("java")
    if java is None:
        raise BrokerError(
            BrokerReason.JAVA_MISSING,
            "Apache Kafka: no `java` found; install a JDK 17 or newer (Debian: default-jdk-headless)",
        )
    return java


def find_jars(jars_dir: Path) -> str:
    """Return the class path for Kafka's jars. Raises BrokerError(JARS_MISSING)."""
    if not list(jars_dir.glob("kafka_2.13-*.jar")):
        raise BrokerError(
            BrokerReason.JARS_MISSING,
            f"Apache Kafka: no jars in {jars_dir}; run `make kafka-jars` (needs Maven)",
        )
    return str(jars_dir / "*")


def _new_cluster_id() -> str:
    """A random id as Kafka writes it: 16 bytes, URL-safe base64, no padding, not starting with a dash."""
    while True:
        text = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        if not text.startswith("-"):
            return text


class KafkaBroker(Broker):
    """Apache Kafka with its data in ``data_dir`` and its log in ``log_dir``/kafka.log.

    ``settings`` go over ours in server.properties, for tests that need quick compaction or a small segment.
    Ready two to four seconds after the first start (the storage is formatted once), about five after a kill.
    """

    name = "Apache Kafka"
    start_timeout_s = 90.0
    stop_timeout_s = 20.0

    def __init__(
        self,
        port: int | None,
        data_dir: Path,
        log_dir: Path,
        *,
        jars_dir: Path | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(port)
        self._data_dir = data_dir.resolve()
        self._log_dir = log_dir.resolve()
        self._jars_dir = (jars_dir or default_jars_dir()).resolve()
        self._settings = dict(settings or {})
        self._controller_port: int | None = None

    def _prepare(self, port: int) -> ServerProcess:
        java = [find_java(), *_JVM, *_LOGGING, "-cp", find_jars(self._jars_dir)]
        make_dir(self._data_dir, self.name)
        make_dir(self._log_dir, self.name)
        # Another port on each start: the controller's is nobody's business but the broker's own.
        self._controller_port = ports.free_port()
        properties = self._data_dir / "server.properties"
        properties.write_text(self._render(port, self._controller_port))
        if not (self._data_dir / "log" / "meta.properties").exists():
            self._format(java, properties)
        return ServerProcess(self.name, [*java, "kafka.Kafka", str(properties)], self._log_dir / "kafka.log")

    def _render(self, port: int, controller_port: int) -> str:
        settings = {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": f"1@{ports.LOOPBACK}:{controller_port}",
            "controller.listener.names": "CONTROLLER",
            "listeners": f"PLAINTEXT://{ports.LOOPBACK}:{port},CONTROLLER://{ports.LOOPBACK}:{controller_port}",
            "advertised.listeners": f"PLAINTEXT://{ports.LOOPBACK}:{port}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "log.dirs": str(self._data_dir / "log"),
            "auto.create.topics.enable": "false",
            "default.replication.factor": "1",
            "min.insync.replicas": "1",
            "offsets.topic.num.partitions": "4",
            "offsets.topic.replication.factor": "1",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            "share.coordinator.state.topic.replication.factor": "1",
            "share.coordinator.state.topic.min.isr": "1",
            "group.initial.rebalance.delay.ms": "0",
            # A broker killed and started again is let in only when its former session has run out.
            "broker.session.timeout.ms": "3000",
            "broker.heartbeat.interval.ms": "500",
            "num.network.threads": "2",
            "num.io.threads": "4",
        }
        settings.update(self._settings)
        return "".join(f"{key}={value}\n" for key, value in settings.items())

    def _format(self, java: list[str], properties: Path) -> None:
        command = [*java, "kafka.tools.StorageTool", "format", "-t", _new_cluster_id(), "-c", str(properties)]
        try:
            done = subprocess.run(
                command,
                check=False,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=_FORMAT_TIMEOUT_S,
            )
        except subprocess.TimeoutExpired as error:
            raise BrokerError(
                BrokerReason.DOES_NOT_START,
                f"Apache Kafka: formatting {self._data_dir} took longer than {_FORMAT_TIMEOUT_S:g} s",
            ) from error
        if done.returncode != 0:
            said = (done.stderr + done.stdout).strip().splitlines() or ["no message"]
            raise BrokerError(
                BrokerReason.DOES_NOT_START, f"Apache Kafka: cannot format {self._data_dir}: {said[0]}"
            )
