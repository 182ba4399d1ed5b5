"""Why events are refused, and what to do about each reason, in words. Pure."""

from __future__ import annotations

from typing import Final

#: reason (names.REASONS) -> (what it means, the mend)
MENDS: Final = {
    "invalid_json": (
        "a line is not JSON, or a key stands twice",
        "write one whole JSON object a line, each key once",
    ),
    "missing_field": (
        "a field that every event needs is not there",
        "send it; the collector's answer names the field",
    ),
    "invalid_type": (
        'a value has another type than its field: "12" is no number',
        "send numbers as numbers, flags as true or false",
    ),
    "invalid_value": (
        "a value is outside what its field takes",
        "mend the value; the collector's answer names field and bound",
    ),
    "unknown_field": (
        "a field is not in the schema, so that content sent by mistake is noticed",
        "leave it out, or send it under attributes; GET /v1/events/schema lists the fields",
    ),
    "negative_leaf": (
        "parts of a figure exceed it, such as more cache reads than input tokens",
        "send inclusive totals, as providers report them",
    ),
    "looks_like_secret": (
        "a key or token stands where a name belongs",
        "find what puts it there, renew that key, and send the name",
    ),
    "null_event": ("null stands in the place of an event", "leave it out of the array"),
    "too_large": ("one event exceeds the size that is taken", "send fewer attributes, and never content"),
    "too_old": (
        "older than the log's window when it arrived",
        "send events within days, with the time of the request; older ones are refused lest they count twice",
    ),
    "too_early": (
        "more than ten minutes ahead of the log's time",
        "set the sender's clock (NTP), and send times with their zone",
    ),
    "implausible_cost": (
        "a reported cost or number of tokens beyond what one request can have",
        "look for a unit mistaken: cents for dollars, a sum for one request",
    ),
    "malformed_batch": (
        "a batch written by something other than a collector of this version",
        "find what else writes to the log; only collectors may",
    ),
}
_UNKNOWN: Final = ("a reason that this board does not know", "update the board to the workers' version")


def meaning(reason: str) -> str:
    """What the reason means."""
    return MENDS.get(reason, _UNKNOWN)[0]


def mend(reason: str) -> str:
    """What to do so that such events are taken."""
    return MENDS.get(reason, _UNKNOWN)[1]
