"""The four readings of one formula, side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Policy:
    """``discounts_measured``: FM on benefits measured live, too. ``prudent``: pilot factors, reallocation
    that is not measured counts 0, proxies that finance has not accepted are out. ``stressed``: benefits ÷ 2,
    costs and risks × 2.
    """

    key: str
    name: str
    discounts_measured: bool = False
    prudent: bool = False
    stressed: bool = False


GUIDE: Final = Policy("guide", "guide as printed: FM on every benefit", discounts_measured=True)
AS_MEASURED: Final = Policy("as_measured", "as measured: FM = 1 on what is measured live")
PRUDENT: Final = Policy("prudent", "prudent: pilot factors, unmeasured reallocation 0", prudent=True)
STRESSED: Final = Policy("stressed", "×2 ÷ 2: costs and risks × 2, benefits ÷ 2", stressed=True)
POLICIES: Final = (GUIDE, AS_MEASURED, PRUDENT, STRESSED)
