"""Commands as users call them: exit codes, one-line errors, output for machines."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from stream.broker.ports import free_port
from stream.cli import build

ROOT = Path(__file__).resolve().parents[3]


def run(*arguments: object, **environment: str) -> Result:
    return CliRunner().invoke(build(), [str(argument) for argument in arguments], env=environment)


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "stream.cli", *map(str, arguments)]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nonsense"], "No such command"),
        (["worker"], "--slot"),
        (["worker", "--slot", "-1"], "--slot"),
        (["worker", "--slot", "0", "--broker-kind", "rabbit"], "--broker-kind"),
        (["topics", "create", "--partitions", "0"], "--partitions"),
        (["topics", "create", "--what"], "--what"),
        (["ledger", "--port", "70000"], "--port"),
        (["prices", "explain"], "MODEL"),
        (["prices", "explain", "m", "--at", "yesterday"], "--at"),
        (["prices", "explain", "m", "--tokens", "words=3"], "--tokens"),
        (["prices", "explain", "m", "--tokens", "input=-3"], "--tokens"),
        (["prices", "explain", "m", "--in-force", "--config", "x"], "--in-force"),
    ],
)
def test_a_wrong_option_is_a_usage_error(arguments: list[str], said: str) -> None:
    """Exit code 2, and the option is named."""
    result = run(*arguments, COLUMNS="200")
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["topics", "create"],
        ["config", "show"],
        ["config", "diff", ROOT / "deploy/config.example.yaml"],
        ["config", "apply", ROOT / "deploy/config.example.yaml"],
        ["prices", "explain", "gpt-4o", "--in-force"],
    ],
)
def test_a_broker_that_is_away_is_one_line(arguments: list[object]) -> None:
    """Exit code 1 and `error: …` with the address and the mend, never a stack trace."""
    port = free_port()
    result = run(*arguments, TOKONOMICS_BROKER=f"127.0.0.1:{port}")
    assert result.exit_code == 1
    assert result.stderr.startswith(f"error: broker: 127.0.0.1:{port} does not answer")
    assert result.stderr.count("\n") == 1 and "--broker" in result.stderr


def test_a_setting_that_cannot_be_is_one_line_with_its_option() -> None:
    """What typer does not judge the settings do; the message names the option."""
    from pydantic import ValidationError

    from stream.cli import _refusal
    from stream.settings import WorkerSettings

    with pytest.raises(ValidationError) as caught:
        WorkerSettings(metrics_port=-1)
    lines = _refusal(caught.value)
    assert lines is not None and len(lines) == 1
    assert lines[0].startswith("--metrics-port: -1 ")


def test_every_problem_of_a_file_is_a_line(tmp_path: Path) -> None:
    """File, line, field and mend of each, before the broker is asked at all."""
    file = tmp_path / "config.yaml"
    file.write_text("zone: Mars\nbounds:\n  departmint: 3\n")
    result = run("config", "apply", file)
    assert result.exit_code == 1
    lines = result.stderr.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith(f"error: {file}:1: zone: Mars ")
    assert lines[1].startswith(f"error: {file}:3: bounds.departmint: ")


def test_a_price_is_explained() -> None:
    """Rates with their source, and an exact example; JSON holds the same."""
    text = run("prices", "explain", "gpt-4o", "--provider", "openai", "--tokens", "input=3").stdout
    assert "model gpt-4o is gpt-4o" in text
    assert "2.5 USD per million tokens  [catalogue]" in text
    assert "3 input: 0.0000075 USD, priced" in text
    found = json.loads(run("prices", "explain", "gpt-4o", "--json").stdout)
    assert (found["status"], found["matched_provider"]) == ("priced", "openai")
    assert found["example"]["total"] == "0.0045"


def test_an_override_is_explained_with_who_and_why() -> None:
    """From a configuration file, without any broker."""
    example = ROOT / "deploy/config.example.yaml"
    at = ("--at", "2026-06-01", "--region", "westeurope")
    explain = "prices", "explain", "chat-prod", "--provider", "azure", "--config", example
    text = run(*explain, *at).stdout
    assert "deployment azure/chat-prod is gpt-4o" in text
    assert "2.27703 USD per million tokens  [override 1 (Procurement: Framework contract 2026)]" in text
    before = run(
        "prices", "explain", "chat-prod", "--provider", "azure", "--config", example, "--at", "2025-06-01"
    )
    assert "2.5 USD per million tokens  [catalogue]" in before.stdout


@pytest.mark.parametrize(
    ("model", "provider", "said"),
    [
        ("gpt-4oo", "", "near: gpt-4o"),
        ("gpt-4o", "opnai", "near: openai"),
        ("our-own-model", "azure", "`deployments`"),
    ],
)
def test_a_model_without_a_price_is_said(model: str, provider: str, said: str) -> None:
    """Exit code 1, with near names and how to give it a price."""
    result = run("prices", "explain", model, "--provider", provider)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"error: model: '{model}' of ") and result.stderr.count("\n") == 1
    assert said in result.stderr
    as_json = run("prices", "explain", model, "--provider", provider, "--json")
    assert as_json.exit_code == 1 and json.loads(as_json.stdout)["status"] == "unpriced"


def test_a_reader_that_goes_away_is_no_error() -> None:
    """`tokonomics … | head -1` says nothing of a broken pipe."""
    process = subprocess.Popen(
        command("prices", "explain", "gpt-4o", "--json"), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    said = process.stderr.read()
    process.stderr.close()
    process.wait(30)
    assert said == b""


def test_ctrl_c_ends_with_130_and_without_a_trace() -> None:
    """A command that waits for a broker is interrupted quietly."""
    import socket

    with socket.socket() as silent:  # accepts and never answers
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        process = subprocess.Popen(
            command("config", "show", "--broker", address), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        connection, _ = silent.accept()  # it waits for an answer now
        with connection:
            time.sleep(0.1)
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=30)
    assert (process.returncode, said) == (130, b"")
