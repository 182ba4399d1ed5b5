"""Judgements, deliveries, tasks and probes on the page: first values, corrections, and how the net is had."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import numpy as np
import pytest

from stream.contract.rows import OUTCOME, PROBE_MEASURES, TASK_JUDGEMENT
from stream.ledger.figures import Held, View
from stream.metrics import families, tables
from stream.metrics.exposition import Exposition
from stream.metrics.hold import HOLD_US
from tests.unit.metrics.expected import Sample, expected, make_view
from tests.unit.metrics.expected_work import probes, tasks
from tests.unit.metrics.scraped import samples

NOW_US = 1_790_000_000_000_000
PLACE = ("production", "claims", "triage", "openai", "gpt-4o")
LABELS = {"department": "claims", "use_case": "triage", "provider": "openai", "model": "gpt-4o"}
TASK = ("production", "claims", "triage", "letter", "partly")
PROBE = ("gateway", "openai", "https://gateway.example/v1", "openai", "gpt-4o", "eu", "success")


def judged(kind: int = OUTCOME, place: tuple[str, ...] = PLACE, **more: tuple[int, int]) -> View:
    """``verdict_revised=(events, first seen)``: first ones; ``verdict_revised_to_rejected``: changes."""
    found = {}
    for key, (events, seen_us) in more.items():
        aspect, _, values = key.partition("_")
        before, to, after = values.partition("_to_")
        found[*place, aspect, *((before, after) if to else ("", before))] = Held(events, seen_us)
    return make_view({}, transitions={OUTCOME: {}, TASK_JUDGEMENT: {}, kind: found})


def scraped(view: View, now_us: int = NOW_US) -> dict[Sample, Decimal]:
    """Without what the page says of the ledger."""
    found = samples(Exposition().render(view, now_us).text)
    return {sample: value for sample, value in found.items() if not sample[0].startswith("llm_ledger")}


def test_first_values_and_corrections_give_what_stands() -> None:
    """Of 10 outputs first used as they are, 3 came to be rejected and 1 of those was taken back: 8 stand,
    and 4 rejected of which 2 were so from the beginning.
    """
    view = judged(
        verdict_used_as_is=(10, 1),
        verdict_rejected=(2, 1),
        verdict_used_as_is_to_rejected=(3, 1),
        verdict_rejected_to_used_as_is=(1, 1),
    )
    found = scraped(view)
    standing: Counter[str] = Counter()
    for (name, labels), value in found.items():
        said = dict(labels)
        if name == "llm_output_verdicts_total":
            standing[said["verdict"]] += int(value)
        else:
            assert name == "llm_output_corrections_total" and said["aspect"] == "verdict"
            standing[said["to"]] += int(value)
            standing[said["from"]] -= int(value)
    assert standing == {"used_as_is": 8, "rejected": 4}


@pytest.mark.parametrize(
    ("aspect", "value", "family", "label"),
    [
        ("verdict", "revised", "verdicts", "verdict"),
        ("control", "passed", "controls", "control"),
        ("finding", "hallucination", "findings", "finding"),
        ("compliance", "broken", "compliance", "rules"),
    ],
)
@pytest.mark.parametrize("kind", [OUTCOME, TASK_JUDGEMENT])
def test_each_aspect_has_its_family(kind: int, aspect: str, value: str, family: str, label: str) -> None:
    """An aspect is in no other family than its own, for outputs and for tasks alike."""
    place, stem = (PLACE, "llm_output") if kind == OUTCOME else (TASK, "llm_task")
    names = (
        LABELS
        if kind == OUTCOME
        else {**dict(list(LABELS.items())[:2]), "deliverable": "letter", "ai": "partly"}
    )
    found = scraped(judged(kind, place, **{f"{aspect}_{value}": (3, 1)}))
    assert found == {(f"{stem}_{family}_total", frozenset({**names, label: value}.items())): 3}


def test_a_withdrawn_finding_is_a_correction_to_nothing() -> None:
    """Its ``to`` is empty: the net falls, no count does."""
    view = make_view(
        {}, transitions={OUTCOME: {(*PLACE, "finding", "error", ""): Held(1, 1)}, TASK_JUDGEMENT: {}}
    )
    said = {**LABELS, "aspect": "finding", "from": "error", "to": ""}
    assert scraped(view) == {("llm_output_corrections_total", frozenset(said.items())): 1}


def test_new_judgements_begin_at_zero() -> None:
    """A first rejection of a series judged for years is a new series of Prometheus."""
    view = judged(verdict_revised=(10, 1), verdict_rejected=(2, NOW_US))
    exposition = Exposition()
    held = exposition.render(view, NOW_US)
    values = {dict(labels).get("verdict"): value for (_, labels), value in samples(held.text).items()}
    assert (values["revised"], values["rejected"]) == (10, 0)
    assert held.until_us == NOW_US + HOLD_US
    released = samples(exposition.render(view, held.until_us).text)
    assert {dict(labels).get("verdict"): value for (_, labels), value in released.items()}["rejected"] == 2


def test_deliveries_have_their_own_family() -> None:
    """By source and step; an outcome that waited leaves that state in the same count."""
    view = make_view(
        {}, deliveries={("crm", "", "waiting"): Held(5, 1), ("crm", "waiting", "joined"): Held(4, 1)}
    )
    assert scraped(view) == {
        ("llm_outcomes_total", frozenset({"source_key": "crm", "from": "", "to": "waiting"}.items())): 5,
        (
            "llm_outcomes_total",
            frozenset({"source_key": "crm", "from": "waiting", "to": "joined"}.items()),
        ): 4,
    }


def test_other_environments_are_kept_out() -> None:
    """What a test environment is judged and works is in no figure."""
    other = ("test", *PLACE[1:])
    view = judged(OUTCOME, other, verdict_revised=(3, 1))
    work = tasks({("test", *TASK[1:]): {"tasks": 5}})
    assert scraped(make_view({}, transitions=view.transitions, tasks=work)) == {}


def test_tasks_and_probes_say_each_measure_once() -> None:
    """Every measure is in one family, under the labels of its series, beside its denominator."""
    work = tasks({TASK: {"tasks": 4, "tasks_timed": 3, "seconds": 900, "nps_answers": 2, "nps_promoters": 1}})
    checks = probes(
        {PROBE: {"checks": 6, "tokens": 60, "duration_us_sum": 2_500_000, "duration_le_500000": 5}}
    )
    view = make_view({}, tasks=work, probes=checks)
    found = scraped(view)
    assert found == {
        k: v for k, v in expected(view, NOW_US, HOLD_US).items() if not k[0].startswith("llm_ledger")
    }
    said = {"department": "claims", "use_case": "triage", "deliverable": "letter", "ai": "partly"}
    assert found["llm_task_seconds_total", frozenset(said.items())] == 900
    assert found["llm_tasks_timed_total", frozenset(said.items())] == 3
    assert "llm_task_csat_answers_total" not in {name for name, _ in found}


def test_a_probe_that_moved_is_one_series() -> None:
    """Its target is no label: two targets of one probe are added up, in counters and in the histogram, and
    what it has done before is not held back with the new one.
    """
    moved = (*PROBE[:2], "https://other.example/v1", *PROBE[3:])
    both = {"checks": 2, "tokens": 3, "duration_us_sum": 400_000, "duration_le_250000": 2}
    checks = probes({PROBE: both, moved: both})
    checks.first_seen_us[1] *= NOW_US
    view = make_view({}, probes=checks)
    found = scraped(view)
    count = {value for (name, _), value in found.items() if name == "llm_probe_duration_seconds_count"}
    assert count == {Decimal(4)}
    assert found == {
        k: v for k, v in expected(view, NOW_US, HOLD_US).items() if not k[0].startswith("llm_ledger")
    }


def test_counts_may_come_in_another_order() -> None:
    """Samples follow their labels, not the place that a mapping gives them; what was shown before is not held
    anew, which would be a fall.
    """
    exposition = Exposition(100, born_us=1000)
    one, two = ("a", "", "joined"), ("b", "", "own")
    exposition.render(make_view({}, deliveries={one: Held(1, 1500)}), 2000)
    view = make_view({}, deliveries={two: Held(7, 1500), one: Held(2, 1500)})
    for now_us, values in ((2200, (2, 0)), (2300, (2, 7))):
        found = samples(exposition.render(view, now_us).text)
        by_source = {dict(labels).get("source_key"): value for (_, labels), value in found.items()}
        assert (by_source["a"], by_source["b"]) == values


def test_counts_of_another_ledger_begin_anew() -> None:
    """Where a series is gone, so is everything that was kept of the ledger before."""
    exposition = Exposition()
    exposition.render(make_view({}, deliveries={("a", "", "own"): Held(9, 1)}), NOW_US)
    other = make_view({}, deliveries={("b", "", "own"): Held(1, 1)})
    assert samples(exposition.render(other, NOW_US).text) == samples(Exposition().render(other, NOW_US).text)


def test_every_measure_of_tasks_and_probes_is_shown() -> None:
    """A measure that the contract adds is on the page or here: nothing is forgotten."""
    shown = {(rule.table.name, measure) for rule in families.RULES for measure in rule.parts}
    for table in (tables.TASKS, tables.PROBES):
        plain = {m for m in table.measures if not m.startswith("duration_")}
        assert {measure for name, measure in shown if name == table.name} == plain
    durations = [at for at, name in enumerate(PROBE_MEASURES) if name.startswith("duration_")]
    (rule,) = [rule for rule in families.HISTOGRAMS if rule.table is tables.PROBES]
    assert np.array_equal(sorted((rule.total, *rule.counts)), durations)
