"""The Prometheus text format 0.0.4: names, escapes and exact decimals as bytes. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from stream.contract.metric_types import Metric

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def decimal(amount: int, places: int) -> bytes:
    """``amount`` units of 10**-``places`` as an exact decimal, without zeros at its end."""
    if places == 0:
        return b"%d" % amount
    if amount < 0:
        return b"-" + decimal(-amount, places)
    return (b"%d.%0*d" % (amount // 10**places, places, amount % 10**places)).rstrip(b"0").rstrip(b".")


def bound(us: int) -> str:
    """Value of ``le`` in seconds, as Prometheus 3 writes it: 0.25, 1.0. Version 2 keeps what we write."""
    text = decimal(us, 6).decode()
    return text if "." in text else f"{text}.0"


def head(metric: Metric) -> bytes:
    """HELP and TYPE of a family."""
    said = metric.help.replace("\\", "\\\\").replace("\n", "\\n")
    return f"# HELP {metric.name} {said}\n# TYPE {metric.name} {metric.kind}\n".encode()


def series(name: str, labels: Iterable[tuple[str, str]]) -> bytes:
    """A sample's line up to its value: name, labels, a space."""
    said = ",".join(f'{label}="{_escape(value)}"' for label, value in labels)
    return (f"{name}{{{said}}} " if said else f"{name} ").encode()


def _escape(value: str) -> str:
    # A lone surrogate is not UTF-8; one such label would cost the whole scrape.
    clean = value.encode("utf-8", "backslashreplace").decode()
    return clean.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


class Lines:
    """The lines of one family as a template: lines are only added, so that rendering fills in values alone.

    Formatting one long template at once costs a tenth of a microsecond a line (tests/bench/exposition.py).
    """

    def __init__(self, metric: Metric) -> None:
        self._head = head(metric)
        self._parts: list[bytes] = []
        self._template = self._head

    def add(self, prefix: bytes, place: bytes) -> None:
        """One more line: ``place`` is %d for a whole number, %b for bytes."""
        self._parts.append(prefix.replace(b"%", b"%%") + place + b"\n")

    def close(self) -> None:
        """Call after adding, before filling."""
        self._template = self._head.replace(b"%", b"%%") + b"".join(self._parts)

    def fill(self, values: Sequence[int | bytes]) -> bytes:
        """HELP, TYPE and one line per value."""
        return self._template % tuple(values)
