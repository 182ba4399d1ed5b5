"""The whole product on each broker, once per module: tests add to what it has counted."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from collectors.replay.generator import SOURCES
from stream.broker.base import Broker
from stream.broker.embedded import EmbeddedBroker
from stream.broker.kafka import KafkaBroker
from tests.e2e.quick import quick_ledger
from tests.support.oracle import Oracle
from tests.support.system import TOKONOMICS, Options, System

HOLD_S = 1.0  #: how long /metrics shows a new series at 0
#: Bearer token by source key.
TOKENS = {key: f"token-of-{key}" for key in ("replay", *SOURCES)}
KINDS = ["embedded", pytest.param("kafka", marks=pytest.mark.kafka)]


@pytest.fixture(scope="module", params=KINDS)
def own_broker(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A broker of the module's own: the product's topics have fixed names."""
    root = tmp_path_factory.mktemp(request.param)
    embedded = request.param == "embedded"
    broker: Broker = EmbeddedBroker(None, root) if embedded else KafkaBroker(None, root / "data", root)
    with broker:
        yield broker


@pytest.fixture(scope="module")
def system(own_broker: Broker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Collector, two workers and ledger, running; each source has a token of its own."""
    directory = tmp_path_factory.mktemp("system")
    file = directory / "collector.json"  # JSON is YAML
    file.write_text(json.dumps({"tokens": [{"token": TOKENS[key], "source_key": key} for key in TOKENS]}))
    collector = (*TOKONOMICS, "collect", "--config", str(file))
    options = Options(collector=collector, ledger=quick_ledger(HOLD_S))
    with System(own_broker, directory, options) as system:
        yield system


@pytest.fixture(scope="module")
def truth(system: System) -> Oracle:
    """All that the tests of the module have sent to ``system``."""
    return Oracle()
