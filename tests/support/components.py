"""Which components of the machine a test may need, and which package brings each: the one list."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from stream.broker.errors import BrokerError
from stream.broker.kafka import default_jars_dir, find_jars, find_java
from tests.support import traces


@dataclass(frozen=True)
class Component:
    """A piece of the machine. ``missing`` returns None when it is there, else what would bring it."""

    name: str
    missing: Callable[[], str | None]


def command(name: str, package: str) -> Component:
    """A component that is one command on the PATH, brought by a Debian package."""
    hint = f"Debian package {package}"
    return Component(name, lambda: None if shutil.which(name) else hint)


def _kafka_missing() -> str | None:
    try:
        find_java()
    except BrokerError:
        return "Debian packages default-jdk-headless and maven, then `make kafka-jars`"
    try:
        find_jars(default_jars_dir())
    except BrokerError:
        return "`make kafka-jars` (Debian package maven)"
    return None


def components() -> Mapping[str, Component]:
    """By pytest marker: ``@pytest.mark.prometheus`` means that the test needs ``prometheus``."""
    return {
        "kafka": Component("Apache Kafka", _kafka_missing),
        "prometheus": command("prometheus", "prometheus"),
        "chromium": command("chromium", "chromium"),
        "traces": Component("Real request traces", traces.missing),
    }


def in_ci() -> bool:
    """With CI set, nothing may be missing: a test that cannot run has failed."""
    return os.environ.get("CI", "").lower() not in ("", "0", "false")
