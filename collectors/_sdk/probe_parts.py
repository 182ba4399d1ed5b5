"""The part ``probes`` of the collector's configuration file; collectors/probes/README.md describes it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from stream.contract.columns import MAX_LABEL
from stream.contract.names import looks_like_secret
from stream.contract.usage import ModelName, Name

MOST_PROBES: Final = 100  #: each has at most one check under way: this bounds them all
#: A check that starts late by less still ends before its next is due.
SPARE_S: Final = 1.0
_STRICT: Final = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
_TARGET: Final = re.compile(r"https?://[A-Za-z0-9.\-\[\]:]+(?:/[A-Za-z0-9._~:@!$&'()*+,;=%/\-]*)?")
_VISIBLE: Final = re.compile(r"[\x21-\x7e]+")
_HEADER: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~\-]{1,64}")
_OURS: Final = frozenset({"host", "content-length", "content-type", "transfer-encoding", "connection"})
#: A prompt of one word in a chat's template: 8 tokens at OpenAI, 36 where a template brings a preamble.
_PROMPT_TOKENS: Final = 39
_DEFAULT_TIMEOUT_S: Final = 10.0
_DEFAULT_JITTER: Final = 0.1
_OF_HTTP: Final = frozenset({"method", "expected_status"})
_OF_OPENAI: Final = frozenset({"max_completion_tokens", "tokens_per_day"})


def target_of(url: str) -> str:
    """Where a probe is sent, as a label: without query, which may hold what nobody should read."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}"


def _address(url: str) -> str:
    try:
        parts = urlsplit(url)
        sound = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        raise ValueError("is no address; give https://HOST/PATH") from None
    if "@" in parts.netloc:
        raise ValueError("holds a user or password; send them as headers, from env or file")
    if not sound or parts.fragment or not _VISIBLE.fullmatch(url) or not _TARGET.fullmatch(target_of(url)):
        raise ValueError("is no address; give https://HOST/PATH")
    if len(target_of(url)) > MAX_LABEL:
        raise ValueError(f"is longer than {MAX_LABEL} characters; give a shorter path")
    if looks_like_secret(parts.query) or _secret_path(parts.path):
        raise ValueError("looks like it holds a secret; send it as a header, from env or file")
    return url


def _secret_path(path: str) -> bool:
    """A path may be long; a step of it that looks like a key is one."""
    return any(looks_like_secret(step) for step in path.split("/"))


Url = Annotated[str, Field(max_length=2_000), AfterValidator(_address)]


class SecretPart(BaseModel):
    """Where a secret is read from when the collector starts: an environment variable or a file."""

    model_config = _STRICT
    env: str | None = Field(None, min_length=1)
    file: Path | None = None

    @model_validator(mode="before")
    @classmethod
    def _named(cls, given: object) -> object:
        if isinstance(given, (str, int, float)):
            raise ValueError("a secret never stands in this file: give {env: NAME} or {file: FILE}")
        return given

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if (self.env is None) == (self.file is None):
            raise ValueError("give one of env and file; a secret never stands in this file")
        return self


class ProbePart(BaseModel):
    """One probe. ``timeout_seconds`` None: 10, or half of ``every_seconds`` where that is less;
    ``jitter_seconds`` None: a tenth of it. ``tokens_per_day``: used up, the checks pause until the next UTC
    day. ``max_completion_tokens``: sent instead of ``max_tokens: 1``, for models that reason.
    """

    model_config = _STRICT
    name: Name
    check: Literal["openai", "http"]
    url: Url
    method: Literal["GET", "HEAD"] = "GET"
    expected_status: int = Field(200, ge=100, le=599)
    provider: ModelName | Literal[""] = ""
    model: ModelName | Literal[""] = ""
    region: ModelName | Literal[""] = ""
    every_seconds: float = Field(60.0, ge=5, le=86_400, allow_inf_nan=False)
    timeout_seconds: float | None = Field(None, ge=0.1, allow_inf_nan=False)
    jitter_seconds: float | None = Field(None, ge=0, allow_inf_nan=False)
    #: Enough for a check a minute of 41 tokens each: a probe with its defaults does not pause.
    tokens_per_day: int = Field(60_000, ge=1)
    max_completion_tokens: int | None = Field(None, ge=1, le=1_024)
    api_key: SecretPart | None = None
    headers: dict[str, SecretPart] = Field(default_factory=dict, max_length=16)
    enabled: bool = True

    @property
    def timeout_s(self) -> float:
        default_s = min(_DEFAULT_TIMEOUT_S, self.every_seconds / 2)
        return default_s if self.timeout_seconds is None else self.timeout_seconds

    @property
    def jitter_s(self) -> float:
        return self.every_seconds * _DEFAULT_JITTER if self.jitter_seconds is None else self.jitter_seconds

    @property
    def tokens_a_check(self) -> int:
        """What a check may use, as long as no answer has told."""
        return _PROMPT_TOKENS + (self.max_completion_tokens or 1) if self.check == "openai" else 0

    @model_validator(mode="after")
    def _holds(self) -> Self:
        if self.timeout_s + self.jitter_s + SPARE_S > self.every_seconds:
            raise ValueError(
                f"timeout_seconds {self.timeout_s:g} and jitter_seconds {self.jitter_s:g} do not fit into"
                f" every_seconds {self.every_seconds:g}: a check ends {SPARE_S:g} s before its next is due"
            )
        if self.check == "openai" and not self.model:
            raise ValueError("model: an openai check names the model it asks for")
        if self.tokens_per_day < self.tokens_a_check:
            raise ValueError(f"tokens_per_day: one check may use {self.tokens_a_check}; allow at least that")
        wrong = _OF_HTTP if self.check == "openai" else _OF_OPENAI
        for name in sorted(wrong & self.model_fields_set):
            raise ValueError(f"{name}: is nothing of a check {self.check}; leave it out")
        self._check_headers()
        return self

    def _check_headers(self) -> None:
        for name in self.headers:
            if not _HEADER.fullmatch(name) or name.lower() in _OURS:
                raise ValueError(f"headers: {name:.40} cannot be set; name another header")
        if self.api_key and "authorization" in {name.lower() for name in self.headers}:
            raise ValueError("headers: api_key sends authorization already; leave one of them out")


def _names_once(parts: list[ProbePart]) -> list[ProbePart]:
    seen: set[str] = set()
    for part in parts:
        if part.name in seen:
            raise ValueError(f"{part.name}: stands twice; a probe's name is its identity")
        seen.add(part.name)
    return parts


ProbeParts = Annotated[list[ProbePart], Field(max_length=MOST_PROBES), AfterValidator(_names_once)]
