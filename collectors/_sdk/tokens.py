"""Bearer tokens: who sends, told by a secret that is compared in constant time and kept as its hash."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Caller:
    """Who sent a body, as far as its token says. ``receivers``: names it may post to, None for all."""

    source_key: str | None = None
    source: str | None = None
    receivers: frozenset[str] | None = None


ANYBODY = Caller()


@dataclass(frozen=True)
class Token:
    """``sha256``: of the token's UTF-8 bytes."""

    sha256: bytes
    caller: Caller


class Tokens:
    """With no token configured, or where none is ``required``, everybody may post; a wrong one never."""

    def __init__(self, tokens: Sequence[Token] = (), *, required: bool = True) -> None:
        self._tokens, self._required = tuple(tokens), required

    def caller(self, authorization: str | None, receiver: str) -> Caller | None:
        """Who an ``Authorization`` header names for a receiver; None for nobody who may post there."""
        if not self._tokens or (authorization is None and not self._required):
            return ANYBODY
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        sent = hashlib.sha256(token.strip().encode("utf-8", "surrogateescape")).digest()
        found: Caller | None = None
        for known in self._tokens:  # all of them, whatever is found: time tells nothing
            if hmac.compare_digest(known.sha256, sent):
                found = known.caller
        if found is None or (found.receivers is not None and receiver not in found.receivers):
            return None
        return found
