"""The import contracts in pyproject.toml hold what they are written for: each is broken once here."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = (
    ["stream"]
    + [f"stream.{name}" for name in ("agents", "board", "broker", "contract", "control", "core", "demo")]
    + [f"stream.{name}" for name in ("ledger", "metrics", "pricing", "readings", "roi")]
    + ["collectors", "collectors._sdk", "collectors.events", "collectors.litellm", "collectors.replay"]
)
MODULES = ("stream.app", "stream.cli", "stream.settings", "stream.pricing.kernel", "collectors.commands")

ALLOWED = [
    ("stream.cli", "stream.app"),
    ("stream.cli", "collectors.commands"),
    ("stream.app", "stream.agents"),
    ("stream.agents", "stream.core"),
    ("stream.core", "stream.pricing"),
    ("stream.board", "stream.ledger"),
    ("stream.metrics", "stream.ledger"),
    ("stream.metrics", "stream.readings"),
    ("stream.board", "stream.readings"),
    ("stream.readings", "stream.ledger"),
    ("stream.readings", "stream.roi"),
    ("stream.ledger", "stream.contract"),
    ("stream.ledger", "sqlalchemy"),
    ("collectors.events", "collectors._sdk"),
    ("collectors._sdk", "stream.contract"),
    ("collectors._sdk", "kafka"),
]
FORBIDDEN = [
    ("stream.contract", "stream.core"),
    ("stream.agents", "stream.ledger"),
    ("stream.ledger", "stream.agents"),
    ("stream.core", "stream.agents"),
    ("stream.board", "stream.metrics"),
    ("stream.board", "stream.core"),
    ("stream.ledger", "stream.pricing"),
    ("stream.ledger", "stream.readings"),
    ("stream.readings", "stream.board"),
    ("stream.readings", "stream.core"),
    ("stream.app", "stream.cli"),
    ("stream.demo", "collectors.replay"),
    ("stream.agents", "collectors"),
    ("collectors.events", "collectors.litellm"),
    ("collectors._sdk", "collectors.events"),
    ("collectors._sdk", "stream.pricing"),
    ("collectors.events", "stream.settings"),
    ("stream.contract", "kafka"),
    ("stream.core", "faust"),
    ("stream.core", "sqlalchemy"),
    ("stream.pricing.kernel", "httpx"),
]


def path_of(root: Path, module: str) -> Path:
    """Where a module of the skeleton lies."""
    below = root / module.replace(".", "/")
    return below / "__init__.py" if module in PACKAGES else below.with_suffix(".py")


@pytest.fixture
def skeleton(tmp_path: Path) -> Path:
    """The product's packages, empty, under the product's own contracts."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for module in (*PACKAGES, *MODULES):
        path = path_of(tmp_path, module)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    return tmp_path


def lint(root: Path) -> subprocess.CompletedProcess[str]:
    """Hold the skeleton against the contracts."""
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)


def add_import(root: Path, importer: str, imported: str) -> None:
    """Let one module of the skeleton import another."""
    with path_of(root, importer).open("a") as module:
        module.write(f"import {imported}\n")


def test_the_layers_allow_the_way_down(skeleton: Path) -> None:
    """The imports that the architecture wants are all allowed."""
    for importer, imported in ALLOWED:
        add_import(skeleton, importer, imported)
    done = lint(skeleton)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(("importer", "imported"), FORBIDDEN)
def test_the_layers_forbid_what_they_say(skeleton: Path, importer: str, imported: str) -> None:
    """Each way up or across that the architecture forbids breaks a contract."""
    add_import(skeleton, importer, imported)
    done = lint(skeleton)
    assert done.returncode != 0
    assert "BROKEN" in done.stdout, done.stdout
