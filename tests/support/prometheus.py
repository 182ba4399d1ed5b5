"""The real Prometheus server, scraping what a test points it at, and questions to ask it."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from stream.broker import ports
from stream.broker.process import ServerProcess

_POLL_S = 0.05
_QUERY_TIMEOUT_S = 10.0


@dataclass(frozen=True)
class Scrape:
    """One job of the scrape configuration; ``targets`` are ``host:port``."""

    job: str
    targets: tuple[str, ...]
    interval_s: float = 1.0
    path: str = "/metrics"


@dataclass(frozen=True)
class Series:
    """A series and its samples as (unix seconds, value); an instant answer has one sample."""

    labels: dict[str, str]
    samples: tuple[tuple[float, float], ...]

    @property
    def value(self) -> float:
        """The last sample's value."""
        return self.samples[-1][1]


def render_config(scrapes: Sequence[Scrape], rule_files: Sequence[Path], evaluation_interval_s: float) -> str:
    """Return prometheus.yml as JSON, which every YAML reader understands."""
    jobs = [
        {
            "job_name": scrape.job,
            "metrics_path": scrape.path,
            "scrape_interval": _duration(scrape.interval_s),
            "scrape_timeout": _duration(scrape.interval_s),
            "static_configs": [{"targets": list(scrape.targets)}],
        }
        for scrape in scrapes
    ]
    return json.dumps(
        {
            "global": {"evaluation_interval": _duration(evaluation_interval_s)},
            "rule_files": [str(path.resolve()) for path in rule_files],
            "scrape_configs": jobs,
        },
        indent=1,
    )


def _duration(seconds: float) -> str:
    return f"{round(seconds * 1000)}ms"


class Prometheus:
    """A Prometheus server on a free port with its data in ``work_dir``; a context manager."""

    start_timeout_s = 20.0

    def __init__(
        self,
        scrapes: Sequence[Scrape],
        work_dir: Path,
        *,
        rule_files: Sequence[Path] = (),
        evaluation_interval_s: float = 1.0,
        flags: Sequence[str] = (),
    ) -> None:
        self.port = ports.free_port()
        self.url = f"http://{ports.LOOPBACK}:{self.port}"
        self._work_dir = work_dir.resolve()
        self._config = render_config(scrapes, rule_files, evaluation_interval_s)
        self._flags = tuple(flags)
        self._process: ServerProcess | None = None

    @property
    def pid(self) -> int:
        """Process id. Raises RuntimeError before the start."""
        if self._process is None:
            raise RuntimeError("Prometheus was not started")
        return self._process.pid

    def start(self) -> Self:
        """Start and wait until it is ready. Raises BrokerError when it does not start."""
        self._work_dir.mkdir(parents=True, exist_ok=True)
        config = self._work_dir / "prometheus.yml"
        config.write_text(self._config)
        command = [
            shutil.which("prometheus") or "prometheus",
            f"--config.file={config}",
            f"--storage.tsdb.path={self._work_dir / 'data'}",
            f"--web.listen-address={ports.LOOPBACK}:{self.port}",
            "--log.level=warn",
            *self._flags,
        ]
        self._process = process = ServerProcess("Prometheus", command, self._work_dir / "prometheus.log")
        process.start()
        try:
            self._wait_until_ready(process)
        except BaseException:
            process.kill()
            raise
        return self

    def _wait_until_ready(self, process: ServerProcess) -> None:
        deadline = time.monotonic() + self.start_timeout_s
        while time.monotonic() < deadline:
            if not process.running:
                raise process.failure(f"ended with code {process.exit_code} while starting")
            try:
                if httpx.get(f"{self.url}/-/ready", timeout=1.0).status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                pass
            time.sleep(_POLL_S)
        raise process.failure(f"was not ready on {self.url} within {self.start_timeout_s:g} s")

    def stop(self) -> None:
        """End it by its pid."""
        if self._process is not None:
            self._process.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def query(self, expression: str, at: float | None = None) -> list[Series]:
        """An instant query (``at`` in unix seconds, default now).

        A range selector such as ``llm_requests_total[10m]`` returns the raw samples as they were scraped.
        """
        parameters = {"query": expression} | ({} if at is None else {"time": repr(at)})
        return self._ask("query", parameters)

    def query_range(self, expression: str, start: float, end: float, step_s: float) -> list[Series]:
        """A range query; ``start`` and ``end`` in unix seconds."""
        parameters = {"query": expression, "start": repr(start), "end": repr(end), "step": repr(step_s)}
        return self._ask("query_range", parameters)

    def wait_for(self, expression: str, timeout_s: float = 15.0) -> list[Series]:
        """Ask until the answer is not empty. Raises TimeoutError naming the expression."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            if found := self.query(expression):
                return found
            time.sleep(_POLL_S)
        raise TimeoutError(f"Prometheus has no answer to {expression!r} after {timeout_s:g} s")

    def _ask(self, endpoint: str, parameters: dict[str, str]) -> list[Series]:
        reply = httpx.get(f"{self.url}/api/v1/{endpoint}", params=parameters, timeout=_QUERY_TIMEOUT_S)
        body: dict[str, Any] = reply.json()
        if body["status"] != "success":
            raise ValueError(f"Prometheus refuses {parameters['query']!r}: {body.get('error')}")
        return _series(body["data"])


def _series(data: dict[str, Any]) -> list[Series]:
    if data["resultType"] in ("scalar", "string"):
        return [Series({}, (_sample(data["result"]),))]
    return [
        Series(
            labels=entry["metric"],
            samples=tuple(_sample(pair) for pair in entry.get("values") or [entry["value"]]),
        )
        for entry in data["result"]
    ]


def _sample(pair: tuple[float, str]) -> tuple[float, float]:
    return float(pair[0]), float(pair[1])
