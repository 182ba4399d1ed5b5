"""Free ports on the loopback address.

Ports are taken below the range from which the kernel gives out source ports (32768 and up on Linux, 49152 and
up on macOS). A client that keeps trying to reach a dead server on a port *inside* that range sooner or later
gets this very port as its source, connects to itself, and the server cannot come back.
"""

from __future__ import annotations

import random
import socket

from stream.broker.errors import BrokerError, BrokerReason

LOOPBACK = "127.0.0.1"
LOWEST_PORT = 20_000
HIGHEST_PORT = 31_999
_ATTEMPTS = 200


def is_free(port: int) -> bool:
    """Say whether a server could listen on ``port`` of the loopback address now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """Return a port nobody listens on. Raises BrokerError(PORT_IN_USE) when none is found."""
    for _ in range(_ATTEMPTS):
        port = random.SystemRandom().randint(LOWEST_PORT, HIGHEST_PORT)
        if is_free(port):
            return port
    raise BrokerError(
        BrokerReason.PORT_IN_USE, f"no free port found between {LOWEST_PORT} and {HIGHEST_PORT} on {LOOPBACK}"
    )


def require_free(port: int, what: str) -> None:
    """Raise BrokerError(PORT_IN_USE) unless ``port`` is free; ``what`` names the server that wants it."""
    if not is_free(port):
        raise BrokerError(
            BrokerReason.PORT_IN_USE,
            f"{what}: port {port} on {LOOPBACK} is in use; stop what listens there or choose another port",
        )


def answers(port: int, timeout_s: float = 0.5) -> bool:
    """Say whether something accepts connections on ``port`` of the loopback address."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=timeout_s):
            return True
    except OSError:
        return False
