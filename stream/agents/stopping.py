"""How a worker ends when it cannot go on exactly: one log line, exit code 70, nothing acknowledged."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from typing import ClassVar, NoReturn

EXIT_CODE = (
    70  #: EX_SOFTWARE of sysexits.h; a supervisor restarts, and the restart counts again from what is durable
)
_log = logging.getLogger("tokonomics.worker")
Stop = Callable[[str, str], NoReturn]


class WorkerFault(Exception):
    """What must end the worker before it acknowledges anything more. ``reason``: code in logs."""

    reason: ClassVar[str] = "worker_fault"


class UnsupportedFaust(WorkerFault):
    reason = "unsupported_faust"


class ReplayIncomplete(WorkerFault):
    """Faust did not replay the changelog from its beginning."""

    reason = "replay_incomplete"


class SilentLog(WorkerFault):
    """A log that has records does not give its first one."""

    reason = "silent_log"


class LogChanged(WorkerFault):
    """The source topic was made anew under a running worker."""

    reason = "log_changed"


class OffsetsLost(WorkerFault):
    """The log begins after the next offset to fold: records were removed that had not been folded."""

    reason = "offsets_lost"


class ConfigurationMissing(WorkerFault):
    reason = "configuration_missing"


class FlushTimeout(WorkerFault):
    reason = "flush_timeout"


class NoProgress(WorkerFault):
    reason = "no_progress"


class HoleStays(WorkerFault):
    reason = "hole_stays"


def reason_of(error: BaseException) -> str:
    """The reason code of an error: its own, or the name of its type."""
    return str(getattr(error, "reason", type(error).__name__))


def stop_process(reason: str, message: str) -> NoReturn:
    """End the process now. Faust would restart the agent and acknowledge what it skipped."""
    _log.critical("worker_stopped reason=%s exit_code=%d %s", reason, EXIT_CODE, message)
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(EXIT_CODE)
