"""What the demo's organisation declares: its people, and its programme of generative AI. Pure.

Figures are examples and say so: only usage, tasks and outputs are measured, by the demo itself.
"""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from collectors.replay.organisation import people

_PROGRAMME_DAYS: Final = 12  #: as the history that the demo plays
_HOURLY: Final = {
    "customer service": 38,
    "software development": 62,
    "marketing": 48,
    "human resources": 45,
    "finance": 55,
}
_CHECKED: Final = 0.18  #: minutes of checking for one saved
_EXAMPLE: Final = "example of the demo"
#: (department, use case, latency class, minutes saved: low, central, high, minutes before)
_Saved = tuple[str, str, str, tuple[float, float, float], float]
_SAVED: Final[tuple[_Saved, ...]] = (
    ("customer service", "ticket replies", "chat", (2.5, 3.4, 4.2), 9),
    ("customer service", "self-service chat", "chat", (2.2, 3.0, 3.6), 6),
    ("customer service", "call summaries", "other", (1.7, 2.2, 2.8), 5),
    ("software development", "code completion", "code", (8, 11, 14), 40),
    ("software development", "code review", "other", (6, 9, 11), 35),
    ("marketing", "product texts", "other", (14, 18, 22), 45),
    ("human resources", "policy questions", "chat", (4, 5.4, 7), 12),
    ("finance", "report drafting", "other", (50, 72, 90), 240),
    ("finance", "invoice checks", "other", (1.5, 2, 2.4), 4),
)


def directory(now_us: int) -> str:
    """CSV of who it is meant for, and since when."""
    since = _day(now_us, 60)
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(("person", "department", "use_cases", "since", "until"))
    rows.writerows((person, department, "", since, "") for person, department in people())
    return text.getvalue()


def programme(now_us: int) -> str:
    """The programme's file: JSON, which is YAML."""
    counted: dict[str, int] = {}
    for _, department in people():
        counted[department] = counted.get(department, 0) + 1
    content = {
        "version": 1,
        "currency": "USD",
        "start": _day(now_us, _PROGRAMME_DAYS),
        "populations": counted,
        "use_cases": [_use_case(case) for case in _SAVED],
        "costs": [
            _cost("seats", "Assistant seats", department="software development", per_person_month=19),
            _cost("infrastructure", "Gateway and vector store", per_year=2_400),
            _cost("integration", "Connectors", once=600, date=_day(now_us, _PROGRAMME_DAYS)),
            _cost("training", "Initial training", once=400, date=_day(now_us, _PROGRAMME_DAYS)),
            _cost("upkeep", "Prompts and retrieval", per_year=3_000),
            *(_checking(case) for case in _SAVED),
        ],
        "risks": [
            {
                "name": "Wrong answer with business effect",
                "department": "customer service",
                "cost": {"low": 1_000, "central": 3_000, "high": 8_000},
                "probability": 0.2,
            }
        ],
    }
    return msgspec.json.format(msgspec.json.encode(content), indent=1).decode()


def _use_case(case: _Saved) -> dict[str, object]:
    department, name, latency, (low, central, high), before = case
    time = {
        "name": f"Time saved on {name}",
        "category": "time",
        "driver": {"count": "tasks"},
        "minutes_saved": {
            "low": low,
            "central": central,
            "high": high,
            "source": "measured",
            "method": _EXAMPLE,
            "measured_on": "live",
        },
        "minutes_before": before,
        "hourly_cost": {"value": _HOURLY[department], "source": "declared", "method": _EXAMPLE},
        "reallocated": {"low": 0.4, "central": 0.5, "high": 0.6, "source": "declared", "method": _EXAMPLE},
    }
    return {
        "name": name,
        "department": department,
        "latency_class": latency,
        "stage": "scale",
        "benefits": [time],
    }


def _checking(case: _Saved) -> dict[str, object]:
    """People check what AI wrote: a share of the time that it saves."""
    department, name, _, (_, central, _), _ = case
    return {
        "line": "quality_control",
        "name": f"Checking {name}",
        "department": department,
        "use_case": name,
        "driver": {"count": "tasks"},
        "minutes": {"value": round(central * _CHECKED, 2), "source": "declared", "method": _EXAMPLE},
        "hourly_cost": {"value": _HOURLY[department], "source": "declared", "method": _EXAMPLE},
    }


def _cost(line: str, name: str, **how: object) -> dict[str, object]:
    declared = {
        key: {"value": value, "source": "declared", "method": _EXAMPLE} if isinstance(value, int) else value
        for key, value in how.items()
    }
    return {"line": line, "name": name, **declared}


def _day(now_us: int, days_ago: int) -> str:
    return (datetime.fromtimestamp(now_us / 1_000_000, UTC) - timedelta(days=days_ago)).date().isoformat()
