"""Fixtures and reports that every test shares."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stream.broker.base import Broker
from stream.broker.embedded import EmbeddedBroker
from stream.broker.kafka import KafkaBroker
from tests.support import leftovers
from tests.support.components import components, in_ci

# litellm asks the network for prices when it is imported, unless told not to.
os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")

NOT_RUN = pytest.StashKey[dict[str, list[str]]]()
NOT_RUN_OUTPUT = "not_run"  #: its name between the processes of one run


def pytest_configure(config: pytest.Config) -> None:
    """Keep a list of what could not run, by what would let it."""
    config.stash[NOT_RUN] = {}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What asks for Apache Kafka by fixture alone is marked as if it had said so."""
    for item in items:
        if "kafka_broker" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.kafka)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Before any fixture: skip what lacks a component and remember it, or fail it where nothing may lack."""
    for marker, component in components().items():
        if item.get_closest_marker(marker) is None:
            continue
        bring = component.missing()
        if bring is None:
            continue
        if in_ci():
            pytest.fail(f"{component.name} is missing and CI is set: {bring}", pytrace=False)
        item.config.stash[NOT_RUN].setdefault(f"{component.name}: {bring}", []).append(item.nodeid)
        pytest.skip(f"{component.name} is missing: {bring}")


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what one of several processes could not run."""
    for missing, tests in getattr(node, "workeroutput", {}).get(NOT_RUN_OUTPUT, {}).items():
        node.config.stash[NOT_RUN].setdefault(missing, []).extend(tests)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand what could not run to the process that reports."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[NOT_RUN_OUTPUT] = session.config.stash[NOT_RUN]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say at the end which tests did not run and which package would let them."""
    not_run = config.stash[NOT_RUN]
    if not not_run:
        return
    terminalreporter.section("did not run", sep="-", yellow=True)
    for missing, tests in sorted(not_run.items()):
        terminalreporter.write_line(f"{len(tests)} tests need {missing}")
        for test in tests:
            terminalreporter.write_line(f"    {test}")


@pytest.fixture(scope="session", autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """Fail the run that leaves a process behind, and end that process."""
    before = {process.pid for process in leftovers.children()}
    yield
    left = [process for process in leftovers.children() if process.pid not in before]
    names = [leftovers.describe(process) for process in left]
    for process in left:
        process.kill()
    assert not names, f"processes left behind by the tests: {names}"


@pytest.fixture(scope="session")
def embedded_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedBroker]:
    """One embedded broker for the session: use topics of your own; start another if you mean to kill it."""
    with EmbeddedBroker(None, tmp_path_factory.mktemp("embedded-broker")) as broker:
        yield broker


@pytest.fixture(scope="session")
def kafka_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaBroker]:
    """One Apache Kafka for the session: use topics of your own; start another if you mean to kill it."""
    root: Path = tmp_path_factory.mktemp("kafka")
    with KafkaBroker(None, root / "data", root) as broker:
        yield broker


@pytest.fixture(scope="session", params=["embedded", pytest.param("kafka", marks=pytest.mark.kafka)])
def broker(request: pytest.FixtureRequest) -> Broker:
    """Both brokers, one after the other: a test that asks for ``broker`` runs on each."""
    found: Broker = request.getfixturevalue(f"{request.param}_broker")
    return found
