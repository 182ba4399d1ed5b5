"""A Faust table of pure partitions: Faust declares, partitions and replays, the merge rule is ours."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

import faust
from faust.tables.manager import TableManager
from faust.types import TP

from stream.agents.ownership import Ownership, Phase
from stream.agents.ports import Configurations
from stream.agents.spec import AgentSpec


class ExactTable(faust.Table):  # type: ignore[type-arg]
    """Changelog records go to ``Partition.load``. The table itself holds nothing and is never read."""

    spec: AgentSpec
    ownership: Ownership
    configurations: Configurations

    @classmethod
    def declare(
        cls, app: faust.App, spec: AgentSpec, ownership: Ownership, configurations: Configurations
    ) -> ExactTable:
        """Make the table of an agent and register it with the app."""
        table = cls(
            app,
            name=spec.name,
            key_type=bytes,
            value_type=bytes,
            partitions=spec.partitions,
            changelog_topic=app.topic(
                spec.changelog,
                key_type=bytes,
                value_type=bytes,
                key_serializer="raw",
                value_serializer="raw",
                partitions=spec.partitions,
                internal=True,
                compacting=True,
                allow_empty=True,
                acks=False,
            ),
        )
        table.spec, table.ownership, table.configurations = spec, ownership, configurations
        app.tables.add(table)
        return table

    async def on_rebalance(
        self, assigned: set[TP], revoked: set[TP], newly_assigned: set[TP], generation_id: int = 0
    ) -> None:
        """Faust calls this before it decides from where to replay.

        It would replay a partition that stays from where it stopped; one whose state starts from nothing
        (a rebuild was cut short) needs its changelog from the beginning.
        """
        await super().on_rebalance(assigned, revoked, newly_assigned, generation_id)
        replay_from = cast(TableManager, self.app.tables).recovery.active_offsets
        for tp in self.ownership.assign(self.spec, self.configurations, assigned):
            replay_from.pop(TP(self.spec.changelog, tp.partition), None)

    def apply_changelog_batch(self, batch: Iterable[Any], *args: Any, **kwargs: Any) -> None:
        """Load replayed records. A live partition knows more than its log: that is left alone."""
        for event in batch:
            message = event.message
            slot = self.ownership.slot(TP(self.spec.source, message.partition))
            if slot is None or slot.phase is not Phase.REPLAYING:
                continue
            if slot.first_replayed is None or message.offset < slot.first_replayed:
                slot.first_replayed = message.offset
            slot.replayed += 1
            slot.core.load(message.key or b"", message.value)
