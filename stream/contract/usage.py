"""The usage event a source sends (pydantic, JSON Schema), and the frozen form it has inside."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, create_model

from stream.contract.columns import MAX_DURATION_US, MAX_EVENT_NANO_USD
from stream.contract.leaves import MAX_LEAF_COUNT, MAX_UNIT_COUNT, UNITS, USAGE_KEYS
from stream.contract.names import (
    PRODUCTION,
    US_PER_SECOND,
    is_identifier,
    is_model,
    is_name,
    looks_like_secret,
)

SCHEMA_ID: Final = "urn:tokonomics:schema:usage-event:1"
_EARLIEST: Final = datetime(2015, 1, 1, tzinfo=UTC)


def _checked(text: str, fits: bool, what: str) -> str:
    if looks_like_secret(text):
        raise ValueError("looks like a secret; send a name, never a key or token")
    if not fits:
        raise ValueError(f"is not {what}")
    return text


def _name(text: str) -> str:
    return _checked(text, is_name(text), "a name of 1 to 100 printable characters without quotes or braces")


def _model(text: str) -> str:
    return _checked(
        text, is_model(text), "a model or provider name of 1 to 150 letters, digits and . _ : / @ + -"
    )


def _identifier(text: str) -> str:
    if not is_identifier(text):
        raise ValueError("is not an id of 1 to 256 visible ASCII characters")
    return text


def _plausible(time: datetime) -> datetime:
    if time < _EARLIEST:
        raise ValueError("lies before 2015; send the time of the request in RFC 3339 with its zone")
    return time


Name = Annotated[str, AfterValidator(_name)]
ModelName = Annotated[str, AfterValidator(_model)]
Identifier = Annotated[str, AfterValidator(_identifier)]
Time = Annotated[AwareDatetime, AfterValidator(_plausible)]
Tokens = Annotated[int, Field(strict=True, ge=0, le=MAX_LEAF_COUNT)]
Count = Annotated[int, Field(strict=True, ge=0, le=MAX_UNIT_COUNT)]
Seconds = Annotated[float, Field(ge=0, le=MAX_DURATION_US / US_PER_SECOND, allow_inf_nan=False)]
Usd = Annotated[Decimal, Field(ge=0, le=Decimal(MAX_EVENT_NANO_USD).scaleb(-9), allow_inf_nan=False)]
OutcomeName = Literal["success", "error", "timeout", "rate_limited", "cancelled", "content_filtered"]

_STRICT: Final = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
#: Tokens as providers report them: totals that include their parts (cache reads are part of input_tokens,
#: reasoning is part of output_tokens). Split into leaves at the edge.
Usage: Final[type[BaseModel]] = create_model(
    "Usage",
    __config__=_STRICT,
    __doc__="Tokens, inclusive as providers report them: parts are contained in their totals.",
    **{key: (Tokens, Field(0, description=f"{key.replace('_', ' ')}, inclusive")) for key in USAGE_KEYS},  # type: ignore[call-overload]
)
Units: Final[type[BaseModel]] = create_model(
    "Units",
    __config__=_STRICT,
    __doc__="Units other than tokens.",
    **{unit: (Count, 0) for unit in UNITS if unit != "requests"},  # type: ignore[call-overload]
)


class UsageEvent(BaseModel):
    """One model request, or one attempt of it, as a source reports it. No prompt, no answer."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, json_schema_extra={"$id": SCHEMA_ID}
    )

    event_id: Identifier = Field(
        description="The source's own id of this event; the same when it is sent again."
    )
    time: Time = Field(description="When the request was sent, RFC 3339 with zone.")
    provider: ModelName = Field(description="gen_ai.provider.name, for example openai or aws.bedrock.")
    model: ModelName = Field(description="gen_ai.request.model, or the deployment's name.")
    source: Name | None = Field(
        None, description="Who sends: the default is the token's or receiver's source."
    )
    source_key: Name | None = Field(None, description="Key alias, team or service on whose account it ran.")
    response_id: Identifier | None = Field(
        None, description="gen_ai.response.id: joins copies of one request."
    )
    trace_id: Identifier | None = Field(
        None, description="Of the operation around the request, by which an outcome may know it."
    )
    request_group: Identifier | None = Field(None, description="Shared by the attempts of one request.")
    attempt: Annotated[int, Field(strict=True, ge=1, le=255)] = 1
    final: bool = Field(True, description="False for an attempt that was followed by another.")
    outcome: OutcomeName = "success"
    environment: Name = PRODUCTION
    department: Name | None = None
    use_case: Name | None = None
    feature: Name | None = None
    region: ModelName | None = Field(None, description="The endpoint's region.")
    service_tier: ModelName | None = None
    user: Annotated[str, Field(min_length=1, max_length=256)] | None = Field(
        None, description="Who asked; replaced by a keyed pseudonym at the edge, never kept."
    )
    usage: Usage | None = Field(None, description="Absent when unknown, for example a stream without usage.")
    units: Units | None = None
    cost_usd: Usd | None = Field(None, description="Cost as the source reckons it; kept beside ours.")
    duration_seconds: Seconds | None = Field(None, description="Request sent to full response received.")
    time_to_first_token_seconds: Seconds | None = None
    stream: bool = False
    cache_hit: bool = Field(False, description="Answered by a response cache: costs nothing.")
    custom: Annotated[list[Name], Field(max_length=4)] = Field(
        default_factory=list, description="Values of the up to four declared dimensions, in their order."
    )
    attributes: dict[Identifier, Annotated[str, Field(max_length=256)]] = Field(
        default_factory=dict, max_length=32, description="For attribution rules only; dropped at the edge."
    )


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of the usage event."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **UsageEvent.model_json_schema()}


@dataclass(frozen=True, slots=True)
class UsageRecord:
    """One event after the edge: no person's name, no content, leaves disjoint, labels attributed.

    ``labels`` in the order of LABELS. ``leaves``: leaf -> tokens, None when usage is unknown.
    Durations and costs are None when unknown. ``identity`` and ``event`` are XXH64 hashes; ``aliases``:
    further
    hashes by which an outcome may know the request. ``population``: index into columns.POPULATIONS.
    """

    identity: int
    event: int
    time_us: int
    labels: tuple[str, ...]
    outcome: int
    attempt: int = 1
    final: bool = True
    cache_hit: bool = False
    streamed: bool = False
    leaves: dict[str, int] | None = None
    units: dict[str, int] = field(default_factory=dict)
    duration_us: int | None = None
    ttft_us: int | None = None
    reported_nano_usd: int | None = None
    person: int | None = None
    person_previous: int | None = None
    request_group: int | None = None
    population: int = 0
    aliases: tuple[int, ...] = ()
