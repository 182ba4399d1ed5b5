"""What stands of one output or piece of work, and which transitions a judgement of it causes. Pure.

The rule is that of ``contract.judgements``: the latest judgement of an aspect stands, so that what stands
does not depend on the order of arrival; what is counted are the transitions between what stood and stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from stream.contract.judgements import COMPLIANCE, CONTROL, FINDING, VERDICT

_PASSED = "passed"
_WITHDRAWN = "none"


class Transition(NamedTuple):
    """In the order of TRANSITION_LABELS. ``selection``: of the judgement that was the first to arrive for
    this aspect of this output, so that Σ to=v − Σ from=v is 0 or 1 within a selection, too.
    """

    aspect: str
    from_value: str
    to_value: str
    selection: str


class Mark(NamedTuple):
    """The latest judgement of one aspect, with the selection of the first. ``event``: its hash."""

    time_us: int
    event: int
    value: str
    selection: str


class Judgement(NamedTuple):
    """What stands of one output, per aspect; None: never judged. ``finding`` may not count."""

    verdict: Mark | None = None
    control: Mark | None = None
    finding: Mark | None = None
    compliance: Mark | None = None

    @property
    def counted_finding(self) -> str:
        """The finding that counts: not withdrawn, not earlier than the control that let the output pass."""
        control, finding = self.control, self.finding
        if control is None or finding is None or control.value != _PASSED or finding.value == _WITHDRAWN:
            return ""
        return finding.value if finding.time_us >= control.time_us else ""


_NEVER = Judgement()


def apply(
    state: Judgement | None,
    time_us: int,
    event: int,
    values: Mapping[str, str],
    selection: str = "unknown",
) -> tuple[Judgement, list[Transition]]:
    """Take one judgement, made at ``time_us`` (event time), whose hash is ``event``. ``values``: aspect ->
    value; "" and a missing aspect say nothing. The caller has removed redeliveries. Never raises.

    Returns what stands afterwards and the transitions, in the order of ASPECTS.
    """
    before = state if state is not None else _NEVER
    after = Judgement(
        _later(before.verdict, time_us, event, values.get(VERDICT, ""), selection),
        _later(before.control, time_us, event, values.get(CONTROL, ""), selection),
        _later(before.finding, time_us, event, values.get(FINDING, ""), selection),
        _later(before.compliance, time_us, event, values.get(COMPLIANCE, ""), selection),
    )
    found: list[Transition] = []
    _change(found, VERDICT, before.verdict, after.verdict)
    _change(found, CONTROL, before.control, after.control)
    was, now = before.counted_finding, after.counted_finding
    if was != now:
        assert after.finding is not None
        found.append(Transition(FINDING, was, now, after.finding.selection))
    _change(found, COMPLIANCE, before.compliance, after.compliance)
    return after, found


def _later(mark: Mark | None, time_us: int, event: int, value: str, selection: str) -> Mark | None:
    """The later of two judgements of an aspect; of equal times that of the smaller hash, then value."""
    if not value:
        return mark
    if mark is None:
        return Mark(time_us, event, value, selection)
    if (time_us, -event, value) <= (mark.time_us, -mark.event, mark.value):
        return mark
    return Mark(time_us, event, value, mark.selection)


def _change(found: list[Transition], aspect: str, before: Mark | None, after: Mark | None) -> None:
    if after is not None and after is not before:
        was = before.value if before is not None else ""
        if was != after.value:
            found.append(Transition(aspect, was, after.value, after.selection))
