"""The ledger process: the follower writes, the endpoint shows what is committed. It ends in order."""

from __future__ import annotations

import logging
import signal
import sys
import threading
import traceback
from types import FrameType
from typing import Final, NoReturn

from sqlalchemy import Engine

from stream.contract.names import US_PER_SECOND
from stream.ledger.database import open_ledger, shown
from stream.ledger.errors import LedgerError, LedgerFault
from stream.ledger.figures import View
from stream.ledger.follower import Follower
from stream.metrics.computed import Computed
from stream.metrics.declared import INVALID, DeclaredFiles, first_problem
from stream.metrics.endpoint import Endpoint
from stream.metrics.meters import Meters
from stream.metrics.page import Page, Unready, now_us
from stream.metrics.routes import routes
from stream.settings import LedgerSettings

CANNOT_START: Final = 1
FAULT: Final = 70  #: EX_SOFTWARE of sysexits.h, as a worker that cannot go on exactly
_REFRESH_S: Final = 10.0
#: A follower that waits for a broker may not hear at once; what it has not committed it reads again.
_LEAVE_WITHIN_S: Final = 5.0
_log = logging.getLogger("tokonomics.ledger")


class LedgerProcess:
    """Follower, endpoint and the computed gauges of one process. ``stop``: set from outside to end in order,
    and by a fault.
    """

    def __init__(self, settings: LedgerSettings, engine: Engine, files: DeclaredFiles) -> None:
        self.stop = threading.Event()
        self.fault: BaseException | None = None
        self._follower = Follower(engine, settings.broker)
        self._meters = Meters(engine, self._follower.view, now_us)
        self._thread = threading.Thread(target=self._follow, name="follower", daemon=True)
        files.count_on(self._meters.registry)
        self._computed = Computed(engine, files, settings.min_group_size, now_us, settings.zone)
        self._computed.count_on(self._meters.registry)
        page = Page(
            self._view,
            self._meters.registry,
            round(settings.zero_hold_s * US_PER_SECOND),
            computed=self._computed.registry,
        )
        self._endpoint = Endpoint(
            settings.host,
            settings.port,
            routes(page),
            connections=settings.connections,
            connection_s=settings.connection_s,
        )

    def run(self) -> None:
        """Until ``stop`` is set. Raises what stopped the follower."""
        with self._endpoint:
            self._thread.start()
            for work, name in ((self._refresh, "refresh"), (self._compute, "computed")):
                threading.Thread(target=work, name=name, daemon=True).start()
            self.stop.wait()
            self._thread.join(_LEAVE_WITHIN_S)
        if self.fault is not None:
            raise self.fault

    def _view(self) -> View:
        try:
            view = self._follower.view()
        except LedgerError as error:
            raise Unready(f"stopped: {error}") from error
        if not self._thread.is_alive():
            raise Unready("stopped: nothing is read from the log any more; the process is about to end")
        return view

    def _follow(self) -> None:
        try:
            self._follower.run(self.stop)
        except BaseException as error:  # noqa: BLE001 the main thread ends the process by it
            self.fault = error
        finally:
            self.stop.set()

    def _compute(self) -> None:
        self._computed.run(self.stop)

    def _refresh(self) -> None:
        while True:
            try:
                self._meters.refresh()
            except LedgerError as error:
                _log.debug("refresh_failed %s", error)
            if self.stop.wait(_REFRESH_S):
                return


def run_ledger(settings: LedgerSettings) -> None:
    """Run until SIGTERM or SIGINT. Exit codes: 1 when it cannot start, 70 when it cannot go on exactly."""
    _configure_logging()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)  # while the database is opened
    try:
        files = DeclaredFiles(settings.program, settings.directory)
        engine = open_ledger(settings.database)
        process = LedgerProcess(settings, engine, files)
    except INVALID as error:
        _end(first_problem(error), CANNOT_START)
    except LedgerError as error:
        _end(str(error), CANNOT_START)
    except OSError as error:
        _end(
            f"ledger: cannot listen on {settings.host}:{settings.port}: {error.strerror or error}; stop what"
            " listens there or choose another address with --host and --port",
            CANNOT_START,
        )

    def leave(number: int, frame: FrameType | None) -> None:
        process.stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, leave)
    _log.info(
        "ledger_serving url=http://%s:%d/metrics database=%s", settings.host, settings.port, shown(engine.url)
    )
    try:
        process.run()
    except LedgerFault as fault:
        _end(str(fault), FAULT)
    except LedgerError as error:
        _end(str(error), CANNOT_START)
    except Exception as error:  # noqa: BLE001 a fault of ours: one line, and where
        place = traceback.extract_tb(error.__traceback__)[-1]
        _end(f"ledger: {type(error).__name__}: {error} ({place.filename}:{place.lineno})", FAULT)
    engine.dispose()


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)


def _end(line: str, code: int) -> NoReturn:
    print(f"error: {' '.join(line.split())}", file=sys.stderr, flush=True)
    raise SystemExit(code)


def _configure_logging() -> None:
    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
    logging.getLogger("tokonomics").setLevel(logging.INFO)
    logging.getLogger("kafka").setLevel(logging.CRITICAL)  # the follower itself says what it waits for
