"""What is admitted is what the folds can read: no good event makes a batch that is quarantined whole."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import astuple

from collectors._sdk.aliases import ALIASES
from collectors._sdk.kind import Stamp
from collectors.outcomes.receiver import RECEIVER as OUTCOMES
from collectors.tasks.receiver import RECEIVER as TASKS
from stream.contract.frame import Frame, Kind, unpack
from stream.contract.judgements import AI_SHARES, FINDINGS, SELECTIONS, VERDICTS
from stream.core.outcome_bodies import decode_aliases, decode_outcomes
from stream.core.small_bodies import decode_tasks
from tests.unit.collectors.samples import admit, event, outcome, task

STAMP = Stamp("collector-1", 7, 1_793_678_706_789_000)
NAMES = st.text(st.characters(codec="utf-8", categories=("L", "N")), min_size=1, max_size=60)
IDS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=256)
MODELS = st.text("abcXYZ019", min_size=1, max_size=60)
_FIRST = datetime(2015, 1, 1, tzinfo=UTC)
TIMES = st.timedeltas(timedelta(0), timedelta(days=31_000)).map(lambda since: (_FIRST + since).isoformat())


def optional(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.just(...) | strategy


JUDGED = {
    "time": TIMES,
    "source": optional(NAMES),
    "source_key": optional(NAMES),
    "passed_control": optional(st.booleans()),
    "finding": optional(st.sampled_from(FINDINGS)),
    "rules_met": optional(st.booleans()),
    "selection": optional(st.sampled_from(SELECTIONS)),
    "environment": optional(NAMES),
}
JOINED = {"response_id": optional(IDS), "request_event_id": IDS, "trace_id": optional(IDS)}
OWN = {
    "response_id": st.just(...),
    "department": NAMES,
    "use_case": NAMES,
    "feature": optional(NAMES),
    "provider": optional(MODELS),
    "model": optional(MODELS),
}
COMMON = {"event_id": IDS, "verdict": st.sampled_from(VERDICTS), **JUDGED}


def controlled(fields: dict[str, Any]) -> dict[str, Any]:
    """A finding without request stands beside the control that let the output pass."""
    return fields if fields["finding"] is ... else fields | {"passed_control": True}


OUTCOME_FIELDS = st.fixed_dictionaries({**COMMON, **JOINED}) | st.fixed_dictionaries({**COMMON, **OWN}).map(
    controlled
)
TASK_FIELDS = st.fixed_dictionaries(
    {
        "task_id": IDS,
        "event_id": optional(IDS),
        "department": NAMES,
        "use_case": NAMES,
        "ai": st.sampled_from(AI_SHARES),
        "deliverable": optional(NAMES),
        "quantity": optional(st.integers(0, 1_000_000)),
        "minutes": optional(st.floats(0, 1_000_000)),
        "csat": optional(st.integers(1, 5)),
        "nps": optional(st.integers(0, 10)),
        "request_ids": optional(st.lists(IDS, max_size=5)),
        "verdict": optional(st.sampled_from(VERDICTS)),
        **JUDGED,
    }
)


def framed(value: bytes, kind: Kind) -> Frame:
    frame = unpack(value)
    assert frame.kind is kind
    return frame


@given(st.lists(OUTCOME_FIELDS, min_size=1, max_size=5))
def test_the_fold_reads_every_outcome_that_is_admitted(sent: list[dict[str, Any]]) -> None:
    """Word by word, whatever the source says within the schema."""
    admitted = admit([outcome(**fields) for fields in sent], receiver=OUTCOMES)
    assert not admitted.refused, admitted.refused
    frame = framed(OUTCOMES.kind.route.encode(admitted.records, STAMP), Kind.OUTCOMES)
    assert decode_outcomes(frame).outcomes == admitted.records


@given(st.lists(TASK_FIELDS, min_size=1, max_size=5))
def test_the_fold_reads_every_task_that_is_admitted(sent: list[dict[str, Any]]) -> None:
    """Word by word, whatever the source says within the schema."""
    admitted = admit([task(**fields) for fields in sent], receiver=TASKS)
    assert not admitted.refused, admitted.refused
    frame = framed(TASKS.kind.route.encode(admitted.records, STAMP), Kind.TASKS)
    assert decode_tasks(frame).tasks == admitted.records


@given(st.lists(st.fixed_dictionaries({"event_id": IDS, "response_id": IDS, "trace_id": IDS, "time": TIMES})))
def test_the_fold_reads_every_alias(sent: list[dict[str, Any]]) -> None:
    """Entry by entry, in their order."""
    found = admit([event(**fields) for fields in sent]).aliases
    if found:
        columns = decode_aliases(framed(ALIASES.encode(found, STAMP), Kind.ALIASES))
        read = zip(columns.alias.tolist(), columns.identity.tolist(), columns.time_us.tolist(), strict=True)
        assert list(read) == [astuple(alias) for alias in found]
    assert len(found) >= len(sent)
