"""Our prices are genai-prices' prices: every model, leaf, unit, date, hour, tier and variant."""

from __future__ import annotations

import random
from decimal import Decimal
from functools import cache
from itertools import product

import pytest
from genai_prices.types import ModelInfo, Provider
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stream.contract.leaves import LEAVES, UNITS
from stream.pricing import PriceBook, Pricer, compile_book
from stream.pricing.book import Clause
from stream.pricing.resolve import Resolver
from tests.property import pricing_oracle as oracle
from tests.property.pricing_batches import Event, price_events

NAMES = tuple(oracle.COUNTED_IN)


@cache
def book() -> PriceBook:
    return compile_book()


@cache
def pricer() -> Pricer:
    return Pricer(book())


def texts(clause: Clause) -> list[str]:
    """Names that a clause may mean."""
    own = [clause.text] if clause.kind not in ("or", "and", "regex") else []
    return own + [text for part in clause.parts for text in texts(part)]


@cache
def reachable() -> list[tuple[str, str, Provider, ModelInfo]]:
    """(provider, a name, provider, model) of all models that a name finds, in the catalogue's own words."""
    found = []
    for entry, provider in zip(book().providers, oracle.snapshot().providers, strict=True):
        for ours, model in zip(entry.models, provider.models, strict=True):
            candidates = [model.id.lower(), *texts(ours.match)]
            candidates += [f"{text}-2026-01-01" for text in candidates]
            name = next((c for c in candidates if provider.find_model(c) is model), None)
            if name is not None:
                found.append((provider.id, name, provider, model))
    return found


def event(provider: str, name: str, time_us: int, counts: dict[str, int], context: dict[str, str]) -> Event:
    tier = next((v for k, v in context.items() if k != "route"), "")
    return Event(provider, name, time_us, counts, region=context.get("route", ""), service_tier=tier)


def slack(model: ModelInfo, time_us: int, counts: dict[str, int], context: dict[str, str]) -> Decimal:
    """Half a nano per rounded figure, and half a pico per unit where a rate is no whole number of pico."""
    rounded = Decimal(sum(count > 0 for count in counts.values()) + 1) / 2
    if oracle.whole_pico(model.get_prices(oracle.at(time_us), context)):
        return rounded
    return rounded + Decimal(sum(counts.values())) / 2000


def test_every_model_can_be_asked_for() -> None:
    """The comparison below leaves nobody out but models hidden behind an earlier match."""
    everything = sum(len(provider.models) for provider in oracle.snapshot().providers)
    assert everything > 2000
    assert len(reachable()) > 0.99 * everything


def test_every_model_costs_what_the_catalogue_says() -> None:
    """For all models, around each date, hour, tier and variant, with every leaf and unit used at once."""
    draw = random.Random(20)
    events, costs = [], []
    for provider_id, name, provider, model in reachable():
        for context in oracle.contexts(model):
            for time_us in oracle.instants(model):
                for most in (2_000, 200_000):
                    counts = {n: draw.randrange(most) for n in NAMES}
                    events.append(event(provider_id, name, time_us, counts, context))
                    usd = oracle.price(provider, model, counts, time_us, context)
                    costs.append((usd, slack(model, time_us, counts, context)))
    priced = price_events(pricer(), events)
    wrong = [
        (e.provider, e.model, e.time_us, e.service_tier, int(ours), usd)
        for e, ours, (usd, allowed) in zip(events, priced.cost_nano_usd, costs, strict=True)
        if abs(int(ours) - usd * 10**9) > allowed
    ]
    assert len(events) > 5_000
    assert not wrong, wrong[:5]


COUNTS = st.one_of(st.integers(0, 20), st.integers(0, 400_000), st.integers(0, 10**9))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), name=st.sampled_from(LEAVES), count=COUNTS, before=COUNTS)
def test_each_leaf_is_rounded_by_itself(data: st.DataObject, name: str, count: int, before: int) -> None:
    """A leaf's cost is its exact price rounded half-even to a nano-dollar, in the whole request's tier."""
    provider_id, label, provider, model = data.draw(st.sampled_from(reachable()))
    context = data.draw(st.sampled_from(oracle.contexts(model)))
    time_us = data.draw(st.sampled_from(oracle.instants(model)))
    if not oracle.whole_pico(model.get_prices(oracle.at(time_us), context)):
        return
    base = {} if name.startswith("input") else {"input": before}
    counts = base | {name: count}
    exact = oracle.price(provider, model, counts, time_us, context)
    exact -= oracle.price(provider, model, base, time_us, context)
    priced = price_events(pricer(), [event(provider_id, label, time_us, counts, context)])
    assert int(priced.leaf_nano_usd[0, LEAVES.index(name)]) == oracle.nano(exact)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), counts=st.dictionaries(st.sampled_from(NAMES), COUNTS, max_size=6))
