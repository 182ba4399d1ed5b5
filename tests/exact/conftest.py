"""A small first table, so that histories of a dozen requests make it grow."""

from __future__ import annotations

from collections.abc import Iterator
from unittest.mock import patch

import pytest

from stream.core import identity_table


@pytest.fixture(autouse=True, scope="session")
def small_table() -> Iterator[None]:
    with patch.object(identity_table, "_SMALLEST_BITS", 2):
        yield
