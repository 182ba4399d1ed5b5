"""The configuration file as its writer sees it (pydantic). See ``configuration_file`` for reading it.

```yaml
version: 1
zone: Europe/Paris             # of people-days and budget months; money is in UTC hours
cost_policy: computed          # or reported, reported_if_unpriced
prices: overrides.yaml         # a file beside this one, or its content here
bounds:                        # how many values of a label are told apart, per partition
  use_case: 300
declared:                      # names that are always told apart
  department: [Engineering, Finance]
```
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from stream.contract.configuration import DEFAULT_BOUNDS
from stream.contract.names import LABELS, is_model, is_name, looks_like_secret

MAX_BOUND: Final = 10_000
_MODEL_LABELS: Final = ("provider", "model", "region", "service_tier")
CostPolicy = Literal["computed", "reported", "reported_if_unpriced"]


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("is no zone; write an IANA name such as Europe/Paris")
    return name


def _label(name: str) -> str:
    if name not in LABELS:
        raise ValueError(f"is no label; one of {', '.join(LABELS)}")
    return name


def _declared(names: Mapping[str, list[str]]) -> dict[str, list[str]]:
    for label, values in names.items():
        allowed = is_model if label in _MODEL_LABELS else is_name
        for value in values:
            if not allowed(value) or looks_like_secret(value):
                raise ValueError(f"{label}: {value[:40]!r} cannot be a label; use letters, digits and spaces")
            if values.count(value) > 1:
                raise ValueError(f"{label}: {value!r} stands twice")
        if len(values) > MAX_BOUND:
            raise ValueError(f"{label}: {len(values)} names, {MAX_BOUND} at most")
    return {label: sorted(values) for label, values in names.items()}


Label = Annotated[str, AfterValidator(_label)]
Bound = Annotated[int, Field(strict=True, ge=1, le=MAX_BOUND)]


class ConfigurationFile(BaseModel):
    """``prices``: a path, or what an override file holds; read by stream.pricing."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal[1] = 1
    zone: Annotated[str, AfterValidator(_zone)] = "UTC"
    cost_policy: CostPolicy = "computed"
    prices: Any = None
    bounds: dict[Label, Bound] = {}
    declared: Annotated[dict[Label, list[str]], AfterValidator(_declared)] = {}

    def all_bounds(self) -> dict[str, int]:
        """Bounds of every label, in the order of LABELS."""
        return {label: self.bounds.get(label, bound) for label, bound in DEFAULT_BOUNDS.items()}
