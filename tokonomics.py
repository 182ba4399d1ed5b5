"""Reports model requests, what became of them and pieces of work to a Tokonomics collector.

    tokonomics.configure(url="http://127.0.0.1:4318", department="support")
    tokonomics.emit(provider="openai", model="gpt-4o-mini", usage={"input_tokens": 812, "output_tokens": 96})

The standard library alone; a daemon thread, begun with the first report, posts. Reporting never blocks and
never raises: what cannot be taken is counted in ``stats`` and logged once per reason. More: docs/sdk.md.
"""

from __future__ import annotations

import atexit
import http.client
import json
import logging
import os
import random
import threading
import time
from collections import Counter, deque
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from queue import SimpleQueue
from typing import Any, Final
from urllib.parse import urlsplit

_URL: Final = "http://127.0.0.1:4318"
_BATCH: Final = 200  #: reports in a body; an answer names up to a thousand refusals
_LARGEST_BYTES: Final = 64 * 1024  #: of a report: one with content in it takes no neighbour with it (413)
_LINGER_S, _ANSWER_S = 0.2, 30.0  #: a report waits for others; the collector answers once the broker has it
_FIRST_WAIT_S, _LONGEST_WAIT_S, _LONGEST_ASKED_S = 0.1, 10.0, 60.0  #: between two tries; asked: Retry-After
_ALL: Final = ("source", "source_key", "environment")
#: path -> (id made where none is given, labels that configure may set: an outcome's are its request's).
_KINDS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "/v1/events": ("event_id", (*_ALL, "department", "use_case", "feature")),
    "/v1/outcomes": ("event_id", _ALL),
    "/v1/tasks": ("task_id", (*_ALL, "department", "use_case")),
}
log = logging.getLogger(__name__)


class BadSetting(ValueError):
    """A setting that cannot be; the text names it and the mend."""

    reason = "bad_setting"


@dataclass(frozen=True)
class Stats:
    """Reports of this process: ``sent`` = accepted + refused + dropped + waiting."""

    sent: int
    accepted: int  #: the broker holds them
    refused: int  #: by the collector, or not to be written as JSON
    dropped: int  #: never sent
    waiting: int
    reasons: dict[str, int]  #: of those refused and dropped


def _target(url: str, token: str) -> tuple[tuple[Any, str, int | None], str, dict[str, str]]:
    """(arguments of a connection, path before ours, headers); "": the environment's. Raises BadSetting."""
    connections = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
    token = (token or os.environ.get("TOKONOMICS_TOKEN") or "").strip()
    headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {token}"} if token else {})
    with suppress(ValueError, AttributeError):
        parts = urlsplit(url or os.environ.get("TOKONOMICS_COLLECTOR_URL") or _URL)
        if parts.scheme in connections and parts.hostname and token.isascii() and token.isprintable():
            return (connections[parts.scheme], parts.hostname, parts.port), parts.path.rstrip("/"), headers
    raise BadSetting(f"url, token: give an address such as {_URL}, and visible ASCII characters")


