"""The Sources page: who sends what, how much of it is priced, what is refused and how to mend it."""

from __future__ import annotations

import html as entities
import json
import re

from stream.board import mends
from stream.board.answers import Html
from stream.board.outcomes import checks
from stream.board.page import Figure, Table
from stream.board.pages import Shown
from stream.board.period import DEFAULT, window
from stream.board.sources_json import json_sources
from stream.board.sources_page import SourceReadings, SourcesPage, sources
from stream.contract.judgement_events import OutcomeEvent, TaskEvent
from stream.contract.names import REASONS, UNATTRIBUTED
from stream.contract.usage import UsageEvent
from stream.ledger.figures import (
    ConflictFigures,
    Figures,
    Freshness,
    RefusalFigures,
    SourceFigures,
    TransitionFigures,
)
from tests.unit.board.rows import NOW_US, answered

FRESH = Freshness(NOW_US - 400_000, NOW_US, 0)
WINDOW = window(DEFAULT, NOW_US)  # half an hour into its last hour


def page(**given: object) -> SourcesPage:
    return sources(SourceReadings(FRESH, **given), WINDOW)  # type: ignore[arg-type]


def as_html(made: SourcesPage) -> str:
    return Html().sources(Shown(made), DEFAULT, made.made_us, "n0nce")


def table(made: SourcesPage, key: str) -> Table:
    (found,) = [one for one in made.tables if one.key == key]
    return found


def cells(made: SourcesPage, key: str, name: str) -> dict[str, Figure]:
    found = table(made, key)
    (row,) = [one for one in found.rows if one.name == name]
    return dict(zip([column.key for column in found.columns], row.cells, strict=True))


def delivery(source: str, before: str, after: str, events: int) -> TransitionFigures:
    return TransitionFigures((source,), "delivery", before, after, "unknown", events)


def test_each_source_says_how_much_of_it_is_priced_and_attributed() -> None:
    """Shares of its own attempts; what it was refused and where it disagrees stands beside them."""
    made = page(
        seen=[SourceFigures("gateway", NOW_US - 5_000_000)],
        usage=[
            Figures(("gateway", "marketing"), None, answered(60)),
            Figures(("gateway", UNATTRIBUTED), None, answered(40, events_unpriced=10)),
        ],
        refusals=[RefusalFigures("gateway", "too_old", 4), RefusalFigures("sdk", "missing_field", 1)],
        conflicts=[ConflictFigures("gateway", "sdk", "cost_differs", 3)],
    )
    found = cells(made, "senders", "gateway")
    assert (found["attempts"].shown, found["seen"].shown) == ("100", "5.0 s ago")
    assert (found["priced"].shown, found["priced"].of) == ("90.0", 100)
    assert (found["attributed"].shown, found["attributed"].of) == ("60.0", 100)
    assert (found["refused"].shown, found["conflicts"].shown) == ("4", "3")
    sdk = cells(made, "senders", "sdk")  # it has only ever been refused
    assert (sdk["seen"].shown, sdk["attempts"].shown, sdk["priced"].exact) == ("never", "0", None)


def test_the_rate_is_over_the_hour_before_and_this_one_so_far() -> None:
    """300 attempts within an hour and a half are 200 an hour, 3.3 a minute."""
    made = page(recent=[Figures(("gateway",), None, answered(300))])
    found = cells(made, "senders", "gateway")
    assert (found["per_hour"].exact, found["per_minute"].shown) == ("200.000000", "3.3")


def test_those_last_seen_stand_first() -> None:
    """A source that has gone quiet sinks."""
    usage = [Figures((name, "d"), None, answered(1)) for name in ("a", "b", "c")]
    seen = [SourceFigures("b", 9), SourceFigures("a", 5)]
    assert [row.name for row in table(page(usage=usage, seen=seen), "senders").rows] == ["b", "a", "c"]


def test_every_reason_has_a_mend() -> None:
    """What the contract can refuse, the page can explain; an unknown reason is not an error."""
    assert set(mends.MENDS) == set(REASONS)
    assert mends.mend("of another version")
    made = page(refusals=[RefusalFigures("sdk", reason, 2) for reason in REASONS])
    text = entities.unescape(as_html(made))
    for reason in REASONS:
        assert mends.meaning(reason) in text and mends.mend(reason) in text


