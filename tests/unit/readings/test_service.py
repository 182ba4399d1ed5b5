"""The service: what is downtime, how long it takes, what it costs, and how it is used."""

from __future__ import annotations

from fractions import Fraction

from stream.contract.judgements import FINDING
from stream.ledger.figures import Figures
from tests.unit.readings.given import judged, program, reading, sums, usage


def probe(outcome: str, checks: int) -> Figures:
    return Figures(("gateway", "eu", outcome), None, {"checks": checks})


def test_cancelled_and_filtered_requests_were_served() -> None:
    """3 of 1000 were not answered; the 100 that were cancelled or filtered are no downtime."""
    row = usage(
        897, requests_cancelled=60, requests_content_filtered=40,
        requests_error=1, requests_timeout=1, requests_rate_limited=1,
    )  # fmt: skip
    found = reading("service_uptime", sums(usage=[row]))
    assert found.value == Fraction(997, 1000)
    budget = found.figure("budget_left")
    assert budget is not None and budget.value == Fraction(2, 5)


def test_requests_and_probes_stand_side_by_side() -> None:
    """Each with its own denominator; where no request was seen, probes say it, and the note says so."""
    both = sums(usage=[usage(999, requests_error=1)], probes=[probe("success", 90), probe("timeout", 10)])
    found = reading("service_uptime", both)
    requests, probes = found.figure("by_requests"), found.figure("by_probes")
    assert requests is not None and probes is not None
    assert (requests.value, probes.value) == (
        Fraction(999, 1000),
        Fraction(9, 10),
    ) and found.value == requests.value
    alone = reading("service_uptime", sums(probes=[probe("success", 9), probe("error", 1)]))
    assert alone.value == Fraction(9, 10) and any("probes" in note for note in alone.notes)
    assert alone.split("probe")[0].labels == ("gateway",)


def test_system_errors_by_kind() -> None:
    """Failures and hallucinations that passed control, each kind over all requests; the parts add up."""
    now = sums(
        usage=[usage(90, requests_error=6, requests_timeout=4)],
        outcomes=[judged(FINDING, "hallucination", 5)],
    )
    found = reading("system_error_rate", now)
    assert (found.value, found.status) == (Fraction(15, 100), "no_target")
    assert sum(part.numerator or 0 for part in found.split("kind")) == found.numerator == 15


def test_latency_by_class() -> None:
    """The mean of those whose duration is known; a class is the programme's use cases of it."""
    row = usage(100, duration_us_sum=80 * 4_000_000, duration_le_5000000=80)
    other = usage(10, duration_us_sum=10_000_000, duration_le_1000000=10, place=("Other", "Else"))
    now = sums(usage=[row, other])
    overall = reading("mean_latency", now, scope="overall", program=program())
    chat = reading("mean_latency", now, scope="chat", program=program())
    assert overall.value == Fraction(330, 90) and overall.status == "missed"
    assert chat.value == 4 and chat.status == "met" and chat.samples == 80
    code = reading("mean_latency", now, scope="code", program=program())
    assert code.value is None and not code.connect and "latency_class is code" in code.notes[-1]
    assert reading("mean_latency", now, scope="code").connect


def test_quantiles_lie_in_their_bucket() -> None:
    """98 in 1 to 1.5 s, two beyond the last bound: p50 in the bucket, p99 said to be at least the bound."""
    found = reading("mean_latency", sums(usage=[usage(100, duration_le_1500000=98, duration_le_inf=2)]))
    p50, p99 = found.figure("p50"), found.figure("p99")
    assert p50 is not None and p50.value == 1 + Fraction(50, 98) / 2
    assert p99 is not None and p99.value == 120 and "at least" in p99.name


def test_cost_per_request_is_of_all_attempts() -> None:
    """Failed attempts cost, too; what has no whole price is said; parts by model, department, use case."""
    cheap = usage(90, model="a", cost_nano_usd_input=10**9, tokens_input=900, events_priced=90)
    dear = usage(10, model="b", cost_nano_usd_output=4 * 10**9, events_priced=8, events_unpriced=2)
    found = reading("cost_per_request", sums(usage=[cheap, dear]))
    assert found.value == Fraction(5, 100)
    assert {part.labels: part.value for part in found.split("provider", "model")} == {
        ("p", "a"): Fraction(1, 90),
        ("p", "b"): Fraction(4, 10),
    }
    assert "2 attempts" in found.notes[0]
    tokens = found.figure("tokens_per_request")
    assert tokens is not None and tokens.value == 9


def test_cost_has_the_interval_of_a_mean() -> None:
    """100 attempts of 1 and 3 dollars in equal parts: mean 2, deviation 1, so 2 ± 1.96 × 0.1."""
    squares = 50 * 10**12 + 50 * 9 * 10**12
    row = usage(
        100, cost_nano_usd_input=200 * 10**9, events_priced=100,
        cost_squares_hi=squares >> 32, cost_squares_lo=squares % 2**32,
    )  # fmt: skip
    found = reading("cost_per_request", sums(usage=[row]))
    assert found.low is not None and found.high is not None
    assert round(float(found.low), 3) == 1.804 and round(float(found.high), 3) == 2.196


def test_little_used_features_are_named() -> None:
    """Below a tenth of an equal share; requests without a feature are no feature."""
    rows = [usage(990, feature="chat"), usage(10, feature="export"), usage(500)]
    found = reading("use_per_feature", sums(usage=rows))
    assert found.value == 1500 and found.notes == ("little used: export",)
    assert [part.notes for part in found.split("feature")] == [(), (), ("little used",)]
