"""The kind of event that says what became of an output: used, edited, rejected, found wrong. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Final, TypedDict

from collectors._sdk.errors import Refused
from collectors._sdk.kind import Edge, Kind, Route, Sender, Stamp
from collectors._sdk.times import microseconds
from stream.contract.identity import (
    event_hash,
    outcome_hash,
    request_hash,
    trace_hash,
    trusted_response_id,
)
from stream.contract.judgement_events import Judged, OutcomeEvent, outcome_json_schema
from stream.contract.names import LABELS
from stream.contract.records import Outcome, Outcomes, encode_record
from stream.contract.topics import TELEMETRY

#: Whose event ids ``request_event_id`` names where nobody says: of requests that POST /v1/events took.
REQUEST_SOURCE: Final = "events"
_CONTROL: Final = {None: "", True: "passed", False: "failed"}
_RULES: Final = {None: "", True: "met", False: "broken"}


class Judgement(TypedDict):
    """Aspects and selection as Outcome and Task hold them, "" where nothing is said."""

    verdict: str
    control: str
    finding: str
    compliance: str
    selection: str


def judgement(event: Judged) -> Judgement:
    """What an event says of an output or of a piece of work."""
    return Judgement(
        verdict=event.verdict or "",
        control=_CONTROL[event.passed_control],
        finding=event.finding or "",
        compliance=_RULES[event.rules_met],
        selection=event.selection,
    )


def environment(event: Judged, edge: Edge) -> str:
    """The event's word, else the installation's default."""
    return event.environment if "environment" in event.model_fields_set else edge.attributor.environment


def outcome_record(event: OutcomeEvent, sender: Sender, edge: Edge) -> Outcome:
    """Raises Refused."""
    hashed = outcome_hash(event.source or sender.source, event.event_id)
    source_key = event.source_key or sender.source_key
    return Outcome(
        event=hashed,
        target=_target(event, sender) if event.names_request else hashed,
        time_us=microseconds(event.time),
        source_key=source_key,
        labels=() if event.names_request else _own_labels(event, source_key, edge),
        **judgement(event),
    )


def _target(event: OutcomeEvent, sender: Sender) -> int:
    """The first id that names the request: an answer's id that can be trusted, an event's, a trace's."""
    if trusted_response_id(event.response_id, cache_hit=False):
        return request_hash("", "", event.response_id, cache_hit=False)
    if event.request_event_id is not None:
        source = event.request_source or event.source or sender.token_source or REQUEST_SOURCE
        return event_hash(source, event.request_event_id)
    if event.trace_id is not None:
        return trace_hash(event.trace_id)
    raise Refused(
        "invalid_value",
        "response_id",
        "is too short or too uniform to name one request; give request_event_id or trace_id as well",
    )


def _own_labels(event: OutcomeEvent, source_key: str, edge: Edge) -> tuple[str, ...]:
    """In the order of LABELS."""
    said = {
        "department": event.department,
        "use_case": event.use_case,
        "feature": event.feature,
        "provider": event.provider,
        "model": event.model,
        "environment": environment(event, edge),
        "source_key": source_key,
    }
    return tuple(said.get(label) or "" for label in LABELS)


def _encode(outcomes: Sequence[Outcome], stamp: Stamp) -> bytes:
    return encode_record(Outcomes(stamp.accepted_us, list(outcomes)))


OUTCOME: Final = Kind[OutcomeEvent, Outcome](
    noun="outcome",
    model=OutcomeEvent,
    stored=Outcome,
    schema=outcome_json_schema,
    schema_path="/v1/outcomes/schema",
    record=outcome_record,
    route=Route(TELEMETRY, attrgetter("target"), _encode),
)