def test_outcomes_are_accounted_for() -> None:
    """Where they stand now: joined, by their own labels, waiting, not joined; net of what moved on."""
    moved = [
        delivery("desk", "", "joined", 80),
        delivery("desk", "", "waiting", 20),
        delivery("desk", "waiting", "joined", 12),
        delivery("desk", "waiting", "unjoined", 3),
        delivery("desk", "", "own", 5),
        delivery("desk", "", "redelivered", 2),
        TransitionFigures(("desk",), "verdict", "", "revised", "all", 99),
    ]
    found = cells(page(deliveries=moved, waiting=moved), "outcomes", "desk")
    shown = {key: figure.shown for key, figure in found.items()}
    assert (shown["received"], shown["waiting"], shown["unjoined"]) == ("105", "5", "3")
    assert (shown["own"], shown["redelivered"], found["joined"].of) == ("5", "2", 105)
    quality = {one.key: one.figure for one in checks(moved, waiting=5)}
    assert (quality["outcomes_unjoined"].of, quality["outcomes_waiting"].shown) == (105, "5")
    assert checks([], waiting=0) == ()


def test_tasks_and_probes_have_their_tables() -> None:
    """Reports with how many have minutes; checks with how many were answered, and when last."""
    made = page(
        tasks=[Figures(("tickets",), None, {"tasks": 10, "tasks_timed": 4, "duplicates": 3})],
        probes=[Figures(("chat", "gateway", "success"), None, {"checks": 59}),
                Figures(("chat", "gateway", "timeout"), None, {"checks": 1})],
        probed=[Figures(("chat",), WINDOW.current, {"checks": 60})],
    )  # fmt: skip
    assert cells(made, "tasks", "tickets")["timed"].denominator == "of 10 tasks"
    probe = cells(made, "probes", "chat · gateway")
    assert (probe["checks"].shown, probe["answered"].shown) == ("60", "98.3")
    assert probe["last"].shown.endswith(":00")
    assert made.silent == ["outcomes"]


def test_nobody_sends_anything_yet() -> None:
    """The page shows lines to copy, for every way in, and no path of any machine."""
    made = page()
    text = entities.unescape(as_html(made))
    assert made.empty
    for said in (
        "GENERIC_LOGGER_ENDPOINT",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "/v1/events",
        "/v1/outcomes",
        "/v1/tasks",
    ):
        assert said in text
    assert re.findall(r"(?:/home|/root|/work|/tmp|/Users|[A-Z]:\\)", text) == []


def test_the_lines_to_copy_are_taken() -> None:
    """Each JSON that the page shows is an event as the contract has it."""
    text = entities.unescape(as_html(page()))
    bodies = re.findall(r"(/v1/\w+) --data '(.*?)'", text, flags=re.DOTALL)
    models = {"/v1/events": UsageEvent, "/v1/outcomes": OutcomeEvent, "/v1/tasks": TaskEvent}
    assert {path for path, _ in bodies} == set(models)
    for path, body in bodies:
        models[path].model_validate_json(body)


def test_hostile_sources_are_text() -> None:
    """A source's key is whatever somebody sent."""
    hostile = "<script>alert(1)</script>"
    made = page(
        usage=[Figures((hostile, hostile), None, answered(1))], refusals=[RefusalFigures(hostile, hostile, 1)]
    )
    text = as_html(made)
    assert hostile not in text and entities.escape(hostile) in text


def test_the_json_says_what_the_page_says() -> None:
    """Every row of every table, exact."""
    made = page(usage=[Figures(("gateway", "marketing"), None, answered(60))])
    data = json.loads(json_sources(Shown(made), made.made_us))
    (row,) = data["tables"]["senders"]["rows"]
    assert (row["labels"], row["attempts"]["value"]) == (["gateway"], "60")
    assert (row["priced"]["denominator"], data["not_connected"]) == (60, ["outcomes", "tasks", "probes"])


def test_of_many_sources_the_page_shows_some_and_the_json_all() -> None:
    """The rest is said, never left out silently."""
    made = page(usage=[Figures((f"s{i:03}", "d"), None, answered(1)) for i in range(100)])
    assert "40 more are in the JSON" in as_html(made)
    assert len(json.loads(json_sources(Shown(made), made.made_us))["tables"]["senders"]["rows"]) == 100


def test_a_source_that_went_quiet_is_still_named() -> None:
    """Who was heard of before and sent nothing in the period stands apart, with when it was."""
    made = page(
        seen=[SourceFigures("gone", NOW_US - 5 * 86_400_000_000), SourceFigures("gateway", NOW_US)],
        usage=[Figures(("gateway", "d"), None, answered(1))],
    )
    assert [(row.name, row.cells[0].shown) for row in table(made, "quiet").rows] == [("gone", "5 days ago")]


def test_what_a_source_of_outcomes_was_refused_makes_it_no_source_of_usage() -> None:
    """Its refusals stand in their own table."""
    moved = [delivery("desk", "", "joined", 8)]
    made = page(deliveries=moved, waiting=moved, refusals=[RefusalFigures("desk", "too_old", 1)])
    assert {one.key for one in made.tables} == {"outcomes", "refusals"}
