"""One pricer serves every partition of a worker: those folded again in threads, and those that count."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Barrier

import numpy as np
import pytest

from stream.contract.batches import to_batch
from stream.contract.columns import UsageBatch
from stream.contract.names import LABELS
from stream.contract.usage import UsageRecord
from stream.pricing import PriceBook, Pricer, compile_book

_THREADS, _ROUNDS = 4, 25
_NOW_US = 1_790_000_000_000_000


@pytest.fixture(scope="module")
def book() -> PriceBook:
    return compile_book()


@pytest.fixture
def hasty_threads() -> Iterator[None]:
    """Threads give way to each other as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def batch_of(models: list[tuple[str, str]]) -> UsageBatch:
    """One event of each (provider, model)."""
    records = []
    for number, (provider, model) in enumerate(models):
        labels = dict.fromkeys(LABELS, "") | {"provider": provider, "model": model}
        leaves = {"input": 1_000_003, "output": 10_007}
        records.append(UsageRecord(number, number, _NOW_US, tuple(labels.values()), 0, leaves=leaves))
    return to_batch(records, batch_id="b", producer="p", seq=0, accepted_us=_NOW_US)


def test_threads_that_share_a_pricer_price_as_one_does(book: PriceBook, hasty_threads: None) -> None:
    """What is learnt of one thread's models never becomes the price of another's."""
    models = [(provider.id, model.id) for provider in book.providers for model in provider.models][:160]
    for round_ in range(_ROUNDS):
        shared, start = Pricer(book), Barrier(_THREADS)
        batches = []
        for thread in range(_THREADS):
            mine = models[thread::_THREADS]
            Random(round_ * _THREADS + thread).shuffle(mine)
            batches.append([batch_of(mine[i : i + 4]) for i in range(0, len(mine), 4)])

        def price(work: list[UsageBatch], shared: Pricer = shared, start: Barrier = start) -> list[list[int]]:
            start.wait()
            return [shared.price_batch(batch).cost_nano_usd.tolist() for batch in work]

        with ThreadPoolExecutor(_THREADS) as pool:
            found = list(pool.map(price, batches))
        alone = Pricer(book)
        for work, costs in zip(batches, found, strict=True):
            assert costs == [alone.price_batch(batch).cost_nano_usd.tolist() for batch in work]
            assert np.array(costs).any()
