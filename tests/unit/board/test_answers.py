"""The page as HTML and as JSON."""

from __future__ import annotations

import html as entities
import json
import re
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import pytest

from stream.board import charts
from stream.board.answers import Html
from stream.board.board_json import json_page
from stream.board.board_page import Page
from stream.board.drawing import Drawn, draw
from stream.board.pages import Shown
from stream.board.period import DEFAULT
from stream.contract.names import LABELS
from stream.ledger.figures import ConflictFigures, Figures, MinuteFigures, RefusalFigures
from tests.unit.board.kpi_rows import part, rate, with_readings
from tests.unit.board.rows import HOUR, NOW_US, Ledger, answered, usage

HOSTILE = "<script>alert('x')</script>\"><img src=x onerror=alert(1)>"
TABLES = ("departments", "models")


def shown(page: Page, trouble: str = "") -> Shown[Drawn]:
    return Shown(draw(page), trouble)


def as_html(page: Page, trouble: str = "", later_us: int = 0) -> str:
    return Html().page(shown(page, trouble), DEFAULT, page.made_us + later_us, "n0nce")


def as_json(page: Page, trouble: str = "") -> Any:
    return json.loads(json_page(shown(page, trouble), page.made_us))


class Tags(HTMLParser):
    """Every tag as a browser would see it, with the names of its attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, list[str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, [name for name, _ in attrs]))


def hostile_page() -> Page:
    """Every place where a name of somebody else's can stand."""
    return Ledger().page(
        usage(HOSTILE, HOSTILE, HOSTILE, provider=HOSTILE, **answered(5, 5_000)),
        usage(environment=HOSTILE, **answered(1, 1)),
        hours=[Figures((name,), HOUR, {"cost_nano_usd_input": 5}) for name in (HOSTILE, "b")],
        minutes=[MinuteFigures(NOW_US // 60_000_000, HOSTILE, 1, 1, 1, 1)],
        refusals=[RefusalFigures(HOSTILE, HOSTILE, 1)],
        conflicts=[ConflictFigures(HOSTILE, HOSTILE, HOSTILE, 1)],
        trouble=[HOSTILE],
        kpis=with_readings(
            rate(key, 1, 2, by=(part(("department",), (HOSTILE,), 1, 2),), notes=(f"population {HOSTILE}",))
            for key in ("adoption_rate", "output_reuse_rate")
        ),
    )  # fmt: skip


def test_hostile_names_are_text() -> None:
    """A name is shown as it is written and is never markup: not in a cell, a legend, a tooltip or a chart."""
    text = as_html(hostile_page())
    tags = Tags()
    tags.feed(text)
    assert [tag for tag, _ in tags.found].count("script") == 1  # ours
    assert "img" not in {tag for tag, _ in tags.found}
    assert [name for _, names in tags.found for name in names if name.startswith("on")] == []
    assert text.partition("<script")[0].count("</main>") == 1  # where the page's script cuts it
    assert entities.unescape(text).count(HOSTILE) > 12


def test_html_and_json_say_the_same() -> None:
    """Each figure of the JSON stands on the page as it is shown there, its exact value in the tooltip."""
    page = Ledger().page(
        usage(**answered(12_345, 678_901_234, tokens_input=77_777, tokens_output=5,
                         duration_le_1000000=12_000, duration_us_sum=9_000_000_000)),
        usage(department="finance", model="claude", **answered(7, 3, events_unpriced=1)),
    )  # fmt: skip
    text, data = entities.unescape(as_html(page)), as_json(page)
    figures = [*data["tiles"].values(), *data["quality"].values()]
    for key in TABLES:
        for row in [*data["tables"][key]["rows"], data["tables"][key]["total"]]:
            figures += [cell for cell in row.values() if isinstance(cell, dict)]
    assert len(figures) > 50
    for figure in figures:
        assert figure["shown"] in text
        assert figure["value"] is None or f'title="{figure["value"]}' in text, figure
    assert data["tiles"]["cost"]["value"] == "0.678901237"


def test_no_figure_of_the_json_lacks_its_unit_or_denominator() -> None:
    """A rate, a mean and a quotient name what they are of; money, tokens, seconds and shares their unit."""
    data = as_json(Ledger().page(usage(**answered(10, 10, tokens_input=5, tokens_output=1))))
    for key in (
        "cost_per_request",
        "tokens_per_request",
        "mean_latency",
        "error_rate",
        "attempts_per_request",
    ):
        assert data["tiles"][key]["denominator"] is not None, key
        assert data["tiles"][key]["denominator_of"], key
    for key in ("cost", "cost_per_request", "tokens_per_request", "mean_latency", "error_rate", "requests"):
        assert data["tiles"][key]["unit"], key
    row = data["tables"]["departments"]["rows"][0]
    model = data["tables"]["models"]["rows"][0]
    for column in ("cost", "cost_share", "cost_per_request", "mean_latency", "p95", "errors"):
        assert row[column]["unit"] and model[column]["unit"], column
    for column in ("cost_per_request", "errors"):
        assert row[column]["denominator"] is not None, column
    assert model["cache_read"]["denominator"] is not None


def test_nothing_is_fetched_from_elsewhere() -> None:
    """No address of another host, no style attribute, and each script and style has the nonce."""
    text = as_html(hostile_page())
    addresses = re.findall(r"""(?:src|href|action)=["']([^"']*)""", text)
    ours = ("?period=", "/?period=", "/sources", "/roi?period=", "/api/", "data:,", "#board")
    assert [one for one in addresses if not one.startswith(ours)] == []
    named = text.replace("http://www.w3.org/2000/svg", "")  # a name, never fetched
    assert re.findall(r"url\(|@import|//[a-z]+\.[a-z]", named) == []
    assert re.findall(r"<(?:script|style)(?! nonce=\"n0nce\">)[^>]*>", text) == []


def test_charts_are_pictures_with_a_text() -> None:
    """Each SVG has role img and says in words what it shows; none has a script, a style or a link."""
    page = hostile_page()
    for chart in (*page.pulse, *page.charts):
        svg = charts.draw(chart, charts.CHART)
        assert svg.startswith("<svg ") and 'role="img"' in svg
        label = re.search(r'aria-label="([^"]*)"', svg)
        assert label is not None and entities.unescape(label[1]) == chart.text
        assert re.findall(r"<(?:script|style|defs|a)\b|xlink|\shref=|\sstyle=", svg) == []


def test_an_empty_ledger_says_how_to_begin() -> None:
    """No figures at all, but the lines that bring the first event."""
    text = as_html(Ledger().page(empty=True))
    assert "No events yet: point your gateway here" in text
    assert "GENERIC_LOGGER_ENDPOINT" in text
    assert 'class="tile"' not in text


def test_a_page_that_is_not_new_says_why_and_how_old() -> None:
    """The last page stands while the ledger cannot be read, with its age, for people and machines."""
    page = Ledger().page(usage(**answered(1)))
    text = as_html(page, trouble="database is locked", later_us=90_000_000)
    assert "These figures are 90 s old: the ledger cannot be read just now (database is locked)." in text
    assert "cannot be read just now" in as_json(page, "database is locked")["banners"][0]["text"]


@pytest.mark.parametrize(
    "part", ['<th scope="row">', '<th scope="col"', 'lang="en"', '<main id="board"', "<noscript>"]
)
def test_the_page_can_be_read_without_seeing_it(part: str) -> None:
    """Tables name the scope of their headings, the page its language and its main part."""
    assert part in as_html(Ledger().page(usage(**answered(1))))


def test_headings_do_not_skip_a_level() -> None:
    """h1, then h2, then h3."""
    levels = [int(level) for level in re.findall(r"<h([1-6])", as_html(hostile_page()))]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_the_labels_that_are_asked_for_are_labels() -> None:
    """tables.BY names labels of the contract."""
    from stream.board.tables import BY

    assert set(BY) <= set(LABELS)
