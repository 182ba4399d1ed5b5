"""``tokonomics init``: what it writes can be run, and nothing that is there is touched."""

from __future__ import annotations

import json
import stat
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from collectors._sdk.configuration_file import load_configuration as load_collector
from collectors.host import RECEIVERS
from stream.cli import build
from stream.control.configuration_file import load_configuration
from stream.control.starting.answers import SOURCES, AnswerInvalid, Answers, Department
from stream.control.starting.writing import require_room, write
from stream.readings.program_file import load_program

TODAY = date(2026, 11, 25)
ANSWERS = Answers(
    "kafka-1:9092,kafka-2:9092",
    "kafka",
    "Europe/Paris",
    "EUR",
    Decimal("0.92"),
    (Department("Support", 120), Department("R & D [north]")),
    tuple(SOURCES),
    tokens=True,
)


def test_what_is_written_is_read_by_who_reads_it(tmp_path: Path) -> None:
    """Collector, configuration and programme load without a change; each source has a token of its own."""
    folder = tmp_path / "my set-up"
    write(folder, ANSWERS, TODAY)
    collector = load_collector(folder / "collector.yaml", (r.name for r in RECEIVERS))
    for source in SOURCES:
        token = (folder / "tokens" / source).read_text().strip()
        caller = collector.tokens.caller(f"Bearer {token}", source)
        assert caller is not None and caller.source_key == source
    assert collector.tokens.caller(None, "events") is None
    load_configuration(folder / "config.yaml")
    program = load_program(folder / "program.yaml").program
    assert [case.department for case in program.use_cases] == ["Support", "R & D [north]"]
    assert program.populations == {"Support": 120} and program.start == TODAY
    said = (folder / "environment.sh").read_text()
    assert f"export TOKONOMICS_COLLECTOR_CONFIG='{folder}'/collector.yaml" in said
    assert "FOLDER" not in "".join(path.read_text() for path in folder.rglob("*") if path.is_file())


def test_tokens_are_the_owners_alone(tmp_path: Path) -> None:
    """Nobody else of the machine can read a token, and no two are alike."""
    write(tmp_path / "a", ANSWERS, TODAY)
    files = list((tmp_path / "a" / "tokens").iterdir())
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert len({path.read_text() for path in files}) == len(SOURCES)


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """A folder that holds something is refused by name, before any question is asked."""
    (tmp_path / "mine").write_text("kept")
    with pytest.raises(AnswerInvalid, match="holds mine; nothing is overwritten"):
        require_room(tmp_path)
    assert CliRunner().invoke(build(), ["init", str(tmp_path), "--yes"]).exit_code == 1
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--broker", "kafka one"], "--broker: 'kafka one' is no address"),
        (["--zone", "Paris"], "--zone: 'Paris' is no zone"),
        (["--currency", "euro"], "--currency: 'euro' is none"),
        (["--usd-rate", "cheap"], "--usd-rate: 'cheap' is no number"),
        (["--usd-rate", "0"], "--usd-rate: 0 is no rate"),
        (["--department", "Support=many"], "--department: 'many' is no number of people"),
        (["--department", "A", "--department", "A"], "--department: name at least one, and none twice"),
        (["--source", "datadog"], "--source: 'datadog' is none"),
    ],
)
def test_a_wrong_answer_is_one_line_and_leaves_nothing(options: list[str], said: str, tmp_path: Path) -> None:
    """Each names the option and how to write it; no folder is begun."""
    done = CliRunner().invoke(build(), ["init", str(tmp_path / "new"), "--yes", *options])
    assert done.exit_code == 1
    assert said in done.output and done.output.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_it_asks_for_what_is_not_said(tmp_path: Path) -> None:
    """Answers typed in reach the files; a default is taken with a mere return."""
    folder = tmp_path / "new"
    typed = "kafka-9:9092\nSales=7, Law\nUSD\n\nlitellm\nn\n"
    done = CliRunner().invoke(build(), ["init", str(folder)], input=typed)
    assert done.exit_code == 0, done.output
    assert "TOKONOMICS_BROKER=kafka-9:9092" in (folder / "environment.sh").read_text()
    assert load_program(folder / "program.yaml").program.populations == {"Sales": 7}
    assert not (folder / "tokens").exists()


def test_json_names_what_was_written(tmp_path: Path) -> None:
    """--json asks nothing and prints one object."""
    done = CliRunner().invoke(build(), ["init", str(tmp_path / "new"), "--json"])
    assert {Path(name).name for name in json.loads(done.stdout)["files"]} >= {"NEXT.md", "collector.yaml"}
