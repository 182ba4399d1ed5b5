"""What a probe may use up in a day (UTC). Pure; the clock is the caller's."""

from __future__ import annotations

from stream.contract.names import US_PER_DAY


class Budget:
    """Tokens of one probe, whose checks come one after the other. ``expected``: what a check may use, as
    long as none has told. Counted in this process: a restart begins anew, and then the schedule alone bounds
    what a day may cost.
    """

    def __init__(self, tokens_per_day: int, expected: int) -> None:
        self._per_day, self._day, self._spent = tokens_per_day, 0, 0
        self.expected = expected

    def allows(self, now_us: int) -> bool:
        """Whether a check may be sent now."""
        return self.left(now_us) >= self.expected

    def spend(self, now_us: int, tokens: int | None) -> int:
        """What a check used: ``tokens`` as the answer says, None where it may have used some but no answer
        says so. Returns what was counted.
        """
        day = now_us // US_PER_DAY
        if day != self._day:
            self._day, self._spent = day, 0
        if tokens:
            self.expected = tokens
        spent = self.expected if tokens is None else tokens
        self._spent += spent
        return spent

    def left(self, now_us: int) -> int:
        """Tokens that the day still allows."""
        spent = self._spent if now_us // US_PER_DAY == self._day else 0
        return max(0, self._per_day - spent)
