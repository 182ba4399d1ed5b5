"""What can go wrong when a server is started, as one type with a reason code."""

from __future__ import annotations

from enum import StrEnum


class BrokerReason(StrEnum):
    """Why a server could not be started."""

    PORT_IN_USE = "port_in_use"
    BINARY_MISSING = "binary_missing"
    JAVA_MISSING = "java_missing"
    JARS_MISSING = "jars_missing"
    NO_PERMISSION = "no_permission"
    DOES_NOT_START = "does_not_start"


class BrokerError(Exception):
    """A server could not be started; ``str(error)`` is one line that says what to mend."""

    def __init__(self, reason: BrokerReason, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
