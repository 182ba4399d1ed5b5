"""Real servers that answer well, badly, slowly or never: each is told apart, within its time."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from collectors.probes.judging import Answered
from collectors.probes.probe import Probe
from collectors.probes.sending import send_each
from stream.broker.ports import free_port
from tests.clients.openai_stand_in import stand_in
from tests.unit.probes.servers import CERTIFICATE, deaf, probe, serving

_ROOT = Path(__file__).resolve().parents[3]


def sent(*probes: Probe) -> list[Answered]:
    return asyncio.run(send_each(probes))


def test_a_chat_succeeds_and_tells_its_tokens() -> None:
    """The question is one word, the answer one token, the key is sent, and the duration is until the end."""
    with serving() as (url, seen):
        (one,) = sent(
            probe(f"{url}/chat", {"KEY": "secret"}, model="m", api_key={"env": "KEY"}, timeout_seconds=5)
        )
    ((method, path, headers, body),) = seen
    assert (one.verdict.outcome, one.verdict.tokens, one.verdict.said) == ("success", 9, "")
    assert one.duration_us is not None and 0 < one.duration_us < 5_000_000
    assert (method, path) == ("POST", "/chat/chat/completions")
    assert headers["authorization"] == "Bearer secret"
    assert headers["content-type"] == "application/json"
    assert json.loads(body)["max_tokens"] == 1


@pytest.mark.parametrize(
    ("fail", "outcome", "tokens"),
    [("429", "rate_limited", 0), ("500", "error", 0), ("401", "error", 0), ("400", "error", 0)],
)
def test_the_ways_of_an_openai_server_to_fail(fail: str, outcome: str, tokens: int) -> None:
    """Whoever says that it failed charges nothing; what it says beside is not repeated."""
    with stand_in() as url:
        asked = probe(
            url, {"FAIL": fail}, model="m", headers={"x-fail": {"env": "FAIL"}}, timeout_seconds=0.5
        )
        (one,) = sent(asked)
    assert (one.verdict.outcome, one.verdict.tokens) == (outcome, tokens)
    assert one.duration_us is not None
    assert one.verdict.said
    assert "PROMPT" not in one.verdict.said


@pytest.mark.parametrize(
    ("path", "fields", "outcome", "said"),
    [
        ("200", {}, "success", ""),
        ("200", {"method": "HEAD"}, "success", ""),
        ("204", {"expected_status": 204}, "success", ""),
        ("404", {"expected_status": 404}, "success", ""),
        ("429", {"expected_status": 429}, "success", ""),
        ("204", {}, "error", "200 is expected"),
        ("404", {}, "error", "see to url"),
        ("429", {}, "rate_limited", "every_seconds"),
        ("503", {}, "error", "see to the service"),
        ("moved", {}, "error", "redirects are not followed"),
        ("moved", {"expected_status": 302}, "success", ""),
        ("moved", {"model": "m"}, "error", "redirects are not followed"),
        ("200", {"model": "m"}, "error", "no chat completion"),
        ("large", {}, "error", "method: HEAD"),
        ("large", {"method": "HEAD"}, "success", ""),
        ("cut", {}, "error", "before its answer is whole"),
        ("hang", {}, "timeout", "within 0.5 s"),
        ("hang", {"model": "m"}, "timeout", "within 0.5 s"),
        ("drip", {}, "timeout", "within 0.5 s"),
        ("drip", {"model": "m"}, "timeout", "within 0.5 s"),
    ],
)
def test_answers_are_told_apart(path: str, fields: dict[str, Any], outcome: str, said: str) -> None:
    """By status and wholeness alone. A server that sends a byte now and then is as late as a silent one."""
    with serving() as (url, seen):
        begun_s = time.monotonic()
        (one,) = sent(probe(f"{url}/{path}", timeout_seconds=0.5, **fields))
        took_s = time.monotonic() - begun_s
    assert one.verdict.outcome == outcome, one
    assert said in one.verdict.said
    assert bool(said) == bool(one.verdict.said)
    assert took_s < 5
    assert len(seen) == 1  # neither sent again nor on to another place


def test_who_does_not_listen_is_an_error_that_cost_nothing() -> None:
    """Refused and unknown hosts are told at once."""
    for url in (f"http://127.0.0.1:{free_port()}/v1", "http://nothing.invalid/v1"):
        (one,) = sent(probe(url, model="m"))
        assert (one.verdict.outcome, one.verdict.tokens, one.duration_us) == ("error", 0, None)
        assert "see to url" in one.verdict.said


def test_who_takes_a_question_and_never_answers_may_have_used_tokens() -> None:
    """The question has left: whether it was answered nobody knows."""
    with deaf() as url:
        (one,) = sent(probe(url, model="m", timeout_seconds=0.3))
    assert (one.verdict.outcome, one.verdict.tokens) == ("timeout", None)


def test_a_slow_probe_holds_up_no_other() -> None:
    """A hundred that hang, and one that answers at once."""
    with deaf() as hung, serving() as (url, _):
        begun_s = time.monotonic()
        *_, last = sent(*[probe(hung, timeout_seconds=3) for _ in range(99)], probe(f"{url}/200"))
        took_s = time.monotonic() - begun_s
    assert last.verdict.outcome == "success"
    assert last.duration_us is not None and last.duration_us < 2_000_000
    assert took_s < 10


def test_a_certificate_that_nobody_vouches_for_is_an_error() -> None:
    """The key of an API is sent to nobody who is not whom the address names."""
    with serving(tls=True) as (url, seen):
        (one,) = sent(probe(f"{url}/200", {"KEY": "secret"}, api_key={"env": "KEY"}))
    assert one.verdict.outcome == "error"
    assert "certificate" in one.verdict.said
    assert seen == []


def test_a_proxy_of_the_environment_is_heeded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A collector inside a company's net reaches what lies outside, and asks the proxy for nothing else."""
    with serving() as (proxy, seen), serving() as (url, direct):
        monkeypatch.setenv("http_proxy", proxy)
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        outside, inside = sent(probe("http://nothing.invalid/200"), probe(f"{url}/200"))
    assert (outside.verdict.outcome, inside.verdict.outcome) == ("success", "success")
    assert [path for _, path, _, _ in seen] == ["http://nothing.invalid/200"]
    assert len(direct) == 1


