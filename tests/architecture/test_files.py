"""What holds for every file of the project, whoever wrote it."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
MOST_LINES = 300
LOCKS = ("demo", "dev")

# In pieces, so that this file does not hold what it forbids.
REGISTRIES = "|".join(
    (
        r"pypi\." + "org",
        r"files\.python" + "hosted",
        r"repo1?\.maven",
        r"registry\." + "npmjs",
        r"--(?:extra-)?index-" + "url",
    )
)
MACHINE_PATHS = (
    r"(?<![\w.}$)])/(?:" + "|".join(("ro" + "ot", "ho" + "me", "Us" + "ers", "wo" + "rk")) + r")/\w"
)
FORBIDDEN = re.compile(f"{REGISTRIES}|{MACHINE_PATHS}")


def project_files() -> list[Path]:
    """Every file that is or could be committed."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


def pinned(lock: str) -> dict[str, set[str]]:
    """Package → pinned versions (more than one where markers split) of requirements/LOCK.txt."""
    found: dict[str, set[str]] = {}
    for line in (ROOT / "requirements" / f"{lock}.txt").read_text().splitlines():
        if match := re.match(r"([a-z0-9-]+)==(\S+)", line):
            found.setdefault(match[1], set()).add(match[2])
    return found


def test_product_files_do_one_job() -> None:
    """No file of the product is longer than 300 lines: one that is has two jobs."""
    product = [*(ROOT / "stream").rglob("*.py"), *(ROOT / "collectors").rglob("*.py"), ROOT / "tokonomics.py"]
    sizes = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in product}
    assert sizes
    assert {name: lines for name, lines in sizes.items() if lines > MOST_LINES} == {}


def test_no_registry_address_and_no_machine_path_in_any_file() -> None:
    """What is committed works on any machine and with any mirror: it names neither."""
    found = []
    for path in project_files():
        try:
            lines = path.read_text().splitlines()
        except UnicodeDecodeError:
            continue
        found += [
            f"{path.relative_to(ROOT)}:{n}: {line[:120]}"
            for n, line in enumerate(lines, 1)
            if FORBIDDEN.search(line)
        ]
    assert found == []


def test_the_patterns_find_what_they_are_for() -> None:
    """The check above is not blind: it finds each kind of address and path, and leaves URLs' paths alone."""
    for bad in (
        "https://pypi." + "org/simple",
        "--extra-index-" + "url x",
        "cd /ro" + "ot/x",
        '"/ho' + 'me/ann"',
    ):
        assert FORBIDDEN.search(bad), bad
    for good in ("https://example.com/work/x", "$HOME/x", "homework/x", "docs/home/x"):
        assert not FORBIDDEN.search(good), good


def test_ci_runs_what_a_contributor_runs() -> None:
    """`.ci/run` can be executed as it is, and calls `make check` and `make test` with CI set."""
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    text = script.read_text()
    assert text.startswith("#!")
    assert "set -e" in text
    assert re.search(r"^export CI=true", text, re.MULTILINE)
    assert re.search(r"^make check\b", text, re.MULTILINE)
    assert re.search(r"^(timeout .* )?make test\b", text, re.MULTILINE)


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_a_hash(lock: str) -> None:
    """No line of a lock installs anything that was not hashed, and nothing is pinned but by version."""
    text = (ROOT / "requirements" / f"{lock}.txt").read_text().replace("\\\n", "")
    requirements = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
    assert requirements
    assert [line[:60] for line in requirements if "==" not in line or "--hash=sha256:" not in line] == []


def test_the_locks_agree() -> None:
    """The demo runs the very versions that the tests ran."""
    demo, dev = pinned("demo"), pinned("dev")
    assert {name: versions for name, versions in demo.items() if dev.get(name) != versions} == {}


def test_the_locks_hold_what_the_project_asks_for() -> None:
    """A dependency added to pyproject.toml without `make lock` is noticed."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups, extras = project["dependency-groups"], project["project"]["optional-dependencies"]
    for lock, wanted in (
        ("demo", extras["server"] + extras["embedded"] + groups["build"]),
        ("dev", extras["server"] + extras["embedded"] + groups["build"] + groups["dev"]),
    ):
        held = pinned(lock)
        for requirement in map(Requirement, wanted):
            versions = held.get(re.sub(r"[._]", "-", requirement.name.lower()), set())
            satisfied = [version for version in versions if requirement.specifier.contains(version)]
            assert satisfied, f"requirements/{lock}.txt lacks {requirement}: run `make lock`"
