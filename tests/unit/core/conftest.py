"""Few places for outcomes that wait, as in tests/exact."""

from __future__ import annotations

from collections.abc import Iterator
from unittest.mock import patch

import pytest

from stream.core import waiting


@pytest.fixture(autouse=True, scope="session")
def few_places() -> Iterator[None]:
    with patch.object(waiting, "PLACES_PER_DAY", 3):
        yield
