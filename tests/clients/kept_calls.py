"""A program that asks LiteLLM for answers while its callback posts, and prints the id of each answer.

``python -m tests.clients.kept_calls DIRECTORY CALLS``: DIRECTORY holds tokonomics_callback.py.
"""

from __future__ import annotations

import asyncio
import os
import sys

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
os.environ["DEFAULT_FLUSH_INTERVAL_SECONDS"] = "1"

import litellm


async def main(directory: str, calls: int) -> None:
    """Ask for a while longer than a few posts take, then wait until the queue is empty."""
    sys.path.insert(0, directory)
    logger = __import__("tokonomics_callback").tokonomics
    litellm.callbacks = [logger]
    for _ in range(calls):
        answer = await litellm.acompletion(
            "gpt-4o-mini", [{"role": "user", "content": "PROMPT"}], mock_response="ANSWER"
        )
        print(answer.id, flush=True)
        await asyncio.sleep(0.02)
    while litellm.litellm_core_utils.logging_worker.GLOBAL_LOGGING_WORKER._queue.qsize() or logger.log_queue:
        await asyncio.sleep(0.05)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
