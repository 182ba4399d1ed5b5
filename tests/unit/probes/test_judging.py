"""What an answer means, whatever a server may write into it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.probes.judging import judge
from stream.contract.names import OUTCOMES
from tests.unit.probes.servers import probe

CHAT = probe("http://127.0.0.1/v1", model="m")
PAGE = probe("http://127.0.0.1/")


@pytest.mark.parametrize(
    ("body", "outcome", "tokens"),
    [
        (b'{"choices": [{}], "usage": {"total_tokens": 9}}', "success", 9),
        (b'{"choices": [{}], "usage": {"prompt_tokens": 8, "completion_tokens": 1}}', "success", 9),
        (b'{"choices": [{}], "usage": {"prompt_tokens": 8}}', "success", None),
        (b'{"choices": [{}], "usage": {"total_tokens": 0}}', "success", None),
        (b'{"choices": [{}], "usage": {"total_tokens": -1}}', "success", None),
        (b'{"choices": [{}], "usage": {"total_tokens": 1e400}}', "error", 0),
        (b'{"choices": [{}], "usage": {"total_tokens": 99999999999999999999}}', "success", None),
        (b'{"choices": [{}], "usage": {"total_tokens": true}}', "success", None),
        (b'{"choices": [{}], "usage": []}', "success", None),
        (b'{"choices": [{}]}', "success", None),
        (b'{"choices": []}', "error", 0),
        (b'{"choices": {}}', "error", 0),
        (b'{"error": {"message": "no"}}', "error", 0),
        (b"[]", "error", 0),
        (b"", "error", 0),
        (b"<html>", "error", 0),
        (b"\xff", "error", 0),
        (b"[" * 100_000, "error", 0),
    ],
)
def test_only_a_chat_completion_is_a_success(body: bytes, outcome: str, tokens: int | None) -> None:
    """A log-in page answers 200 too. Tokens are believed only where they can be."""
    verdict = judge(CHAT, 200, body)
    assert (verdict.outcome, verdict.tokens) == (outcome, tokens)


@given(st.integers(100, 599), st.binary(max_size=200))
def test_every_answer_is_judged_and_nothing_of_it_is_told(status: int, body: bytes) -> None:
    """By a known outcome, with a mend wherever it is no success, and the same words whatever the body."""
    for made in (CHAT, PAGE):
        verdict, other = judge(made, status, body), judge(made, status, b"")
        assert verdict.outcome in OUTCOMES
        assert bool(verdict.said) == (verdict.outcome != "success")
        assert verdict.said == other.said or status == 200
