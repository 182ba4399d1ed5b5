"""Each rule of the exact partition, and the shortest history that ends right with it and wrong without."""

from __future__ import annotations

import pytest

from tests.exact import scenarios as s
from tests.exact import variants as v
from tests.exact.world import World

PAIRS: list[tuple[s.Scenario, type[v.Variant]]] = [
    (s.older_shard_stands, v.PlainMarker),
    (s.older_shard_stands, v.StoredDecidingState),
    (s.a_copy_comes_after_two_windows, v.ShortRefold),
    (s.the_topic_is_made_again, v.RowsWithoutGeneration),
    (s.a_day_ends_while_the_ledger_is_away, v.NoClosing),
    (s.a_crash_as_the_day_ends, v.MarkerFirst),
]
IDS = [f"{variant.__name__}-{scenario.__name__}" for scenario, variant in PAIRS]


@pytest.mark.parametrize(("scenario", "variant"), PAIRS, ids=IDS)
def test_the_rule_makes_it_exact(scenario: s.Scenario, variant: type[v.Variant]) -> None:
    """With every rule in place the history ends with the oracle's figures."""
    world = World(7)
    scenario(world)
    world.check()


@pytest.mark.parametrize(("scenario", "variant"), PAIRS, ids=IDS)
def test_without_the_rule_figures_are_wrong(scenario: s.Scenario, variant: type[v.Variant]) -> None:
    """With the rule taken away the same history ends wrong: the rule is needed, and the check sees it."""
    with variant.applied(), pytest.raises(AssertionError, match=r"differ|equal stamp|fell"):
        world = World(7, variant.make)
        scenario(world)
        world.check()
