"""A probe made ready: its part of the configuration with the secrets it names, read once."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from collectors._sdk.errors import ConfigInvalid
from collectors._sdk.probe_parts import ProbePart, SecretPart, target_of
from collectors.probes.schedule import Timetable
from stream.contract.names import US_PER_SECOND

PROMPT: Final = "ping"
_COMPLETION_PATH: Final = "/chat/completions"
_MOST_SECRET_BYTES: Final = 16_384


@dataclass(frozen=True)
class Probe:
    """``url``: where it is sent, whole; ``headers`` hold secrets, hence not in its repr. ``content``: None
    for no body. ``tokens_a_check``: what one may use, 0 where it asks no model. ``labels``: PROBE_LABELS
    but the outcome.
    """

    labels: tuple[str, ...]
    check: str
    method: str
    url: str = field(repr=False)
    content: bytes | None
    expected_status: int
    timetable: Timetable
    timeout_s: float
    tokens_per_day: int
    tokens_a_check: int
    headers: Mapping[str, str] = field(repr=False)

    @property
    def name(self) -> str:
        return self.labels[0]


def make_ready(
    parts: Iterable[ProbePart], directory: Path, environ: Mapping[str, str] = os.environ
) -> list[Probe]:
    """The enabled probes. ``directory``: what relative paths are relative to. Raises ConfigInvalid."""
    problems: list[str] = []
    probes = []
    for part in parts:
        if part.enabled:
            try:
                probes.append(_probe(part, directory, environ))
            except ConfigInvalid as error:
                problems += error.problems
    if problems:
        raise ConfigInvalid(problems)
    return probes


def _probe(part: ProbePart, directory: Path, environ: Mapping[str, str]) -> Probe:
    headers = {
        name: _secret(secret, f"probes: {part.name}: headers.{name}", directory, environ)
        for name, secret in part.headers.items()
    }
    if part.api_key is not None:
        key = _secret(part.api_key, f"probes: {part.name}: api_key", directory, environ)
        headers["authorization"] = f"Bearer {key}"
    asks = part.check == "openai"
    every_us, timeout_us = round(part.every_seconds * US_PER_SECOND), round(part.timeout_s * US_PER_SECOND)
    return Probe(
        labels=(part.name, part.check, target_of(part.url), part.provider, part.model, part.region),
        check=part.check,
        method="POST" if asks else part.method,
        url=_completions(part.url) if asks else part.url,
        content=_question(part) if asks else None,
        expected_status=part.expected_status,
        timetable=Timetable(part.name, every_us, round(part.jitter_s * US_PER_SECOND), timeout_us),
        timeout_s=part.timeout_s,
        tokens_per_day=part.tokens_per_day,
        tokens_a_check=part.tokens_a_check,
        headers=headers | ({"content-type": "application/json"} if asks else {}),
    )


def _completions(url: str) -> str:
    """The endpoint of chats below a base address, whose query stays (Azure's api-version)."""
    parts = urlsplit(url)
    path = parts.path.rstrip("/")
    if not path.endswith(_COMPLETION_PATH):
        path += _COMPLETION_PATH
    return urlunsplit((parts.scheme, parts.netloc, path, parts.query, ""))


def _question(part: ProbePart) -> bytes:
    most = part.max_completion_tokens
    limit = {"max_tokens": 1} if most is None else {"max_completion_tokens": most}
    asked = {"model": part.model, "messages": [{"role": "user", "content": PROMPT}], **limit}
    return json.dumps(asked, ensure_ascii=False).encode()


def _secret(part: SecretPart, where: str, directory: Path, environ: Mapping[str, str]) -> str:
    """Raises ConfigInvalid, which never repeats what is read."""
    if part.file is not None:
        where = f"{where}.file"
        try:
            with (directory / part.file).open("rb") as file:
                raw = file.read(_MOST_SECRET_BYTES)
        except OSError as error:
            raise ConfigInvalid([f"{where}: {error.strerror}; name a readable file"]) from None
        text = raw.decode("utf-8", "replace").strip()
    else:
        where, text = f"{where}.env", environ.get(part.env or "", "").strip()
    if not text:
        raise ConfigInvalid([f"{where}: nothing is there; set it"])
    if not (text.isascii() and text.isprintable()):
        raise ConfigInvalid([f"{where}: holds what no header can; printable ASCII on one line is expected"])
    return text
