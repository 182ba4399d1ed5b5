"""What attribution rules may match: names of services, agents and workflows. Pure.

Attributes are matched at the edge and dropped there; they never become labels.
"""

from __future__ import annotations

from typing import Final

from collectors.otlp.span import OWN, Span, Value
from stream.contract.names import is_identifier

_LONGEST: Final = 256
_NAMES: Final = (
    "service.name",
    "service.namespace",
    "service.version",
    "k8s.cluster.name",
    "k8s.namespace.name",
    "k8s.deployment.name",
    "cloud.account.id",
    "gen_ai.operation.name",
    "gen_ai.response.model",
    "gen_ai.agent.name",
    "gen_ai.agent.id",
    "gen_ai.workflow.name",
    "traceloop.workflow.name",
    "traceloop.entity.name",
    "server.address",
)


def attributes(span: Span) -> dict[str, str]:
    """Attribute -> value of at most 256 characters; what the span says goes before what its resource says.
    Of ``tokonomics.*`` at most eight each; ``tags``: ``,checkout,beta,``, so that ``*,beta,*`` fits one.
    """
    found: dict[str, str] = {}
    for values in (span.resource, span.attributes):
        for name in (*_NAMES, *(name for name in values if name.startswith(OWN))):
            shown = _shown(values.get(name))
            if shown and is_identifier(name):
                found[name] = shown
        tags = values.get("tags")
        if isinstance(tags, tuple) and tags:
            found["tags"] = f",{','.join(tags)},"[:_LONGEST]
    return found


def _shown(value: Value | None) -> str:
    if isinstance(value, str):
        return value.strip()[:_LONGEST]
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""
