"""The collector's configuration file as a schema; collectors/README.md describes it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from collectors._sdk.attribution import ATTRIBUTES, MATCHABLE, SETTABLE
from collectors._sdk.probe_parts import ProbeParts
from stream.contract.names import is_model, is_name, looks_like_secret
from stream.contract.usage import Name

MEBIBYTE = 1024 * 1024
#: In the working directory.
DEFAULT_SPOOL = Path(".tokonomics/spool")
_STRICT = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
_Glob = Annotated[str, Field(min_length=1, max_length=256)]


class _Part(BaseModel):
    model_config = _STRICT


class PseudonymsPart(_Part):
    """Without ``key_file``: DEFAULT_KEY_FILE in the working directory."""

    key_file: Path | None = None
    previous_key_file: Path | None = None


class TokenPart(_Part):
    """One token; exactly one of the first four says which."""

    token: Annotated[str, Field(min_length=8, max_length=4096)] | None = None
    token_file: Path | None = None
    token_env: str | None = None
    token_sha256: Annotated[str, Field(pattern=r"^[0-9a-fA-F]{64}$")] | None = None
    source_key: Name
    source: Name | None = None
    receivers: list[str] | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        ways = (self.token, self.token_file, self.token_env, self.token_sha256)
        if sum(way is not None for way in ways) != 1:
            raise ValueError("give exactly one of token, token_file, token_env and token_sha256")
        return self


def check_labels(values: dict[str, str]) -> None:
    """Raises ValueError for a label that cannot be set, or a value that cannot be one."""
    for label, value in values.items():
        if label not in SETTABLE:
            raise ValueError(f"{label:.40} cannot be set; one of {', '.join(SETTABLE)}")
        fits = is_model if label in ("region", "service_tier") else is_name
        if not fits(value) or looks_like_secret(value):
            raise ValueError(f"{label}: give it a name of 1 to 100 printable characters, no key or token")


class RulePart(_Part):
    match: dict[str, _Glob] = Field(min_length=1)
    set: dict[str, str] = Field(min_length=1)
    override: bool = False

    @model_validator(mode="after")
    def _known(self) -> Self:
        for name in self.match:
            if name not in MATCHABLE and not (name.startswith(ATTRIBUTES) and name != ATTRIBUTES):
                raise ValueError(
                    f"match: {name:.40} cannot be matched; one of {', '.join(MATCHABLE)}, attributes.NAME"
                )
        check_labels(self.set)
        return self


class AttributionPart(_Part):
    rules: list[RulePart] = Field(default_factory=list, max_length=10_000)
    defaults: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _known(self) -> Self:
        check_labels(self.defaults)
        return self


class AliasesPart(_Part):
    """By which further ids outcomes may name a request."""

    event_id: bool = True
    trace_id: bool = True


class DirectoryPart(_Part):
    """``file``: target populations, CSV or YAML (deploy/directory.example.csv). ``attribute_department``: the
    person's department serves where neither event nor rule says one.
    """

    file: Path | None = None
    attribute_department: bool = True


class BatchingPart(_Part):
    max_events: int = Field(1000, ge=1, le=10_000)
    linger_ms: int = Field(50, ge=0, le=5_000)


class LimitsPart(_Part):
    """``queued_events``, ``in_flight_mib``: over all requests; beyond, 429."""

    queued_events: int = Field(100_000, ge=1)
    in_flight_mib: int = Field(512, ge=1)
    ack_seconds: float = Field(20.0, gt=0, le=300)


class SpoolPart(_Part):
    """Where bodies lie while the broker is away. Without ``directory``: DEFAULT_SPOOL in the working
    directory. ``max_age_hours`` lies far below the identity window, within which what is sent again is
    known again.
    """

    directory: Path | None = None
    max_mib: int = Field(1024, ge=1)
    max_age_hours: float = Field(72.0, gt=0, le=168)
    fsync_ms: int = Field(5, ge=0, le=1000)


class ReceiverPart(_Part):
    """``spool``: None for the receiver's own default."""

    enabled: bool = True
    spool: bool | None = None
    max_body_mib: int | None = Field(None, ge=1, le=1024)
    max_events: int | None = Field(None, ge=1, le=1_000_000)
    hold_seconds: float | None = Field(None, ge=0, le=300)


class CollectorConfiguration(_Part):
    """The whole file. ``receivers``: by name; one that is not named has its defaults. ``tokens_required``:
    once there are tokens, nobody posts without one.
    """

    pseudonyms: PseudonymsPart = Field(default_factory=PseudonymsPart)
    tokens: list[TokenPart] = Field(default_factory=list, max_length=10_000)
    tokens_required: bool = True
    attribution: AttributionPart = Field(default_factory=AttributionPart)
    aliases: AliasesPart = Field(default_factory=AliasesPart)
    directory: DirectoryPart = Field(default_factory=DirectoryPart)
    batching: BatchingPart = Field(default_factory=BatchingPart)
    limits: LimitsPart = Field(default_factory=LimitsPart)
    spool: SpoolPart = Field(default_factory=SpoolPart)
    receivers: dict[str, ReceiverPart] = Field(default_factory=dict)
    probes: ProbeParts = Field(default_factory=list)
