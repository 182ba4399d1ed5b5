"""The command line, ``tokonomics``: mounts each part's commands. What they need is imported when they run."""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from stream.control import commands_config as config
from stream.control import commands_explain as explain
from stream.control import commands_prices as prices
from stream.control import commands_run as run
from stream.control import commands_topics as topics
from stream.control.commands_doctor import doctor
from stream.control.commands_init import init
from stream.control.commands_kpis import kpis
from stream.demo.commands import demo

_HELP: Final = """What does a model request cost, who uses it, why did that rise? Exactly, and live.

Events come in by HTTP (**collect**), go through Kafka, are priced and folded (**worker**) and kept in a
database (**ledger**), which Prometheus and the board (**board**) read. To begin: **init**, **topics
create**, then run these four, then **doctor**. To look at it first: **demo**.
"""
_SET_UP, _RUN, _PRICES, _TRY = "Set up and look after", "Run", "Prices and settings", "Try"
_ORDER: Final = (
    "init",
    "topics",
    "collect",
    "probe",
    "worker",
    "ledger",
    "board",
    "doctor",
    "config",
    "prices",
    "kpis",
    "explain",
    "demo",
)
_FAILED: Final = 1


class Commands(TyperGroup):
    """Says what a command refuses in one line, and ends with code 1."""

    def list_commands(self, ctx: Any) -> list[str]:
        known = {name: place for place, name in enumerate(_ORDER)}
        return sorted(super().list_commands(ctx), key=lambda name: known.get(name, len(known)))

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except Exception as error:
            lines = _refusal(error)
            if lines is None:
                raise
            for line in lines:
                typer.echo(f"error: {line}", err=True)
            raise typer.Exit(_FAILED) from None


def build() -> typer.Typer:
    """The application with all commands."""
    from collectors.commands import mount

    app = typer.Typer(
        cls=Commands,
        help=_HELP,
        no_args_is_help=True,
        rich_markup_mode="markdown",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["--help", "-h"]},
    )
    app.callback()(_root)
    app.command(rich_help_panel=_SET_UP)(init)
    app.add_typer(_topics(), name="topics", rich_help_panel=_SET_UP)
    app.command(rich_help_panel=_SET_UP)(doctor)
    app.add_typer(_config(), name="config", rich_help_panel=_PRICES)
    app.add_typer(_prices(), name="prices", rich_help_panel=_PRICES)
    app.command(rich_help_panel=_PRICES)(kpis)
    app.add_typer(_explain(), name="explain", rich_help_panel=_PRICES)
    mount(app, run_panel=_RUN, try_panel=_TRY)
    for command in (run.worker, run.ledger, run.board):
        app.command(rich_help_panel=_RUN)(command)
    app.command(rich_help_panel=_TRY)(demo)
    return app


def main() -> None:
    """Entry point of the command ``tokonomics``."""
    build()(prog_name="tokonomics")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"tokonomics {version('tokonomics')}")
        raise typer.Exit


def _topics() -> typer.Typer:
    app = typer.Typer(no_args_is_help=True, help="The topics in Kafka, and with what the log begins.")
    app.callback()(lambda: None)  # else the only command would take the group's place
    app.command()(topics.create)
    return app


def _config() -> typer.Typer:
    app = typer.Typer(
        no_args_is_help=True,
        help="Prices, label bounds, zone and policy: what requests are priced and kept by.",
    )
    for command in (config.show, config.diff, config.apply):
        app.command()(command)
    return app


def _prices() -> typer.Typer:
    app = typer.Typer(no_args_is_help=True, help="Why a request costs what it costs.")
    app.callback()(lambda: None)  # else the only command would take the group's place
    app.command()(prices.explain)
    return app


def _explain() -> typer.Typer:
    app = typer.Typer(no_args_is_help=True, help="How a figure comes about, with its sources.")
    for command in (explain.roi, explain.kpi):
        app.command()(command)
    return app


def _root(
    version: Annotated[
        bool,
        typer.Option("--version", is_eager=True, callback=_show_version, help="Print the version, and end."),
    ] = False,
) -> None:
    """Nothing of its own; the help is the application's."""


def _refusal(error: Exception) -> list[str] | None:
    """Lines of an error that is meant for people; None for typer's own and for a fault of ours.

    Each error of this house has a ``reason``, and its message names what is wrong and how to mend it.
    """
    room = type(error).__module__.partition(".")[0]
    if room in ("stream", "collectors") and hasattr(error, "reason"):
        return str(error).splitlines()
    if room.startswith("pydantic"):
        from pydantic import ValidationError

        if isinstance(error, ValidationError):
            return [_option_error(item) for item in error.errors()]
    return None


def _option_error(item: Any) -> str:
    """What settings refuse, by the option that sets it."""
    said = str(item["msg"]).removeprefix("Value error, ")
    option = f"--{str(item['loc'][0]).replace('_', '-')}: {item['input']!r:.60} " if item["loc"] else ""
    return f"{option}{said}"


if __name__ == "__main__":
    main()
