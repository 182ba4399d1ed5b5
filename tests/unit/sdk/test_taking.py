"""What the caller's thread sees: an id at once, never an error, and every report in the counts."""

from __future__ import annotations

import ast
import logging
import os
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tokonomics
from stream.broker.ports import free_port
from tests.unit.sdk.desk import Desk, open_desk

ROOT = Path(__file__).resolve().parents[3]
LEAST: dict[str, Any] = {"provider": "openai", "model": "gpt-4o"}


def nobody(**more: Any) -> tokonomics.Reporter:
    """A reporter to a port where nobody listens."""
    return tokonomics.Reporter(url=f"http://127.0.0.1:{free_port()}", **more)


class Vicious:
    """An object that fails whatever it is asked."""

    def _fail(self, *args: object) -> Any:
        raise RuntimeError("never")

    __bool__ = __float__ = __str__ = __repr__ = __eq__ = __hash__ = __len__ = __iter__ = _fail


vicious = st.builds(Vicious)
anything = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(),
        st.binary(),
        st.datetimes(),
        st.decimals(),
        vicious,
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(), inner, max_size=3), st.tuples(inner)
    ),
    max_leaves=5,
)
names = st.one_of(st.sampled_from(["event_id", "task_id", "time", "usage", "model", "provider"]), st.text())
reports = st.lists(
    st.tuples(
        st.sampled_from(["emit", "outcome", "task"]),
        st.lists(anything, max_size=1),
        st.dictionaries(names.filter(lambda name: name != "self"), anything, max_size=4),
    ),
    max_size=8,
)


@pytest.fixture(scope="module")
def fed() -> Any:
    """One reporter for all examples, and a desk that takes everything."""
    with open_desk() as desk:
        yield tokonomics.Reporter(url=desk.url), desk


@settings(max_examples=60, deadline=None)
@given(reports)
def test_no_input_raises_or_is_lost_from_the_counts(fed: Any, reports: list[Any]) -> None:
    """Whatever is reported gives a text at once; it is in the counts, its neighbours are sent."""
    reporter, desk = fed
    before = reporter.stats()
    for kind, positional, fields in reports:
        assert isinstance(getattr(reporter, kind)(*positional, **fields), str)
    good = reporter.emit(**LEAST)
    assert reporter.flush(20)
    after = reporter.stats()
    assert after.sent - before.sent == len(reports) + 1
    assert after.waiting == 0
    assert sum(after.reasons.values()) == after.refused + after.dropped
    assert good in {
        event.get("event_id") for event in desk.events() if isinstance(event.get("event_id"), str)
    }


def test_a_full_queue_drops_the_newest_and_counts_it() -> None:
    """While nobody answers memory is bounded, emit goes on giving ids, and what waits stays as it was."""
    reporter = nobody(queue_events=50)
    ids = [reporter.emit(**LEAST) for _ in range(1000)]
    assert len(set(ids)) == 1000
    told = reporter.stats()
    assert told.sent == 1000
    assert told.waiting <= 50 + 200  # a body may be under way
    assert told.dropped == 1000 - told.waiting
    assert told.reasons == {"queue_full": told.dropped}


