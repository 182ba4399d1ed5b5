"""Commands that stand in for the product's own where a test needs another clock or a shorter hold."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from stream.demo.parts import TOKONOMICS


def shifted_collector(clock: Path) -> Sequence[str]:
    """``tokonomics collect`` whose clock is real time plus the seconds that the file ``clock`` holds."""
    return sys.executable, "-m", "tests.e2e.shifted_collector", str(clock)


def quick_ledger(hold_s: float) -> Sequence[str]:
    """``tokonomics ledger`` that shows a new series at 0 for ``hold_s`` instead of minutes."""
    return *TOKONOMICS, "ledger", "--zero-hold", str(hold_s)
