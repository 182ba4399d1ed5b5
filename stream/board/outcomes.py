"""What became of the outcomes that sources sent: joined, waiting, lost. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from stream.board import shown
from stream.board.page import Check, Level
from stream.board.sources_tables import delivered
from stream.ledger.figures import TransitionFigures


def checks(deliveries: Sequence[TransitionFigures], waiting: int) -> Sequence[Check]:
    """None while nobody sends outcomes. ``waiting``: outcomes that wait now, whenever they came."""
    found: Counter[str] = Counter()
    for one in delivered(deliveries).values():
        found.update(one)
    received = found["joined"] + found["own"] + found["waiting"] + found["unjoined"]
    if not (received or waiting):
        return ()
    return (
        Check(
            "outcomes_unjoined",
            "Outcomes not joined",
            "Outcomes whose request never came within the log's window ÷ outcomes received: they are in no"
            " rate.",
            shown.share(found["unjoined"], received, "outcomes"),
            _level(found["unjoined"]),
        ),
        Check(
            "outcomes_waiting",
            "Outcomes waiting",
            "Outcomes whose request is not known yet, whenever they came. They count as soon as it is.",
            shown.counted(waiting, "outcomes"),
            "info",
        ),
    )


def _level(number: int) -> Level:
    return "warn" if number else "good"
