"""What importing the product may do, and that the written-down layers name what exists."""

from __future__ import annotations

import json
import pkgutil
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# Run in a Python of its own: imports each module named and prints what its body did besides defining things.
# What a third party does while it is itself being imported is its own affair.
PROBE = """
import importlib, json, os, sys, threading
SUSPECT = ("os.exec", "os.fork", "os.mkdir", "os.posix_spawn", "os.remove", "os.rename", "socket.bind",
           "socket.connect", "socket.getaddrinfo", "sqlite3.connect", "subprocess.Popen")
ours, happened = os.path.join(sys.argv[1], ""), []
def note(event):
    frame = sys._getframe(2)
    while frame.f_code.co_name != "<module>":
        frame = frame.f_back
    body = frame.f_code.co_filename
    if body.startswith(ours) and "site-packages" not in body:
        happened.append(f"{os.path.relpath(body, ours)}: {event}")
def watch(event, arguments):
    writes = event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+")
    if writes or event in SUSPECT:
        note(event)
start = threading.Thread.start
def start_noted(thread):
    note("thread")
    start(thread)
threading.Thread.start = start_noted
sys.addaudithook(watch)
for module in json.loads(sys.argv[2]):
    importlib.import_module(module)
print(json.dumps(happened))
"""


def modules(package: str) -> list[str]:
    """Every module of a package by its dotted name, without importing any; ``__main__`` is meant to run."""
    found = [package]
    for module in pkgutil.iter_modules([str(ROOT / package.replace(".", "/"))]):
        inner = f"{package}.{module.name}"
        found += modules(inner) if module.ispkg else [inner]
    return [name for name in found if not name.endswith("__main__")]


def what_importing_does(names: list[str], cwd: Path = ROOT) -> list[str]:
    """Import the modules in a fresh Python and return what they did besides."""
    command = [sys.executable, "-B", "-c", PROBE, str(cwd), json.dumps(names)]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    happened: list[str] = json.loads(done.stdout.splitlines()[-1])
    return happened


@pytest.mark.parametrize("package", ["stream", "collectors"])
def test_nothing_happens_at_import(package: str) -> None:
    """Importing every module starts no thread and no process, opens no socket, writes no file."""
    names = modules(package)
    assert names
    assert what_importing_does(names) == []


def test_the_import_probe_sees_what_it_is_for(tmp_path: Path) -> None:
    """A module that starts a thread and one that binds a socket are both reported."""
    (tmp_path / "busy.py").write_text(
        "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()\n"
    )
    (tmp_path / "open_socket.py").write_text("import socket\nsocket.socket().bind(('127.0.0.1', 0))\n")
    happened = what_importing_does(["busy", "open_socket"], cwd=tmp_path)
    assert [line.split(":")[0] for line in happened] == ["busy.py", "open_socket.py"]


def test_every_receiver_is_in_the_layers() -> None:
    """A folder of collectors with a receiver stands in the contract that keeps receivers apart."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (layers,) = [c["layers"] for c in contracts if c.get("containers") == ["collectors"]]
    named = set(re.findall(r"\w+", " ".join(layers)))
    receivers = {path.parent.name for path in (ROOT / "collectors").glob("*/receiver.py")}
    assert receivers - named == set(), "add it to the layers of collectors in pyproject.toml"
