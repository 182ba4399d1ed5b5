"""Tables of the Sources page. Pure; every share has its denominator."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from stream.board import formatting as f
from stream.board import mends, shown
from stream.board.page import Column, Figure, Row, Table
from stream.board.period import Window
from stream.board.sums import Sums, grouped
from stream.board.tables import named
from stream.contract.judgements import DELIVERIES, DELIVERY
from stream.contract.names import UNATTRIBUTED, US_PER_HOUR
from stream.ledger.figures import ConflictFigures, Figures, RefusalFigures, TransitionFigures
from stream.readings.sums import standing

USAGE_BY: Final = ("source_key", "department")
PROBE_BY: Final = ("probe", "target", "outcome")
_SEEN: Final = Column("seen", "Last seen", "", "When the ledger last saw a row of this source move.")
_ATTRIBUTED: Final = "attempts"

SENDERS: Final = (
    _SEEN,
    Column("per_minute", "Per minute", "", "Attempts a minute over the hour before and the current one."),
    Column("per_hour", "Per hour", "", "Attempts an hour over the hour before and the current one."),
    Column("attempts", "Attempts", "", "Events counted once, every environment, of the period."),
    Column("priced", "Priced", "% of attempts", "Attempts with a whole price, or free, ÷ attempts."),
    Column("attributed", "Attributed", "% of attempts", "Attempts that name a department ÷ attempts."),
    Column("copies", "Copies", "", "Further events of a request already counted."),
    Column("refused", "Refused", "", "Events refused inside accepted bodies, by hour of arrival."),
    Column("conflicts", "Conflicts", "", "Copies that disagree, this source being one of the two; all time."),
)


def senders(
    usage: Sequence[Figures],
    recent: Sequence[Figures],
    seen: Mapping[str, int],
    conflicts: Mapping[str, int],
    refused: Mapping[str, int],
    window: Window,
) -> Table | None:
    """Sources of usage events, those last seen first. None without any."""
    by_source = grouped(usage, lambda row: (row.labels[0],))
    attributed = grouped([row for row in usage if row.labels[1] not in ("", UNATTRIBUTED)],
                         lambda row: (row.labels[0],))  # fmt: skip
    pace = grouped(recent, lambda row: (row.labels[0],))
    names = {key[0] for key in (*by_source, *pace)} | set(refused)
    order = sorted(names, key=lambda name: (-seen.get(name, 0), name))
    hours = Decimal(window.now_us - (window.current - 1) * US_PER_HOUR) / US_PER_HOUR
    rows = []
    for name in order:
        sums, lately = by_source.get((name,), Sums()), pace.get((name,), Sums())
        rows.append(
            Row(
                (name,),
                named_source(name),
                (
                    last_seen(seen.get(name), window.now_us),
                    _rate(lately.attempts, hours * 60),
                    _rate(lately.attempts, hours),
                    shown.counted(sums.attempts),
                    shown.share(sums.attempts - sums.without_whole_price, sums.attempts, _ATTRIBUTED),
                    shown.share(attributed.get((name,), Sums()).attempts, sums.attempts, _ATTRIBUTED),
                    shown.counted(sums.of("duplicates")),
                    shown.counted(refused.get(name, 0)),
                    shown.counted(conflicts.get(name, 0)),
                ),
            )
        )
    if not rows:
        return None
    return Table("senders", "Usage events", "Source", SENDERS, rows)


def named_source(name: str) -> str:
    """A source as a reader sees it."""
    return name or "without a source key"


def last_seen(seen_us: int | None, now_us: int) -> Figure:
    """How long ago; the instant in the tooltip."""
    if not seen_us:
        return Figure("never")
    return Figure(f"{f.age(now_us - seen_us)} ago", exact=str(seen_us), note=f.instant(seen_us))


def _rate(events: int, per: Decimal) -> Figure:
    if per <= 0:
        return Figure(f.NO_DATA)
    rate = Decimal(events) / per
    text = f.compact(rate.quantize(Decimal("0.1"))) if rate >= 10 else f.significant(rate, 2)
    return Figure(text, exact=f"{rate:.6f}")


def outcomes(
    deliveries: Sequence[TransitionFigures],
    all_time: Sequence[TransitionFigures],
    seen: Mapping[str, int],
    window: Window,
) -> Table | None:
    """What became of the outcomes each source sent. None without any."""
    now, ever = delivered(deliveries), delivered(all_time)
    columns = (
        _SEEN,
        Column(
            "received",
            "Received",
            "",
            "Outcomes counted: joined, own, waiting or not joined; not those sent again.",
        ),
        Column("joined", "Joined", "% of received", "Outcomes that found their request ÷ outcomes received."),
        Column(
            "own", "By own labels", "", "Outcomes that bring department and use case, and need no request."
        ),
        Column("waiting", "Waiting", "", "Outcomes whose request is not known yet, of all time."),
        Column("unjoined", "Not joined", "", "Outcomes that waited for the whole window: in no rate."),
        Column("redelivered", "Sent again", "", "Outcomes already known, dropped."),
    )
    rows = []
    for name in sorted(ever, key=lambda name: (-seen.get(name, 0), name)):
        found = now.get(name, Counter())
        received = sum(found[part] for part in ("joined", "own", "waiting", "unjoined"))
        rows.append(
            Row((name,), named_source(name),
                (last_seen(seen.get(name), window.now_us), shown.counted(received),
                 shown.share(found["joined"], received, "outcomes"), shown.counted(found["own"]),
                 shown.counted(ever[name]["waiting"]), shown.counted(found["unjoined"]),
                 shown.counted(found["redelivered"])))
        )  # fmt: skip
    if not rows:
        return None
    note = "Outcomes that are not joined name a request that never came: compare the ids that both send."
    hints = any(ever[name]["unjoined"] for name in ever)
    return Table("outcomes", "Outcomes", "Source", columns, rows, note=note if hints else "")


def delivered(found: Sequence[TransitionFigures]) -> dict[str, Counter[str]]:
    """How many outcomes of each source stand where (judgements.DELIVERIES) now."""
    return {
        labels[0]: Counter({key: counts[key] for key in DELIVERIES})
        for labels, counts in standing(found, DELIVERY).items()
    }


def tasks(found: Sequence[Figures], seen: Mapping[str, int], window: Window) -> Table | None:
    """Who reports pieces of work. None without any."""
    columns = (
        _SEEN,
        Column("tasks", "Tasks", "", "Pieces of work, each counted once."),
        Column("timed", "With minutes", "% of tasks", "Tasks whose minutes of work are known ÷ tasks."),
        Column("reports", "Further reports", "", "Later reports of a task already counted."),
        Column("conflicts", "Conflicts", "", "Further reports whose figures differ; the first stands."),
    )
    rows = []
    for row in sorted(found, key=lambda row: (-seen.get(row.labels[0], 0), row.labels)):
        at = row.measures
        rows.append(
            Row(row.labels, named_source(row.labels[0]),
                (last_seen(seen.get(row.labels[0]), window.now_us), shown.counted(at.get("tasks", 0)),
                 shown.share(at.get("tasks_timed", 0), at.get("tasks", 0), "tasks"),
                 shown.counted(at.get("duplicates", 0)), shown.counted(at.get("conflicts", 0))))
        )  # fmt: skip
    return Table("tasks", "Tasks", "Source", columns, rows) if rows else None


def probes(found: Sequence[Figures], by_hour: Sequence[Figures], window: Window) -> Table | None:
    """Synthetic checks by probe and target. None without any."""
    columns = (
        Column("last", "Last hour with checks", "UTC", "The newest hour for which a check of it is held."),
        Column("checks", "Checks", "", "Checks whose result is held."),
        Column(
            "answered", "Answered", "% of checks", "Checks that were answered as they should be ÷ checks."
        ),
        Column("tokens", "Tokens", "", "What the checks used."),
    )
    newest: dict[str, int] = {}
    for row in by_hour:
        newest[row.labels[0]] = max(newest.get(row.labels[0], 0), row.hour or 0)
    sums: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for row in found:
        at = sums[(row.labels[0], row.labels[1])]
        checks = row.measures.get("checks", 0)
        at["checks"] += checks
        at["tokens"] += row.measures.get("tokens", 0)
        at["answered"] += checks if row.labels[2] == "success" else 0
    rows = [
        Row(key, " · ".join(named(part) for part in key),
            (_hour(newest.get(key[0])), shown.counted(at["checks"]),
             shown.share(at["answered"], at["checks"], "checks"), shown.counted(at["tokens"])))
        for key, at in sorted(sums.items())
    ]  # fmt: skip
    return Table("probes", "Probes", "Probe · target", columns, rows) if rows else None


def quiet(seen: Mapping[str, int], window: Window) -> Table | None:
    """Sources heard of before that sent nothing in the period, the latest first. None without any."""
    rows = [
        Row((name,), named_source(name), (last_seen(us, window.now_us),))
        for name, us in sorted(seen.items(), key=lambda one: (-one[1], one[0]))
    ]
    return Table("quiet", "Nothing in this period", "Source", (_SEEN,), rows) if rows else None


def _hour(hour: int | None) -> Figure:
    return Figure(f.NO_DATA) if hour is None else Figure(f.hour(hour)[5:])


def refusals(found: Sequence[RefusalFigures]) -> Table | None:
    """Refused events by source and reason, most first, each with its mend in words."""
    columns = (
        Column("events", "Events", "", "How many, by hour of arrival."),
        Column("meaning", "What it means", "text", "Why such an event is not taken."),
        Column("mend", "What to do", "text", "So that it is taken."),
    )
    order = sorted(found, key=lambda row: (-row.events, row.source_key, row.reason))
    rows = [
        Row((row.source_key, row.reason), f"{named_source(row.source_key)} · {row.reason.replace('_', ' ')}",
            (shown.counted(row.events), Figure(mends.meaning(row.reason)), Figure(mends.mend(row.reason))))
        for row in order if row.events
    ]  # fmt: skip
    note = "A body refused whole was never accepted: the collector's own /metrics counts it."
    return (
        Table("refusals", "Refused, and what to do", "Source · reason", columns, rows, note=note)
        if rows
        else None
    )


def conflicts(found: Sequence[ConflictFigures]) -> Table | None:
    """Copies that disagree, by pair of sources."""
    columns = (Column("events", "Copies", "", "How many, since the ledger began."),)
    rows = [
        Row((row.source_key, row.other_source_key, row.reason),
            " · ".join((named_source(row.source_key), named_source(row.other_source_key),
                        row.reason.replace("_", " "))),
            (shown.counted(row.events),))
        for row in sorted(found, key=lambda row: -row.events) if row.events
    ]  # fmt: skip
    note = "Since the ledger began, whatever the period. The first source is the one that was counted."
    title = "Copies that disagree"
    return Table("conflicts", title, "Counted · copy · reason", columns, rows, note=note) if rows else None
