"""A small first table, so that histories of a dozen requests make it grow; few places for those that wait."""

from __future__ import annotations

from collections.abc import Iterator
from unittest.mock import patch

import pytest

from stream.core import identity_table, waiting
from tests.exact.outcome_oracle import PLACES


@pytest.fixture(autouse=True, scope="session")
def small_table() -> Iterator[None]:
    with patch.object(identity_table, "_SMALLEST_BITS", 2):
        yield


@pytest.fixture(autouse=True, scope="session")
def few_places() -> Iterator[None]:
    with patch.object(waiting, "PLACES_PER_DAY", PLACES):
        yield
