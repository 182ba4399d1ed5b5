"""This machine: Python, libraries, disk, and whether its clock is kept right."""

from __future__ import annotations

import ctypes
import platform
import shutil
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from stream.control.doctor.findings import Finding, fail, ok, unchecked, warn

_OLDEST, _TOO_NEW = (3, 11), (3, 15)
#: What this release was tested with, of what decides whether figures are right (requirements/dev.txt).
TESTED: Final = {
    "faust-streaming": "0.15.3",
    "mode-streaming": "0.7.1",
    "aiokafka": "0.14.0",
    "kafka-python": "3.0.12",
    "genai-prices": "0.2.3",
    "msgspec": "0.22.0",
    "xxhash": "4.1.0",
}
#: Without these a client cannot read what others compressed, or verifies slowly.
_NEEDED: Final = {
    "cramjam": "lz4 and zstd batches could not be read",
    "crc32c": "batches are verified slowly",
}
_INSTALL: Final = "install from requirements/demo.txt"
_LOW_BYTES, _VERY_LOW_BYTES = 2_000_000_000, 200_000_000
_TIME_ERROR: Final = 5  #: adjtimex(2): the clock is not synchronised
_TIMEX_BYTES: Final = 1024  #: more than struct timex needs on any platform


def machine(directory: Path) -> Iterator[Finding]:
    """Findings on the machine that runs the doctor. ``directory``: where the processes keep their files."""
    yield python()
    yield from libraries()
    yield disk(directory)
    yield time_kept()


def python(found: tuple[int, int] = sys.version_info[:2]) -> Finding:
    if _OLDEST <= found < _TOO_NEW:
        return ok("python", platform.python_version())
    return fail("python", f"{found[0]}.{found[1]} is not one of 3.11 to 3.14", "use one of them")


def libraries() -> Iterator[Finding]:
    """Versions against those that this release was tested with; Faust's must be one that was looked at."""
    found = {name: _version(name) for name in (*TESTED, *_NEEDED)}
    missing = [name for name, at in found.items() if at is None]
    for name in missing:
        yield fail("libraries", f"{name} is not installed: {_NEEDED.get(name, 'nothing runs')}", _INSTALL)
    others = [f"{name} {at}, not {TESTED[name]}" for name, at in found.items() if _differs(name, at)]
    if others:
        yield warn("libraries", f"not what this release was tested with: {'; '.join(others)}", _INSTALL)
    elif not missing:
        yield ok("libraries", f"as tested: {', '.join(f'{name} {at}' for name, at in TESTED.items())}")
    if found["faust-streaming"] is not None:
        yield _faust()


def _faust() -> Finding:
    from stream.agents.faults import check_version
    from stream.agents.stopping import UnsupportedFaust

    try:
        check_version()
    except UnsupportedFaust as error:
        return fail("faust", str(error).partition(";")[0], _INSTALL)
    return ok("faust", "its known faults are worked around for this version")


def _differs(name: str, found: str | None) -> bool:
    return name in TESTED and found is not None and found != TESTED[name]


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def disk(directory: Path) -> Finding:
    """Free space where the ledger and the workers write."""
    there = directory.absolute()
    while not there.exists():
        there = there.parent
    free = shutil.disk_usage(there).free
    said = f"{free / 1e9:.1f} GB free at {directory}"
    mend = "free some space, or name another place with --directory"
    if free < _VERY_LOW_BYTES:
        return fail("disk", said, mend)
    return warn("disk", said, mend) if free < _LOW_BYTES else ok("disk", said)


def time_kept() -> Finding:
    """Whether the kernel says that something keeps its clock right."""
    if not sys.platform.startswith("linux"):
        return unchecked("time service", "not told by this operating system")
    try:
        state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    except (AttributeError, OSError):
        state = -1
    if state < 0:
        return unchecked("time service", "not told by this system")
    if state == _TIME_ERROR:
        return warn(
            "time service",
            "nothing keeps this machine's clock right",
            "run a time service (chrony, systemd-timesyncd) here and on the brokers",
        )
    return ok("time service", "this machine's clock is synchronised")
