"""The files that ``tokonomics init`` writes, from its answers. Pure: path below the folder -> content."""

from __future__ import annotations

import glob
import json
import secrets
from collections.abc import Mapping
from datetime import date
from typing import Final

from stream.control.starting.answers import Answers, Department

COLLECTOR, CONFIG, PROGRAM = "collector.yaml", "config.yaml", "program.yaml"
OVERRIDES, PEOPLE, ENVIRONMENT, NEXT = "overrides.yaml", "people.csv", "environment.sh", "NEXT.md"
TOKENS: Final = "tokens"
_USE_CASE: Final = "everyday use"


def starting_files(answers: Answers, today: date) -> Mapping[str, str]:
    """Everything, new tokens included, in the order in which to read it."""
    tokens = {f"{TOKENS}/{source}": secrets.token_urlsafe(32) + "\n" for source in answers.sources}
    return {
        NEXT: _next(answers),
        ENVIRONMENT: _environment(answers),
        COLLECTOR: _collector(answers),
        CONFIG: _config(answers),
        OVERRIDES: _OVERRIDES,
        PROGRAM: _program(answers, today),
        PEOPLE: "person,department,use_cases,since,until\n",
        **(tokens if answers.tokens else {}),
    }


def _next(answers: Answers) -> str:
    sources = "\n".join(f"   - {_SENDING[source]}" for source in answers.sources)
    token = (
        "   Each sends the header `Authorization: Bearer TOKEN`; the tokens are in `tokens/`.\n"
        if answers.tokens
        else ""
    )
    return f"""# What to do next
1. `. FOLDER/{ENVIRONMENT}` in every shell below: it says where the broker and these files are.
2. `tokonomics topics create --config FOLDER/{CONFIG}`, once. `tokonomics doctor` says what is missing.
3. Start, each in a shell or service of its own: `tokonomics collect`, `tokonomics worker --slot 0`,
   `tokonomics ledger`, `tokonomics board`.
4. Point your sources at the collector:
{sources}
{token}5. Open http://127.0.0.1:8080/sources: what has arrived, what was refused and how to mend it.

Then, whenever it suits: who belongs to which department in `{COLLECTOR}` (attribution) and `{PEOPLE}`;
negotiated prices in `{OVERRIDES}` (`tokonomics config diff`, then `apply`); benefits and costs in `{PROGRAM}`
(`tokonomics explain roi --program FOLDER/{PROGRAM}`). What is assumed there says so, and is shown so.
"""


_SENDING: Final = {
    "litellm": "LiteLLM: `GENERIC_LOGGER_ENDPOINT=http://127.0.0.1:4318/v1/litellm`,"
    " `callbacks: [generic_api]` (with a token: `GENERIC_LOGGER_HEADERS='Authorization=Bearer TOKEN'`)",
    "otlp": "OpenTelemetry: `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://127.0.0.1:4318/v1/traces`"
    " (with a token: `OTEL_EXPORTER_OTLP_HEADERS='Authorization=Bearer%20TOKEN'`)",
    "events": "your own: `POST http://127.0.0.1:4318/v1/events`, one JSON event per request",
    "outcomes": "reviews: `POST http://127.0.0.1:4318/v1/outcomes`, what became of an output",
    "tasks": "work: `POST http://127.0.0.1:4318/v1/tasks`, a piece of work with or without AI",
}


def _environment(answers: Answers) -> str:
    return f"""# Read it into a shell: . FOLDER/{ENVIRONMENT}
export TOKONOMICS_BROKER={answers.broker}
export TOKONOMICS_BROKER_KIND={answers.broker_kind}
export TOKONOMICS_COLLECTOR_CONFIG=FOLDER/{COLLECTOR}
export TOKONOMICS_PROGRAM=FOLDER/{PROGRAM}
export TOKONOMICS_ZONE={answers.zone}
# Once {PEOPLE} names the people it is meant for (adoption is measured against them):
# export TOKONOMICS_PEOPLE=FOLDER/{PEOPLE}
"""


def _collector(answers: Answers) -> str:
    lines = ["# What `tokonomics collect` reads; collectors/README.md explains every field.", ""]
    lines += [
        "pseudonyms:",
        "  # Made when it is missing. Keep it outside the data and its backups: with it, names can be tried.",
        '  key_file: "FOLDER/pseudonym.key"',
        "",
    ]
    if answers.tokens:
        lines += ["tokens:"]
        for source in answers.sources:
            lines += [f"  - token_file: {TOKENS}/{source}", f"    source_key: {source}"]
            lines += [f"    receivers: [{source}]"]
        lines += [""]
    lines += ["attribution:", "  # The first rule that fits wins; `*` stands for anything.", "  rules:"]
    for department in answers.departments:
        match = json.dumps({"attributes.team_alias": f"{glob.escape(department.name)}*"}, ensure_ascii=False)
        label = json.dumps({"department": department.name}, ensure_ascii=False)
        lines += [f"    - match: {match}", f"      set: {label}"]
    lines += [f"  defaults: {{use_case: {_USE_CASE}}}", ""]
    return "\n".join(lines)


def _config(answers: Answers) -> str:
    names = json.dumps([department.name for department in answers.departments], ensure_ascii=False)
    return f"""# Prices, zone and label bounds: `tokonomics config diff FOLDER/{CONFIG}`, then `apply`.
version: 1
zone: {answers.zone}
cost_policy: computed
prices: {OVERRIDES}
declared:
  department: {names}
  use_case: [{_USE_CASE}]
"""


_OVERRIDES: Final = """# Prices of your own, which win over the catalogue's. Each says who agreed it and why.
version: 1
overrides: []
#  - provider: anthropic
#    from: 2026-01-01
#    factor: 0.92
#    who: Procurement
#    why: 8 % volume discount
"""


def _program(answers: Answers, today: date) -> str:
    lines = [
        "# The programme, for ROI and targets; deploy/program.example.yaml shows every field.",
        "version: 1",
    ]
    lines += [f"currency: {answers.currency}", f"start: {today.isoformat()}"]
    if answers.usd_rate is not None:
        source = (
            f"{{rate: {answers.usd_rate}, date: {today.isoformat()}, source: as told to tokonomics init}}"
        )
        lines += [f"usd_rate: {source}"]
    sized = [department for department in answers.departments if department.people is not None]
    if sized:
        lines += ["populations:", *(f"  {_text(one.name)}: {one.people}" for one in sized)]
    lines += ["use_cases:"]
    for department in answers.departments:
        lines += _use_case(department)
    return "\n".join([*lines, ""])


def _use_case(department: Department) -> list[str]:
    return [
        f"  - name: {_USE_CASE}",
        f"    department: {_text(department.name)}",
        "    stage: pilot",
        "    benefits: []      # until they are written down, costs alone are shown",
    ]


def _text(name: str) -> str:
    return json.dumps(name, ensure_ascii=False)