class Reporter:
    """What the module's functions do; make one of your own to report to a second collector."""

    def __init__(self, **settings: Any) -> None:
        self.configure(**settings)
        self._begin()
        atexit.register(self._at_exit)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._begin)

    def _begin(self) -> None:
        """As new. In a forked child too: what waits is its parent's to send, a lock may be held for ever."""
        self._queue: deque[tuple[str, dict[str, Any]]] = deque()
        self._wake: SimpleQueue[None] = SimpleQueue()  # its put may interrupt another (signals), Event's not
        self._hurry, self._lock = threading.Event(), threading.Condition(threading.RLock())
        self._thread: threading.Thread | None = None
        self._connection: tuple[object, http.client.HTTPConnection] | None = None  # and its target
        self._in_flight = self._accepted = self._refused = self._dropped = 0
        self._reasons, self._said = Counter[str](), set[tuple[str, ...]]()
        self._bits = random.Random().getrandbits  # uuid4 asks the system, and lets other threads in meanwhile

    def configure(
        self, *, url: str = "", token: str = "", queue_events: int = 10_000, exit_s: float = 2, **labels: str
    ) -> None:
        """Set all anew. url, token: by default the environment's. exit_s: so long the program's end may wait.
        labels, where a report has none: source, source_key, environment, department, use_case, feature.
        """
        if unknown := labels.keys() - _KINDS["/v1/events"][1]:
            raise BadSetting(f"{', '.join(sorted(unknown))}: no such setting; leave it out")
        if url or token:  # the environment's may be wrong: no reason for a program not to begin
            _target(url, token)
        self._url, self._token, self._most_waiting, self._exit_s = url, token, queue_events, exit_s
        self._labels = {p: {k: labels[k] for k in known if k in labels} for p, (_, known) in _KINDS.items()}

    def emit(self, *positional: object, **fields: Any) -> str:
        """Report a model request, with the fields of a usage event; returns its event_id at once."""
        return self._take("/v1/events", positional, fields)

    def outcome(self, *positional: object, **fields: Any) -> str:
        """Report what became of an output, with the fields of an outcome; returns its event_id at once."""
        return self._take("/v1/outcomes", positional, fields)

    def task(self, *positional: object, **fields: Any) -> str:
        """Report a piece of work, with the fields of a task; returns its task_id at once."""
        return self._take("/v1/tasks", positional, fields)

    def _take(self, path: str, positional: tuple[object, ...], given: dict[str, Any]) -> str:
        name: object = ""
        try:
            id_field, fields = _KINDS[path][0], {**self._labels[path], **given}
            fields[id_field] = name = fields.get(id_field) or f"{self._bits(128):032x}"
            if fields.get("time") is None:
                fields["time"] = time.time()
            for key, value in fields.items():
                if type(value) is dict or type(value) is list:
                    fields[key] = value.copy()  # the caller may go on with theirs
            if positional:
                self._drop("positional")
            elif len(self._queue) >= self._most_waiting:
                self._drop("queue_full")  # the newest: the oldest is the sending thread's
            elif self._thread is None and not self._start():
                self._drop("no_thread")
            else:
                self._queue.append((path, fields))
                if self._wake.empty():
                    self._wake.put(None)
        except Exception:  # noqa: BLE001 - whatever is reported, the program goes on
            self._drop("fault")
        return name if isinstance(name, str) else ""

    def _drop(self, reason: str) -> None:
        with self._lock:
            self._dropped += 1
            self._reasons[reason] += 1
        self._say((reason,), f"a report is dropped: {reason}")

    def _say(self, kind: tuple[str, ...], text: str) -> None:
        if kind not in self._said:
            self._said.add(kind)
            with suppress(Exception):
                log.warning("%s; stats() counts", text)

    def _start(self) -> bool:
        """Whether the thread runs: none can be begun once the program ends."""
        with self._lock, suppress(RuntimeError):
            if self._thread is None:
                thread = threading.Thread(target=self._run, name="tokonomics", daemon=True)
                thread.start()
                self._thread = thread
        return self._thread is not None

    def stats(self) -> Stats:
        """Counts since the process began or was forked."""
        with self._lock:
            waiting, done = len(self._queue) + self._in_flight, (self._accepted, self._refused, self._dropped)
            return Stats(sum(done) + waiting, *done, waiting, dict(self._reasons))

    def flush(self, timeout: float = 5.0) -> bool:
        """Wait until what was reported before is settled, at most ``timeout`` seconds; whether it is."""
        with self._lock:
            until = self._accepted + self._refused + self._in_flight + len(self._queue)
            self._hurry.set()
            done = self._lock.wait_for(lambda: self._accepted + self._refused >= until, timeout)
            self._hurry.clear()
            return done

    def _at_exit(self) -> None:
        if not self.flush(self._exit_s):
            self._say(("exit",), f"the program ends before {self.stats().waiting} reports were taken")

    def _run(self) -> None:
        while True:
            self._wake.get()
            self._hurry.wait(_LINGER_S)
            while self._queue:
                self._deliver()

    def _deliver(self) -> None:
        """Settle the oldest reports, each kind in bodies of its own."""
        with self._lock:
            self._in_flight = min(len(self._queue), _BATCH)
            taken = [self._queue.popleft() for _ in range(self._in_flight)]
        try:
            for path in _KINDS:
                self._send(path, list(filter(None, (self._encoded(path, f) for p, f in taken if p == path))))
        except Exception:
            log.exception("a fault of the reporter: %d reports are lost", self._in_flight)
            self._settle(0, {"fault": self._in_flight})

    def _encoded(self, path: str, fields: dict[str, Any]) -> bytes:
        """JSON, without what is None; empty for what cannot be written, which is settled."""
        reason = "too_large"
        try:
            said = {name: value for name, value in fields.items() if value is not None}
            if isinstance(when := said["time"], int | float):
                when = datetime.fromtimestamp(when, UTC)
            said["time"] = when.isoformat() if isinstance(when, datetime) else when
            event = json.dumps(said, ensure_ascii=False, allow_nan=False, default=float).encode()
            if len(event) < _LARGEST_BYTES:
                return event
        except Exception as error:  # noqa: BLE001 - of any type: the program's own objects are asked
            reason = f"not_json ({type(error).__name__})"
        self._say((path, reason), f"{path}: refused: {reason}, of the fields {', '.join(map(str, fields))}")
        self._settle(0, {reason.partition(" ")[0]: 1})
        return b""

    def _settle(self, accepted: int, refused: dict[str, int]) -> None:
        with self._lock:
            self._accepted += accepted
            self._refused += sum(refused.values())
            self._in_flight -= accepted + sum(refused.values())
            self._reasons.update(refused)
            self._lock.notify_all()

    def _send(self, path: str, events: list[bytes]) -> None:
        """Until the collector has answered for good."""
        body, wait_s = b"[" + b",".join(events) + b"]", _FIRST_WAIT_S
        while events:
            status, answer, asked_s = self._post(path, body)
            if 200 <= status < 300:
                self._said -= {("away",), ("queue_full",)}
                refused: Counter[str] = Counter()
                with suppress(KeyError, TypeError):
                    for item in answer["refused"][: len(events)]:
                        self._say((path, item["reason"]), f"{path}: refused: {item['message']}")
                        refused[item["reason"]] += 1
                return self._settle(len(events) - refused.total(), refused)
            why = f"{status or ''} {answer.get('message', '') if isinstance(answer, dict) else answer}"
            if 0 < status < 500 and status not in (408, 425, 429):
                self._say((path, str(status)), f"{path}: refused: {why}")
                return self._settle(0, {str(status): len(events)})
            if asked_s != 0:
                self._say(("away",), f"{path}: not taken, sent again until it is: {why}")
                time.sleep(asked_s or _FIRST_WAIT_S)
            if asked_s is None:
                self._hurry.wait(random.uniform(0, wait_s))
                wait_s = min(2 * wait_s, _LONGEST_WAIT_S)

    def _post(self, path: str, body: bytes) -> tuple[int, Any, float | None]:
        """(status, answer from JSON, seconds to wait as asked); without an answer 0, why, 0 for at once."""
        kept = self._connection
        try:
            target, before, headers = _target(self._url, self._token)
            connection = kept[1] if kept and kept[0] == target else target[0](*target[1:], timeout=_ANSWER_S)
            self._connection = target, connection
            connection.request("POST", before + path, body, headers)
            response = connection.getresponse()
            content, asked = response.read(1 << 20), (response.getheader("retry-after") or "").strip()
        except (OSError, http.client.HTTPException, ValueError) as error:
            self._connection = None
            return 0, str(error) or type(error).__name__, 0.0 if kept else None  # closed meanwhile, maybe
        answer = ""
        with suppress(ValueError, RecursionError):
            answer = json.loads(content)
        asked_s = min(max(float(asked), _FIRST_WAIT_S), _LONGEST_ASKED_S) if asked.isdecimal() else None
        return response.status, answer, asked_s


