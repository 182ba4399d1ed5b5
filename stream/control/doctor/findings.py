"""What the doctor found, and how it is shown. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Status(StrEnum):
    """``UNCHECKED``: could not be looked at, for what another finding says or for want of an option."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    UNCHECKED = "-"


@dataclass(frozen=True)
class Finding:
    """``check``: what was looked at; ``said``: what is so; ``mend``: what to do, "" where nothing is."""

    status: Status
    check: str
    said: str
    mend: str = ""


def ok(check: str, said: str) -> Finding:
    return Finding(Status.OK, check, said)


def warn(check: str, said: str, mend: str) -> Finding:
    return Finding(Status.WARN, check, said, mend)


def fail(check: str, said: str, mend: str) -> Finding:
    return Finding(Status.FAIL, check, said, mend)


def unchecked(check: str, why: str) -> Finding:
    return Finding(Status.UNCHECKED, check, why)


def failed(findings: Iterable[Finding]) -> bool:
    """Whether something must be mended."""
    return any(finding.status is Status.FAIL for finding in findings)


_STATUS_WIDTH: Final = max(map(len, Status))


def table(findings: Sequence[Finding]) -> list[tuple[Status, str]]:
    """(status, lines) of each finding, aligned; the mend stands below what it mends."""
    width = max((len(finding.check) for finding in findings), default=0)
    indent = " " * (_STATUS_WIDTH + width + 4)
    return [
        (
            f.status,
            f"{f.status:<{_STATUS_WIDTH}}  {f.check:<{width}}  {f.said}"
            + (f"\n{indent}→ {f.mend}" if f.mend else ""),
        )
        for f in findings
    ]


def closing(findings: Sequence[Finding]) -> str:
    """The last line: how many of each."""
    count = {status: sum(f.status is status for f in findings) for status in Status}
    if not count[Status.FAIL] and not count[Status.WARN]:
        return f"all is well: {count[Status.OK]} checks"
    return f"{count[Status.FAIL]} to mend, {count[Status.WARN]} to look at, {count[Status.OK]} well"
