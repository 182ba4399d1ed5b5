"""The folder that ``tokonomics init`` writes runs as it is: from the questions to the ledger."""

from __future__ import annotations

import json
import shlex
from datetime import UTC, datetime
from pathlib import Path

import httpx

from stream.broker.embedded import EmbeddedBroker
from tests.support.system import TOKONOMICS, Options, System


def test_a_folder_of_init_runs_as_it_is(tmp_path: Path) -> None:
    """Topics, configuration, collector with its tokens, ledger with its programme: an event sent with the
    token that init made is counted under the department that its team belongs to.
    """
    with EmbeddedBroker(None, tmp_path) as broker:
        folder = tmp_path / "set-up"
        system = System(
            broker,
            tmp_path / "system",
            Options(
                workers=1,
                collector=(*TOKONOMICS, "collect", "--config", str(folder / "collector.yaml")),
                ledger=(*TOKONOMICS, "ledger", "--program", str(folder / "program.yaml")),
            ),
        )
        system.directory.mkdir()
        asked = ("--broker", broker.bootstrap, "--broker-kind", "embedded", "--source", "events")
        said = system.command(
            "init", str(folder), "--json", "--department", "Support=20", "--zone", "Europe/Paris", *asked
        )
        assert len(json.loads(said)["files"]) == 8
        exported = dict(
            word.split("=", 1)
            for line in (folder / "environment.sh").read_text().splitlines()
            for word in shlex.split(line, comments=True)[1:]
        )
        assert exported["TOKONOMICS_BROKER"] == broker.bootstrap
        with system:
            applied = system.command("config", "apply", str(folder / "config.yaml"), *asked[:2])
            assert "applied" in applied
            token = (folder / "tokens" / "events").read_text().strip()
            event = {
                "event_id": "first",
                "time": datetime.now(UTC).isoformat(),
                "provider": "openai",
                "model": "gpt-4o-mini",
                "usage": {"input_tokens": 10, "output_tokens": 5},
                "attributes": {"team_alias": "Support north"},
            }
            url = f"{system.collector_url}/v1/events"
            assert httpx.post(url, json=event).status_code == httpx.codes.UNAUTHORIZED
            sent = httpx.post(url, json=event, headers={"authorization": f"Bearer {token}"})
            assert sent.is_success, sent.text
            books = system.await_books(lambda found: [] if found.counted == 1 else ["nothing is counted"])
            assert list(books.series) == [("Support", "everyday use", "openai", "gpt-4o-mini")]
