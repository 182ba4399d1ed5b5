"""Which spans of a body are requests to a model, each once. Pure.

Money is counted on leaf inference spans alone: spans of agents, workflows and tools repeat what the requests
below them used, and so does an inference span around another one.
"""

from __future__ import annotations

from typing import Final

from collectors.otlp.outcome import has_failed
from collectors.otlp.span import Span
from collectors.otlp.usage import has_usage

#: gen_ai.operation.name, or llm.request.type before it, of a request to a model.
INFERENCE: Final = frozenset(
    {
        "chat",
        "completion",
        "content_completion",
        "embedding",
        "embeddings",
        "generate_content",
        "image_edit",
        "image_generation",
        "message",
        "messages",
        "rerank",
        "responses",
        "speech",
        "text_completion",
        "transcription",
        "vision",
    }
)
#: traceloop.span.kind of what wraps requests.
_AROUND: Final = frozenset({"agent", "task", "tool", "workflow"})
_MOST_LEVELS: Final = 100
_Key = tuple[str, str]  #: trace id and span id; a body may hold a span twice


def is_inference(span: Span) -> bool:
    """Whether a span is a request to a model by its operation, or in the generations before that name by its
    request type, or by a provider and a model.
    """
    operation = span.text("gen_ai.operation.name").lower()
    if operation:
        return operation in INFERENCE
    if span.text("traceloop.span.kind") in _AROUND:
        return False
    kind = span.text("llm.request.type").lower()
    if kind and kind != "unknown":
        return kind in INFERENCE
    return bool(span.text("gen_ai.system", "gen_ai.provider.name") and span.text("gen_ai.request.model"))


def counted(spans: list[Span]) -> list[Span]:
    """The inference spans that count, in their order. Of spans one above the other in the same body the
    lower counts, unless the upper alone knows what was used: then it stands for those that ended well.
    """
    found = [span for span in spans if is_inference(span)]
    by_key = {_key(span): span for span in spans} if len(found) > 1 else {}
    above = {_key(span): _above(span, by_key) for span in found}
    wraps = {upper for uppers in above.values() for upper in uppers}
    told = {upper for span in found if has_usage(span) for upper in above[_key(span)]}
    standing = {_key(span) for span in found if has_usage(span)} & wraps - told

    def counts(span: Span) -> bool:
        key = _key(span)
        if key in wraps:
            return key in standing
        return has_usage(span) or has_failed(span) or not any(upper in standing for upper in above[key])

    return [span for span in found if counts(span)]


def _key(span: Span) -> _Key:
    return span.trace_id, span.span_id


def _above(span: Span, by_key: dict[_Key, Span]) -> list[_Key]:
    """Inference spans above a span in the same body, whatever lies between."""
    uppers: list[_Key] = []
    at = span
    for _ in range(_MOST_LEVELS):
        upper = by_key.get((span.trace_id, at.parent_id)) if at.parent_id else None
        if upper is None or _key(upper) in (_key(span), _key(at)):
            break
        if is_inference(upper):
            uppers.append(_key(upper))
        at = upper
    return uppers
