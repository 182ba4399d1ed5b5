"""Probes of a real collector against real servers and a real broker: what they find is in llm.probes.v1."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from collectors._sdk.configuration_file import load_configuration
from stream.broker.embedded import EmbeddedBroker
from stream.broker.ports import free_port
from stream.contract.frame import Kind, unpack
from stream.contract.identity import check_hash, hash_text, partition_of
from stream.contract.names import US_PER_SECOND
from stream.contract.records import Check, Checks, decode_body
from stream.contract.rows import PROBE_LABELS
from stream.contract.topics import DEFAULT_PARTITIONS, PROBES
from stream.control.topics import create_topics
from tests.clients.openai_stand_in import stand_in
from tests.support.collector import RunningCollector, read_log

_PATIENCE_S = 60.0
_PROBES = """
probes:
- name: chat
  check: openai
  url: {url}
  model: gpt-4o-mini
  provider: openai
  region: eu
  every_seconds: 5
- name: limited
  check: openai
  url: {url}
  model: gpt-4o-mini
  every_seconds: 5
  headers: {{x-fail: {{env: FAIL}}}}
- {{name: nobody, check: http, url: "http://127.0.0.1:{nobody}/health", every_seconds: 5}}
- {{name: off, check: http, url: "http://127.0.0.1:{nobody}/", enabled: false}}
"""


def logged_checks(bootstrap: str) -> list[tuple[int, Check]]:
    """(partition, check) of all that the probes log holds."""
    found = []
    for record in read_log(bootstrap, (PROBES,)):
        frame = unpack(record.value)
        if frame.kind is Kind.PROBES:
            body = decode_body(frame.body, Checks)
            assert frame.events == len(body.checks)
            found += [(record.partition, check) for check in body.checks]
    return found


def test_what_probes_find_is_in_the_log_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Outcome, duration and tokens of each check, in its probe's partition. What was found before the log
    had begun waited for it; a collector that is started anew repeats none.
    """
    monkeypatch.setenv("FAIL", "429")
    with EmbeddedBroker(None, tmp_path) as broker, stand_in() as url:
        file = tmp_path / "collector.yaml"
        file.write_text(_PROBES.format(url=url, nobody=free_port()))
        configured = load_configuration(file, None)
        with RunningCollector(broker.bootstrap, tmp_path, configured=configured) as collector:
            collector.wait_ready(503)
            until_s = time.monotonic() + _PATIENCE_S
            while (waiting := collector.metric("llm_collector_probe_waiting")) < 3:
                assert time.monotonic() < until_s, "no check is made"
                time.sleep(0.1)
            create_topics(broker.bootstrap, "embedded")
            _wait_for(broker.bootstrap, int(waiting))
        before = len(logged_checks(broker.bootstrap))
        with RunningCollector(broker.bootstrap, tmp_path, configured=configured):
            _wait_for(broker.bootstrap, before + 3)
        checks = logged_checks(broker.bootstrap)
    assert len({check.event for _, check in checks}) == len(checks)
    for partition, check in checks:
        labels = dict(zip(PROBE_LABELS, check.labels, strict=True))
        assert partition == partition_of(hash_text(labels["probe"]), DEFAULT_PARTITIONS)
        assert check.event == check_hash(labels["probe"], check.time_us)
        assert abs(check.time_us - time.time_ns() // 1000) < 600 * US_PER_SECOND
    found = {check.labels[0]: check for _, check in checks}
    assert found.keys() == {"chat", "limited", "nobody"}
    assert found["chat"].labels == ("chat", "openai", url, "openai", "gpt-4o-mini", "eu", "success")
    assert found["chat"].tokens >= 120
    assert found["chat"].duration_us is not None
    assert found["limited"].labels[-1] == "rate_limited"
    assert found["limited"].tokens == 0
    assert (found["nobody"].labels[-1], found["nobody"].duration_us) == ("error", None)


def _wait_for(bootstrap: str, checks: int) -> None:
    until_s = time.monotonic() + _PATIENCE_S
    while (held := len(logged_checks(bootstrap))) < checks:
        assert time.monotonic() < until_s, f"{held} checks of {checks} are in the log"
