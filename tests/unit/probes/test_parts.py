"""The part ``probes`` of the file: errors name line, field and mend; secrets are in no text."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from collectors._sdk.configuration_file import Configured, load_configuration
from collectors._sdk.errors import ConfigInvalid
from collectors.probes.probe import make_ready
from tests.unit.probes.servers import probe

KEY = "sk-correct-horse-battery-staple"
HTTP = "  - name: a\n    check: http\n    url: https://a.example/health\n"
OPENAI = "  - name: b\n    check: openai\n    url: https://b.example/v1\n    model: m\n"


def load(tmp_path: Path, text: str) -> Configured:
    path = tmp_path / "collector.yaml"
    path.write_text(text)
    return load_configuration(path, ("events",), {})


def test_defaults(tmp_path: Path) -> None:
    """Once a minute, ten seconds, a tenth of jitter, a prompt of one word and one token of answer."""
    file = load(tmp_path, f"probes:\n{HTTP}{OPENAI}").file
    http, asking = make_ready(file.probes, tmp_path, {})
    assert http.labels == ("a", "http", "https://a.example/health", "", "", "")
    assert (http.method, http.expected_status, http.content, http.tokens_a_check) == ("GET", 200, None, 0)
    assert (http.timeout_s, http.timetable.every_us, http.timetable.jitter_us) == (10, 60_000_000, 6_000_000)
    assert asking.url == "https://b.example/v1/chat/completions"
    assert json.loads(asking.content or b"") == {
        "model": "m",
        "messages": [{"role": "user", "content": "ping"}],
        "max_tokens": 1,
    }
    assert asking.tokens_a_check * 24 * 60 <= asking.tokens_per_day  # a probe by default does not pause


def test_a_short_period_shortens_the_time_out() -> None:
    """Every five seconds is possible without naming anything else."""
    assert probe("http://127.0.0.1/", every_seconds=5).timeout_s == 2.5


def test_a_model_that_reasons_is_asked_with_its_own_bound() -> None:
    """``max_tokens`` is refused by such a model."""
    asked = json.loads(probe("http://a/v1", model="m", max_completion_tokens=64).content or b"")
    assert asked["max_completion_tokens"] == 64
    assert "max_tokens" not in asked


def test_a_query_is_sent_and_is_no_label() -> None:
    """Azure's version stands in the address; what may be in a query is nobody's label."""
    made = probe("https://a.example/openai/deployments/d?api-version=2024-10-21", model="m")
    assert made.url == "https://a.example/openai/deployments/d/chat/completions?api-version=2024-10-21"
    assert made.labels[2] == "https://a.example/openai/deployments/d"
    whole = probe("https://a.example/v1/chat/completions", model="m")
    assert whole.url == "https://a.example/v1/chat/completions"


def test_a_disabled_probe_is_none(tmp_path: Path) -> None:
    """Its secrets need not be there."""
    text = f"probes:\n{OPENAI}    enabled: false\n    api_key: {{env: NOT_SET}}\n"
    assert make_ready(load(tmp_path, text).file.probes, tmp_path, {}) == []


@pytest.mark.parametrize(
    ("text", "line", "field", "mend"),
    [
        (f"{HTTP}{HTTP}", 1, "probes", "stands twice"),
        (f"{HTTP}    every_seconds: 4\n", 5, "probes.1.every_seconds", "greater than or equal to 5"),
        (f"{HTTP}    timeout_seconds: 60\n", 2, "probes.1", "before its next is due"),
        (f"{HTTP}    timeout_seconds: 53.5\n", 2, "probes.1", "before its next is due"),
        (f"{HTTP}    jitter_seconds: 55\n", 2, "probes.1", "before its next is due"),
        (f"{HTTP}    max_completion_tokens: 5\n", 2, "probes.1", "nothing of a check http"),
        (f"{HTTP}    contains: hello\n", 5, "probes.1.contains", "no field of this file"),
        (f"{HTTP}    api_key: {KEY}\n", 5, "probes.1.api_key", "give {env: NAME}"),
        (f"{HTTP}    api_key: {{env: A, file: b}}\n", 5, "probes.1.api_key", "one of env and file"),
        (f"{HTTP}    headers: {{Host: {{env: A}}}}\n", 2, "probes.1", "cannot be set"),
        (f"{OPENAI}    method: HEAD\n", 2, "probes.1", "nothing of a check openai"),
        (f"{OPENAI}    tokens_per_day: 39\n", 2, "probes.1", "one check may use 40"),
        ("  - name: a\n    check: openai\n    url: https://a/\n", 2, "probes.1", "names the model"),
        ("  - name: a\n    check: fax\n    url: https://a/\n", 3, "probes.1.check", "'openai' or 'http'"),
        (
            f"  - name: a\n    check: http\n    url: https://u:{KEY}@a/\n",
            4,
            "probes.1.url",
            "user or password",
        ),
        (
            f"  - name: a\n    check: http\n    url: https://a/?k={KEY}\n",
            4,
            "probes.1.url",
            "from env or file",
        ),
        (f"  - name: a\n    check: http\n    url: https://a/{KEY}\n", 4, "probes.1.url", "from env or file"),
        ("  - name: a\n    check: http\n    url: ftp://a/\n", 4, "probes.1.url", "https://HOST/PATH"),
        ("  - name: a\n    check: http\n    url: https:///a\n", 4, "probes.1.url", "https://HOST/PATH"),
        ("  - name: a\n    check: http\n    url: http://a:99999/\n", 4, "probes.1.url", "https://HOST/PATH"),
        ('  - name: a\n    check: http\n    url: "http://a/\\n"\n', 4, "probes.1.url", "https://HOST/PATH"),
    ],
)
def test_an_error_names_line_field_and_mend(
    tmp_path: Path, text: str, line: int, field: str, mend: str
) -> None:
    """A mistake costs one look; a secret in the wrong place is not repeated."""
    with pytest.raises(ConfigInvalid) as caught:
        load(tmp_path, f"probes:\n{text}")
    said = str(caught.value)
    assert f"collector.yaml:{line}: {field}" in said
    assert mend in said
    assert KEY not in said


def test_secrets_come_from_environment_and_file_and_are_never_told(tmp_path: Path) -> None:
    """They are in what is sent, and in no text that a log or an error could hold."""
    (tmp_path / "key").write_text(f"{KEY}\n")
    text = f"probes:\n{OPENAI}    api_key: {{file: key}}\n    headers: {{x-team: {{env: TEAM}}}}\n"
    (made,) = make_ready(load(tmp_path, text).file.probes, tmp_path, {"TEAM": "blue-horse"})
    assert made.headers["authorization"] == f"Bearer {KEY}"
    assert made.headers["x-team"] == "blue-horse"
    assert KEY not in repr(made)
    assert "blue-horse" not in repr(made)


@pytest.mark.parametrize("value", [None, "", "two\nlines", "grüße"])
def test_a_secret_that_is_missing_or_no_header_is_refused(tmp_path: Path, value: str | None) -> None:
    """Before anything is sent: the error names probe and field, never what was read."""
    text = f"probes:\n{OPENAI}    api_key: {{env: KEY}}\n"
    parts = load(tmp_path, text).file.probes
    with pytest.raises(ConfigInvalid, match=r"probes: b: api_key\.env: ") as caught:
        make_ready(parts, tmp_path, {} if value is None else {"KEY": value})
    assert value is None or not value or value not in str(caught.value)
