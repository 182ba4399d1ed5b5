"""Vocabulary: outcomes, cost statuses, labels, reasons, and the newtypes of money, time and identity."""

from __future__ import annotations

import re
from typing import Final, NewType

NanoUsd = NewType("NanoUsd", int)  #: 1e-9 US dollar
PicoUsd = NewType("PicoUsd", int)  #: 1e-12 US dollar per unit, of rates only
MicroSeconds = NewType("MicroSeconds", int)  #: since 1970-01-01 UTC, or a duration
IdentityHash = NewType("IdentityHash", int)  #: XXH64 of an identity, 0 <= h < 2**64
Day = NewType("Day", int)  #: days since 1970-01-01 UTC
Offset = NewType("Offset", int)  #: of a record in a partition of a source topic

US_PER_SECOND: Final = 1_000_000
US_PER_HOUR: Final = 3_600 * US_PER_SECOND
US_PER_DAY: Final = 24 * US_PER_HOUR

#: Codes are positions: append only.
OUTCOMES: Final = ("success", "error", "timeout", "rate_limited", "cancelled", "content_filtered")
COST_STATUSES: Final = ("priced", "partly_priced", "reported", "free", "unpriced")
COST_POLICIES: Final = ("computed", "reported", "reported_if_unpriced")

#: The dictionary of a usage batch holds tuples of these, in this order. "" where unknown.
LABELS: Final = (
    "department",
    "use_case",
    "feature",
    "provider",
    "model",
    "region",
    "service_tier",
    "environment",
    "source_key",
    "custom_1",
    "custom_2",
    "custom_3",
    "custom_4",
)
LABEL_INDEX: Final = {name: i for i, name in enumerate(LABELS)}
#: Labels of every cost metric; a *series* in balances and tests is a value of these.
SERIES_LABELS: Final = ("department", "use_case", "provider", "model")
UNATTRIBUTED: Final = "unattributed"
OTHER: Final = "other"
PRODUCTION: Final = "production"

#: Why an event or a batch was refused. The first group is judged at the edge, the second by the fold.
EDGE_REASONS: Final = (
    "invalid_json",
    "missing_field",
    "invalid_type",
    "invalid_value",
    "unknown_field",
    "negative_leaf",
    "looks_like_secret",
    "null_event",
    "too_large",
)
FOLD_REASONS: Final = ("too_old", "too_early", "implausible_cost", "malformed_batch")
REASONS: Final = EDGE_REASONS + FOLD_REASONS

_NAME = re.compile(r"[^\x00-\x1f\x7f\"\\{}<>]{1,100}")
_MODEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._:/@+()\-]{0,149}")
_IDENTIFIER = re.compile(r"[\x21-\x7e]{1,256}")
_SECRET = re.compile(
    r"(?:^|[^A-Za-z0-9])(?:sk-[A-Za-z0-9_\-]{16,}|pk-[A-Za-z0-9_\-]{16,}|AKIA[0-9A-Z]{12,}|gh[pousr]_[A-Za-z0-9]{16,}"
    r"|github_pat_\w{16,}|xox[abprs]-[A-Za-z0-9\-]{10,}|AIza[\w\-]{30,}|glpat-[\w\-]{16,}|eyJ[\w\-]{16,}\.)"
    r"|[A-Za-z0-9+/_=\-]{65,}"
)


def is_name(text: str) -> bool:
    """Whether a department, use case, feature, region … may be called so (1 to 100 printable characters)."""
    return _NAME.fullmatch(text) is not None and text.strip() == text


def is_model(text: str) -> bool:
    """Whether a model or provider may be called so."""
    return _MODEL.fullmatch(text) is not None


def is_identifier(text: str) -> bool:
    """Whether an event id, response id or group may be written so (1 to 256 visible ASCII characters)."""
    return _IDENTIFIER.fullmatch(text) is not None


def looks_like_secret(text: str) -> bool:
    """Whether a label looks like a key or token: such a text is refused, it must never become a label."""
    return _SECRET.search(text) is not None
