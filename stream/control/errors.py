"""What a command of the operator refuses, each with a reason code and a mend in its one line."""

from __future__ import annotations

from typing import ClassVar


class ControlError(Exception):
    """Base: ``str(error)`` is one line that names what is wrong and how to mend it."""

    reason: ClassVar[str] = "control"


class BrokerAway(ControlError):
    """The broker does not answer, or not in time."""

    reason = "broker_away"


class BrokerRefused(ControlError):
    """The broker answers and refuses."""

    reason = "broker_refused"


class TopicsMissing(ControlError):
    """Topics that a command needs are not there."""

    reason = "topics_missing"


class TopicsDiffer(ControlError):
    """Topics are there and are not what was asked for: what is there is never altered."""

    reason = "topics_differ"


class GenerationMissing(ControlError):
    """A telemetry partition holds records before any generation."""

    reason = "generation_missing"


class GenerationsDiffer(ControlError):
    """Telemetry partitions of one log name different generations."""

    reason = "generations_differ"


class ConfigurationInvalid(ControlError):
    """A configuration file that cannot be applied: each of ``problems`` names file, line, field and mend."""

    reason = "configuration_invalid"

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class ConfigurationUnreadable(ControlError):
    """A configuration in llm.config.v1 that this release cannot read."""

    reason = "configuration_unreadable"
