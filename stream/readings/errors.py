"""What readings refuse, each with a reason code and a mend in its one line."""

from __future__ import annotations

from typing import ClassVar


class ReadingError(Exception):
    """Base: ``str(error)`` names what is wrong and how to mend it."""

    reason: ClassVar[str] = "reading"


class PeriodInvalid(ReadingError):
    """A period that is none."""

    reason = "period_invalid"


class ProgramInvalid(ReadingError):
    """A programme that cannot be read: each of ``problems`` names file, line, field and mend."""

    reason = "program_invalid"

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class UnknownKpi(ReadingError):
    """A KPI that is none of the catalogue's."""

    reason = "unknown_kpi"
