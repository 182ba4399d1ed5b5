"""POST /v1/tasks: tasks as JSON: one, an array, or JSON lines."""

from __future__ import annotations

from typing import Final

from collectors._sdk.receiver import Receiver
from collectors._sdk.tasks import TASK
from collectors.tasks.translate import translate

RECEIVER: Final = Receiver(name="tasks", path="/v1/tasks", translate=translate, kind=TASK)
