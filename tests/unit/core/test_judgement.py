"""Judgements: what stands is the definition's, in whatever order they come; transitions telescope."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from stream.contract.judgements import (
    ASPECTS,
    COMPLIANCE,
    CONTROL,
    CONTROLS,
    FINDING,
    FINDINGS,
    RULES,
    SELECTIONS,
    VERDICT,
    VERDICTS,
)
from stream.core.judgement import Judgement, Transition, apply


@dataclass(frozen=True)
class Said:
    time_us: int
    event: int
    values: dict[str, str]
    selection: str


VALUES = st.fixed_dictionaries(
    {},
    optional={
        VERDICT: st.sampled_from(("", *VERDICTS)),
        CONTROL: st.sampled_from(("", *CONTROLS)),
        FINDING: st.sampled_from(("", *FINDINGS)),
        COMPLIANCE: st.sampled_from(("", *RULES)),
    },
)
JUDGEMENTS = st.lists(
    st.builds(Said, st.integers(0, 3), st.integers(0, 2**64 - 1), VALUES, st.sampled_from(SELECTIONS)),
    max_size=8,
    unique_by=lambda said: said.event,
)


def run(judgements: list[Said]) -> list[Transition]:
    state: Judgement | None = None
    found: list[Transition] = []
    for said in judgements:
        state, transitions = apply(state, said.time_us, said.event, said.values, said.selection)
        found += transitions
    return found


def net(transitions: list[Transition]) -> Counter[tuple[str, str]]:
    """How many stand at each (aspect, value) other than ""; nothing where it is zero."""
    counts: Counter[tuple[str, str]] = Counter()
    for aspect, was, now, _ in transitions:
        counts[aspect, was] -= 1
        counts[aspect, now] += 1
    return Counter({key: n for key, n in counts.items() if n and key[1]})


def defined(judgements: list[Said]) -> Counter[tuple[str, str]]:
    """What stands by the words of the contract, from the whole set at once."""
    latest: dict[str, Said] = {}
    for aspect in ASPECTS:
        said = [j for j in judgements if j.values.get(aspect)]
        if said:
            newest = max(j.time_us for j in said)
            latest[aspect] = min((j for j in said if j.time_us == newest), key=lambda j: j.event)
    stands = {aspect: said.values[aspect] for aspect, said in latest.items()}
    if FINDING in stands:
        counts = (
            stands.get(CONTROL) == "passed"
            and latest[FINDING].time_us >= latest[CONTROL].time_us
            and stands[FINDING] != "none"
        )
        if not counts:
            del stands[FINDING]
    return Counter(stands.items())


@given(JUDGEMENTS)
def test_what_stands_is_the_definition(judgements: list[Said]) -> None:
    """Σ to − Σ from equals a brute-force reading of the definition, judgement by judgement."""
    for end in range(len(judgements) + 1):
        assert net(run(judgements[:end])) == defined(judgements[:end])


@given(JUDGEMENTS.flatmap(lambda said: st.tuples(st.just(said), st.permutations(said))))
def test_the_order_of_arrival_does_not_matter(pair: tuple[list[Said], list[Said]]) -> None:
    """Any order of the same judgements leaves the same standing per aspect."""
    assert net(run(pair[0])) == net(run(pair[1]))


@given(JUDGEMENTS)
def test_transitions_telescope_within_a_selection(judgements: list[Said]) -> None:
    """After every judgement, Σ to=v − Σ from=v is 0 or 1 for each value, within each selection too, and no
    transition leaves things as they were.
    """
    counts: Counter[tuple[str, str, str]] = Counter()
    state: Judgement | None = None
    for said in judgements:
        state, transitions = apply(state, said.time_us, said.event, said.values, said.selection)
        for aspect, was, now, selection in transitions:
            assert was != now
            counts[aspect, was, selection] -= 1
            counts[aspect, now, selection] += 1
        assert all(n in (0, 1) for (_, value, _), n in counts.items() if value)


@given(JUDGEMENTS, st.data())
def test_the_same_judgement_again_changes_nothing(judgements: list[Said], data: st.DataObject) -> None:
    """A judgement applied twice causes nothing the second time."""
    if judgements:
        again = data.draw(st.sampled_from(judgements))
        assert run([*judgements, again]) == run(judgements)


def test_a_finding_waits_for_its_control() -> None:
    """A finding counts once control passed the output, also when control arrives after it."""
    state, first = apply(None, 20, 1, {FINDING: "error"}, "random")
    assert first == []
    state, second = apply(state, 10, 2, {CONTROL: "passed"}, "all")
    assert second == [(CONTROL, "", "passed", "all"), (FINDING, "", "error", "random")]
    state, third = apply(state, 30, 3, {FINDING: "none"}, "all")
    assert third == [(FINDING, "error", "", "random")]
    _, fourth = apply(state, 40, 4, {CONTROL: "failed"})
    assert fourth == [(CONTROL, "passed", "failed", "all")]


def test_a_finding_earlier_than_its_control_does_not_count() -> None:
    """What was found before human control let the output pass is not found after it."""
    state, _ = apply(None, 20, 1, {CONTROL: "passed"})
    _, found = apply(state, 19, 2, {FINDING: "error"})
    assert found == []
