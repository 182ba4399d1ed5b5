"""When a probe's checks are due: a fixed grid with a deterministic jitter. Pure; the clock is the caller's.

Both follow from the probe's name and the time alone, so that a restart neither repeats a check nor shifts
the grid, and the hash of a check (contract.identity.check_hash) is the same whoever makes it.
"""

from __future__ import annotations

from dataclasses import dataclass

from stream.contract.identity import hash_text


@dataclass(frozen=True)
class Due:
    """One check. All in microseconds since 1970 UTC. ``due_us``: its place on the grid, its identity;
    ``at_us``: when to start it, ``due_us`` and the jitter; ``latest_us``: started later, it would still be
    under way when the next is due, and is left out.
    """

    slot: int
    due_us: int
    at_us: int
    latest_us: int


@dataclass(frozen=True)
class Timetable:
    """The grid of one probe. Microseconds; timeout_us + jitter_us < every_us."""

    probe: str
    every_us: int
    jitter_us: int
    timeout_us: int

    def due(self, slot: int) -> Due:
        """The check in a slot."""
        due_us = self._phase_us + slot * self.every_us
        return Due(slot, due_us, due_us + self._jitter_us(slot), due_us + self.every_us - self.timeout_us)

    def next(self, now_us: int, done: int | None = None) -> Due:
        """The first check that is to start at or after ``now_us``, never the last one made, of slot ``done``.

        What should have started before is not made up.
        """
        slot = (now_us - self._phase_us) // self.every_us
        due = self.due(slot)
        if due.at_us < now_us:
            due = self.due(slot + 1)
        return due if due.slot != done else self.due(due.slot + 1)

    @property
    def _phase_us(self) -> int:
        """0 <= phase < every: probes of one period are spread over it."""
        return hash_text(f"phase\x1f{self.probe}") % self.every_us

    def _jitter_us(self, slot: int) -> int:
        """0 <= jitter <= jitter_us, so that checks do not meet what else happens every minute."""
        return hash_text(f"jitter\x1f{self.probe}\x1f{slot}") % (self.jitter_us + 1)
