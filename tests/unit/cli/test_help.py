"""What the command line says of itself."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
import typer
from typer.main import get_command
from typer.testing import CliRunner

from stream.cli import build

ROOT = get_command(build())


def commands(group: object, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
    """Every command and group below, with its path."""
    yield path, group
    for name, command in getattr(group, "commands", {}).items():
        yield from commands(command, (*path, name))


ALL = dict(commands(ROOT))
README = (
    ("topics", "create"),
    ("collect",),
    ("worker",),
    ("ledger",),
    ("board",),
    ("doctor",),
    ("config", "apply"),
    ("config", "show"),
    ("config", "diff"),
    ("prices", "explain"),
    ("demo",),
    ("replay",),
)


def shown(*arguments: str, columns: int = 100) -> str:
    result = CliRunner().invoke(build(), [*arguments], env={"COLUMNS": str(columns), "TERM": "dumb"})
    assert result.exit_code == 0, result.output
    return result.output


def test_every_command_of_the_readme_is_there() -> None:
    """What README tells people to type exists."""
    assert set(README) <= ALL.keys()


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_help_names_every_option(path: tuple[str, ...]) -> None:
    """Each command's help is rendered, no line wider than the terminal, with every option and a sentence."""
    text = shown(*path, "--help")
    assert max(map(len, text.splitlines())) <= 110
    command = ALL[path]
    assert len(str(getattr(command, "help", ""))) > 20
    for parameter in getattr(command, "params", ()):
        if parameter.param_type_name == "option":
            assert max(parameter.opts, key=len) in text, parameter.name
        assert parameter.help, f"{' '.join(path)} {parameter.name} has no help"
        assert re.search(r"[.)]$", parameter.help.strip()), f"{parameter.name}: {parameter.help}"


def test_the_first_help_tells_the_flow() -> None:
    """Who types only `tokonomics` reads what there is and how to begin."""
    text = " ".join(shown("--help", columns=200).split())
    for word in (
        "collect",
        "worker",
        "ledger",
        "board",
        "topics create",
        "doctor",
        "demo",
        "config",
        "prices",
    ):
        assert word in text


def test_help_and_version_are_quick() -> None:
    """Nothing heavy is imported to show help: neither numpy nor Faust, Kafka, a database or a web server."""
    code = (
        "import sys; from typer.testing import CliRunner; from stream.cli import build;"
        "print(CliRunner().invoke(build(), ['--help']).exit_code);"
        "heavy = ('numpy', 'faust', 'kafka', 'sqlalchemy', 'fastapi', 'uvicorn');"
        "print([name for name in heavy if name in sys.modules])"
    )
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split("\n")[:2] == ["0", "[]"], done.stdout
    assert time.monotonic() - began < 10  # a second on an idle machine


def test_version() -> None:
    """`tokonomics --version` is one line, as the package has it."""
    assert re.fullmatch(r"tokonomics \d+\.\d+\.\d+\n", shown("--version"))


def test_nothing_is_built_at_import() -> None:
    """The application is made by a call."""
    import stream.cli

    assert not [name for name, value in vars(stream.cli).items() if isinstance(value, typer.Typer)]
