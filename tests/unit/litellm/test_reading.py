from __future__ import annotations

import json
from typing import Any

import pytest

from collectors._sdk.errors import BodyRefused, Refused
from collectors._sdk.receiver import Body, split_body
from collectors.litellm.attempts import tries_before
from collectors.litellm.reading import read_body
from collectors.litellm.translate import translate
from tests.golden.litellm.cases import load, names
from tests.unit.litellm.payloads import payload


def _body(*items: Any) -> Body:
    return Body(json.dumps(items).encode())


def _translated(item: object) -> object:
    try:
        if isinstance(item, Refused):
            raise item
        return translate(item)
    except Refused as error:
        return error.reason, error.field


@pytest.mark.parametrize("name", names())
def test_what_is_skipped_is_what_nobody_reads(name: str) -> None:
    """Read whole or read in part, a payload becomes the same event."""
    body = _body(*load(name)["body"])
    whole, part = split_body(body, 100), read_body(body, 100)
    assert [_translated(item) for item in part] == [_translated(item) for item in whole]
    assert [tries_before(item) for item in part if isinstance(item, dict)] == [
        tries_before(item) for item in whole if isinstance(item, dict)
    ]


@pytest.mark.parametrize("name", names())
def test_prompts_and_answers_are_never_built(name: str) -> None:
    """Tens of megabytes of prompts pass by; none of it is held as text."""
    shown = repr(read_body(_body(*load(name)["body"]), 100))
    assert "PROMPT" not in shown
    assert "ANSWER" not in shown


def test_foreign_items_stand_in_their_places() -> None:
    """An array may hold anything: each item is judged by itself, in its order."""
    found = read_body(_body(payload(), None, 7, "text", [1, 2], {}, payload(response="text")), 10)
    reasons = [result[0] if isinstance(result := _translated(item), tuple) else "taken" for item in found]
    assert reasons == [
        "taken",
        "null_event",
        "invalid_type",
        "invalid_type",
        "invalid_type",
        "missing_field",
        "taken",
    ]


def test_a_number_that_is_none_refuses_its_payload_alone() -> None:
    """Python writes NaN, which is no JSON: the neighbours are taken."""
    found = read_body(_body(payload(), payload(response_cost=float("nan"))), 10)
    first, second = map(_translated, found)
    assert isinstance(first, dict)
    assert second == ("invalid_value", "response_cost")


def test_too_many_payloads_are_refused_whole() -> None:
    """A bound on what one body may hold, also when it is read in part."""
    with pytest.raises(BodyRefused) as refused:
        read_body(_body(payload(), payload()), 1)
    assert (refused.value.status, refused.value.reason) == (413, "too_large")


@pytest.mark.parametrize("raw", [b"", b"[", b"nonsense", b'[{"id":1},]', b"\xff\xfe"])
def test_what_is_not_json_is_refused_whole(raw: bytes) -> None:
    """Nothing of such a body is taken, so that it may be sent again."""
    with pytest.raises(BodyRefused) as refused:
        read_body(Body(raw), 10)
    assert (refused.value.status, refused.value.reason) == (400, "invalid_json")
