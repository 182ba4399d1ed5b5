"""An explanation of a price in lines for people. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from stream.control.example_cost import ExampleCost
from stream.pricing import Explanation
from stream.pricing.explain import RateLine


def explanation_lines(found: Explanation, cost: ExampleCost | None) -> Iterator[str]:
    """What matched, what holds when, each rate with its source, and what an example costs."""
    labels = f"{found.provider or 'any provider'}/{found.model}"
    extra = ", ".join(text for text in (found.region, found.service_tier) if text)
    yield f"{labels}{f' ({extra})' if extra else ''} at {found.at}: {found.status}"
    yield f"  book     {found.source}"
    for step in found.steps:
        yield f"  match    {step}"
    yield f"  holds    {_days(found)}"
    if found.hours:
        yield f"  hours    rates change at {', '.join(found.hours)} UTC"
    own = [line for line in found.rates if line.from_name == line.name]
    width = max((len(line.name) for line in own), default=0)
    amounts = max((len(line.usd) for line in own), default=0)
    for line in own:
        per = "each" if line.per == "each" else f"per {line.per}"
        amount = f"{line.usd:>{amounts}} USD {per}{_tiers(line)}"
        yield f"  {line.name:<{width}}  {amount}  {_origin(line)}"
    inherited = [f"{line.name} as {line.from_name}" for line in found.rates if line.from_name != line.name]
    if inherited:
        yield f"  others   {', '.join(inherited)}"
    for unit, least in found.minimums:
        yield f"  least    {least} {unit} are billed"
    if cost is not None:
        yield from _cost_lines(cost)


def _days(found: Explanation) -> str:
    since = f"from {found.slice_from}" if found.slice_from else "from ever"
    return f"{since} until {found.slice_until} (exclusive)" if found.slice_until else f"{since} on"


def _tiers(line: RateLine) -> str:
    return "".join(f", {usd} above {above} input tokens" for above, usd in line.tiers)


def _origin(line: RateLine) -> str:
    by = f" ({line.who}: {line.why})" if line.who else ""
    return f"[{line.origin}{by}]"


def _cost_lines(cost: ExampleCost) -> Iterator[str]:
    used = ", ".join(f"{count} {name}" for name, count in cost.used.items())
    parts = [f"{name} {usd}" for name, usd in cost.leaves.items()]
    if cost.units != "0":
        parts.append(f"units {cost.units}")
    yield f"  example  {used}: {cost.total} USD, {cost.status} ({' + '.join(parts)})"


def miss_lines(found: Explanation) -> list[str]:
    """A model that has no price: what to do about it, in one line."""
    what = f"model: {found.model!r} of {found.provider or 'any provider'}"
    near = f"; near: {', '.join(found.suggestions)}" if found.suggestions else ""
    if found.miss == "unknown_provider":
        mend = (
            "name the provider with --provider, or map its name with `provider_aliases` in an override file"
        )
        return [f"{what} has no price: no provider answers to these names{near}; {mend}"]
    mend = "map its name with `deployments`, or give its rates with `overrides`, in an override file"
    return [f"{what} has no price: {found.steps[-1]}{near}; {mend}"]
