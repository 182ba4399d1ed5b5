"""The product's own worker: ``python -m tests.broker.telemetry_worker SETTINGS_JSON``."""

from __future__ import annotations

import sys

from stream.app import run_worker
from stream.settings import WorkerSettings

if __name__ == "__main__":
    run_worker(WorkerSettings.model_validate_json(sys.argv[1]))
