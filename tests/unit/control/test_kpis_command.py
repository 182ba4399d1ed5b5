"""`tokonomics kpis`, and the reference that is made of it."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner, Result

from stream.cli import build
from stream.contract.kpis import KPIS, of_dimension

ROOT = Path(__file__).resolve().parents[3]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(build(), ["kpis", *arguments])


def test_the_reference_is_what_the_catalogue_says() -> None:
    """docs/kpis.md is made, not written: `tokonomics kpis --markdown > docs/kpis.md` changes nothing."""
    assert run("--markdown").stdout == (ROOT / "docs" / "kpis.md").read_text(encoding="utf-8")


def test_all_kpis_are_listed() -> None:
    """One line for each, with its target."""
    lines = run().stdout.splitlines()
    for kpi in KPIS:
        assert len([line for line in lines if f" {kpi.key} " in line]) == 1, kpi.key
    assert any("> 99.5 %" in line for line in lines)


def test_one_dimension() -> None:
    """Only that dimension's KPIs, as text and as JSON."""
    wanted = [kpi.key for kpi in of_dimension("quality")]
    assert [item["key"] for item in json.loads(run("--dimension", "quality", "--json").stdout)] == wanted
    text = run("--dimension", "quality").stdout
    assert [kpi.key for kpi in KPIS if f" {kpi.key} " in text] == wanted


def test_json_holds_numbers_and_what_to_connect() -> None:
    """A machine reads targets as numbers, whether a KPI is in the starter set, and what brings its data."""
    found = {item["key"]: item for item in json.loads(run("--json").stdout)}
    assert list(found) == [kpi.key for kpi in KPIS]
    uptime = found["service_uptime"]
    assert uptime["targets"][0] == {
        "comparison": "above",
        "values": [99.5],
        "unit": "percent",
        "scope": "",
        "reference": "",
    }
    assert [item["key"] for item in uptime["inputs"]] == ["usage"]
    assert [item["key"] for item in uptime["fuller_with"]] == ["probes"]
    assert all(item["connect"] for item in uptime["inputs"] + uptime["fuller_with"])
    assert (uptime["interval"], uptime["starter"]) == ("wilson", False)
    assert found["adoption_rate"]["starter"] is True
    assert found["adoption_rate"]["alarms"][0]["after_months"] == 3


def test_wrong_options_are_usage_errors() -> None:
    """Exit code 2, and the option is named."""
    for arguments, said in (
        (["--dimension", "speed"], "--dimension"),
        (["--markdown", "--json"], "--markdown"),
    ):
        result = run(*arguments)
        assert (result.exit_code, result.stdout) == (2, "")
        assert said in result.stderr
