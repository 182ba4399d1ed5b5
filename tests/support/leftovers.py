"""Which processes a test run would leave behind."""

from __future__ import annotations

import os

import psutil


def children() -> list[psutil.Process]:
    """Every living process below this one, zombies excepted."""
    found = psutil.Process(os.getpid()).children(recursive=True)
    return [process for process in found if _alive(process)]


def describe(process: psutil.Process) -> str:
    """``pid command``, shortened; never fails on a process that has just gone."""
    try:
        return f"{process.pid} {' '.join(process.cmdline())[:120]}"
    except psutil.Error:
        return str(process.pid)


def _alive(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
