"""POST /v1/outcomes: outcomes as JSON: one, an array, or JSON lines."""

from __future__ import annotations

from typing import Final

from collectors._sdk.outcomes import OUTCOME
from collectors._sdk.receiver import Receiver
from collectors.outcomes.translate import translate

RECEIVER: Final = Receiver(name="outcomes", path="/v1/outcomes", translate=translate, kind=OUTCOME)