def from_openai(answer: Any, **fields: Any) -> dict[str, Any]:
    """Arguments of ``emit`` from an answer of OpenAI's API (object or dict); ``fields`` go before it."""

    def read(of: Any, *names: str) -> Any:
        found = (of.get(name) if isinstance(of, dict) else getattr(of, name, None) for name in names)
        return next((value for value in found if value is not None), None)

    used = read(answer, "usage")
    sent = read(used, "prompt_tokens_details", "input_tokens_details")
    made = read(used, "completion_tokens_details", "output_tokens_details")
    tokens = {
        "input_tokens": read(used, "prompt_tokens", "input_tokens"),
        "cache_read_tokens": read(sent, "cached_tokens"),
        "cache_write_tokens": read(sent, "cache_write_tokens"),
        "input_audio_tokens": read(sent, "audio_tokens"),
        "output_tokens": read(used, "completion_tokens", "output_tokens"),
        "output_reasoning_tokens": read(made, "reasoning_tokens"),
        "output_audio_tokens": read(made, "audio_tokens"),
    }
    told = {
        name: read(answer, name.removeprefix("response_"))
        for name in ("model", "response_id", "service_tier")
    }
    usage = None if used is None else {name: count for name, count in tokens.items() if count is not None}
    return {"provider": "openai", "usage": usage} | told | fields


_reporter: Final = Reporter()
configure, emit, outcome, task = _reporter.configure, _reporter.emit, _reporter.outcome, _reporter.task
flush, stats = _reporter.flush, _reporter.stats