def test_threads_together_lose_nothing(desk: Desk) -> None:
    """Reports of several threads all arrive once, under ids of their own."""
    reporter = tokonomics.Reporter(url=desk.url)
    threads = [
        threading.Thread(target=lambda: [reporter.emit(**LEAST) for _ in range(500)]) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert reporter.flush(20)
    ids = [event["event_id"] for event in desk.events()]
    assert len(ids) == len(set(ids)) == 2000
    assert reporter.stats() == tokonomics.Stats(2000, 2000, 0, 0, 0, {})


def test_what_the_caller_changes_afterwards_is_not_sent(desk: Desk) -> None:
    """A usage that the caller goes on counting with is reported as it was."""
    reporter, usage = tokonomics.Reporter(url=desk.url), {"input_tokens": 1}
    reporter.emit(**LEAST, usage=usage)
    usage["input_tokens"] = 2
    assert reporter.flush()
    assert desk.events()[0]["usage"] == {"input_tokens": 1}


def test_times_have_their_zone_and_what_is_none_is_left_out(desk: Desk) -> None:
    """Seconds and aware datetimes become RFC 3339; without a time it is now."""
    reporter = tokonomics.Reporter(url=desk.url, department="support", feature="draft")
    for time in (1_790_000_000.25, datetime(2026, 9, 21, 14, 13, 20, 250_000, UTC), None):
        reporter.emit(**LEAST, time=time, user=None, department=None if time else "sales")
    reporter.task(ai="none", use_case="replies", event_id=None)
    assert reporter.flush()
    seconds, aware, now = desk.events()
    assert seconds["time"] == aware["time"] == "2026-09-21T14:13:20.250000+00:00"
    assert abs((datetime.fromisoformat(now["time"]) - datetime.now(UTC)).total_seconds()) < 60
    assert "user" not in seconds
    assert ("department" not in seconds, now["department"], now["feature"]) == (True, "sales", "draft")
    (task,) = desk.events("/v1/tasks")
    assert task.keys() == {"task_id", "ai", "use_case", "department", "time"}


def test_a_mistake_is_logged_once_and_names_no_content(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """What cannot be written as JSON names its fields, never their values."""
    reporter = tokonomics.Reporter(url=desk.url)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            reporter.emit(**LEAST, usage={"input_tokens": {"secret"}})
        reporter.emit(**LEAST, attributes={"a": "secret" * 20_000})
        assert reporter.flush()
    assert reporter.stats().reasons == {"not_json": 3, "too_large": 1}
    assert len(caplog.records) == 2
    assert "secret" not in caplog.text
    assert "usage" in caplog.text


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_reports_its_own_and_the_parent_its_own(desk: Desk) -> None:
    """A child has a thread of its own and sends nothing that waited in its parent; nothing is sent twice."""
    code = """
import os, sys, tokonomics
r = tokonomics.Reporter(url=sys.argv[1])
r.emit(provider="openai", model="gpt-4o", event_id="before")
child = os.fork()
r.emit(provider="openai", model="gpt-4o", event_id="parent" if child else "child")
assert r.flush(20)
assert r.stats().sent == (2 if child else 1), r.stats()
if not child:
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
"""
    done = subprocess.run([sys.executable, "-c", code, desk.url], cwd=ROOT, timeout=60, check=False)
    assert done.returncode == 0
    assert sorted(event["event_id"] for event in desk.events()) == ["before", "child", "parent"]


def test_the_end_of_a_program_sends_what_waits_within_a_bound(desk: Desk) -> None:
    """Without a flush, also from a handler of the program's own; a collector away is not waited for long."""
    code = """
import atexit, sys, tokonomics
tokonomics.configure(url=sys.argv[1], exit_s=1)
atexit.register(tokonomics.emit, provider="openai", model="gpt-4o", event_id="late")
tokonomics.emit(provider="openai", model="gpt-4o", event_id="early")
"""
    command = [sys.executable, "-c", code]
    subprocess.run([*command, desk.url], cwd=ROOT, timeout=60, check=True)
    assert [event["event_id"] for event in desk.events()] == ["early", "late"]
    away = f"http://127.0.0.1:{free_port()}"
    done = subprocess.run([*command, away], cwd=ROOT, timeout=60, check=True, capture_output=True, text=True)
    assert "2 reports were" in done.stderr


def test_it_imports_the_standard_library_alone() -> None:
    """A program that reports gets none of the server's packages, and no thread at once."""
    imported = set()
    for node in ast.walk(ast.parse((ROOT / "tokonomics.py").read_text())):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add((node.module or "").partition(".")[0])
    assert imported <= sys.stdlib_module_names
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
    code += "import threading, tokonomics; print(threading.active_count())"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, check=True, text=True
    )
    assert done.stdout == "1\n"


@pytest.mark.parametrize(
    "setting", [{"url": "collector:4318"}, {"url": "ftp://x"}, {"token": "a\nb"}, {"departement": "support"}]
)
def test_a_bad_setting_is_told_at_once(setting: dict[str, str]) -> None:
    """By configure, which is called at a start; its text repeats no token."""
    with pytest.raises(tokonomics.BadSetting) as told:
        nobody().configure(**setting)  # type: ignore[arg-type]
    assert "a\nb" not in str(told.value)
