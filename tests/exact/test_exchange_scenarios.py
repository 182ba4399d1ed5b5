"""Each rule of outcomes and people, and the shortest history that ends right with it and wrong without."""

from __future__ import annotations

import pytest

from tests.exact import exchange_scenarios as s
from tests.exact import exchange_variants as v
from tests.exact.pair import Pair

Case = tuple[s.Scenario, type[v.Variant]]
PLAIN: list[Case] = [
    (s.an_outcome_comes_twice, v.EveryOutcomeIsNew),
    (s.two_judgements_of_one_moment, v.TheGreaterWordWins),
    (s.an_alias_is_given_again, v.FirstAliasStands),
    (s.an_alias_from_the_future, v.EveryAliasIsLearned),
    (s.a_request_never_comes, v.NobodyExpires),
    (s.a_crash_after_an_outcome_was_sent_on, v.EveryForwardIsNew),
    (s.sent_on_again_too_late, v.ForwardsAgeWithTheirOutcome),
    (s.a_crash_before_an_outcome_was_sent_on, v.OutputsLast),
    (s.a_request_comes_again_after_all_was_forgotten, v.JudgementsAreKept),
    (s.the_first_event_comes_again_under_another_time, v.FirstEventsAreHeldForEver),
    (s.the_first_event_comes_again_and_again, v.FirstEventsAreNotRemembered),
    (s.work_in_the_evening, v.DaysOfUtc),
]
FOLDED_AGAIN: list[Case] = [
    (s.a_request_is_kept_known_by_copies, v.JoinsBeyondTheHorizon),
    (s.an_outcome_of_a_request_that_only_copies_keep_known, v.WaitsForTheKnown),
    (s.an_outcome_comes_again_long_before_its_request, v.JudgedLongBeforeItWasAsked),
    (s.all_places_are_taken_again_and_again, v.PlacesForAll),
    (s.an_outcome_is_judged_again_days_later, v.OneWindowIsFoldedAgain),
]


def _name(case: object) -> str:
    return getattr(case, "__name__", "")


@pytest.mark.parametrize(("scenario", "variant"), PLAIN, ids=_name)
def test_the_rule_makes_it_exact(scenario: s.Scenario, variant: type[v.Variant]) -> None:
    """With every rule in place the history ends with the oracles' figures, forwards and activities."""
    pair = Pair(7)
    scenario(pair)
    pair.check()


@pytest.mark.parametrize(("scenario", "variant"), PLAIN, ids=_name)
def test_without_the_rule_figures_are_wrong(scenario: s.Scenario, variant: type[v.Variant]) -> None:
    """With the rule taken away the same history ends wrong: the rule is needed, and the check sees it."""
    with variant.applied(), pytest.raises(AssertionError, match=r"differ"):
        pair = Pair(7, variant.make)
        scenario(pair)
        pair.check()


@pytest.mark.parametrize(("scenario", "variant"), FOLDED_AGAIN, ids=_name)
def test_a_fold_again_decides_as_the_first(scenario: s.Scenario, variant: type[v.Variant]) -> None:
    """With every rule in place, 2 W + 4 days of the log suffice to go on as if nothing had happened."""
    pair = Pair(7, window_days=3)
    scenario(pair)
    pair.check()
    pair.check_interruptions()


@pytest.mark.parametrize(("scenario", "variant"), FOLDED_AGAIN, ids=_name)
def test_without_the_rule_a_fold_again_decides_otherwise(
    scenario: s.Scenario, variant: type[v.Variant]
) -> None:
    """With the rule taken away a worker that was killed counts what one that was not would not have."""
    with variant.applied(), pytest.raises(AssertionError, match=r"fold without end"):
        pair = Pair(7, variant.make, window_days=3)
        scenario(pair)
        pair.check_interruptions()
