"""The kernel's arithmetic is exact, its sums add up, and it picks the rates that hold."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.contract.batches import to_batch
from stream.contract.columns import decode_batch, encode_batch
from stream.contract.frame import unpack
from stream.contract.leaves import (
    LEAF_INDEX,
    LEAVES,
    MAX_LEAF_COUNT,
    MAX_RATE_PICO_USD,
    MAX_UNIT_COUNT,
    UNITS,
)
from stream.contract.names import COST_POLICIES, COST_STATUSES, LABELS, US_PER_DAY
from stream.contract.usage import UsageRecord
from stream.pricing import Overrides, Priced, Pricer, compile_book
from stream.pricing.book import PriceBook
from stream.pricing.kernel import half_even, leaf_costs, unit_costs
from stream.pricing.units import MAX_UNIT_RATE_PICO_USD
from tests.property.pricing_batches import Event, price_events

FULL = settings(max_examples=200, deadline=None)
FEW = settings(max_examples=50, deadline=None)
UNIT_COUNTS = st.integers(0, MAX_UNIT_COUNT)
UNIT_RATES = st.integers(0, MAX_UNIT_RATE_PICO_USD)
PRODUCTS = st.integers(0, 9 * 10**18)
TIES = st.integers(0, 9 * 10**15).map(lambda nano: nano * 1000 + 500)
EPOCH = date(1970, 1, 1)
DAYS = st.integers(-40, 40).map(lambda n: date(2026, 6, 1) + timedelta(days=n))


@FULL
@given(st.lists(PRODUCTS | TIES, min_size=1))
def test_pico_to_nano_is_half_even(pico: list[int]) -> None:
    """Up to the largest product: as exact fractions round, ties to the even nano."""
    assert half_even(np.array(pico)).tolist() == [round(Fraction(p, 1000)) for p in pico]


def test_the_largest_leaf_cost_fits() -> None:
    """The bounds of count and rate leave no product outside int64."""
    got = leaf_costs(np.array([[MAX_LEAF_COUNT]]), np.array([[MAX_RATE_PICO_USD]]))
    assert got.tolist() == [[MAX_LEAF_COUNT * MAX_RATE_PICO_USD // 1000]]


@FULL
@given(st.lists(st.tuples(UNIT_COUNTS, UNIT_RATES), min_size=1))
def test_units_are_exact_beyond_int64(pairs: list[tuple[int, int]]) -> None:
    """Count x rate of a unit may leave int64; its cost does not, and is rounded half-even all the same."""
    counts, pico = np.array(pairs, np.int64).T
    assert unit_costs(counts, pico).tolist() == [round(Fraction(c * p, 1000)) for c, p in pairs]


def test_all_units_at_once_fit() -> None:
    """An event that uses the most of every unit at the highest rate still has a cost within int64."""
    rates = dict.fromkeys((u for u in UNITS if u != "requests"), Decimal("0.6"))
    book = compile_book(overrides({"rates": rates | {"requests": Decimal(9), "input": Decimal(9000)}}))
    counts = {unit: MAX_UNIT_COUNT for unit in UNITS if unit != "requests"} | {"input": MAX_LEAF_COUNT}
    priced = price_events(Pricer(book), [Event("own", "m", counts=counts)])
    nano = 13 * MAX_UNIT_COUNT * 600_000_000 + 9 * 10**9 + MAX_LEAF_COUNT * 9_000_000
    assert priced.cost_nano_usd.tolist() == [nano]


def overrides(*entries: dict[str, object]) -> Overrides:
    common = {"provider": "own", "model": "m", "from": date(2026, 1, 1), "who": "Finance", "why": "test"}
    return Overrides.model_validate({"overrides": [common | entry for entry in entries]})


@cache
def book() -> PriceBook:
    return compile_book()


NAMED = st.sampled_from(
    [
        ("openai", "gpt-4o"),
        ("openai", "gpt-5.4"),
        ("openai", "nobody-knows"),
        ("openrouter", "qwen/qwq-32b:free"),
        ("deepseek", "deepseek-chat"),
        ("groq", "whisper-large-v3"),
        ("perplexity", "sonar-pro"),
    ]
)
EVENTS = st.lists(
    st.builds(
        lambda named, time, counts, known, hit, reported: Event(
            *named, time, counts, known=known, hit=hit, reported=reported
        ),
        NAMED,
        st.integers(1_700_000_000_000_000, 1_800_000_000_000_000),
        st.dictionaries(st.sampled_from([*LEAVES, *UNITS[1:]]), st.integers(0, 400_000), max_size=5),
        st.booleans(),
        st.booleans(),
        st.none() | st.integers(0, 10**12),
    ),
    min_size=1,
    max_size=30,
)


@FEW
@given(EVENTS, st.sampled_from(COST_POLICIES))
def test_the_parts_sum_to_the_cost(events: list[Event], policy: str) -> None:
    """Leaves + units + unsplit = cost, whatever wins; cache hits and unknown usage get no price of ours."""
    priced = price_events(Pricer(book(), policy), events)
    parts = priced.leaf_nano_usd.sum(axis=1) + priced.unit_nano_usd + priced.unsplit_nano_usd
    assert parts.tolist() == priced.cost_nano_usd.tolist()
    own = price_events(Pricer(book()), events)
    assert priced.computed_nano_usd.tolist() == own.cost_nano_usd.tolist()
    for i, event in enumerate(events):
        status = COST_STATUSES[priced.status[i]]
        whole = COST_STATUSES[own.status[i]] in ("priced", "free")
        wins = event.reported is not None and not event.hit and policy != "computed"
        if policy == "reported_if_unpriced":
            wins = wins and not whole
        assert (status == "reported") == wins
        if wins:
            assert int(priced.cost_nano_usd[i]) == event.reported
        elif event.hit:
            assert (status, int(priced.cost_nano_usd[i])) == ("free", 0)
        elif not event.known:
            assert (status, int(priced.cost_nano_usd[i])) == ("unpriced", 0)


@FEW
@given(EVENTS, st.randoms(use_true_random=False))
def test_an_event_costs_the_same_in_any_company(events: list[Event], shuffle: object) -> None:
    """Neither order, nor neighbours, nor what the pricer saw before changes a price."""
    pricer = Pricer(book(), "reported_if_unpriced")
    together = price_events(pricer, events)
    order = list(range(len(events)))
    shuffle.shuffle(order)  # type: ignore[attr-defined]
    for i in order:
        alone = price_events(Pricer(book(), "reported_if_unpriced"), [events[i]])
        again = price_events(pricer, [events[i]])
        for part in Priced.__dataclass_fields__:
            assert getattr(together, part)[i].tolist() == getattr(alone, part)[0].tolist()
            assert getattr(again, part)[0].tolist() == getattr(alone, part)[0].tolist()


DATED = st.tuples(DAYS, st.none() | st.integers(0, 30), st.integers(0, 50), st.sampled_from(["", "eu"]))


@FULL
@given(st.lists(DATED, max_size=6), DAYS, st.integers(0, US_PER_DAY - 1), st.sampled_from(["", "eu", "us"]))
def test_the_override_of_the_day_wins(
    drawn: list[tuple[date, int | None, int, str]], day: date, of_day: int, region: str
) -> None:
    """Of dated overrides, the one that holds on the UTC day of the event; a region's before one for all."""
    entries, kept = [], []
    for start, length, usd, where in drawn:
        end = date.max if length is None else start + timedelta(days=length)
        if any(w == where and start <= e and s <= end for s, e, _, w in kept):
            continue  # overlaps: refused, as another test shows
        kept.append((start, end, usd, where))
        entry: dict[str, object] = {"from": start, "rates": {"output": Decimal(usd)}}
        entries.append(
            entry | ({} if length is None else {"until": end}) | ({"region": where} if where else {})
        )
    event = Event("own", "m", (day - EPOCH).days * US_PER_DAY + of_day, {"output": 1_000_000}, region=region)
    priced = price_events(Pricer(compile_book(overrides(*entries))), [event])
    holding = {where: usd for start, end, usd, where in kept if start <= day <= end and where in ("", region)}
    expected = holding.get(region, holding.get(""))
    if expected is None:
        assert COST_STATUSES[priced.status[0]] == "unpriced"
    assert int(priced.cost_nano_usd[0]) == (expected or 0) * 10**9


