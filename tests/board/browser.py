"""A browser without a screen, started anew for each look."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
    "--enable-logging=stderr", "--v=0",
)  # fmt: skip


def run(url: str, *flags: str, timeout_s: float = 60.0) -> subprocess.CompletedProcess[str]:
    """Open ``url`` with further flags until the browser is done."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = ["chromium", *FLAGS, f"--user-data-dir={profile}", *flags, url]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=timeout_s)


def screenshot(url: str, to: Path, width: int, height: int, dark: bool = False) -> None:
    """A picture of the page, ``height`` pixels of it."""
    scheme = (
        ["--blink-settings=preferredColorScheme=0"] if dark else ["--blink-settings=preferredColorScheme=1"]
    )
    run(url, f"--screenshot={to}", f"--window-size={width},{height}", *scheme)


def console_errors(done: subprocess.CompletedProcess[str]) -> list[str]:
    """What the page said on its console: errors and broken policies."""
    return [line for line in done.stderr.splitlines() if "CONSOLE" in line]
