"""How what ``tokonomics probe check`` finds is shown. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from collectors.probes.judging import Answered
from collectors.probes.probe import Probe
from stream.contract.names import US_PER_DAY


@dataclass(frozen=True)
class Found:
    """A probe and what came of sending it once."""

    probe: Probe
    answered: Answered

    @property
    def warning(self) -> str:
        """What goes wrong later though the check succeeds: tokens that do not last a day. "" for nothing."""
        tokens, probe = self.answered.verdict.tokens, self.probe
        checks_a_day = US_PER_DAY // probe.timetable.every_us
        if not tokens or tokens * checks_a_day <= probe.tokens_per_day:
            return ""
        return (
            f"at {tokens} tokens a check, tokens_per_day {probe.tokens_per_day} is used up after"
            f" {probe.tokens_per_day // tokens} of {checks_a_day} checks; raise it to"
            f" {tokens * checks_a_day}, or every_seconds"
        )


def as_json(found: Sequence[Found]) -> str:
    """A list of objects; ``duration_us``, ``tokens``: null where nothing tells."""
    return msgspec.json.encode(
        [
            {
                "probe": one.probe.name,
                "check": one.probe.check,
                "target": one.probe.labels[2],
                "outcome": one.answered.verdict.outcome,
                "duration_us": one.answered.duration_us,
                "tokens": one.answered.verdict.tokens,
                "problem": one.answered.verdict.said,
                "warning": one.warning,
            }
            for one in found
        ]
    ).decode()


def as_text(found: Sequence[Found], off: Sequence[str]) -> str:
    """A line for each probe, and lines below for what to mend."""
    lines: list[str] = []
    width = max([5, *(len(one.probe.name) for one in found), *map(len, off)])
    for one in found:
        verdict, took_us = one.answered.verdict, one.answered.duration_us
        took = "-" if took_us is None else f"{took_us / 1000:.0f} ms"
        tokens = "-" if not one.probe.tokens_a_check or verdict.tokens is None else f"{verdict.tokens} tokens"
        lines.append(
            f"{one.probe.name:{width}}  {verdict.outcome:12}  {took:>9}  {tokens:>10}  {one.probe.labels[2]}"
        )
        lines += [f"{'':{width}}  {said}" for said in (verdict.said, one.warning) if said]
    lines += [f"{name:{width}}  off" for name in off]
    return "\n".join(lines) or "no probes: name some under `probes` (collectors/probes/README.md)"
