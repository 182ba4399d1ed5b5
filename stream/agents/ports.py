"""What the runtime needs from a pure partition. ``stream.core.partition`` fulfils it; tests use a toy.

The partition decides everything (what to fold, what is durable, what to write); the runtime only moves bytes
between it and the broker, and tells it what the broker has acknowledged.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Any, Protocol


class Offer(Enum):
    """What became of a record that was offered to a partition."""

    FOLDED = "folded"
    DUPLICATE = "duplicate"
    HOLE = "hole"


class PlanLike(Protocol):
    """Records [refold_from, resume_at) are folded again without rows; live consumption starts there."""

    @property
    def refold_from(self) -> int: ...
    @property
    def resume_at(self) -> int: ...


class WriteLike(Protocol):
    """``target`` names a topic of the agent's spec; ``partition`` None: the key decides."""

    @property
    def target(self) -> str: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def partition(self) -> int | None: ...


class FlushLike(Protocol):
    """Writes in stages: each stage is acknowledged by the broker before the next is sent."""

    @property
    def stages(self) -> Sequence[Sequence[Any]]: ...


class Partition(Protocol):
    """One source partition's exact state. No method does I/O; one thread at a time."""

    @property
    def next_offset(self) -> int: ...
    @property
    def durable_offset(self) -> int: ...

    def load(self, key: bytes, value: bytes | None) -> None: ...
    def plan(self, first_offset: int, first_value: bytes | None) -> PlanLike: ...
    def needs_config(self, value: bytes) -> bytes | None: ...
    def accept_config(self, digest: bytes, content: bytes) -> None: ...
    def rebuild(self, offset: int, timestamp_ms: int, value: bytes) -> None: ...
    def offer(self, offset: int, timestamp_ms: int, value: bytes) -> Offer: ...
    def step_over(self, offset: int) -> None: ...
    def flush(self, force: bool) -> FlushLike | None: ...
    def confirm(self, flush: Any) -> None: ...
