"""The probes agent: results of synthetic checks into rows. A spec; the runtime does the rest."""

from __future__ import annotations

from stream.agents.plain import plain_spec
from stream.agents.spec import AgentSpec
from stream.contract.topics import PROBES_LOG
from stream.core.probes_fold import ProbesState


def probes_spec(partitions: int) -> AgentSpec:
    """The agent that folds llm.probes.v1. ``partitions``: of the log, fixed at its creation."""
    return plain_spec(PROBES_LOG, ProbesState, partitions)
