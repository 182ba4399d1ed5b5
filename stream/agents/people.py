"""The people agent: activities into active people per as-of day. A spec; the runtime does the rest."""

from __future__ import annotations

from stream.agents.plain import plain_spec
from stream.agents.spec import AgentSpec
from stream.contract.topics import ACTIVITY_LOG
from stream.core.people_fold import PeopleState


def people_spec(partitions: int) -> AgentSpec:
    """The agent that folds llm.activity.v1. ``partitions``: of the log, fixed at its creation.

    While keys rotate it sends activities on to the partition of the former pseudonym: ``activity``.
    """
    return plain_spec(ACTIVITY_LOG, PeopleState, partitions, {"activity": ACTIVITY_LOG.source})
