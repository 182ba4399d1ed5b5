"""Run a command that dies with the process which started it: ``python tether.py PARENT_PID COMMAND...``.

The command replaces this process, so it keeps the pid its parent knows. On Linux the kernel kills it when
the parent goes, however the parent goes (``PR_SET_PDEATHSIG``; it is bound to the parent's *thread*: start
servers from a thread that lives as long as they shall). Elsewhere a watcher looks every half second.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time

_PR_SET_PDEATHSIG = 1
_WATCH_INTERVAL_S = 0.5


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _bind_to_parent_thread() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")


def watch(parent: int, command: int) -> None:
    """Kill process ``command`` (a pid) once process ``parent`` has gone; return when either has gone."""
    while _alive(command):
        if not _alive(parent):
            os.kill(command, signal.SIGKILL)
            return
        time.sleep(_WATCH_INTERVAL_S)


def main(arguments: list[str]) -> None:
    """Tether this process to ``arguments[0]`` (a pid) and become ``arguments[1:]``."""
    parent, command = int(arguments[0]), arguments[1:]
    if sys.platform == "linux":
        _bind_to_parent_thread()
    else:
        me = os.getpid()
        if os.fork() == 0:
            watch(parent, me)
            os._exit(0)
    if os.getppid() != parent:
        raise SystemExit(f"tether: process {parent} has gone before {command[0]} could start")
    os.execvp(command[0], command)


if __name__ == "__main__":
    main(sys.argv[1:])
