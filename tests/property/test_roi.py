"""What holds for every programme: order, sums of parts, and no cause discounted twice."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from hypothesis import given, settings

from stream.roi import Estimate, Measured, Node, Program, estimate
from tests.property.roi_programs import PERIOD, PLACES, ledgers, programs


def roots(found: Estimate) -> Iterator[Node]:
    for reading in found.readings:
        yield reading.tree


@settings(max_examples=150, deadline=None)
@given(programs(), ledgers())
def test_the_whole_is_made_of_its_parts(given: dict[str, Any], measured: Measured) -> None:
    """Every figure of every derivation is, exactly, what its formula makes of its children, end by end."""
    found = estimate(Program.model_validate(given), measured, PERIOD)
    for root in roots(found):
        for node in root.walk():
            if node.operation in ("input", "return"):
                continue
            parts = [child.value for child in node.children]
            for end in ("low", "central", "high"):
                ends = [getattr(part, end) for part in parts if part is not None]
                if node.operation == "sum":
                    wanted: Fraction | None = sum(ends, Fraction(0))
                elif node.operation == "lower":
                    wanted = min(ends)
                elif len(ends) < len(parts):
                    wanted = None
                else:
                    wanted = Fraction(1)
                    for value in ends:
                        wanted *= value
                assert (None if node.value is None else getattr(node.value, end)) == wanted, node.name


@settings(max_examples=150, deadline=None)
@given(programs(), ledgers())
def test_the_return_is_the_printed_formula(given: dict[str, Any], measured: Measured) -> None:
    """The central ROI is (benefits − (TCO + risks)) ÷ TCO; low and high bound all combinations."""
    for reading in estimate(Program.model_validate(given), measured, PERIOD).readings:
        if reading.roi is None:
            assert reading.tco.low == 0
            continue
        benefit, tco, risk = reading.benefits, reading.tco, reading.risks
        assert reading.roi.central == (benefit.central - (tco.central + risk.central)) / tco.central
        corners = [(b - (t + r)) / t for b in benefit.ends for t in tco.ends for r in risk.ends]
        assert (reading.roi.low, reading.roi.high) == (min(corners), max(corners))


@settings(max_examples=150, deadline=None)
@given(programs(), ledgers())
def test_no_cause_is_discounted_twice(given: dict[str, Any], measured: Measured) -> None:
    """Within one benefit no two factors that apply have the same cause, and each says its reason."""
    for root in roots(estimate(Program.model_validate(given), measured, PERIOD)):
        benefit_nodes = [node for node in root.children[0].walk() if node.operation == "sum"][-1].children
        for node in benefit_nodes:
            applied = [below for below in node.walk() if below.cause]
            causes = [below.cause for below in applied]
            assert len(causes) == len(set(causes)), causes
            assert all(below.reason for below in applied)


@settings(max_examples=150, deadline=None)
@given(programs(), ledgers())
def test_readings_are_in_order(given: dict[str, Any], measured: Measured) -> None:
    """Guide, prudent and ×2 ÷ 2 are never above "as measured", end by end; TCO and risks stay."""
    found = estimate(Program.model_validate(given), measured, PERIOD)
    plain = found.reading("as_measured")
    for key in ("guide", "prudent", "stressed"):
        other = found.reading(key)
        assert all(one <= most for one, most in zip(other.benefits.ends, plain.benefits.ends, strict=True))
        assert all(one <= most for one, most in zip(other.net.ends, plain.net.ends, strict=True))
        assert (other.roi is None) == (plain.roi is None)
        if other.roi is not None and plain.roi is not None:
            assert all(one <= most for one, most in zip(other.roi.ends, plain.roi.ends, strict=True))
        if key != "stressed":
            assert (other.tco, other.risks) == (plain.tco, plain.risks)


@settings(max_examples=150, deadline=None)
@given(programs(), ledgers())
def test_sources_make_the_benefits(given: dict[str, Any], measured: Measured) -> None:
    """Measured, declared and assumed benefits add up to all of them (half of each under ×2 ÷ 2)."""
    for reading in estimate(Program.model_validate(given), measured, PERIOD).readings:
        parts = 2 if reading.policy.stressed else 1
        for end in ("low", "central", "high"):
            whole = sum(getattr(part, end) for part in reading.by_source.values())
            assert whole == getattr(reading.benefits, end) * parts


@settings(max_examples=150, deadline=None)
@given(programs(), ledgers())
def test_departments_make_the_whole(given: dict[str, Any], measured: Measured) -> None:
    """Benefits of the departments add up to the programme's, exactly; so do their costs and risks with the
    shared ones.
    """
    planned = Program.model_validate(given)
    whole = estimate(planned, measured, PERIOD).reading("as_measured")
    parts = [
        estimate(planned, measured, PERIOD, department).reading("as_measured") for department, _ in PLACES
    ]
    alone = {**given, "costs": [one for one in given["costs"] if "department" not in one]}
    shared = estimate(Program.model_validate(alone), Measured(), PERIOD).reading("as_measured")
    for end in ("low", "central", "high"):
        benefits, tco, risks = (
            [getattr(getattr(part, name), end) for part in parts] for name in ("benefits", "tco", "risks")
        )
        assert sum(benefits) == getattr(whole.benefits, end)
        assert sum(tco) + getattr(shared.tco, end) == getattr(whole.tco, end)
        assert sum(risks) + getattr(shared.risks, end) == getattr(whole.risks, end)


@settings(max_examples=150, deadline=None)
@given(programs(), ledgers())
def test_every_range_holds_its_central_value(given: dict[str, Any], measured: Measured) -> None:
    """Of every figure in every derivation, and of every reading: low, central and high keep their order."""
    found = estimate(Program.model_validate(given), measured, PERIOD)
    ranges = [node.value for root in roots(found) for node in root.walk()]
    ranges += [one for reading in found.readings for one in (reading.net, *reading.by_source.values())]
    ranges += list(vars(found.hours).values()) if found.hours else []
    for one in ranges:
        assert one is None or one.low <= one.central <= one.high


@settings(max_examples=150, deadline=None)
@given(programs(), ledgers())
def test_risk_enters_once(given: dict[str, Any], measured: Measured) -> None:
    """No risk is in the TCO or among the benefits: it stands in the numerator, by itself, once for each."""
    for root in roots(estimate(Program.model_validate(given), measured, PERIOD)):
        names = [[node.name for node in child.walk()] for child in root.children]
        assert [part.count("FR") for part in names] == [0, 0, len(given["risks"])]


@settings(max_examples=150, deadline=None)
@given(programs(), ledgers())
def test_hours_net_are_a_part_of_hours_gross(given: dict[str, Any], measured: Measured) -> None:
    """What is put to other use is never more than what is saved, and prudently never more than that."""
    hours = estimate(Program.model_validate(given), measured, PERIOD).hours
    if hours is None:
        return
    for gross, net, prudent in zip(hours.gross.ends, hours.net.ends, hours.net_prudent.ends, strict=True):
        assert prudent <= net <= gross
    for gross, sure in zip(hours.gross.ends, hours.gross_measured.ends, strict=True):
        assert 0 <= sure <= gross