def test_any_usage_at_any_time(data: st.DataObject, counts: dict[str, int]) -> None:
    """The sum of the parts is the catalogue's total to within half a nano-dollar a part."""
    provider_id, label, provider, model = data.draw(st.sampled_from(reachable()))
    context = data.draw(st.sampled_from(oracle.contexts(model)))
    time_us = data.draw(st.integers(1_700_000_000_000_000, 1_830_000_000_000_000))
    usd = oracle.price(provider, model, counts, time_us, context)
    priced = price_events(pricer(), [event(provider_id, label, time_us, counts, context)])
    assert abs(int(priced.cost_nano_usd[0]) - usd * 10**9) <= slack(model, time_us, counts, context)


def test_models_of_others_cost_what_the_catalogue_says() -> None:
    """Found through a fallback, a model has its standard price: its variants are its own provider's."""
    events, costs = [], []
    for entry in book().providers:
        lent = [(name, model) for owner, name, _, model in reachable() if owner in entry.fallback]
        for name, model in lent:
            provider, found = oracle.snapshot().find_provider_model(name, None, entry.id, None)
            if found is not model:
                continue
            for context in oracle.contexts(model):
                counts = {"input": 1_000_000, "output": 1_000_000}
                events.append(event(entry.id, name, 1_790_000_000_000_000, counts, context))
                costs.append(oracle.nano(oracle.price(provider, model, counts, events[-1].time_us, context)))
    assert sum(bool(e.service_tier) for e in events) > 50
    assert price_events(pricer(), events).cost_nano_usd.tolist() == costs


def test_least_billed_counts() -> None:
    """The Whisper models with a minimum, over small counts of every way to report audio."""
    seconds = ("audio_seconds", "input_audio_seconds", "output_audio_seconds")
    models = [entry for entry in reachable() if entry[0] == "groq" and "whisper" in entry[1]]
    events, costs = [], []
    for (provider_id, name, provider, model), *counted in product(models, *[(0, 1, 4, 9, 10, 30)] * 3):
        counts = dict(zip(seconds, counted, strict=True))
        events.append(event(provider_id, name, 1_790_000_000_000_000, counts, {}))
        usd = oracle.price(provider, model, counts, events[-1].time_us, {})
        costs.append((usd, slack(model, events[-1].time_us, counts, {})))
    priced = price_events(pricer(), events)
    for one, ours, (usd, allowed) in zip(events, priced.cost_nano_usd, costs, strict=True):
        assert abs(int(ours) - usd * 10**9) <= allowed, one


def test_names_mean_the_models_they_mean_there() -> None:
    """Every name in any match clause, asked of its provider, of those that fall back on it, and of nobody."""
    resolver = Resolver(book())
    asked = 0
    for entry in book().providers:
        sellers = ["", entry.id, *(p.id for p in book().providers if entry.id in p.fallback)]
        names = {n for model in entry.models for n in (model.id, *texts(model.match))}
        names |= {f"{name}-20260115" for name in sorted(names)[:40]}
        for seller, name in product(sellers, sorted(names)):
            found = resolver.resolve(seller, name)
            try:
                provider, model = oracle.snapshot().find_provider_model(name, None, seller or None, None)
            except LookupError:
                assert found.model is None or "without the prefix" in " ".join(found.steps), (seller, name)
                continue
            assert (found.provider, found.model and found.model.id) == (provider.id, model.id), (seller, name)
            asked += 1
    assert asked > 5_000


@pytest.mark.parametrize("name", [*LEAVES, *UNITS])
def test_each_leaf_and_unit_is_in_the_comparison(name: str) -> None:
    """A leaf or unit added to the contract is added to the oracle too (a request is counted by itself)."""
    assert name in NAMES or name == "requests"
