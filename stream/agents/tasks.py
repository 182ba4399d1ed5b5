"""The tasks agent: pieces of work and how they are judged, into rows. A spec; the runtime does the rest."""

from __future__ import annotations

from stream.agents.plain import plain_spec
from stream.agents.spec import AgentSpec
from stream.contract.topics import TASKS_LOG
from stream.core.tasks_fold import TasksState


def tasks_spec(partitions: int) -> AgentSpec:
    """The agent that folds llm.tasks.v1. ``partitions``: of the log, fixed at its creation."""
    return plain_spec(TASKS_LOG, TasksState, partitions)