def test_an_authority_of_ones_own_can_be_named(tmp_path: Path) -> None:
    """SSL_CERT_FILE, as for every client on the machine; the command line says what was found."""
    with serving(tls=True) as (url, _), serving() as (plain, _):
        file = tmp_path / "collector.yaml"
        http = "check: http, every_seconds: 60"
        file.write_text(
            f"probes:\n- {{name: own, url: {url}/200, {http}}}\n"
            f"- {{name: off, url: {url}/500, {http}, enabled: false}}\n"
            f"- {{name: talks, check: openai, url: {plain}/chat, model: m, tokens_per_day: 5000}}\n"
        )
        done = _command(file, SSL_CERT_FILE=str(CERTIFICATE))
        as_json = _command(file, "--json", SSL_CERT_FILE=str(CERTIFICATE))
        failing = _command(file)
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split()[:2] for line in done.stdout.splitlines() if line.split()[1:]][:1] == [
        ["own", "success"]
    ]
    assert "off    off" in done.stdout
    assert "used up after 555 of 1440 checks; raise it to 12960" in done.stdout
    own, talks = json.loads(as_json.stdout)
    assert (own["outcome"], own["tokens"], own["problem"]) == ("success", 0, "")
    assert (talks["outcome"], talks["tokens"], talks["target"]) == ("success", 9, f"{plain}/chat")
    assert failing.returncode == 1
    assert "SSL_CERT_FILE" in failing.stdout


def _command(file: Path, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    mounted = "import typer; from collectors.probes.commands import mount; a = typer.Typer(); mount(a); a()"
    kept = {name: value for name, value in os.environ.items() if name != "SSL_CERT_FILE"}
    return subprocess.run(
        [sys.executable, "-c", mounted, "probe", "check", "--config", str(file), *options],
        capture_output=True,
        text=True,
        env=kept | environment,
        cwd=_ROOT,
        timeout=60,
        check=False,
    )
