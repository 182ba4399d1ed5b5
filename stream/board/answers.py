"""Pages as HTML. Pure but for the templates, which are read once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from stream.board import formatting
from stream.board.drawing import Drawn
from stream.board.kpi_page import STATUS_LEVELS, STATUS_WORDS, Value
from stream.board.page import Banner, Level
from stream.board.pages import Shown
from stream.board.period import PERIODS, Period
from stream.board.roi_part import MAIN
from stream.board.shown import FEW
from stream.board.sources_page import SourcesPage

REFRESH_S: Final = 5


class Html:
    """Renders the templates of this package, every value escaped."""

    def __init__(self) -> None:
        self._templates = Environment(
            loader=PackageLoader("stream.board"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals["few"] = FEW
        self._templates.filters["ticked"] = _ticked

    def page(self, shown: Shown[Drawn], period: Period, now_us: int, nonce: str) -> str:
        """The board. ``nonce``: of the only script and style that may run."""
        page, charts = shown.drawn.page, shown.drawn.charts
        return self._render(
            "board.html",
            period,
            nonce,
            page=page,
            banners=[*trouble(shown, now_us), *page.banners],
            svg={key: Markup(svg) for key, svg in charts.items()},
            tally=_tally(page.value),
            example_time=_example_time(page.made_us),
            as_of=formatting.instant(page.made_us),
        )

    def sources(self, shown: Shown[SourcesPage], period: Period, now_us: int, nonce: str) -> str:
        """Who sends what."""
        page = shown.drawn
        return self._render(
            "sources.html",
            period,
            nonce,
            page=page,
            banners=[*trouble(shown, now_us), *page.banners],
            as_of=formatting.instant(page.made_us),
            example_time=_example_time(page.made_us),
        )

    def derivation(self, shown: Shown[Drawn], reading: str, period: Period, now_us: int, nonce: str) -> str:
        """How one reading of the ROI comes about. ``reading``: its key; as measured for another."""
        page = shown.drawn.page
        trees = {key: tree for key, _, tree in page.value.roi.steps} if page.value.roi else {}
        chosen = reading if reading in trees else MAIN
        return self._render(
            "derivation.html",
            period,
            nonce,
            roi=page.value.roi,
            connect=page.value.roi_connect,
            reading=chosen,
            tree=trees.get(chosen),
            banners=trouble(shown, now_us),
            as_of=formatting.instant(page.made_us),
        )

    def message(self, text: str, period: Period, nonce: str, place: str = "board") -> str:
        """A page that says one thing. ``place``: which of the pages it stands for."""
        return self._render("message.html", period, nonce, message=text, place=place)

    def _render(self, template: str, period: Period, nonce: str, **values: object) -> str:
        return self._templates.get_template(template).render(
            periods=PERIODS, period=period, nonce=nonce, refresh_s=REFRESH_S, **values
        )


def trouble(shown: Shown[Any], now_us: int) -> Sequence[Banner]:
    """That the page is an old one, and why."""
    if not shown.trouble:
        return ()
    made_us = shown.drawn.page.made_us if isinstance(shown.drawn, Drawn) else shown.drawn.made_us
    text = (
        f"These figures are {formatting.age(now_us - made_us)} old: the ledger cannot be read just now"
        f" ({shown.trouble})."
    )
    return (Banner("bad", text),)


def _tally(value: Value) -> Sequence[tuple[Level, str, int]]:
    """How many KPIs stand how: (level, in words, how many)."""
    return [
        (STATUS_LEVELS.get(status, "info"), words, sum(group.count(status) for group in value.groups))
        for status, words in STATUS_WORDS.items()
    ]


def _example_time(made_us: int) -> str:
    """A time that a collector takes, for the lines that are copied from a page."""
    return formatting.instant(made_us).replace(" UTC", "Z").replace(" ", "T")


def _ticked(text: str) -> Markup:
    """What stands between backticks as code; everything escaped."""
    parts = [escape(part) for part in text.split("`")]
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if place % 2 else part for place, part in enumerate(parts)
    )
