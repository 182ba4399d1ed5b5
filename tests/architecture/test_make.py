"""What `make` says to somebody whose machine lacks something, and what it does with its variables."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout in which nothing was made yet."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    shutil.copytree(ROOT / "deploy" / "kafka", tmp_path / "deploy" / "kafka")
    return tmp_path


def make(checkout: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run make in the checkout, with no variables of the outer make."""
    outer = {
        key: value for key, value in os.environ.items() if key not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")
    }
    return subprocess.run(
        ["make", *arguments],
        cwd=checkout,
        env={**outer, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def fake_python(directory: Path, script: str) -> str:
    """A ``python3`` that behaves as the script says."""
    path = directory / "fake-python"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


def test_a_missing_venv_module_is_one_line_that_names_the_package(checkout: Path) -> None:
    """On a Debian without python3-venv, `make demo` says to install python3-venv and nothing else."""
    python = fake_python(checkout, f'case "$2" in *ensurepip*) exit 1;; esac; exec {sys.executable} "$@"')
    done = make(checkout, "demo", f"PYTHON={python}")
    assert done.returncode != 0
    assert len((done.stdout + done.stderr).splitlines()) == 1
    assert "python3-venv" in done.stderr
    assert not (checkout / ".venv").exists()


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ('case "$1" in -c) echo 0;; *) echo Python 3.10.13;; esac', "Python 3.10.13"),
        ("exit 127", "not found"),
    ],
)
def test_an_old_or_missing_python_is_one_line(checkout: Path, script: str, said: str) -> None:
    """Below Python 3.11, `make demo` names the version it wants and the one it found."""
    done = make(checkout, "demo", f"PYTHON={fake_python(checkout, script)}")
    assert done.returncode != 0
    assert len((done.stdout + done.stderr).splitlines()) == 1
    assert "Python 3.11 or newer" in done.stderr
    assert said in done.stderr


def test_seconds_come_from_the_command_line_alone(checkout: Path) -> None:
    """SECONDS=60 reaches the demo; the shell's own clock, exported by accident, does not end it."""
    assert "--seconds 60 --broker embedded" in make(checkout, "-n", "demo", "SECONDS=60").stdout
    assert "--seconds" not in make(checkout, "-n", "demo", SECONDS="77").stdout
    assert "--broker kafka" in make(checkout, "-n", "demo", "BROKER=kafka").stdout


def test_the_environment_is_made_again_when_the_lock_is_newer(checkout: Path) -> None:
    """An installation is repeated after the lock changed, and only then."""
    made = checkout / ".venv"
    made.mkdir()
    for stamp in (".made", ".demo"):
        (made / stamp).touch()
    assert "pip install" not in make(checkout, "-n", ".venv/.demo").stdout
    newer = (made / ".demo").stat().st_mtime + 10
    os.utime(checkout / "requirements" / "demo.txt", (newer, newer))
    assert "--require-hashes -r requirements/demo.txt" in make(checkout, "-n", ".venv/.demo").stdout


def run_without_prometheus(tmp_path: Path, jobs: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The Prometheus tests on a machine that lacks it: nothing but git is on the PATH."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", jobs]
    command += ["tests/broker/test_harness_prometheus.py"]
    clean = {key: value for key, value in os.environ.items() if key != "CI"}
    return subprocess.run(
        command,
        cwd=ROOT,
        env={**clean, "PATH": str(tmp_path), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("jobs", ["0", "2"])
def test_what_did_not_run_is_said_with_the_package_that_would_let_it(tmp_path: Path, jobs: str) -> None:
    """Without CI a missing component skips its tests, and the end of the run names both."""
    done = run_without_prometheus(tmp_path, jobs)
    assert done.returncode == 0, done.stdout
    end = done.stdout.partition("did not run")[2]
    assert "2 tests need prometheus: Debian package prometheus" in end
    assert "test_prometheus_scrapes_and_answers" in end


def test_in_ci_nothing_may_be_missing(tmp_path: Path) -> None:
    """With CI set a missing component fails the run."""
    done = run_without_prometheus(tmp_path, "0", CI="true")
    assert done.returncode == 1
    assert "2 errors" in done.stdout
    assert "Debian package prometheus" in done.stdout
