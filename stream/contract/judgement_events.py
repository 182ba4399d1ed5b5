"""What sources report of outputs and of pieces of work (pydantic, JSON Schema). No prompt, no answer."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from stream.contract.names import PRODUCTION
from stream.contract.usage import Identifier, ModelName, Name, Time

OUTCOME_SCHEMA_ID: Final = "urn:tokonomics:schema:outcome-event:1"
TASK_SCHEMA_ID: Final = "urn:tokonomics:schema:task-event:1"

VerdictName = Literal["used_as_is", "minor_edit", "revised", "rejected"]
FindingName = Literal["error", "hallucination", "inaccuracy", "compliance", "none"]
SelectionName = Literal["all", "random", "self_selected", "unknown"]
AiShare = Literal["none", "partly", "wholly"]
_OWN_LABELS: Final = ("department", "use_case", "feature", "provider", "model")
_NAMES_NOTHING: Final = (
    "is missing; give response_id, request_event_id or trace_id of the request, or department and use_case"
)
Minutes = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]


class FieldMistake(ValueError):
    """Fields that do not go together; ``field``: the one to mend."""

    def __init__(self, field: str, mend: str) -> None:
        super().__init__(mend)
        self.field = field


class Judged(BaseModel):
    """What may be said of an output or of a piece of work."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    time: Time = Field(
        description="When this was judged or done, RFC 3339 with zone; the latest judgement counts."
    )
    source: Name | None = Field(
        None, description="Who sends: the default is the token's or receiver's source."
    )
    source_key: Name | None = Field(
        None, description="Key alias, team or service on whose account it is counted."
    )
    verdict: VerdictName | None = Field(
        None, description="Was the output used as it is, edited, revised, rejected?"
    )
    passed_control: bool | None = Field(None, description="Did human control let the output pass?")
    finding: FindingName | None = Field(
        None, description="What was found after human control had let it pass; none withdraws a finding."
    )
    rules_met: bool | None = Field(
        None, description="Does it keep the house's rules (tone, brand, regulation, privacy)?"
    )
    selection: SelectionName = Field("unknown", description="How the judged ones were chosen.")
    environment: Name = PRODUCTION

    @property
    def judged(self) -> bool:
        """Whether it says anything of the output."""
        return any(v is not None for v in (self.verdict, self.passed_control, self.finding, self.rules_met))


class OutcomeEvent(Judged):
    """What became of one output. Names its request by one of its ids, or brings its own labels."""

    model_config = ConfigDict(json_schema_extra={"$id": OUTCOME_SCHEMA_ID})

    event_id: Identifier = Field(
        description="The source's own id of this outcome; the same when it is sent again."
    )
    response_id: Identifier | None = Field(None, description="gen_ai.response.id of the request.")
    request_event_id: Identifier | None = Field(None, description="event_id of the request.")
    request_source: Name | None = Field(
        None, description="source of the request's event, where it is not this one's."
    )
    trace_id: Identifier | None = Field(None, description="trace_id of the request.")
    department: Name | None = Field(
        None,
        description="With use_case: counted under these labels, for an output whose request is not known.",
    )
    use_case: Name | None = None
    feature: Name | None = None
    provider: ModelName | None = None
    model: ModelName | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if not self.judged:
            raise FieldMistake("verdict", "is missing; give verdict, passed_control, finding or rules_met")
        labels = (self.department, self.use_case, self.feature, self.provider, self.model)
        if self.names_request:
            if any(value is not None for value in labels):
                field = next(name for name in _OWN_LABELS if getattr(self, name) is not None)
                raise FieldMistake(field, "is the request's own; leave labels out where a request is named")
        elif all(value is None for value in labels):
            raise FieldMistake("response_id", _NAMES_NOTHING)
        elif self.department is None or self.use_case is None:
            field = "department" if self.department is None else "use_case"
            raise FieldMistake(field, "is missing; an outcome without request needs department and use_case")
        elif self.finding not in (None, "none") and not self.passed_control:
            # it is an output of its own, of which a finding counts only once control has let it pass
            raise FieldMistake("finding", "needs passed_control: true where no request is named")
        return self

    @property
    def names_request(self) -> bool:
        """Whether it says of which request it is."""
        return any(v is not None for v in (self.response_id, self.request_event_id, self.trace_id))


class TaskEvent(Judged):
    """A piece of work done with, partly or without AI. A later report of it (same task_id) may judge it."""

    model_config = ConfigDict(json_schema_extra={"$id": TASK_SCHEMA_ID})

    task_id: Identifier = Field(description="The source's own id of the piece of work.")
    event_id: Identifier | None = Field(
        None,
        description="Of this report; the default is its content: what is sent again unchanged counts once.",
    )
    department: Name
    use_case: Name
    ai: AiShare = Field(description="Was it done without AI, partly or wholly by it?")
    deliverable: Name | None = Field(
        None, description="What came out, for example ticket, article, story point."
    )
    quantity: Annotated[int, Field(strict=True, ge=0, le=1_000_000)] = 1
    minutes: Minutes | None = Field(None, description="People's time spent on it, all steps included.")
    csat: Annotated[int, Field(strict=True, ge=1, le=5)] | None = Field(
        None, description="4 and 5 are satisfied."
    )
    nps: Annotated[int, Field(strict=True, ge=0, le=10)] | None = Field(None, description="9 and 10 promote.")
    request_ids: Annotated[list[Identifier], Field(max_length=1000)] = Field(
        default_factory=list, description="Model requests made for it; only their number is kept."
    )


def outcome_json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of the outcome event."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **OutcomeEvent.model_json_schema()}


def task_json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of the task event."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **TaskEvent.model_json_schema()}
