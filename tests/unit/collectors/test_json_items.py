"""Splitting JSON: whatever comes, as the standard library reads it, or refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors._sdk.errors import BodyRefused, Refused
from collectors._sdk.json_items import split_json

MOST = 100
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def dumps(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8")


@given(st.lists(JSON, max_size=6))
def test_an_array_is_its_items(items: list[object]) -> None:
    """Exactly, in their order; nothing good is refused."""
    assert split_json(dumps(items), MOST) == items


@given(st.lists(JSON, min_size=1, max_size=6))
def test_one_bad_item_changes_no_other(items: list[object]) -> None:
    """The slow way reads the others as the fast way does."""
    raw = b"[NaN," + dumps(items)[1:]
    found = split_json(raw, MOST)
    assert isinstance(found[0], Refused)
    assert found[1:] == items


@given(st.lists(JSON.filter(lambda item: item != ""), min_size=1, max_size=6))
def test_lines_are_their_items(items: list[object]) -> None:
    """As an array would be."""
    raw = b"\r\n".join(dumps(item) for item in items)
    assert split_json(raw, MOST, lines=True) == items


@given(
    st.binary(max_size=40)
    | st.text(alphabet='[]{}",:0123456789.eE+-\\unltrafs \n', max_size=40).map(str.encode)
)
def test_anything_is_items_or_a_refusal(raw: bytes) -> None:
    """No other error, and nothing is taken that the standard library would not take."""
    try:
        items = split_json(raw, MOST)
    except BodyRefused as error:
        assert error.status in (400, 413)
        return
    value = json.loads(raw)
    wanted = value if isinstance(value, list) else [value]
    assert len(items) == len(wanted)


@given(st.dictionaries(st.text(), JSON, min_size=1, max_size=4))
def test_a_key_that_stands_twice_is_found(item: dict[str, object]) -> None:
    """However it is written, and however deep."""
    text = json.dumps(item)
    key = json.dumps(next(iter(item)))
    twice = f"{{{key} : 0, {text[1:]}"
    for raw in (f"[{twice}]", f'[{{"outer":[{twice}]}}]'):
        (found,) = split_json(raw.encode(), MOST)
        assert isinstance(found, Refused)
        assert found.reason == "invalid_json"


@pytest.mark.parametrize("digits", [25, 500, 5000])
def test_a_number_of_many_digits_is_one_bad_event(digits: int) -> None:
    """Python refuses to read it at all: its neighbours must not pay for it."""
    found = split_json(b'[{"a":%s},{"a":1}]' % (b"9" * digits), MOST)
    assert found[1] == {"a": 1}
