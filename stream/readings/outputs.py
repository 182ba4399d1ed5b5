"""KPIs of what became of outputs: reuse, revision, error after control, compliance. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Final

from stream.contract import judgements as j
from stream.contract.kpis_quality import MANUAL_ERROR_RATE
from stream.ledger.figures import TransitionFigures
from stream.readings.reading import RATIO, Beside, Reading
from stream.readings.sums import JUDGEMENT_BY, OUTCOME_BY, PLACE, WITHOUT_AI, Sums, selections, standing
from stream.readings.tally import Tally, reading_of

_CORRECTED: Final = ("revised", "rejected")
_REPRESENTATIVE: Final = ("all", "random")
_SPLITS: Final = (("department",), PLACE, ("model",))
_TASK_SPLITS: Final = (("department",), PLACE)
_OF_TASKS: Final = "of pieces of work done with AI: no outcome of an output says it"


def output_readings(sums: Sums) -> Iterator[Reading]:
    """Reuse, post-AI error, revision and compliance of the window's outputs."""
    yield _reuse(sums)
    yield _error(sums)
    yield _revision(sums)
    yield _compliance(sums)


class _Judged:
    """Judged outputs; where no outcome says the aspect, judged pieces of work done with AI."""

    def __init__(self, sums: Sums, aspect: str) -> None:
        self.names, self.figures = OUTCOME_BY, list(sums.outcomes)
        self.notes: tuple[str, ...] = ()
        self.splits: Sequence[Sequence[str]] = _SPLITS
        if not any(one.aspect == aspect for one in self.figures):
            with_ai = [one for one in sums.task_judgements if one.labels[2] != WITHOUT_AI]
            if any(one.aspect == aspect for one in with_ai):
                self.names, self.figures, self.splits = JUDGEMENT_BY, with_ai, _TASK_SPLITS
                self.notes = (_OF_TASKS,)

    @property
    def of_outputs(self) -> bool:
        return self.names == OUTCOME_BY

    @property
    def origin(self) -> str:
        what = "outcomes" if self.of_outputs else "judgements of tasks"
        return f"{what} by {', '.join(self.names)}, production"

    def share(self, aspect: str, wanted: Sequence[str]) -> Tally:
        """Those that stand at a wanted value ÷ all that are judged."""
        tally = Tally(self.names)
        for labels, counts in standing(self.figures, aspect).items():
            tally.add(labels, sum(counts[value] for value in wanted), counts.total())
        return tally


def _reuse(sums: Sums) -> Reading:
    judged = _Judged(sums, j.VERDICT)
    tally = judged.share(j.VERDICT, j.ACCEPTED)
    verdicts = _values(judged.figures, j.VERDICT)
    beside = list(_judged_share(sums, judged, tally.whole[1]))
    for value in j.VERDICTS:
        beside.append(_part(value, value.replace("_", " "), verdicts[value], verdicts.total()))
    beside.append(Beside("accepted_outputs", "accepted outputs", Fraction(tally.whole[0]), "outputs"))
    return _reading("output_reuse_rate", judged, tally, j.VERDICT, beside)


def _revision(sums: Sums) -> Reading:
    judged = _Judged(sums, j.VERDICT)
    tally = judged.share(j.VERDICT, _CORRECTED)
    verdicts = _values(judged.figures, j.VERDICT)
    beside = [_part(value, value, verdicts[value], verdicts.total()) for value in _CORRECTED]
    return _reading("human_revision_rate", judged, tally, j.VERDICT, beside)


def _compliance(sums: Sums) -> Reading:
    judged = _Judged(sums, j.COMPLIANCE)
    tally = judged.share(j.COMPLIANCE, ("met",))
    beside = list(_judged_share(sums, judged, tally.whole[1]))
    return _reading("compliance_score", judged, tally, j.COMPLIANCE, beside)


def _error(sums: Sums) -> Reading:
    judged = _Judged(sums, j.CONTROL)
    tally = _errors(judged.figures, judged.names)
    findings = _values(judged.figures, j.FINDING)
    beside = [_part(value, value, findings[value], int(tally.whole[1])) for value in j.WRONG]
    by_hand = [one for one in sums.task_judgements if one.labels[2] == WITHOUT_AI]
    manual = _errors(by_hand, JUDGEMENT_BY)
    name = "error rate of the same work done by hand"
    beside.insert(0, manual.beside(MANUAL_ERROR_RATE, name, RATIO))
    return _reading("post_ai_error_rate", judged, tally, j.CONTROL, beside)


def _errors(figures: Sequence[TransitionFigures], names: tuple[str, ...]) -> Tally:
    """Found wrong ÷ passed human control. A finding stands only while control stands at passed."""
    tally = Tally(names)
    for labels, counts in standing(figures, j.CONTROL).items():
        tally.add(labels, 0, counts["passed"])
    for labels, counts in standing(figures, j.FINDING).items():
        tally.add(labels, sum(counts[value] for value in j.WRONG), 0)
    return tally


def _reading(key: str, judged: _Judged, tally: Tally, aspect: str, beside: Sequence[Beside]) -> Reading:
    chosen = selections(judged.figures, aspect)
    total = chosen.total()
    representative = sum(chosen[name] for name in _REPRESENTATIVE)
    shares = [
        _part(f"selection_{name}", f"judged, chosen: {name.replace('_', '-')}", chosen[name], total)
        for name in j.SELECTIONS
        if chosen[name]
    ]
    notes = (*judged.notes, *_selection_notes(chosen))
    return reading_of(
        key,
        RATIO,
        tally,
        by=judged.splits,
        beside=[*beside, *shares],
        notes=notes,
        measured=representative == total,
        origin=judged.origin,
    )


def _selection_notes(chosen: Counter[str]) -> Iterator[str]:
    total = chosen.total()
    if not total:
        return
    words = ", ".join(
        f"{name.replace('_', '-')} {count / total:.0%}" for name, count in chosen.most_common() if count
    )
    yield f"how those judged were chosen: {words}"
    if any(chosen[name] for name in ("self_selected", "unknown")):
        yield "not measured: not all of those judged were chosen at random, or are all there are"


def _judged_share(sums: Sums, judged: _Judged, count: Fraction) -> Iterator[Beside]:
    """Judged outputs ÷ requests answered with success in the same hours."""
    if judged.of_outputs and sums.usage:
        outputs = Fraction(sums.requests("requests_success").total())
        known = 0 < count <= outputs  # outcomes with labels of their own may have requests nobody sent
        share = count / outputs if known else None
        yield Beside("share_judged", "share of outputs judged", share, RATIO, count, outputs)


def _values(figures: Sequence[TransitionFigures], aspect: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for counts in standing(figures, aspect).values():
        found.update(counts)
    return found


def _part(key: str, name: str, count: int, total: int) -> Beside:
    value = Fraction(count, total) if total else None
    return Beside(key, name, value, RATIO, Fraction(count), Fraction(total))
