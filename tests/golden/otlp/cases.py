"""Golden cases of OTLP: bodies as three generations of instrumentations send them, beside their events.

``python -m tests.golden.otlp.cases`` writes the events of all cases anew.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from collectors._sdk.errors import Refused
from collectors._sdk.receiver import Body
from collectors.otlp.receiver import RECEIVER

CASES = Path(__file__).parent / "cases"


def names() -> list[str]:
    """Names of all cases."""
    return sorted(path.stem for path in CASES.glob("*.json"))


def load(name: str) -> dict[str, Any]:
    """``body``: in OTLP's JSON encoding; ``events``: {"refused": …, "field": …} where refused."""
    case: dict[str, Any] = json.loads((CASES / f"{name}.json").read_text())
    return case


def events_of(raw: bytes, content_type: str) -> list[dict[str, Any]]:
    """What the receiver makes of a body."""
    return [_event(item) for item in RECEIVER.split(Body(raw, content_type), 100)]


def _event(item: object) -> dict[str, Any]:
    try:
        if isinstance(item, Refused):
            raise item
        return dict(RECEIVER.translate(item))
    except Refused as error:
        return {"refused": error.reason, "field": error.field}


def main() -> None:
    """Write the events of all cases anew."""
    for name in names():
        case = load(name)
        case["events"] = events_of(json.dumps(case["body"]).encode(), "application/json")
        (CASES / f"{name}.json").write_text(json.dumps(case, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
