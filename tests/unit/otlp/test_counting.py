from __future__ import annotations

from typing import Any

import pytest

from collectors.otlp.counting import counted, is_inference
from collectors.otlp.span import Span
from tests.unit.otlp.spans import span

_NONE = {"gen_ai.usage.input_tokens": None, "gen_ai.usage.output_tokens": None}
_HTTP = dict.fromkeys(("gen_ai.operation.name", "gen_ai.provider.name", "gen_ai.request.model"), None)


def numbers(spans: list[Span]) -> list[int]:
    return [int(found.span_id, 16) for found in counted(spans)]


def agent(number: int, parent: int | None = None) -> Span:
    return span(number, parent, attributes={"gen_ai.operation.name": "invoke_agent"})


@pytest.mark.parametrize(
    ("attributes", "counts"),
    [
        ({"gen_ai.operation.name": "chat"}, True),
        ({"gen_ai.operation.name": "text_completion"}, True),
        ({"gen_ai.operation.name": "generate_content"}, True),
        ({"gen_ai.operation.name": "embeddings"}, True),
        ({"gen_ai.operation.name": "invoke_agent"}, False),
        ({"gen_ai.operation.name": "create_agent"}, False),
        ({"gen_ai.operation.name": "invoke_workflow"}, False),
        ({"gen_ai.operation.name": "execute_tool"}, False),
        ({"gen_ai.operation.name": None, "llm.request.type": "chat"}, True),
        ({"gen_ai.operation.name": None, "llm.request.type": "moderation"}, False),
        ({"gen_ai.operation.name": None, "traceloop.span.kind": "workflow"}, False),
        ({"gen_ai.operation.name": None, "gen_ai.provider.name": None, "gen_ai.system": "OpenAI"}, True),
        ({"gen_ai.operation.name": None, "gen_ai.request.model": None}, False),
        (_HTTP, False),
    ],
)
def test_only_requests_to_a_model_count(attributes: dict[str, Any], counts: bool) -> None:
    """Agents, workflows, tools and other spans cost nothing, though they may repeat what was used."""
    assert is_inference(span(attributes=attributes)) is counts


def test_a_span_around_an_inference_span_is_not_counted_again() -> None:
    """A framework's chat, an HTTP span, the client's chat of the same request: one request, in any order."""
    spans = [agent(1), span(2, 1), span(3, 2, attributes=_HTTP | _NONE), span(4, 3)]
    assert numbers(spans) == numbers(spans[::-1]) == [4]


def test_siblings_are_requests_of_their_own() -> None:
    """Two requests of one agent, and one of another trace that has the same span id for a parent."""
    other = Span("f" * 32, "9" * 16, f"{2:016x}", attributes=span().attributes)
    assert counted([agent(1), span(2, 1), span(3, 1), other])[-1] is other
    assert numbers([agent(1), span(2, 1), span(3, 1)]) == [2, 3]


def test_the_upper_span_counts_where_it_alone_knows_the_usage() -> None:
    """A client's stream without usage below a framework that counted: usage is not lost, nothing is doubled;
    a failed attempt below it stays a request.
    """
    assert numbers([span(1), span(2, 1, attributes=_NONE)]) == [1]
    assert numbers([span(1), span(2, 1, attributes=_NONE), span(3, 1, attributes=_NONE, failed=True)]) == [
        1,
        3,
    ]
    assert numbers([span(1), span(2, 1, attributes=_NONE), span(3, 1)]) == [2, 3]
    assert numbers([span(1, attributes=_NONE), span(2, 1, attributes=_NONE)]) == [2]


def test_a_span_twice_in_a_body_is_judged_alike() -> None:
    """Its copies are the same event further on; a wrapper's copy must not pass for a request."""
    assert numbers([span(1), span(1), span(2, 1), span(2, 1)]) == [2, 2]


def test_circles_and_depths_end() -> None:
    """Whoever writes parents in circles gets an answer, and within bounds."""
    assert numbers([span(1, 1)]) == [1]
    assert set(numbers([span(1, 2), span(2, 1)])) <= {1, 2}
    deep = [span(n, n - 1) for n in range(1, 2000)]
    assert numbers(deep) == [1999]
