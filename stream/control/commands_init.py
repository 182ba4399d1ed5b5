"""``tokonomics init``: asks a few questions and writes a configuration folder, ready to run."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stream.control.options import BROKER, KIND, Broker, Json, Kind

if TYPE_CHECKING:
    from stream.control.starting.answers import Answers

_CURRENCY, _RATE, _ZONE = "EUR", "0.92", "UTC"
_ANSWERS = "Answers"


def init(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Where to write; what is there is never overwritten.")
    ] = Path("tokonomics"),
    department: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME[=PEOPLE]",
            help="A department, and how many people it is meant for; as often as there are.",
            rich_help_panel=_ANSWERS,
        ),
    ] = None,
    source: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SOURCE",
            help="litellm, otlp, events, outcomes or tasks; as often as you like. Default: all.",
            rich_help_panel=_ANSWERS,
        ),
    ] = None,
    zone: Annotated[
        str | None, typer.Option(help="Zone of people-days and budget months.", rich_help_panel=_ANSWERS)
    ] = None,
    currency: Annotated[str | None, typer.Option(help="Of the programme.", rich_help_panel=_ANSWERS)] = None,
    usd_rate: Annotated[
        str | None, typer.Option(help="Units of it for one US dollar.", rich_help_panel=_ANSWERS)
    ] = None,
    tokens: Annotated[
        bool | None,
        typer.Option("--tokens/--no-tokens", help="Senders must have a token.", rich_help_panel=_ANSWERS),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Ask nothing: what is not given has its default.")
    ] = False,
    broker: Broker = BROKER,
    broker_kind: Kind = KIND,
    json: Json = False,
) -> None:
    """Write a configuration folder to begin with: collector, attribution, prices, programme, tokens.

    Asks for what the options do not say. FOLDER/NEXT.md then says what to do, command by command.
    """
    from stream.control.starting.answers import SOURCES, Answers, Department
    from stream.control.starting.writing import require_room, write

    require_room(folder)
    ask = _Asking(silent=yes or json)
    if broker == BROKER:
        broker = ask.text("Kafka, as HOST:PORT", broker)
    names = department or ask.listed("Departments, as Support=120, Engineering=50", "Everybody")
    currency = currency or ask.text("Currency of the programme", _CURRENCY)
    rate = usd_rate
    if rate is None and currency != "USD":
        rate = ask.text(f"{currency} for one US dollar", _RATE)
    answers = Answers(
        broker=broker,
        broker_kind=broker_kind,
        zone=zone or ask.text("Zone of people-days and budget months", _ZONE),
        currency=currency,
        usd_rate=_rate(rate),
        departments=tuple(Department.parse(name) for name in names),
        sources=tuple(source or ask.listed(f"Sources, of {', '.join(SOURCES)}", ", ".join(SOURCES))),
        tokens=ask.whether("Must senders have a token?") if tokens is None else tokens,
    )
    answers.check()
    written = write(folder, answers, datetime.now(UTC).date())
    _say(folder, written, answers, json=json)


class _Asking:
    """Asks on the terminal, or takes the defaults."""

    def __init__(self, *, silent: bool) -> None:
        self._silent = silent

    def text(self, question: str, default: str) -> str:
        return default if self._silent else str(typer.prompt(question, default=default)).strip()

    def listed(self, question: str, default: str) -> list[str]:
        return [part.strip() for part in self.text(question, default).split(",") if part.strip()]

    def whether(self, question: str) -> bool:
        return True if self._silent else typer.confirm(question, default=True)


def _rate(text: str | None) -> Decimal | None:
    from stream.control.starting.answers import AnswerInvalid

    if text is None:
        return None
    try:
        return Decimal(text.strip())
    except InvalidOperation:
        raise AnswerInvalid(f"--usd-rate: {text!r:.40} is no number; write it as 0.92") from None


def _say(folder: Path, written: list[Path], answers: Answers, *, json: bool) -> None:
    names = [os.fspath(path) for path in written]
    if json:
        import msgspec

        said: dict[str, Any] = {"folder": os.fspath(folder), "files": names, "sources": answers.sources}
        typer.echo(msgspec.json.encode(said).decode())
        return
    for name in names:
        typer.echo(name)
    typer.echo(f"\nNext: . {folder / 'environment.sh'}, then as {folder / 'NEXT.md'} says.")