def test_a_decoded_batch_is_priced_like_its_events() -> None:
    """What comes off the wire is priced as the events that went on to it."""

    def record(number: int, **more: object) -> UsageRecord:
        labels = dict.fromkeys(LABELS, "") | {"provider": "openai", "model": "gpt-4o"}
        return UsageRecord(number, number, 1_790_000_000_000_000, tuple(labels.values()), 0, **more)  # type: ignore[arg-type]

    records = [
        record(1, leaves={"input": 1000, "output": 10}, units={"web_searches": 2}),
        record(2, leaves={"input": 3}, reported_nano_usd=77),
        record(3, cache_hit=True, leaves={"input": 3}),
        record(4, leaves=None),
    ]
    body = encode_batch(to_batch(records, batch_id="b", producer="p", seq=1, accepted_us=1))
    frame = unpack(body)
    batch = decode_batch(frame.events, frame.body)
    priced = Pricer(book(), "reported").price_batch(batch)
    assert priced.cost_nano_usd.tolist() == [2_500_000 + 100_000 + 20_000_000, 77, 0, 0]
    assert [COST_STATUSES[s] for s in priced.status] == ["priced", "reported", "free", "unpriced"]
    assert priced.leaf_nano_usd[0, LEAF_INDEX["output"]] == 100_000
    assert priced.unit_nano_usd.tolist() == [20_000_000, 0, 0, 0]
