"""The programme and the people of a process that runs on."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from stream.contract.directory import DirectoryInvalid
from stream.metrics.declared import DeclaredFiles
from stream.readings.errors import ProgramInvalid

PROGRAM = """version: 1
currency: {currency}
start: 2026-01-15
usd_rate: {{rate: 1, date: 2026-01-15, source: finance}}
use_cases:
  - name: Answers
    department: Support
    stage: scale
    benefits: [{{name: Desk, category: operating_cost, per_year: 1}}]
"""
PEOPLE = "person,department\nann@example.org,{department}\n"


class Files:
    """Both files, as somebody edits them: each state has a time of its own."""

    def __init__(self, directory: Path) -> None:
        self.program, self.people = directory / "program.yaml", directory / "people.csv"
        self._time = 1_000_000_000
        self.write(self.program, PROGRAM.format(currency="EUR"))
        self.write(self.people, PEOPLE.format(department="Support"))

    def write(self, path: Path, text: str) -> None:
        path.write_text(text)
        self._time += 1
        os.utime(path, (self._time, self._time))

    def open(self) -> DeclaredFiles:
        return DeclaredFiles(self.program, self.people)


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def test_what_is_not_given_is_nothing() -> None:
    """Neither file is needed."""
    assert DeclaredFiles(None, None).read() == (None, None)


def test_an_edit_is_taken(files: Files) -> None:
    """At the next look, without a restart; without an edit the very same object."""
    declared = files.open()
    first = declared.read()
    assert declared.read().program is first.program
    files.write(files.program, PROGRAM.format(currency="CHF"))
    files.write(files.people, PEOPLE.format(department="Sales"))
    found = declared.read()
    assert found.program is not None and found.program.currency == "CHF"
    assert found.directory is not None and found.directory.population(20_000, "Sales") == 1


BREAKS: list[Callable[[Files], None]] = [
    lambda files: files.write(files.program, "version: 1\ncurrency: nonsense\n"),
    lambda files: files.write(files.program, "version: [\n"),
    lambda files: files.program.unlink(),
]


@pytest.mark.parametrize("damage", BREAKS)
def test_a_broken_edit_keeps_the_last_good_one(
    files: Files, damage: Callable[[Files], None], caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged once with its line, counted, and forgotten when it is mended; the other file is not held
    up by it.
    """
    declared, registry = files.open(), CollectorRegistry()
    declared.count_on(registry)
    damage(files)
    files.write(files.people, PEOPLE.format(department="Sales"))
    with caplog.at_level(logging.ERROR, "tokonomics.declared"):
        for _ in range(3):
            found = declared.read()
    assert found.program is not None and found.program.currency == "EUR"
    assert found.directory is not None and found.directory.population(20_000, "Sales") == 1
    (line,) = caplog.messages
    assert "program.yaml" in line and "stays in use" in line and "\n" not in line
    said = {"file": "program"}
    assert registry.get_sample_value("tokonomics_ledger_declared_failures_total", said) == 1
    assert registry.get_sample_value("tokonomics_ledger_declared_stale", said) == 1
    files.write(files.program, PROGRAM.format(currency="CHF"))
    found = declared.read()
    assert found.program is not None and found.program.currency == "CHF"
    assert registry.get_sample_value("tokonomics_ledger_declared_stale", said) == 0


def test_a_file_that_is_broken_at_the_start_is_refused(files: Files) -> None:
    """A process that begins without its programme would show no ROI and say nothing of it."""
    files.write(files.people, "person,department\nann@example.org\n")
    with pytest.raises(DirectoryInvalid, match=r"people\.csv:2"):
        files.open()
    files.write(files.program, "version: 1\ncurrency: nonsense\nstart: 2026-01-15\n")
    with pytest.raises(ProgramInvalid, match=r"program\.yaml:2: currency"):
        files.open()
