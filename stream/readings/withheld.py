"""No figure of fewer people than the smallest group, not even by subtraction. Pure."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Final, TypeVar

_ALONE: Final = 1
Key = TypeVar("Key", bound=Hashable)


def is_small(people: int, least: int) -> bool:
    """Whether a count of people may not be shown. Nobody is no group."""
    return 0 < people < least


def withheld(people: Mapping[Key, int], least: int, also: frozenset[Key] = frozenset()) -> frozenset[Key]:
    """Which cells are not shown, so that neither a small one nor the total less those shown tells of fewer
    than ``least`` people. ``also``: cells that are not shown anyway.

    Small cells go first; then, for as long as what the total leaves to them is a single cell or a small
    count, the smallest of the rest goes with them.
    """
    hidden = set(also) | {key for key, count in people.items() if is_small(count, least)}
    rest = sorted((count, repr(key), key) for key, count in people.items() if key not in hidden and count)
    for _, _, key in rest:
        left = [people[one] for one in hidden if people.get(one, 0)]
        if not left or (len(left) > _ALONE and sum(left) >= least):
            break
        hidden.add(key)
    return frozenset(hidden)
